"""What each rule costs over a log."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class RuleCost(Struct, frozen=True, kw_only=True):
    """One rule, matched alone; or one correlation, fed alone with what its rules matched."""

    id: str
    title: str
    place: str
    kind: Literal["rule", "correlation"]
    examined: int
    """Events it was shown; of a correlation, those that its rules matched."""
    hits: int
    """Events it matched; of a correlation, how often it fired."""
    seconds: float
    """CPU time of it alone; it varies from run to run. Of a correlation, that of the correlations it watches is in it."""


class Costs(Struct, frozen=True, kw_only=True):
    """All rules over one log, the most expensive first."""

    rules: tuple[RuleCost, ...]
    events: int
    together: float
    """CPU seconds of matching all rules at once, as a scan does."""
    windows: float
    """CPU seconds of all correlations at once, over what those rules matched."""
    decoded: int
    """Events whose record at least one rule had to look into."""
