"""One pass of ordered events through any detectors.

`Replay` is the whole meaning of a run after reading: events go in, in total order, findings come out. Its state
can be saved after any event and loaded again (the cut law).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from onesec_cli.model.detector import Detector, router
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding

_Saved = tuple[dict[str, int], list[tuple[str, int, list[tuple[tuple[str, ...], Any]]]]]


def order_key(event: Event) -> tuple[int, str, int, str, str]:
    """The total order: time, tenant, place within the instant, id, payload digest. Never arrival, file name or hash order."""
    return (event.time, event.tenant, event.seq, event.id, event.variant)


class _Seat:
    """One detector with the states of all its keys, and a count of what it was shown."""

    __slots__ = ("detector", "observe", "route", "states", "unroutable")

    def __init__(self, detector: Detector[Any]) -> None:
        self.detector = detector
        self.route = router(detector)
        self.observe = detector.observe
        self.states: dict[Hashable, Any] = {}
        self.unroutable = 0


class Replay:
    """Detectors with their state. Feed it ordered events; ask it to finish once, at the end of the log."""

    def __init__(self, detectors: Sequence[Detector[Any]]) -> None:
        self._seats = [_Seat(detector) for detector in detectors]
        self._by_kind: dict[str, list[_Seat]] = {}
        for seat in self._seats:
            for kind in seat.detector.reads:
                self._by_kind.setdefault(kind, []).append(seat)
        self._fed: Counter[str] = Counter()
        """Events by kind."""

    @property
    def reads(self) -> frozenset[str]:
        """Every kind that at least one detector reads."""
        return frozenset(self._by_kind)

    def feed(self, events: Iterable[Event]) -> Iterator[Finding]:
        """Judge events, which must be in total order."""
        by_kind, fed = self._by_kind, self._fed
        for event in events:
            kind = event.kind
            fed[kind] += 1
            for seat in by_kind.get(kind, ()):
                key = seat.route(event)
                if key is None:
                    seat.unroutable += 1
                    continue
                try:
                    state = seat.states[key]
                except KeyError:
                    state = seat.states[key] = seat.detector.fresh()
                yield from seat.observe(state, event)

    def finish(self) -> Iterator[Finding]:
        """What only the end of the log can show."""
        for seat in self._seats:
            for key in sorted(seat.states, key=repr):
                yield from seat.detector.finish(seat.states[key])

    def seen(self) -> list[tuple[Detector[Any], int, int]]:
        """Per detector: events shown, and events it read but could not route to a key."""
        return [(seat.detector, self._shown(seat), seat.unroutable) for seat in self._seats]

    def _shown(self, seat: _Seat) -> int:
        return sum(self._fed[kind] for kind in seat.detector.reads) - seat.unroutable

    def save(self) -> bytes:
        """All state as msgpack; keys must be tuples of strings."""
        seats = [(seat.detector.rule.id, seat.unroutable, list(seat.states.items())) for seat in self._seats]
        return msgspec.msgpack.encode((self._fed, seats))

    def load(self, saved: bytes) -> None:
        """Take up the state of `save`; detectors that were not saved start afresh."""
        seats = {seat.detector.rule.id: seat for seat in self._seats}
        fed, rows = msgspec.msgpack.decode(saved, type=_Saved)
        self._fed = Counter(fed)
        for rule, unroutable, states in rows:
            seat = seats[rule]
            seat.unroutable = unroutable
            kind = seat.detector.state
            seat.states = {key: msgspec.convert(value, kind) for key, value in states}
