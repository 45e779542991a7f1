"""The order of canonical events that share an instant and say no place in it (`seq`).

Neither a file's order nor a digest may decide: the one is lost where lines are shuffled, the other is chance, and a call
that is sorted before the result that told it hides what happened. What the events say decides: a person speaks
first, a result follows its call, and a call follows every other result that holds a value it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.sources.values import flat

MAX_TIED: Final = 48
"""Calls and results of one conversation and instant whose values are compared; where there are more, their ids order them."""
MAX_CHARS: Final = 20_000
"""Characters of one call or result that are compared."""
MAX_VALUES: Final = 20
"""Values of one call that are looked for, the longest first."""

_RANKS: Final = {
    kinds.AGENT_START: 0,
    kinds.TOOL_OFFER: 1,
    kinds.GOAL_SET: 3,
    kinds.MEMORY_READ: 4,
    kinds.APPROVAL_REQUEST: 4,
    kinds.TOOL_CALL: 5,
    kinds.TOOL_RESULT: 5,
    kinds.AGENT_END: 7,
}
_SPEAKERS: Final = {"system": 2, "context": 4}
_ACTS: Final = 5
_AFTER: Final = 6
_TELLING: Final = re.compile(r"[^\s\"'<>(),;\\]{6,200}")
_SIGNS: Final = re.compile(r"[@./_0-9-]")
_NUMBERS: Final = re.compile(r"[0-9]{1,30}|[^0-9]+")

_Place = tuple[list[tuple[int, int, str]], int, int]


def causal(instant: list[Event]) -> list[Event]:
    """The events of one instant, in total order, with those that say no place in it put where they can have happened."""
    loose: dict[tuple[str, str], list[int]] = {}
    for index, event in enumerate(instant):
        if event.source == "onesec" and not event.seq and event.kind in kinds.BEHAVIOUR:
            loose.setdefault((event.tenant, event.session), []).append(index)
    for places in loose.values():
        if len(places) > 1:
            for place, event in zip(places, _told([instant[index] for index in places]), strict=True):
                instant[place] = event
    return instant


def _told(events: list[Event]) -> list[Event]:
    """What opens, what is done and answered, what closes."""
    ranked = sorted(((_rank(event), index) for index, event in enumerate(events)))
    acts = [events[index] for rank, index in ranked if rank == _ACTS]
    before = [events[index] for rank, index in ranked if rank < _ACTS]
    return [*before, *_acted(acts), *(events[index] for rank, index in ranked if rank > _ACTS)]


def _rank(event: Event) -> int:
    if event.kind == kinds.MESSAGE:
        return _SPEAKERS.get(str(event.fields.get("author")), _AFTER)
    if event.kind == kinds.APPROVAL_DECISION:
        return _AFTER if event.fields.get("decision") == "reject" else _RANKS[kinds.APPROVAL_REQUEST]
    return _RANKS.get(event.kind, _AFTER)


def _acted(acts: list[Event]) -> Iterator[Event]:
    """Calls and results: each as soon as nothing that must precede it is left; where they wait for each other, by their ids."""
    waits = _waits(acts)
    left = sorted(range(len(acts)), key=lambda index: _place(acts, index))
    if len(acts) > MAX_TIED:
        yield from (acts[index] for index in left)
        return
    told: set[int] = set()
    while left:
        free = next((index for index in left if waits[index] <= told), left[0])
        left.remove(free)
        told.add(free)
        yield acts[free]


def _place(acts: list[Event], index: int) -> _Place:
    """By the id of the call, its numbers as numbers, then the call, then its result. A result without an id comes first."""
    event = acts[index]
    call = event.fields.get("call")
    parts = _NUMBERS.findall(call[:200]) if isinstance(call, str) else []
    key = [(1, len(digits), digits) if (digits := part.lstrip("0")).isdigit() else (0, 0, part) for part in parts]
    return key, int((event.kind == kinds.TOOL_RESULT) is bool(key)), index


def _waits(acts: list[Event]) -> list[set[int]]:
    """For each call and result, those that precede it."""
    waits: list[set[int]] = [set() for _ in acts]
    calls = [index for index, event in enumerate(acts) if event.kind == kinds.TOOL_CALL]
    if len(acts) > MAX_TIED or len(calls) == len(acts):
        return waits
    used = {index: _values(acts[index]) for index in calls}
    for index, event in enumerate(acts):
        if event.kind != kinds.TOOL_RESULT:
            continue
        named = event.fields.get("call")
        own = {one for one in calls if named and acts[one].fields.get("call") == named}
        own = {one for one in own if acts[one].tool == event.tool} or own
        waits[index] |= own
        said = str(event.fields.get("text") or "")[:MAX_CHARS].lower()
        for one in calls:
            if one not in own and any(value in said for value in used[one]):
                waits[one].add(index)
    return waits


def _values(call: Event) -> list[str]:
    """What the arguments of a call hold that a text could have told it, in lower case: whole values, and words with signs in them."""
    found: set[str] = set()
    for leaf in flat(call.fields.get("args"))[:1_000]:
        if isinstance(leaf, str):
            said = leaf[:MAX_CHARS].lower()
            if 4 <= len(said.strip()) <= 200:
                found.add(said.strip())
            found.update(word for word in _TELLING.findall(said)[:100] if _SIGNS.search(word))
    return sorted(found, key=lambda value: (-len(value), value))[:MAX_VALUES]
