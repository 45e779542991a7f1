"""Which alerts, in which order, are one attack over both trails: read from `rules/chains/` and from files of the user's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from typing import Annotated, Final, Literal

from msgspec import Meta

from onesec_cli.knowledge.shelf import Part, Wrong, given, given_files, shipped
from onesec_cli.model.clock import DAY, HOUR, MINUTE, SECOND
from onesec_cli.model.level import Level

FOLDER: Final = "chains"
_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}

LevelName = Literal["informational", "low", "medium", "high", "critical"]
Code = Annotated[str, Meta(pattern="^ASI(0[1-9]|10)$")]
Length = Annotated[str, Meta(pattern="^[0-9]{1,5}[smhd]$")]
"""A length of time such as `90s`, `15m`, `1h` or `2d`."""
Join = Literal["token", "account", "session", "user", "agent", "memory"]
"""What two alerts may share; `agent` is an agent or a client, whichever a trail calls it."""


class Act(Part, frozen=True):
    """Alerts that can play one part in a chain."""

    rules: Annotated[dict[str, Code], Meta(min_length=1)]
    """Id of a detector or of a Sigma rule, to the OWASP code that its alert stands for in this chain."""
    name: str = ""
    """What the part is, for readers of the file."""
    verdicts: tuple[Annotated[str, Meta(min_length=1)], ...] = ()
    """Only alerts of these verdicts play it; absent: of any."""
    trail: Literal["identity", "behaviour"] = "behaviour"
    """Which trail tells it."""
    least: LevelName = "low"
    """Alerts below this level play no part."""
    optional: bool = False
    """Whether the chain is one without it."""
    within: Length | None = None
    """Of a step: the longest time between it and what it follows from, where it is another than the chain's."""
    joined_on: tuple[Join, ...] | None = None
    """Of a step: what it must share some of with what it follows from, where that is other than the chain says."""

    def plays(self, rule: str, level: Level, verdict: str) -> bool:
        """Whether an alert can be this part."""
        return rule in self.rules and level >= Level[self.least] and (not self.verdicts or verdict in self.verdicts)


class Chain(Part, frozen=True, dict=True):
    """A first act, and what may follow from it."""

    id: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,99}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    start: Act
    steps: Annotated[tuple[Act, ...], Meta(min_length=1)]
    """What may follow, any number of times each. An incident needs every step that is not optional."""
    in_order: bool = False
    """Whether the steps that are needed must come in the order they stand in."""
    joined_on: tuple[Join, ...] = ("token", "account", "session", "user", "agent")
    """What two acts must share to be linked."""
    within: Length = "1h"
    """The longest time between an act and what follows from it."""
    within_by_time: Length | None = None
    """The same where the agent log names nobody whom the identity trail knows, and time alone links them: to a step that is needed, never to
    an optional one. Absent: never."""

    @cached_property
    def max_gap(self) -> int:
        """Microseconds between an act and what follows from it."""
        return _span(self.within)

    @cached_property
    def reach(self) -> int:
        """The longest of these for any step."""
        return max(self.gap_of(step) for step in self.steps)

    def gap_of(self, step: Act) -> int:
        """The same for one step."""
        return _span(step.within) if step.within else self.max_gap

    def joins_of(self, step: Act) -> tuple[Join, ...]:
        """What a step must share with what it follows from."""
        return self.joined_on if step.joined_on is None else step.joined_on

    @cached_property
    def max_gap_unnamed(self) -> int:
        """The same where time alone links them; 0 where it never does."""
        return _span(self.within_by_time) if self.within_by_time else 0

    @cached_property
    def _acts(self) -> dict[str, list[Act]]:
        """Rule to the steps that name it."""
        found: dict[str, list[Act]] = {}
        for step in self.steps:
            for rule in step.rules:
                found.setdefault(rule, []).append(step)
        return found

    @cached_property
    def identity(self) -> frozenset[str]:
        """Rules of steps that the identity trail tells."""
        return frozenset(rule for step in (self.start, *self.steps) if step.trail == "identity" for rule in step.rules)

    def step_of(self, rule: str, level: Level, verdict: str = "") -> Act | None:
        """The step an alert can be, if it can be one: the first that it fits."""
        return next((step for step in self._acts.get(rule, ()) if step.plays(rule, level, verdict)), None)

    def told_by(self, played: Sequence[Act]) -> bool:
        """Whether the steps that the alerts of a story play, in order of time, are every one that is needed."""
        needed = [step for step in self.steps if not step.optional]
        if not self.in_order:
            return all(any(one is step for one in played) for step in needed)
        left = iter(played)
        return all(any(one is step for one in left) for step in needed)


class ChainFile(Part, frozen=True):
    """A file of chains."""

    kind: Literal["chains"]
    chains: Annotated[tuple[Chain, ...], Meta(min_length=1)]
    version: Annotated[int, Meta(ge=1, le=1)] = 1


def chains_of(paths: Iterable[str] = ()) -> tuple[Chain, ...]:
    """The shipped chains, then those of the user's files. Raises KnowledgeError."""
    found = {chain.id: chain for file in shipped(FOLDER, ChainFile) for chain in file.chains}
    for path in given_files(paths, FOLDER):
        file = given(path, ChainFile, partial(_wrong, found))
        found.update((chain.id, chain) for chain in file.chains)
    return tuple(found.values())


def _wrong(known: dict[str, Chain], file: ChainFile) -> Wrong | None:
    """What is wrong with a file, seen beside the chains that are known already."""
    seen = set(known)
    for number, chain in enumerate(file.chains):
        at = ("chains", str(number))
        if chain.id in seen:
            return f"there is another chain {chain.id!r}", (*at, "id")
        seen.add(chain.id)
        if chain.start.within or chain.start.joined_on is not None:
            return "a first act follows from nothing: its steps say how they are linked", (*at, "start")
        if not any(step.trail == "identity" for step in (chain.start, *chain.steps)) and chain.within_by_time:
            return "time alone can only link to the identity trail, which tells no step of this chain", (
                *at,
                "within-by-time",
            )
        if all(step.optional for step in chain.steps):
            return "a chain whose steps are all optional would be told of every first act", (*at, "steps")
    return _feeds(seen, file)


def _feeds(chains: set[str], file: ChainFile) -> Wrong | None:
    """A chain that waits for the incidents of another: incidents are made of alerts, never of incidents."""
    for number, chain in enumerate(file.chains):
        places = [("start",), *(("steps", str(nth)) for nth in range(len(chain.steps)))]
        for place, act in zip(places, (chain.start, *chain.steps), strict=True):
            fed = next((rule for rule in act.rules if rule in chains), None)
            if fed is not None:
                at = ("chains", str(number), *place, "rules", fed)
                return f"{fed!r} is a chain, and incidents are made of alerts alone", at
    return None


def _span(text: str) -> int:
    match = re.fullmatch(r"(\d+)([smhd])", text)
    assert match  # the type says so
    return int(match[1]) * _UNITS[match[2]]
