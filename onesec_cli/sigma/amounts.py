"""Windows measured by amount: how many events, how many different values, what their numbers come to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from math import inf

from onesec_cli.sigma.gauge import FEW, Entry, Reading
from onesec_cli.sigma.windows import Distinct, Numbers, Ring, percentile, units


class EventCount:
    """Events in the window, up to `most`."""

    fresh = Ring

    def __init__(self, most: int) -> None:
        self.most = most

    def take(self, group: Ring, entry: Entry, since: int) -> tuple[float, int]:
        grown = group.add(entry.mark, self.most)
        return group.count(since), grown

    def size(self, group: Ring) -> int:
        return len(group.marks)

    def ends(self, group: Ring, since: int) -> Iterable[Reading]:
        inside = group.count(since) if group.marks else 0
        return [Reading(group.mark(place)) for place in _ends(inside)]

    def all(self, group: Ring, since: int) -> Iterable[Reading]:
        inside = group.count(since) if group.marks else 0
        return [Reading(group.mark(place)) for place in range(inside, 0, -1)]


class ValueCount:
    """Different values in the window, up to `most`."""

    fresh = Distinct

    def __init__(self, most: int) -> None:
        self.most = most

    def take(self, group: Distinct, entry: Entry, since: int) -> tuple[float, int]:
        grown = sum([group.add(name, entry.mark) for name in entry.names])
        grown -= group.trim(since, self.most)
        return len(group.last), grown

    def size(self, group: Distinct) -> int:
        return len(group.last)

    def ends(self, group: Distinct, since: int) -> Iterable[Reading]:
        latest = list(islice(reversed(group.last.items()), 2 * FEW))
        oldest = group.queue[group.head : group.head + 1] if len(group.last) > len(latest) else []
        told = [(value, group.last[value]) for value, _ in oldest] + latest[::-1]
        return [Reading(mark, value) for value, mark in told if mark.time >= since]

    def all(self, group: Distinct, since: int) -> Iterable[Reading]:
        return [Reading(mark, value) for value, mark in group.last.items() if mark.time >= since]


class ValueOf:
    """Sum, average or a rank of the numbers in the window."""

    fresh = Numbers

    def __init__(self, kind: str, percent: int) -> None:
        self.kind, self.percent = kind, percent

    def take(self, group: Numbers, entry: Entry, since: int) -> tuple[float, int]:
        before = len(group)
        group.add(entry.mark, entry.numbers)
        gone, entry.lost = group.expire(since)
        return self._measure(group, entry.numbers, gone), len(group) - before

    def _measure(self, group: Numbers, come: list[float], gone: list[float]) -> float:
        if self.kind in ("value_sum", "value_avg"):
            total = group.sum(come, gone)
            return _quotient(total, len(group) if self.kind == "value_avg" else 1)
        return percentile(group.rank(come, gone), self.percent)

    def size(self, group: Numbers) -> int:
        return len(group)

    def ends(self, group: Numbers, since: int) -> Iterable[Reading]:
        return self._read(group, (-place for place in _ends(len(group))), since)

    def all(self, group: Numbers, since: int) -> Iterable[Reading]:
        return self._read(group, range(-len(group), 0), since)

    def _read(self, group: Numbers, places: Iterable[int], since: int) -> Iterable[Reading]:
        told = ((group.marks[place], repr(group.numbers[place])) for place in places)
        return [Reading(mark, text) for mark, text in told if mark.time >= since]


def _ends(inside: int) -> Iterable[int]:
    """Places of the first and last of the window, counted backwards from the latest, which is 1."""
    if inside <= 2 * FEW:
        return range(inside, 0, -1)
    return chain(range(inside, inside - FEW, -1), range(FEW, 0, -1))


def _quotient(total: int, count: int) -> float:
    """The exact sum over a count, rounded once; infinite where no double can hold it."""
    try:
        return total / (count * units(1.0))
    except OverflowError:
        return inf if total > 0 else -inf
