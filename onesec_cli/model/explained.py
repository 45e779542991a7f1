"""Why a rule matched an event, or why it did not."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Clause(Struct, frozen=True, kw_only=True):
    """One part of a condition, held against one event."""

    depth: int
    holds: bool
    text: str
    """What is asked for, in plain words."""
    seen: str = ""
    """What the event holds there; empty for parts that have parts."""
    decisive: bool = False
    """Whether the outcome of the whole rests on it: had it the other outcome, the part above might have one as well."""


class Firing(Struct, frozen=True, kw_only=True):
    """When a correlation fired, and what its window held then."""

    time: str
    place: str
    """Of the event that made it fire, `file:line`."""
    group: dict[str, str]
    """What the events of the window shared."""
    window: tuple[str, ...]
    """A line each."""


class Explained(Struct, frozen=True, kw_only=True):
    """One rule and one event."""

    rule: str
    title: str
    place: str
    """Of the event, `file:line`."""
    time: str
    code: str
    """Log type or kind of the event."""
    kind: Literal["rule", "correlation"] = "rule"
    matches: bool
    """Whether the rule matches the event, or the correlation fires at it."""
    reason: str
    """The outcome in a sentence."""
    clauses: tuple[Clause, ...] = ()
    window: tuple[str, ...] = ()
    """For a correlation: what its windows hold after the event, a line each."""
    earlier: tuple[Firing, ...] = ()
    """For a correlation that does not fire at the event: when it had fired for the same groups, or for any if the event is in none."""
