"""A sliding window of event time: what one key did in the last few minutes, and the burst it may be part of."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.telling import Tell, Tells, quiet

MAX_MARKS: Final = 10_000
"""Marks kept in one window; a count that reaches it is told as "at least"."""
MAX_DISTINCT: Final = 1_000
"""Different names remembered of one burst."""


MAX_SAMPLES: Final = 16
"""Events kept of a burst to prove how many it touched."""


class Mark(Struct, frozen=True, gc=False, array_like=True):
    """One event of the window, as little of it as a burst needs."""

    time: int
    user: str
    connection: str
    token: str
    origin: Origin

    def cite(self, role: str) -> Evidence:
        """The marked event as evidence, playing `role`."""
        return Evidence(self.origin, self.time, role)


class Window(Struct):
    """The marks of the last `span` microseconds; the oldest of them is at `head`."""

    tells: ClassVar[Tells] = (*quiet("marks", "head"),)

    marks: list[Mark] = field(default_factory=list)
    head: int = 0

    def add(self, mark: Mark, span: int) -> int:
        """Take in a mark, drop those that are `span` or more older, and say how many are left."""
        self.marks.append(mark)
        return self._count(mark.time - span)

    def crowd(self, mark: Mark, span: int, few: int) -> int:
        """The same, and cheaper: 0 where no more than `few` are left, who are then not counted."""
        marks = self.marks
        marks.append(mark)
        size = len(marks)
        if size > few and marks[-1 - few].time > mark.time - span:
            return self._count(mark.time - span)
        if size > 2 * few + 16:
            del marks[: -few or size]
            self.head = 0
        return 0

    def _count(self, oldest: int) -> int:
        marks, head = self.marks, self.head
        while marks[head].time <= oldest:
            head += 1
        head = max(head, len(marks) - MAX_MARKS)
        if head > 64 and head * 2 > len(marks):
            del marks[:head]
            head = 0
        self.head = head
        return len(marks) - head

    def inside(self) -> list[Mark]:
        """The marks of the window, oldest first."""
        return self.marks[self.head :]


class Names(Struct):
    """Different names, counted up to a bound."""

    known: set[str] = field(default_factory=set)
    more: bool = False
    """Whether some were left out."""

    def add(self, name: str) -> bool:
        """Remember a name, and say whether it is a new one; an empty one is nobody."""
        if not name or name in self.known:
            return False
        if len(self.known) < MAX_DISTINCT:
            self.known.add(name)
            return True
        self.more = True
        return False

    def __len__(self) -> int:
        return len(self.known)

    def show(self) -> int | str:
        """How many there are, for a fact."""
        return f"{len(self.known)} or more" if self.more else len(self.known)

    def words(self, noun: str) -> str:
        """How many there are, with their noun, for a sentence."""
        return f"{self.show()} {noun}{'' if len(self.known) == 1 else 's'}"

    def entities(self, kind: str, most: int = 50) -> tuple[str, ...]:
        """The first of them as entities, sorted."""
        return tuple(f"{kind}:{name}" for name in sorted(self.known)[:most])


class Burst(Struct):
    """A run of events during which the window held too many."""

    tells: ClassVar[Tells] = (
        Tell("total", "events of the burst so far: {value}"),
        Tell("peak_count", "its busiest window holds {value}"),
        Tell("users.known", "the burst touches user {value}"),
        Tell("connections.known", "the burst touches connection {value}"),
        *quiet("tokens", "first", "crossed", "crossed_id", "last", "peak", "samples"),
    )

    first: Mark
    crossed: Mark
    crossed_id: str
    last: Mark
    peak: Mark
    peak_count: int = 0
    total: int = 0
    users: Names = field(default_factory=Names)
    connections: Names = field(default_factory=Names)
    tokens: Names = field(default_factory=Names)
    samples: list[Mark] = field(default_factory=list)
    """The first events that each brought another name."""

    def take(self, mark: Mark) -> None:
        """Count one more event into the burst."""
        self.last = mark
        self.total += 1
        new = self.users.add(mark.user)
        new = self.connections.add(mark.connection) or new
        if (self.tokens.add(mark.token) or new) and len(self.samples) < MAX_SAMPLES:
            self.samples.append(mark)

    def join(self, other: Burst) -> None:
        """Take a later burst into this one."""
        self.last = other.last
        self.total += other.total
        if other.peak_count > self.peak_count:
            self.peak_count, self.peak = other.peak_count, other.peak
        for mine, more in zip(
            (self.users, self.connections, self.tokens), (other.users, other.connections, other.tokens), strict=True
        ):
            mine.more = mine.more or more.more
            for name in sorted(more.known):
                mine.add(name)

    def measure(self, count: int) -> None:
        """Note the count of the window at the last event, if it is the highest so far."""
        if count > self.peak_count:
            self.peak_count, self.peak = count, self.last


def mark_of(event: Event) -> Mark:
    """What a window keeps of an event."""
    return Mark(event.time, event.user, event.connection, "", event.origin)


def open_burst(window: Window, event_id: str) -> Burst:
    """A burst of all that is in the window; the newest mark is the one that crossed the threshold."""
    inside = window.inside()
    newest = inside[-1]
    burst = Burst(first=inside[0], crossed=newest, crossed_id=event_id, last=newest, peak=newest)
    for mark in inside:
        burst.take(mark)
    burst.measure(len(inside))
    return burst


def proof(*marks: tuple[Mark, str]) -> tuple[Evidence, ...]:
    """Marks with their roles as evidence; a record that plays two roles is cited once, with its first."""
    seen: dict[Origin, Evidence] = {}
    for mark, role in marks:
        seen.setdefault(mark.origin, mark.cite(role))
    return tuple(seen.values())
