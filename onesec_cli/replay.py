"""One pass of ordered events through any detectors.

`Replay` is the whole meaning of a run after reading: events go in, in total order, findings come out. Its state
can be saved after any event and loaded again (the cut law).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding


def order_key(event: Event) -> tuple[int, str, int, str, str]:
    """The total order: time, tenant, place within the instant, id, payload digest. Never arrival, file name or hash order."""
    return (event.time, event.tenant, event.seq, event.id, event.variant)


class _Seat:
    """One detector with the states of all its keys, and a count of what it was shown."""

    __slots__ = ("detector", "key_of", "observe", "shown", "states", "unroutable")

    def __init__(self, detector: Detector[Any]) -> None:
        self.detector = detector
        self.key_of = detector.key_of
        self.observe = detector.observe
        self.states: dict[Hashable, Any] = {}
        self.shown = 0
        self.unroutable = 0


class Replay:
    """Detectors with their state. Feed it ordered events; ask it to finish once, at the end of the log."""

    def __init__(self, detectors: Sequence[Detector[Any]]) -> None:
        self._seats = [_Seat(detector) for detector in detectors]
        self._by_kind: dict[str, list[_Seat]] = {}
        for seat in self._seats:
            for kind in seat.detector.reads:
                self._by_kind.setdefault(kind, []).append(seat)

    @property
    def reads(self) -> frozenset[str]:
        """Every kind that at least one detector reads."""
        return frozenset(self._by_kind)

    def feed(self, events: Iterable[Event]) -> Iterator[Finding]:
        """Judge events, which must be in total order."""
        by_kind = self._by_kind
        for event in events:
            for seat in by_kind.get(event.kind, ()):
                key = seat.key_of(event)
                if key is None:
                    seat.unroutable += 1
                    continue
                seat.shown += 1
                state = seat.states.get(key)
                if state is None:
                    state = seat.states[key] = seat.detector.fresh()
                yield from seat.observe(state, event)

    def finish(self) -> Iterator[Finding]:
        """What only the end of the log can show."""
        for seat in self._seats:
            for key in sorted(seat.states, key=repr):
                yield from seat.detector.finish(seat.states[key])

    def seen(self) -> list[tuple[Detector[Any], int, int]]:
        """Per detector: events shown, and events it read but could not route to a key."""
        return [(seat.detector, seat.shown, seat.unroutable) for seat in self._seats]

    def save(self) -> bytes:
        """All state as msgpack; keys must be tuples of strings."""
        return msgspec.msgpack.encode(
            [(seat.detector.rule.id, seat.shown, seat.unroutable, list(seat.states.items())) for seat in self._seats]
        )

    def load(self, saved: bytes) -> None:
        """Take up the state of `save`; detectors that were not saved start afresh."""
        seats = {seat.detector.rule.id: seat for seat in self._seats}
        rows = msgspec.msgpack.decode(saved, type=list[tuple[str, int, int, list[tuple[tuple[str, ...], Any]]]])
        for rule, shown, unroutable, states in rows:
            seat = seats[rule]
            seat.shown, seat.unroutable = shown, unroutable
            kind = seat.detector.state
            seat.states = {key: msgspec.convert(value, kind) for key, value in states}
