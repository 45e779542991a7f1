"""A graph of who handed what to whom: its arrows, those there is room for, and where its parties stand, the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Edge(NamedTuple):
    """One thing handed on, and what says so. The ends are parties, as `type:name`."""

    source: str
    target: str
    what: str
    """`access`, `delegation` or `data`."""
    label: str
    level: str | None = None
    """Of the gravest alert that tells of it."""
    alert: str = ""
    """That alert."""
    evidence: tuple[str, ...] = ()
    """`file:line` of the records that tell of it."""


def fitting(edges: Sequence[Edge], parties: int, arrows: int) -> tuple[set[int], dict[str, tuple[int, int]]]:
    """Which of the edges have room among so many parties and arrows, the first before others, and where their parties stand."""
    names: dict[str, None] = {}
    drawn: set[int] = set()
    for number, edge in enumerate(edges):
        more = {edge.source, edge.target} - names.keys()
        if len(drawn) < arrows and len(names) + len(more) <= parties:
            names.update(dict.fromkeys(sorted(more)))
            drawn.add(number)
    return drawn, placed(list(names), [(edges[one].source, edges[one].target) for one in sorted(drawn)])


def placed(parties: Sequence[str], ways: Sequence[tuple[str, str]]) -> dict[str, tuple[int, int]]:
    """A column each step away from whoever gives first; within a column near to those before. Column and row, by party.

    `ways` are pairs of giver and taker.
    """
    column = _columns(parties, ways)
    before: dict[str, list[str]] = {}
    for giver, taker in ways:
        before.setdefault(taker, []).append(giver)
    height: dict[str, float] = {}
    found: dict[str, tuple[int, int]] = {}
    for x in sorted(set(column.values())):
        near: dict[str, tuple[float, str]] = {}
        for party in (one for one in parties if column[one] == x):
            heights = [height[giver] for giver in before.get(party, ()) if giver in height]
            near[party] = (sum(heights) / len(heights) if heights else 0.5, party)
        for row, party in enumerate(sorted(near, key=lambda one: near[one])):
            found[party], height[party] = (x, row), (row + 0.5) / len(near)
    return {party: found[party] for party in sorted(found)}


def _columns(parties: Sequence[str], ways: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many steps a party is from whoever gives first. A way that would close a circle counts for nothing."""
    after: dict[str, list[str]] = {party: [] for party in parties}
    for giver, taker in ways:
        if giver not in _reached(taker, after):
            after[giver].append(taker)
    column = dict.fromkeys(parties, 0)
    for _ in parties:
        for giver, takers in after.items():
            for taker in takers:
                column[taker] = max(column[taker], column[giver] + 1)
    return column


def _reached(start: str, after: dict[str, list[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for one in after[waiting.pop()]:
            if one not in found:
                found.add(one)
                waiting.append(one)
    return found
