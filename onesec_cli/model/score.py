"""How much an incident matters, with every reason: impact, confidence, and the risk that both make."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Component(Struct, frozen=True, kw_only=True):
    """One reason for a score."""

    name: str
    counts: Literal["impact", "confidence"]
    """Which of the two scores it is a part of."""
    points: int
    most: int
    """The points it can give; those of one score add up to 100."""
    reason: str
    evidence: tuple[str, ...] = ()
    """Ids of alerts, or `file:line` of records."""


class Score(Struct, frozen=True, kw_only=True):
    """Numbers from 0 to 100, in the words of OCSF (`risk_score`, `impact_score`, `confidence_score`)."""

    risk: int = 0
    """Impact times confidence over a hundred, rounded: what incidents are sorted by."""
    impact: int = 0
    confidence: int = 0
    components: tuple[Component, ...] = ()
