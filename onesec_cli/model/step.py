"""One step of a replay: an event, what it changed, and what each detector made of it."""

from __future__ import annotations

from msgspec import Struct

from onesec_cli.model.timeline import Row


class Weighed(Struct, frozen=True, kw_only=True):
    """One detector's look at one event."""

    rule: str
    history: tuple[str, ...]
    """Whose history it was judged in, `attribute:value`; empty where the record lacks what the detector keys on."""
    said: tuple[str, ...]
    """`high never-authorized: what it claims`, one a finding; empty where it stayed silent."""
    learned: tuple[str, ...]
    """What it remembers now that it did not before, as paths into its state: exact, for programs."""
    told: tuple[str, ...] = ()
    """The same as sentences; what no state tells the meaning of is a path here too."""
    remembered: tuple[str, ...] = ()
    """What it remembered before, as such paths; only where that was asked for."""
    remembered_told: tuple[str, ...] = ()
    """The same as sentences."""


class Step(Struct, frozen=True, kw_only=True):
    """An event in its place; nothing in it changes when later events come."""

    number: int
    """1-based, among the steps that are told."""
    row: Row
    changes: tuple[str, ...]
    """What agents may do now that they could not before, or may do no more, one sentence each."""
    weighed: tuple[Weighed, ...]
