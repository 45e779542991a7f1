"""Why a rule matched an event, or why it did not."""

from __future__ import annotations

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


class Explained(Struct, frozen=True, kw_only=True):
    """One rule and one event."""

    rule: str
    title: str
    place: str
    """Of the event, `file:line`."""
    time: str
    code: str
    """Log type or kind of the event."""
    matches: bool
    reason: str
    """The outcome in a sentence."""
    clauses: tuple[Clause, ...] = ()
    window: tuple[str, ...] = ()
    """For a correlation: what its windows hold after the event, a line each."""
