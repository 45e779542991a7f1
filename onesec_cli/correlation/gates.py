"""What a site has decided about alerts: their level, whether they are silenced, whether they are news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from onesec_cli.model.baseline import Baseline
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Severity, Suppression
from onesec_cli.model.report import Suppressed, SuppressionUse

Line = TypeVar("Line", Severity, Suppression)


def graded(alerts: Iterable[Alert], severities: Sequence[Severity]) -> list[Alert]:
    """The alerts at the levels that the policy gives them, worst first as always."""
    by_rule = _by_rule(severities)
    told = []
    for alert in alerts:
        line = next((one for one in by_rule.get(alert.rule, ()) if one.covers(alert)), None)
        changed = line is not None and Level[line.level] != alert.level
        told.append(replace(alert, level=Level[line.level], judged=alert.level) if line and changed else alert)
    return sorted(told, key=lambda alert: (-alert.level, alert.first_seen, alert.rule, alert.id))


def silenced(
    alerts: Iterable[Alert], suppressions: Sequence[Suppression], as_of: int | None
) -> tuple[list[Alert], list[Suppressed], list[SuppressionUse]]:
    """The alerts that are left, those that are silenced, and what became of each suppression.

    `as_of` is the time of the last event that was judged: a suppression whose expiry has come by then silences nothing any
    more, and neither does any where no event tells the time. The first line that still holds and speaks of an alert counts.
    """
    holds = {id(one): as_of is not None and as_of < one.expires_at() for one in suppressions}
    counts = {id(one): 0 for one in suppressions}
    by_rule = _by_rule(suppressions)
    left: list[Alert] = []
    apart: list[Suppressed] = []
    for alert in alerts:
        found = [one for one in by_rule.get(alert.rule, ()) if one.covers(alert)]
        line = next((one for one in found if holds[id(one)]), None)
        for one in [line] if line else found:
            counts[id(one)] += 1
        if line is None:
            left.append(alert)
        else:
            apart.append(Suppressed(alert=alert, reason=line.reason, owner=line.owner, expires=line.expires_at()))
    return left, apart, [_use(one, as_of, counts[id(one)]) for one in suppressions]


def known(alerts: Iterable[Alert], baseline: Baseline | None) -> list[Alert]:
    """The alerts, those that the baseline told marked."""
    if baseline is None:
        return list(alerts)
    return [replace(alert, known=True) if baseline.knows(alert) else alert for alert in alerts]


def _use(one: Suppression, as_of: int | None, alerts: int) -> SuppressionUse:
    expired = as_of is not None and as_of >= one.expires_at()
    status = "undated" if as_of is None else "expired" if expired else "applied" if alerts else "unused"
    return SuppressionUse(
        rule=one.rule, reason=one.reason, owner=one.owner, expires=one.expires_at(), status=status, alerts=alerts
    )


def _by_rule(lines: Sequence[Line]) -> dict[str, list[Line]]:
    told: dict[str, list[Line]] = {}
    for line in lines:
        told.setdefault(line.rule, []).append(line)
    return told
