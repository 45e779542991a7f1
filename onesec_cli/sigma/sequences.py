"""Windows measured by which rules matched in them, in any order or in the order they are named."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb
from typing import Final

from onesec_cli.sigma.bounds import enough
from onesec_cli.sigma.gauge import Entry, Reading
from onesec_cli.sigma.rule import Alternative, Bound
from onesec_cli.sigma.windows import Mark, Members, Steps

MAX_TRACKS: Final = 64
"""Orders that one temporal_ordered correlation may ask for."""


class Together:
    """Different rules that matched in the window, or whether one of the alternatives holds (1 or 0)."""

    fresh = Members

    def __init__(self, alternatives: tuple[Alternative, ...]) -> None:
        self.alternatives = [(frozenset(one.present), frozenset(one.absent)) for one in alternatives]

    def take(self, group: Members, entry: Entry, since: int) -> tuple[float, int]:
        last, before = group.last, len(group.last)
        for place in entry.places:
            last[place] = entry.mark
        seen = {place for place, mark in last.items() if mark.time >= since}
        if not self.alternatives:
            return len(seen), len(last) - before
        holds = any(present <= seen and not absent & seen for present, absent in self.alternatives)
        return int(holds), len(last) - before

    def all(self, group: Members, since: int) -> Sequence[Reading]:
        told = sorted((mark.time, place) for place, mark in group.last.items() if mark.time >= since)
        return [Reading(group.last[place], place=place) for _, place in told]

    ends = all


class InOrder:
    """How many rules matched in the order asked for, within the window; 1 or 0 where alternatives are asked for."""

    def __init__(self, tracks: list[Alternative], alternatives: bool) -> None:
        self.tracks = tracks
        self.alternatives = alternatives
        self.absent = {place for track in tracks for place in track.absent}
        self.begins = frozenset({*(track.present[0] for track in tracks if track.present), *self.absent})
        """Places of the rules that a group without any event takes note of."""

    def fresh(self) -> Steps:
        return Steps(tracks=[[() for _ in track.present] for track in self.tracks])

    def take(self, group: Steps, entry: Entry, since: int) -> tuple[float, int]:
        grown = 0
        for place in entry.places & self.absent:
            grown += place not in group.last
            group.last[place] = entry.mark
        measure = 0
        for track, steps in zip(self.tracks, group.tracks, strict=True):
            grown += _advance(track.present, steps, entry, since)
            if len(track.present) > measure and self._complete(group, track, steps, since):
                measure = len(track.present)
        return min(measure, 1) if self.alternatives else measure, grown

    def _complete(self, group: Steps, track: Alternative, steps: list[tuple[Mark, ...]], since: int) -> bool:
        if not steps[-1] or steps[-1][0].time < since:
            return False
        return not any(place in group.last and group.last[place].time >= since for place in track.absent)

    def ends(self, group: Steps, since: int) -> Sequence[Reading]:
        pairs = zip(self.tracks, group.tracks, strict=True)
        whole = [(track, steps[-1]) for track, steps in pairs if self._complete(group, track, steps, since)]
        if not whole:
            return ()
        track, marks = max(whole, key=lambda pair: len(pair[1]))
        return [Reading(mark, place=place) for mark, place in zip(marks, track.present, strict=True)]

    def all(self, group: Steps, since: int) -> Sequence[Reading]:
        """The furthest that any order has come."""
        found: list[Reading] = []
        for track, steps in zip(self.tracks, group.tracks, strict=True):
            for marks in steps:
                if len(marks) > len(found) and marks[0].time >= since:
                    found = [Reading(mark, place=place) for mark, place in zip(marks, track.present, strict=False)]
        return found


def _advance(track: tuple[int, ...], steps: list[tuple[Mark, ...]], entry: Entry, since: int) -> int:
    """Take an event along one order, last step first so that it serves one step only; how much more is kept."""
    grown = 0
    for step in range(len(track) - 1, -1, -1):
        if track[step] not in entry.places:
            continue
        before = steps[step - 1] if step else ()
        if step and (not before or before[0].time < since):
            continue
        grown += len(before) + 1 - len(steps[step])
        steps[step] = (*before, entry.mark)
    return grown


def orders(rules: int, bounds: tuple[Bound, ...], alternatives: tuple[Alternative, ...]) -> list[Alternative]:
    """The orders of so many rules that answer a condition; empty if there are too many."""
    if alternatives:
        return list(alternatives) if len(alternatives) <= MAX_TRACKS else []
    lower = all(bound.operator in ("gt", "gte") for bound in bounds)
    sizes = [min(enough(bounds), rules)] if lower else range(1, rules + 1)
    if sum(comb(rules, size) for size in sizes) > MAX_TRACKS:
        return []
    return [Alternative(one) for size in sizes for one in combinations(range(rules), size)]
