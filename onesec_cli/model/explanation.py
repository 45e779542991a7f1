"""Why an alert or an incident was told: what was held against what, who held what access, and what to take away."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.reachable import Radius
from onesec_cli.model.report import Quote, RuleCard


class Condition(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    observed: Any = None
    """What the trail held, as plain data."""
    threshold: Any = None
    """What it was held against; None where nothing is declared."""


class Setting(Struct, frozen=True, kw_only=True):
    """A threshold of the rule, as the policy file names it, and its value in this run."""

    key: str
    value: Any


class Silencer(Struct, frozen=True, kw_only=True):
    """Something that would have kept the alert away."""

    how: str
    policy: str
    """Lines for the policy file, YAML, ready to paste."""


class Remembered(Struct, frozen=True, kw_only=True):
    """The detector at its trigger: whose history it judged in, what that held, and what the event added."""

    file: str
    line: int
    time: int
    history: tuple[str, ...]
    before: tuple[str, ...]
    learned: tuple[str, ...]
    """Both as paths into its state, for programs."""
    before_told: tuple[str, ...]
    learned_told: tuple[str, ...]
    """Both as sentences."""
    changes: tuple[str, ...]
    """What agents could do after the event that they could not before, or could no more."""


class AlertExplained(Struct, frozen=True, kw_only=True):
    """One alert, opened."""

    alert: Alert
    card: RuleCard | None
    quotes: tuple[Quote | None, ...]
    """Beside `alert.evidence`."""
    conditions: tuple[Condition, ...]
    settings: tuple[Setting, ...]
    remembered: Remembered | None
    """None where no event of the trail stands for the trigger."""
    benign: str
    """The nearest harmless explanation."""
    silencers: tuple[Silencer, ...]


class Explanation(Struct, frozen=True, kw_only=True):
    """The answer to why."""

    incident: Incident | None
    alerts: tuple[AlertExplained, ...]
    """The alert asked about, or those of the incident's steps that the report tells, in the order of the steps."""
    radius: Radius
    """Access that those whom they name had while it happened, and what to take away."""
