"""Markdown for tickets, wikis and CI summaries: the verdict first, incidents, alerts worst first, what could not be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident, Join
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report
from onesec_cli.model.taxonomy import ASI, ATTACK
from onesec_cli.reports.briefed import lines
from onesec_cli.reports.choice import Choice, choose
from onesec_cli.reports.markdown_text import block, code, inline
from onesec_cli.reports.scored import in_short, in_words
from onesec_cli.version import VERSION

FULL_ALERTS: Final = 200
"""Alerts told in full; the others get a line each, up to `LINE_ALERTS`."""
LINE_ALERTS: Final = 2000
INCIDENTS: Final = 50
STEPS: Final = 30
EVIDENCE: Final = 5
QUOTE: Final = 600
"""Characters of a quoted record; JSON has it whole."""
GAPS: Final = 50
INPUTS: Final = 1000


def pieces(report: Report) -> Iterator[str]:
    """CommonMark without HTML and without tables of log text: both are ways in."""
    return (f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# onesec {VERSION}", "", f"**{inline(report.verdict.sentence)}**", "")
    for reason in report.verdict.reasons:
        yield f"- {inline(reason)}"
    yield from _counts(report)
    said = {alert.id: alert.message for alert in report.alerts} if report.incidents else {}
    for number, incident in enumerate(report.incidents[:INCIDENTS]):
        yield from () if number else ("", "## Incidents")
        yield from _incident(incident, said)
    explained: set[str] = set()
    choice = choose(report, FULL_ALERTS, LINE_ALERTS)
    for number, alert in enumerate(choice.full):
        yield from () if number else ("", "## Alerts")
        yield from _alert(alert, report, alert.rule not in explained)
        explained.add(alert.rule)
    yield from _brief(choice)
    yield from _suppressed(report)
    yield from _blind(report)
    yield from _inputs(report)


def _counts(report: Report) -> Iterator[str]:
    """The numbers of the run; our own words only, so that a table is safe."""
    levels = {level: sum(1 for alert in report.alerts if alert.level is level) for level in reversed(Level)}
    yield from ("", "| " + " | ".join(level.name for level in levels) + " |", "|" + "---:|" * len(levels))
    yield "| " + " | ".join(f"{count:,}" for count in levels.values()) + " |"
    yield ""
    seen = report.coverage
    if seen.first_event is not None and seen.last_event is not None:
        yield f"- events from {show_time(seen.first_event)} to {show_time(seen.last_event)}"
    known = sum(alert.known for alert in report.alerts)
    if report.baseline:
        yield f"- {known:,} known from {code(report.baseline.path)}, {len(report.alerts) - known:,} new"
    if report.withheld:
        yield f"- {report.withheld:,} alerts withheld by the options of the run"
    if report.policy:
        yield f"- policy {code(report.policy.path)}, sha256 {code(report.policy.sha256)}"
    yield f"- {len(report.inputs):,} inputs, listed at the end" if report.inputs else "- no inputs"


def _inputs(report: Report) -> Iterator[str]:
    """What was read, with its digests: a night may have thousands of files, which must not stand before the alerts."""
    yield from ("", "## Inputs", "") if report.inputs else ()
    for file in report.inputs[:INPUTS]:
        told = f"{file.records:,} records, {file.events:,} events, {file.gaps:,} gaps, sha256 {code(file.sha256)}"
        yield f"- {code(file.path)}: {told}"
    if len(report.inputs) > INPUTS:
        yield f"- and {len(report.inputs) - INPUTS:,} more; JSON lists them all"


def _incident(incident: Incident, said: Mapping[str, str]) -> Iterator[str]:
    yield from ("", f"### {incident.level.name.upper()}: {inline(incident.title)}", "")
    for told in lines(incident):
        yield f"- **{told.question}**: {inline(told.text)}" if told.question else f"  - {inline(told.text)}"
    yield from ("", inline(incident.message), "")
    yield f"- id {code(incident.id)}, path {inline(incident.path)}, links at least {incident.grade.value}"
    yield f"- {show_time(incident.first_seen)} to {show_time(incident.last_seen)}"
    yield f"- risk {in_short(incident.score)}"
    yield from (f"  - {inline(in_words(one))}" for one in incident.score.components)
    joins = {join.later: join for join in incident.joins}
    for step in incident.steps[:STEPS]:
        yield (
            f"- {show_time(step.time)} {step.asi} {code(step.rule)} {code(step.alert)}: "
            + inline(said.get(step.alert) or step.title)
        )
        if step.alert in joins:
            yield f"  - {_link(joins[step.alert])}"
    if len(incident.steps) > STEPS:
        yield f"- and {len(incident.steps) - STEPS:,} more steps"


def _link(join: Join) -> str:
    on = " ".join(code(one) for one in join.on) or "nothing but time"
    return f"{join.grade.edge} link ({join.grade.value}), {join.seconds:,} s after {code(join.earlier)}: {on}"


def _alert(alert: Alert, report: Report, explain: bool) -> Iterator[str]:
    yield from ("", f"### {alert.level.name.upper()}: {inline(alert.title)}", "", inline(alert.message), "")
    status = (", known" if alert.known else ", new") if report.baseline else ""
    yield f"- rule {code(alert.rule)}, alert {code(alert.id)}{status}"
    if alert.judged is not None:
        yield f"- {alert.judged.name} by the rule, {alert.level.name} by the policy"
    times = f", {alert.count:,} times" if alert.count > 1 else ""
    yield f"- {_span(alert)}{times}"
    names = [f"{one} {ASI.get(one) or ATTACK.get(one, '')}".strip() for one in (*alert.asi, *alert.attack)]
    yield f"- {', '.join(names)}"
    yield f"- entities: {' '.join(code(one) for one in alert.entities)}"
    if alert.judged_on:
        yield f"- judged on: {inline(alert.judged_on)}"
    for proof in alert.evidence[:EVIDENCE]:
        yield f"- evidence {code(f'{proof.origin.file}:{proof.origin.line}')}: {inline(proof.role)}"
    if alert.evidence_total > EVIDENCE:
        yield f"- and {alert.evidence_total - min(EVIDENCE, len(alert.evidence)):,} more records"
    card = report.cards.get(alert.rule)
    for head, text in (("why it matters", card.why), ("what to do", card.next_steps)) if card and explain else ():
        if text:
            yield f"- {head}: {inline(' '.join(text.split()))}"
    first = alert.evidence[0].origin if alert.evidence else None
    quote = report.quotes.get(f"{first.file}:{first.offset}") if first else None
    if quote and quote.intact:
        yield from ("", block(quote.text[:QUOTE]))


def _span(alert: Alert) -> str:
    if alert.first_seen == UNDATED:
        return "undated"
    first = show_time(alert.first_seen)
    return first if alert.first_seen == alert.last_seen else f"{first} to {show_time(alert.last_seen)}"


def _brief(choice: Choice) -> Iterator[str]:
    if choice.brief:
        yield from ("", "### More alerts", "")
    for alert in choice.brief:
        yield f"- {alert.level.name}, {_span(alert)}, {code(alert.rule)} {code(alert.id)}: {inline(alert.message)}"
    if choice.left:
        yield f"- and {len(choice.left):,} more ({inline(choice.counts())}); JSON and CSV tell them all"


def _suppressed(report: Report) -> Iterator[str]:
    if report.suppressions:
        yield from ("", "## Suppressed", "", f"{len(report.suppressed):,} alerts are suppressed by the policy.", "")
    for one in report.suppressions:
        yield (
            f"- {code(report.rules.named(one.rule))}, {one.status}, {one.alerts:,} alerts, until {show_time(one.expires)}, "
            f"{inline(one.owner)}: {inline(one.reason)}"
        )


def _blind(report: Report) -> Iterator[str]:
    blind = [judge.rule for judge in report.coverage.detectors if judge.status == "blind"]
    notes = report.coverage.notes
    if not (blind or notes or report.gaps_total):
        return
    yield from ("", "## What could not be judged", "")
    if blind:
        yield f"- shown nothing they read: {', '.join(code(rule) for rule in blind)}"
    for note in notes:
        yield f"- {inline(note)}"
    for gap in report.gaps[:GAPS]:
        yield f"- unreadable {code(f'{gap.file}:{gap.line}')}: {inline(gap.reason)}"
    if report.gaps_total > min(GAPS, len(report.gaps)):
        yield f"- and {report.gaps_total - min(GAPS, len(report.gaps)):,} more"
