"""Alerts that one act explains, in causal order, with what each link rests on."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from onesec_cli.model.brief import Brief
from onesec_cli.model.level import Level
from onesec_cli.model.reachable import Radius
from onesec_cli.model.score import Score

Edge = Literal["hard", "inferred"]


class Grade(StrEnum):
    """How sure a link between two alerts is, best first."""

    certain = "certain"
    """Both name the same token, account or session: one log id stands in both."""
    strong = "strong"
    """Both name the same user and the same agent or client."""
    fair = "fair"
    """Both name the same user, or the same agent or client."""
    weak = "weak"
    """Nothing but time: the agent log names nobody whom the identity trail knows."""

    @property
    def edge(self) -> Edge:
        """`hard` where one id stands in both alerts; `inferred` where they only fit together."""
        return "hard" if self is Grade.certain else "inferred"


class Join(Struct, frozen=True, kw_only=True):
    """Why one alert is linked to an earlier one."""

    earlier: str
    """Alert id."""
    later: str
    on: tuple[str, ...]
    """Entities that both name, `type:value`; empty for a weak link."""
    grade: Grade
    seconds: int
    """From the earlier act to the later one."""


class Step(Struct, frozen=True, kw_only=True):
    """One alert of an incident, at the moment it plays its part."""

    alert: str
    """Alert id; the alert itself may be withheld from the report (`--min-level`)."""
    rule: str
    level: Level
    title: str
    asi: str
    time: int


class Incident(Struct, frozen=True, kw_only=True):
    """A chain of alerts over one or both trails."""

    id: str
    chain: str
    title: str
    level: Level
    message: str
    path: str
    """OWASP codes in causal order, e.g. `ASI01 -> ASI03 -> ASI10`."""
    grade: Grade
    """Of its least sure link."""
    tenant: str
    first_seen: int
    last_seen: int
    entities: tuple[str, ...]
    steps: tuple[Step, ...]
    joins: tuple[Join, ...]
    brief: Brief = Brief()
    score: Score = Score()
    radius: Radius = Radius()
    """What lay within reach of those whom its alerts name, and what takes it away."""
