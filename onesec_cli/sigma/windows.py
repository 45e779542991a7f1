"""What is kept of the events of one group: as little as the condition needs, and never their bodies."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from math import inf
from typing import Final

from msgspec import Struct, field

from onesec_cli.model.event import Origin

MAX_NUMBERS: Final = 50_000
"""Numbers kept of one window; of more, the latest are kept, and the report says so."""
_UNIT: Final = 1074
"""Every double is a whole multiple of two to the power of minus this: sums of them are exact."""


class Mark(Struct, frozen=True, gc=False, array_like=True):
    """One event of a window: when it was, and where it stands in the evidence."""

    time: int
    origin: Origin


class Lone(Struct, tag="lone", array_like=True, gc=False):
    """A group whose condition holds at any event: nothing needs to be counted."""

    fired: int | None = None
    """When it fired last, for as long as its condition has held since."""

    def size(self) -> int:
        """How much is kept."""
        return 0


class Ring(Struct, tag="ring", array_like=True):
    """The last few events, up to the count from which on all counts are judged alike."""

    fired: int | None = None
    marks: list[Mark] = field(default_factory=list)
    at: int = 0
    """Place of the oldest, once the ring is full."""

    def size(self) -> int:
        """How much is kept."""
        return len(self.marks)

    def add(self, mark: Mark, most: int) -> int:
        """Take in an event; how much the ring has grown."""
        marks = self.marks
        if len(marks) < most:
            marks.append(mark)
            return 1
        marks[self.at] = mark
        self.at = (self.at + 1) % most
        return 0

    def count(self, since: int) -> int:
        """Events at or after a moment, of those that are kept."""
        marks, at = self.marks, self.at
        size = len(marks)
        if marks[at].time >= since:
            return size
        if at and marks[-1].time >= since:
            return size - bisect_left(marks, since, at, size, key=_time) + at
        return (at or size) - bisect_left(marks, since, 0, at or size, key=_time)

    def mark(self, place: int) -> Mark:
        """The event at a place, counted from the latest backwards: 1 is the latest."""
        return self.marks[(self.at - place) % len(self.marks)]


class Distinct(Struct, tag="distinct", array_like=True):
    """Different values with the last event of each, up to the count from which on all counts are judged alike."""

    fired: int | None = None
    last: dict[str, Mark] = field(default_factory=dict)
    """In the order in which they were last seen."""
    queue: list[tuple[str, int]] = field(default_factory=list)
    """Value and time of each sighting, oldest first; one that is not the value's last is void."""
    head: int = 0

    def size(self) -> int:
        """How much is kept."""
        return len(self.last)

    def add(self, value: str, mark: Mark) -> int:
        """Take in a value; how much has grown."""
        known = self.last.pop(value, None)
        self.last[value] = mark
        if known is None or known.time != mark.time:
            self.queue.append((value, mark.time))
        return known is None

    def trim(self, since: int, most: int) -> int:
        """Drop values last seen before a moment and, of more than `most`, the oldest; how many went."""
        last, queue, head = self.last, self.queue, self.head
        size = len(last)
        while head < len(queue):
            value, time = queue[head]
            known = last.get(value)
            if known is not None and known.time == time:
                if time >= since and len(last) <= most:
                    break
                del last[value]
            head += 1
        if len(queue) - head > 2 * len(last) + 4:
            queue[:] = [(value, mark.time) for value, mark in last.items()]
            head = 0
        elif head > 8 and head * 2 > len(queue):
            del queue[:head]
            head = 0
        self.head = head
        return size - len(last)


class Numbers(Struct, tag="numbers", array_like=True):
    """The numbers of a window; those before `head` are gone from it."""

    fired: int | None = None
    marks: list[Mark] = field(default_factory=list)
    numbers: list[float] = field(default_factory=list)
    head: int = 0
    total: bytes = b""
    """The exact sum, in the smallest unit of a double, where sums are asked for."""
    ranked: list[float] = field(default_factory=list)
    """The numbers in order of size, where ranks are asked for."""

    def size(self) -> int:
        """How much is kept."""
        return len(self.numbers) - self.head

    def add(self, mark: Mark, numbers: Sequence[float]) -> None:
        """Take in the numbers of an event."""
        for number in numbers:
            self.marks.append(mark)
            self.numbers.append(number)

    def expire(self, since: int) -> tuple[list[float], int]:
        """Drop what is older than a moment, and the oldest of too many: those numbers, and how many were too many."""
        marks, start = self.marks, self.head
        head, size = start, len(marks)
        while marks[head].time < since:
            head += 1
        over = max(0, size - head - MAX_NUMBERS)
        head += over
        gone = self.numbers[start:head]
        if head > 64 and head * 2 > size:
            del marks[:head]
            del self.numbers[:head]
            head = 0
        self.head = head
        return gone, over

    def sum(self, come: Sequence[float], gone: Sequence[float]) -> int:
        """The exact sum after numbers have come and gone, in the smallest unit of a double."""
        total = int.from_bytes(self.total, "big", signed=True)
        total += sum(map(units, come)) - sum(map(units, gone))
        self.total = total.to_bytes(total.bit_length() // 8 + 1, "big", signed=True)
        return total

    def rank(self, come: Sequence[float], gone: Sequence[float]) -> list[float]:
        """The numbers in order of size after some have come and gone."""
        ranked = self.ranked
        for number in come:
            insort(ranked, number)
        for number in gone:
            del ranked[bisect_left(ranked, number)]
        return ranked


class Members(Struct, tag="members", array_like=True):
    """The last event of each rule, by its place in the correlation."""

    fired: int | None = None
    last: dict[int, Mark] = field(default_factory=dict)

    def size(self) -> int:
        """How much is kept."""
        return len(self.last)


class Steps(Struct, tag="steps", array_like=True):
    """Rules that must match in order: for every order asked for, the latest way to have come so far."""

    fired: int | None = None
    last: dict[int, Mark] = field(default_factory=dict)
    """Last event of the rules that must not match, by place."""
    tracks: list[list[tuple[Mark, ...]]] = field(default_factory=list)
    """By order and step: the events up to that step, begun as late as can be."""

    def size(self) -> int:
        """How much is kept."""
        return len(self.last) + sum([len(marks) for steps in self.tracks for marks in steps])


Group = Lone | Ring | Distinct | Numbers | Members | Steps


def units(number: float) -> int:
    """A double as a whole number of the smallest unit."""
    numerator, denominator = number.as_integer_ratio()
    return numerator << (_UNIT + 1 - denominator.bit_length())


def percentile(ranked: list[float], percent: int) -> float:
    """The smallest of the numbers that at least a share of them does not exceed: always one that was seen."""
    return ranked[max(0, -(-len(ranked) * percent // 100) - 1)]


def median(ranked: list[float]) -> float:
    """The middle one, or the mean of the middle two."""
    middle = len(ranked) // 2
    low, high = ranked[(len(ranked) - 1) // 2], ranked[middle]
    return low if low == high else quotient(units(low) + units(high), 2)


def quotient(total: int, count: int) -> float:
    """Smallest units over a count, rounded once; infinite where no double can hold it."""
    try:
        return total / (count << _UNIT)
    except OverflowError:
        return inf if total > 0 else -inf


def _time(mark: Mark) -> int:
    return mark.time
