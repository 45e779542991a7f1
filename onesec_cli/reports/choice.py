"""Which alerts a report of bounded length tells: worst first, and of one level no claim crowds out the others.

Whoever can write logs can raise one claim a thousand times, so that the one alert that matters stands on a page nobody reaches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from onesec_cli.model.finding import Alert
from onesec_cli.model.report import Report, RulesUse


class Choice(NamedTuple):
    """The alerts of a report, each part in the report's order."""

    full: list[Alert]
    brief: list[Alert]
    left: list[Alert]
    """Only counted."""
    used: RulesUse
    """The Sigma rules: they are called by their titles as well."""

    def counts(self) -> str:
        """The alerts that are only counted, by rule, most first."""
        rules = Counter(alert.rule for alert in self.left)
        return ", ".join(
            f"{self.used.named(rule)} {count:,}"
            for rule, count in sorted(rules.items(), key=lambda one: (-one[1], one[0]))
        )


def choose(report: Report, full: int, brief: int) -> Choice:
    """The alerts to tell in full, those that get a line, and those that are left; where there is room for all, as they stand.

    Of one level, those of an incident come first, and claims take turns: the first of each, then the second of each.
    """
    alerts = report.alerts
    if len(alerts) <= full:
        return Choice(list(alerts), [], [], report.rules)
    linked = {step.alert for incident in report.incidents for step in incident.steps}
    turns: Counter[tuple[int, str, str]] = Counter()
    ranks: dict[int, tuple[int, int, int]] = {}
    for place in sorted(range(len(alerts)), key=lambda place: (alerts[place].id not in linked, place)):
        claim = (int(alerts[place].level), alerts[place].rule, alerts[place].verdict)
        ranks[place] = (-claim[0], turns[claim], place)
        turns[claim] += 1
    chosen = sorted(ranks, key=ranks.__getitem__)
    parts = (chosen[:full], chosen[full : full + brief], chosen[full + brief :])
    told, short, left = (_standing(alerts, part) for part in parts)
    return Choice(told, short, left, report.rules)


def _standing(alerts: tuple[Alert, ...], places: Iterable[int]) -> list[Alert]:
    return [alerts[place] for place in sorted(places)]
