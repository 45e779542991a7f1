"""What rules and detectors cover, and what of it some logs could have raised: a scan, told from the rules' side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from onesec_cli.model.catalogue import Entry
from onesec_cli.model.policy import Policy
from onesec_cli.model.reach import Covered, Reach
from onesec_cli.model.report import Report
from onesec_cli.pipeline import Options, analyze
from onesec_cli.sigma.rule import RuleBook
from onesec_cli.workshop.catalogue import entries_of


def covered(book: RuleBook, logs: Sequence[str], policy: Policy, shipped: Sequence[str] = ()) -> Covered:
    """Every rule that raises alerts and every detector, by what it finds; with logs, whether it could have."""
    entries = [one for one in entries_of(book, shipped) if one.raises]
    if not logs:
        return Covered(reaches=tuple(Reach(entry=one) for one in entries))
    report = analyze(logs, Options(policy=policy, rules=book))
    fired = Counter(alert.rule for alert in report.alerts)
    reasons = _reasons(report)
    return Covered(
        reaches=tuple(_reach(one, fired[one.id], reasons.get(one.id, "")) for one in entries),
        events=sum(file.events for file in report.inputs),
        seen=tuple(sorted(code for family in report.coverage.families for code in family.codes)),
        inconclusive=report.verdict.status == "inconclusive",
    )


def _reach(entry: Entry, alerts: int, reason: str) -> Reach:
    return Reach(
        entry=entry,
        could="fired" if alerts else "cannot" if reason else "could",
        reason="" if alerts else reason,
        alerts=alerts,
    )


def _reasons(report: Report) -> dict[str, str]:
    """Why a rule or a detector could not have said anything."""
    found: dict[str, str] = {}
    for judge in report.coverage.detectors:
        if judge.status == "blind":
            found[judge.rule] = f"the logs hold nothing of {', '.join(judge.reads)}"
    for note in report.rules.cannot_match:
        found[note.id] = f"{found[note.id]}; {note.reason}" if note.id in found else note.reason
    return found
