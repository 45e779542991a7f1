"""Windows measured by amount: how many events, how many different values, what their numbers come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from onesec_cli.sigma.correlation_types import Statistic
from onesec_cli.sigma.gauge import FEW, Entry, Reading
from onesec_cli.sigma.readings import JOINT
from onesec_cli.sigma.windows import Distinct, Numbers, Ring, median, percentile, quotient


class EventCount:
    """Events in the window, up to `most`."""

    fresh = Ring

    def __init__(self, most: int) -> None:
        self.most = most

    def take(self, group: Ring, entry: Entry, since: int) -> tuple[float, int]:
        grown = group.add(entry.mark, self.most)
        return group.count(since), grown

    def ends(self, group: Ring, since: int) -> Sequence[Reading]:
        inside = group.count(since) if group.marks else 0
        return [Reading(group.mark(place)) for place in _ends(inside)]

    def all(self, group: Ring, since: int) -> Sequence[Reading]:
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

    def ends(self, group: Distinct, since: int) -> Sequence[Reading]:
        latest = list(islice(reversed(group.last.items()), 2 * FEW))
        oldest = group.queue[group.head : group.head + 1] if len(group.last) > len(latest) else []
        told = [(value, group.last[value]) for value, _ in oldest] + latest[::-1]
        return [Reading(mark, _shown(value)) for value, mark in told if mark.time >= since]

    def all(self, group: Distinct, since: int) -> Sequence[Reading]:
        return [Reading(mark, _shown(value)) for value, mark in group.last.items() if mark.time >= since]


class ValueOf:
    """Sum, average or a rank of the numbers in the window."""

    fresh = Numbers

    def __init__(self, statistic: Statistic, percent: int) -> None:
        self.statistic, self.percent = statistic, percent

    def take(self, group: Numbers, entry: Entry, since: int) -> tuple[float, int]:
        before = group.size()
        group.add(entry.mark, entry.numbers)
        gone, entry.lost = group.expire(since)
        return self._measure(group, entry.numbers, gone), group.size() - before

    def _measure(self, group: Numbers, come: Sequence[float], gone: Sequence[float]) -> float:
        if self.statistic in ("sum", "avg"):
            total = group.sum(come, gone)
            return quotient(total, group.size() if self.statistic == "avg" else 1)
        ranked = group.rank(come, gone)
        return median(ranked) if self.statistic == "median" else percentile(ranked, self.percent)

    def ends(self, group: Numbers, since: int) -> Sequence[Reading]:
        return self._read(group, (-place for place in _ends(group.size())), since)

    def all(self, group: Numbers, since: int) -> Sequence[Reading]:
        return self._read(group, range(-group.size(), 0), since)

    def _read(self, group: Numbers, places: Iterable[int], since: int) -> Sequence[Reading]:
        told = ((group.marks[place], repr(group.numbers[place])) for place in places)
        return [Reading(mark, text) for mark, text in told if mark.time >= since]


def _shown(value: str) -> str:
    """A value for a reader; those of several fields stand side by side."""
    return value.replace(JOINT, ", ")


def _ends(inside: int) -> Iterable[int]:
    """Places of the first and last of the window, counted backwards from the latest, which is 1."""
    if inside <= 2 * FEW:
        return range(inside, 0, -1)
    return chain(range(inside, inside - FEW, -1), range(FEW, 0, -1))
