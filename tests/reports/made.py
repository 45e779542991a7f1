"""Reports to render: of the shipped trails, and the same with hostile text in every field that a log or a rule can fill."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from onesec_cli.model.level import Level
from onesec_cli.model.report import BaselineUse, Report, Suppressed, SuppressionUse
from onesec_cli.pipeline import Options, analyze
from tests.run import SAMPLES

OURS = frozenset(
    {
        "sha256",
        "id",
        "alert",
        "asi",
        "attack",
        "status",
        "earlier",
        "later",
        "detectors_sha256",
        "rules_sha256",
        "own_rules_sha256",
    }
)
"""Fields that only we fill: digests, taxonomy codes, closed choices."""


@cache
def story() -> Report:
    """The report of the shipped story over both trails."""
    return analyze([str(SAMPLES / "full_story")], Options(access=True))


@cache
def everything() -> Report:
    """The report of all shipped trails at once: every detector speaks."""
    return analyze([str(SAMPLES)], Options(access=True))


def gated(report: Report) -> Report:
    """The report as a run with a baseline and suppressions makes it: the first alert known, the last one suppressed."""
    first, *others, last = report.alerts
    silenced = Suppressed(
        alert=last, reason="accepted by the owner", owner="dora@example.com", expires=2_000_000_000_000_000
    )
    used = [
        SuppressionUse(
            rule=last.rule, reason="accepted", owner="dora", expires=1_800_000_000_000_000, status=status, alerts=1
        )
        for status in ("applied", "expired", "unused", "undated")
    ]
    return replace(
        report,
        alerts=(replace(first, known=True, judged=Level.low), *others),
        suppressed=(silenced,),
        suppressions=tuple(used),
        baseline=BaselineUse(path="old.json", sha256="0" * 64, alerts=1),
        fail_on=Level.medium,
    )


def poisoned(report: Report, text: str) -> Report:
    """The text in every field that is not ours alone."""
    told: Report = _poisoned(report, text, "")
    return told


def _poisoned(value: Any, text: str, name: str) -> Any:
    if isinstance(value, msgspec.Struct):
        return replace(value, **{key: _poisoned(getattr(value, key), text, key) for key in value.__struct_fields__})
    if isinstance(value, dict):
        if name == "quotes":  # its keys are places, which are poisoned alike where evidence names them
            return {_place(key, text): _poisoned(one, text, "") for key, one in value.items()}
        rules = name == "cards"
        return {(text + key if rules else key): _poisoned(one, text, str(key)) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(_poisoned(one, text, name) for one in value)
    if isinstance(value, str) and type(value) is str and name not in OURS:
        kind, colon, rest = value.partition(":")
        typed = name in ("subject", "entities", "giver", "taker") and colon
        return f"{kind}:{text}{rest}" if typed else text + value
    return value


def _place(key: str, text: str) -> str:
    return text + key


def write_trail(path: Path, lines: list[str]) -> Path:
    """A trail of so many lines."""
    path.write_text("\n".join(lines) + "\n")
    return path
