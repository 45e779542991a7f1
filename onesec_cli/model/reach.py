"""What the rules and detectors cover, and what of it a log could have raised."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from onesec_cli.model.catalogue import Entry

Could = Literal["", "fired", "could", "cannot"]
"""Empty: no log was given."""


class Reach(Struct, frozen=True, kw_only=True):
    """One rule, correlation or detector."""

    entry: Entry
    could: Could = ""
    reason: str = ""
    """Why it could not have fired."""
    alerts: int = 0


class Covered(Struct, frozen=True, kw_only=True):
    """All of them, and what was seen."""

    reaches: tuple[Reach, ...]
    events: int | None = None
    """Events of the logs; None where none were given."""
    seen: tuple[str, ...] = ()
    """Log types and kinds of events that the logs hold."""
    inconclusive: bool = False
    """Whether nothing in the logs could be judged."""
