"""What a site has decided about alerts: their level, whether they are silenced, whether they are news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.model.baseline import Baseline
from onesec_cli.model.event import UNDATED
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
    alerts: Iterable[Alert], suppressions: Sequence[Suppression]
) -> tuple[list[Alert], list[Suppressed], list[SuppressionUse]]:
    """The alerts that are left, those that are silenced, and what became of each suppression.

    A suppression silences what ended before its expiry, by the alert's own time: no event of anybody else, however late it
    says it is, ends or revives it. An alert that no log gives a time is never silenced. The first line that holds counts.
    """
    uses = {id(one): _Use() for one in suppressions}
    by_rule = _by_rule(suppressions)
    left: list[Alert] = []
    apart: list[Suppressed] = []
    for alert in alerts:
        found = [one for one in by_rule.get(alert.rule, ()) if one.covers(alert)]
        line = next((one for one in found if _holds(one, alert)), None)
        for one in found:
            uses[id(one)].meet(one, alert, line)
        if line is None:
            left.append(alert)
        else:
            apart.append(Suppressed(alert=alert, reason=line.reason, owner=line.owner, expires=line.expires_at()))
    return left, apart, [_told(one, uses[id(one)]) for one in suppressions]


def _holds(one: Suppression, alert: Alert) -> bool:
    return alert.last_seen != UNDATED and alert.last_seen < one.expires_at()


class _Use(Struct):
    """What became of the alerts that a suppression speaks of."""

    silenced: int = 0
    kept: int = 0
    """Those that it would silence if it held, and that no other line silences."""
    late: bool = False
    """Whether one of them came after its expiry."""
    undated: bool = False

    def meet(self, one: Suppression, alert: Alert, line: Suppression | None) -> None:
        """An alert that it speaks of; `line` is what silences it."""
        self.silenced += line is one
        self.kept += line is None
        self.undated |= alert.last_seen == UNDATED
        self.late |= alert.last_seen != UNDATED and alert.last_seen >= one.expires_at()


def known(alerts: Iterable[Alert], baseline: Baseline | None) -> list[Alert]:
    """The alerts, those that the baseline told marked."""
    if baseline is None:
        return list(alerts)
    return [replace(alert, known=True) if baseline.knows(alert) else alert for alert in alerts]


def _told(one: Suppression, use: _Use) -> SuppressionUse:
    status = "applied" if use.silenced else "expired" if use.late else "undated" if use.undated else "unused"
    alerts = use.silenced or use.kept
    return SuppressionUse(
        rule=one.rule, reason=one.reason, owner=one.owner, expires=one.expires_at(), status=status, alerts=alerts
    )


def _by_rule(lines: Sequence[Line]) -> dict[str, list[Line]]:
    told: dict[str, list[Line]] = {}
    for line in lines:
        told.setdefault(line.rule, []).append(line)
    return told
