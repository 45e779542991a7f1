"""Where the parties of a graph stand: columns and rows worked out from who gives to whom, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Party = TypeVar("Party", str, tuple[str, str])


def placed(parties: Sequence[Party], ways: Sequence[tuple[Party, Party]]) -> dict[Party, tuple[int, int]]:
    """A column each step away from whoever gives first; within a column near to those before. Column and row, by party.

    `ways` are pairs of giver and taker.
    """
    column = _columns(parties, ways)
    before: dict[Party, list[Party]] = {}
    for giver, taker in ways:
        before.setdefault(taker, []).append(giver)
    height: dict[Party, float] = {}
    found: dict[Party, tuple[int, int]] = {}
    for x in sorted(set(column.values())):
        near: dict[Party, tuple[float, Party]] = {}
        for party in (one for one in parties if column[one] == x):
            heights = [height[giver] for giver in before.get(party, ()) if giver in height]
            near[party] = (sum(heights) / len(heights) if heights else 0.5, party)
        for row, party in enumerate(sorted(near, key=lambda one: near[one])):
            found[party], height[party] = (x, row), (row + 0.5) / len(near)
    return {party: found[party] for party in sorted(found)}


def _columns(parties: Sequence[Party], ways: Sequence[tuple[Party, Party]]) -> dict[Party, int]:
    """How many steps a party is from whoever gives first. A way that would close a circle counts for nothing."""
    after: dict[Party, list[Party]] = {party: [] for party in parties}
    for giver, taker in ways:
        if giver not in _reached(taker, after):
            after[giver].append(taker)
    column = dict.fromkeys(parties, 0)
    for _ in parties:
        for giver, takers in after.items():
            for taker in takers:
                column[taker] = max(column[taker], column[giver] + 1)
    return column


def _reached(start: Party, after: dict[Party, list[Party]]) -> set[Party]:
    found, waiting = {start}, [start]
    while waiting:
        for one in after[waiting.pop()]:
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found
