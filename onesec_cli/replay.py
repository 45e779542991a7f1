"""One pass of ordered events through any detectors.

`Replay` is the whole meaning of a run after reading: events go in, in total order, findings come out. Its state
can be saved after any event and loaded again (the cut law).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

import msgspec

from onesec_cli.model.detector import Detector, Router, router
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding

MOST_KEYS: Final = 1_000_000
"""Histories (users, agents, sessions ...) held for detectors that key alike: whoever writes a log can make up names."""
MOST_TENANTS: Final = 20_000
"""Histories of tenants: each has some 30 KB."""
BATCH: Final = 1_000
"""Events that each detector judges before the next one does: the processor's cache holds one detector's code and states at a time."""
BATCH_BYTES: Final = 4_000_000
"""Bytes of the records of one batch, which are in memory together."""

_Dealt = tuple[int, list[Any], Event]
"""The number of an event in its batch, the states of its key, and the event."""
_Saved = tuple[dict[str, int], int, list[tuple[str, int, list[tuple[tuple[str, ...], Any]]]]]


def order_key(event: Event) -> tuple[int, str, int, str, str]:
    """The total order: time, tenant, place within the instant, id, payload digest. Never arrival, file name or hash order."""
    return (event.time, event.tenant, event.seq, event.id, event.variant)


def _batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Events, some at a time."""
    batch: list[Event] = []
    size = 0
    for event in events:
        batch.append(event)
        size += event.origin.length
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


class Seat:
    """One detector, at its place in a desk. What is read through `Replay` is not to be changed."""

    __slots__ = ("dealt", "desk", "detector", "place", "unroutable")

    def __init__(self, detector: Detector[Any], desk: _Desk) -> None:
        self.detector = detector
        self.desk = desk
        self.dealt: list[_Dealt] = []
        """Events of the running batch that it has yet to judge."""
        self.place = desk.seats
        desk.seats += 1
        self.unroutable = 0

    def judge(self) -> Iterator[tuple[int, Finding]]:
        """Judge what was dealt, in order; each finding with the number of its event."""
        place, fresh, observe = self.place, self.detector.fresh, self.detector.observe
        for number, row, event in self.dealt:
            state = row[place]
            if state is None:
                state = row[place] = fresh()
            for finding in observe(state, event):
                yield number, finding
        self.dealt.clear()

    def states(self) -> list[tuple[Hashable, Any]]:
        """Keys with their states, in the order they were first seen."""
        told = ((key, row[self.place]) for key, row in self.desk.rows.items())
        return [(key, state) for key, state in told if state is not None]


class _Desk:
    """Detectors that key on the same attributes: the key of an event is made and looked up once for all of them."""

    __slots__ = ("most", "route", "rows", "seats")

    def __init__(self, route: Router, most: int) -> None:
        self.route, self.most = route, most
        self.rows: dict[Hashable, list[Any]] = {}
        """Key to the states of every seat; None where a detector was not yet shown an event of the key."""
        self.seats = 0

    def row(self, key: Hashable) -> list[Any]:
        """The states of a key not seen before."""
        row = self.rows[key] = [None] * self.seats
        return row

    def shed(self) -> list[list[Any]]:
        """Forget the tenth of the keys of which the fewest detectors know anything, first seen first; their states.

        Names that somebody makes up to have others forgotten are seen once, by few.
        """
        known = sorted(self.rows, key=lambda key: sum(state is not None for state in self.rows[key]))
        return [self.rows.pop(key) for key in known[: len(self.rows) // 10]]


def _most(detector: Detector[Any]) -> int:
    return MOST_KEYS if len(detector.key) > 1 else MOST_TENANTS


class Replay:
    """Detectors with their state. Feed it ordered events; ask it to finish once, at the end of the log."""

    def __init__(self, detectors: Sequence[Detector[Any]]) -> None:
        desks: dict[Router, _Desk] = {}
        self._seats: list[Seat] = []
        by_kind: dict[str, dict[_Desk, list[Seat]]] = {}
        for detector in detectors:
            route = router(detector)
            seat = Seat(detector, desks.setdefault(route, _Desk(route, _most(detector))))
            self._seats.append(seat)
            for kind in detector.reads:
                by_kind.setdefault(kind, {}).setdefault(seat.desk, []).append(seat)
        self._plan = {kind: list(desks.items()) for kind, desks in by_kind.items()}
        self._fed: Counter[str] = Counter()
        """Events by kind."""
        self.forgotten = 0
        """Histories that were ended early to keep memory bounded."""

    def begin(self) -> None:
        """Forget every history: what is fed next is another trail."""
        for seat in self._seats:
            seat.desk.rows.clear()
            seat.unroutable = 0
        self._fed.clear()
        self.forgotten = 0

    @property
    def reads(self) -> frozenset[str]:
        """Every kind that at least one detector reads."""
        return frozenset(self._plan)

    def feed(self, events: Iterable[Event]) -> Iterator[Finding]:
        """Judge events, which must be in total order, and tell what is found in the order of the events."""
        for batch in _batches(events):
            found = [*self._deal(batch), *self._judged()]
            found.sort(key=itemgetter(0))
            for _, finding in found:
                yield finding

    def _deal(self, batch: Iterable[Event]) -> Iterator[tuple[int, Finding]]:
        """Hand every event to the detectors that read its kind, each with the states of its key."""
        plan, fed = self._plan, self._fed
        for number, event in enumerate(batch):
            kind = event.kind
            fed[kind] += 1
            for desk, seats in plan.get(kind, ()):
                key = desk.route(event)
                if key is None:
                    for seat in seats:
                        seat.unroutable += 1
                    continue
                row = desk.rows.get(key)
                if row is None:
                    if len(desk.rows) >= desk.most:
                        yield from self._judged()  # a history is forgotten only after what was dealt of it is judged
                        for finding in self._shed(desk):
                            yield number, finding
                    row = desk.row(key)
                dealt = (number, row, event)
                for seat in seats:
                    seat.dealt.append(dealt)

    def _judged(self) -> Iterator[tuple[int, Finding]]:
        """What the detectors, one after another, find in what was dealt to them."""
        for seat in self._seats:
            yield from seat.judge()

    def seats_for(self, event: Event) -> Iterator[Seat]:
        """The detectors that are shown an event, each in its place, in the order in which they judge it."""
        for _, seats in self._plan.get(event.kind, ()):
            yield from seats

    def key_of(self, seat: Seat, event: Event) -> Hashable | None:
        """Whose history an event belongs to, for one detector."""
        return seat.desk.route(event)

    def state_of(self, seat: Seat, event: Event) -> Any | None:
        """What a detector remembers of the history an event belongs to; None before it was shown anything of it."""
        row = seat.desk.rows.get(seat.desk.route(event))
        return None if row is None else row[seat.place]

    def _shed(self, desk: _Desk) -> Iterator[Finding]:
        """Make room at a desk: the histories of which least is known say what they still have to say and are forgotten."""
        seats = [seat for seat in self._seats if seat.desk is desk]
        for row in desk.shed():
            self.forgotten += 1
            for seat in seats:
                if row[seat.place] is not None:
                    yield from seat.detector.finish(row[seat.place])

    def finish(self) -> Iterator[Finding]:
        """What only the end of the log can show."""
        for seat in self._seats:
            rows = seat.desk.rows
            for key in sorted(rows, key=repr) if len(rows) > 1 else rows:
                state = rows[key][seat.place]
                if state is not None:
                    yield from seat.detector.finish(state)

    def seen(self) -> list[tuple[Detector[Any], int, int]]:
        """Per detector: events shown, and events it read but could not route to a key."""
        return [(seat.detector, self._shown(seat), seat.unroutable) for seat in self._seats]

    def lost(self) -> list[tuple[str, int, int]]:
        """Rules that gave up texts to stay within their bounds, with how many, of how many histories."""
        told = []
        for seat in self._seats:
            if type(seat.detector).forgotten is not Detector.forgotten:
                counts = [seat.detector.forgotten(state) for _, state in seat.states()]
                if any(counts):
                    told.append((seat.detector.rule.id, sum(counts), sum(map(bool, counts))))
        return told

    def states(self, detector: Detector[Any]) -> list[Any]:
        """The states a detector has, in order of their keys."""
        told = [seat.states() for seat in self._seats if seat.detector is detector]
        return [
            state for _, state in sorted((pair for pairs in told for pair in pairs), key=lambda pair: repr(pair[0]))
        ]

    def _shown(self, seat: Seat) -> int:
        return sum(self._fed[kind] for kind in seat.detector.reads) - seat.unroutable

    def save(self) -> bytes:
        """All state as msgpack; keys must be tuples of strings."""
        seats = [(seat.detector.rule.id, seat.unroutable, seat.states()) for seat in self._seats]
        return msgspec.msgpack.encode((self._fed, self.forgotten, seats))

    def load(self, saved: bytes) -> None:
        """Take up the state of `save`; detectors that were not saved start afresh."""
        seats = {seat.detector.rule.id: seat for seat in self._seats}
        fed, self.forgotten, rows = msgspec.msgpack.decode(saved, type=_Saved)
        self._fed = Counter(fed)
        for rule, unroutable, states in rows:
            seat = seats[rule]
            seat.unroutable = unroutable
            kind = seat.detector.state
            for key, value in states:
                row = seat.desk.rows.get(key) or seat.desk.row(key)
                row[seat.place] = msgspec.convert(value, kind)
