"""What each rule costs over a log."""

from __future__ import annotations

from msgspec import Struct


class RuleCost(Struct, frozen=True, kw_only=True):
    """One rule, matched alone."""

    id: str
    title: str
    place: str
    examined: int
    """Events it was shown."""
    hits: int
    seconds: float
    """CPU time of matching it alone; it varies from run to run."""


class Costs(Struct, frozen=True, kw_only=True):
    """All rules over one log, the most expensive first."""

    rules: tuple[RuleCost, ...]
    events: int
    together: float
    """CPU seconds of matching all rules at once, as a scan does."""
    windows: float
    """CPU seconds of the correlations, over what those rules matched."""
    decoded: int
    """Events whose record at least one rule had to look into."""
