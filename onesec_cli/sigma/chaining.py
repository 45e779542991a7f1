"""Correlations of correlations: what must be judged before what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def in_order(members: Mapping[int, Iterable[int]]) -> tuple[list[int], frozenset[int]]:
    """Correlations so that each comes after those it watches; and those that cannot be put so, because they watch each other.

    `members` gives the members of each correlation; members that are not among its keys are event rules.
    """
    waits = {at: {member for member in watched if member in members} for at, watched in members.items()}
    above: dict[int, list[int]] = {}
    for at, watched in waits.items():
        for member in watched:
            above.setdefault(member, []).append(at)
    ready = [at for at, watched in waits.items() if not watched]
    for at in ready:  # grows as it is walked
        for waiting in above.get(at, ()):
            waits[waiting].discard(at)
            if not waits[waiting]:
                ready.append(waiting)
    return ready, frozenset(members) - frozenset(ready)
