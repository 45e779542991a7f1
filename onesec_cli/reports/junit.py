"""JUnit XML: a suite per rule, a failing case per alert at or above the gate, a skipped one for a rule that saw nothing.

A suite of its own tells the incidents: a case fails where one of its steps does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report, Suppressed
from onesec_cli.reports.briefed import lines
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.scored import Linked, in_short, linked

DEFAULT_GATE: Final = Level.low
"""Without `--fail-on` a case fails for whatever the verdict calls an alert."""
QUOTE: Final = 500


class _Suite:
    """The cases of one rule, counted as they come."""

    def __init__(self, name: str, title: str = "") -> None:
        self.name = name
        """An id: classes are called by it alone, so that the history of a case outlives a new title."""
        self.title = title or name
        self.cases: list[str] = []
        self.failures = self.errors = self.skipped = 0

    def add(self, name: str, inside: str = "", place: str = "", *, outcome: str = "") -> None:
        """One case; `outcome` is failure, error, skipped or empty."""
        self.failures += outcome == "failure"
        self.errors += outcome == "error"
        self.skipped += outcome == "skipped"
        head = f'<testcase classname={_attr(f"onesec.{self.name}")} name={_attr(name)}{place} time="0"'
        self.cases.append(f"    {head}>{inside}</testcase>" if inside else f"    {head}/>")

    def lines(self) -> Iterator[str]:
        """The suite as XML."""
        counts = f'tests="{len(self.cases)}" failures="{self.failures}" errors="{self.errors}" skipped="{self.skipped}"'
        yield f'  <testsuite name={_attr(f"onesec.{self.title}")} {counts} time="0">'
        yield from self.cases
        yield "  </testsuite>"


def pieces(report: Report) -> Iterator[str]:
    """What fails is what `--fail-on` looks at; known and suppressed alerts are skipped, with the reason."""
    gate = DEFAULT_GATE if report.fail_on is None else report.fail_on
    suites = [_verdict(report), *_incidents(report, gate), *_rules(report, gate)]
    total = {name: sum(getattr(suite, name) for suite in suites) for name in ("failures", "errors", "skipped")}
    tests = sum(len(suite.cases) for suite in suites)
    counts = " ".join(f'{name}="{count}"' for name, count in {"tests": tests, **total}.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="onesec" {counts} time="0">\n'
    for suite in suites:
        yield from (f"{line}\n" for line in suite.lines())
    yield "</testsuites>\n"


def _verdict(report: Report) -> _Suite:
    """One case for the whole run: an error where nothing could be judged, so that a pipeline never reads it as clean."""
    suite = _Suite("verdict")
    told = report.verdict
    if told.status == "inconclusive":
        suite.add(
            "the trail could be judged", _outcome("error", told.sentence, told.status, told.reasons), outcome="error"
        )
    else:
        suite.add("the trail could be judged", f"<system-out>{_text(told.sentence)}</system-out>")
    return suite


def _incidents(report: Report, gate: Level) -> Iterator[_Suite]:
    """None where nothing is linked: no rule says that nothing would have been."""
    if not report.incidents:
        return
    suite = _Suite("incidents")
    told = {alert.id: alert for alert in report.alerts}
    for incident in report.incidents:
        steps = [told[step.alert] for step in incident.steps if step.alert in told]
        name = f"{incident.level.name} {incident.title} [{incident.id}]"
        place = _place(steps[0]) if steps else ""
        if any(not alert.known and alert.level >= gate for alert in steps):
            inside = _outcome("failure", incident.message, incident.level.name, tuple(_story(incident)))
            suite.add(name, inside, place, outcome="failure")
        elif steps and all(alert.known for alert in steps):
            suite.add(name, '<skipped message="known from the baseline"/>', place, outcome="skipped")
        else:
            told_whole = "\n".join(map(_text, (incident.message, *_story(incident))))
            suite.add(name, f"<system-out>{told_whole}</system-out>", place)
    yield suite


def _story(incident: Incident) -> Iterator[str]:
    """The answers, then the steps with what links each and how surely."""
    for line in lines(incident):
        yield f"{line.question:<11} {line.text}"
    yield f"risk {in_short(incident.score)}"
    joins = {join.later: join for join in incident.joins}
    for step in incident.steps:
        join = joins.get(step.alert)
        link = f" ({join.grade.edge} link, {join.grade.value}: {', '.join(join.on) or 'time alone'})" if join else ""
        yield f"{show_time(step.time)} {step.asi} {step.rule} {step.alert}{link}: {step.title}"


def _rules(report: Report, gate: Level) -> Iterator[_Suite]:
    alerts: dict[str, list[Alert]] = {}
    for alert in report.alerts:
        alerts.setdefault(alert.rule, []).append(alert)
    silenced: dict[str, list[Suppressed]] = {}
    steps = linked(report)
    for one in report.suppressed:
        silenced.setdefault(one.alert.rule, []).append(one)
    judged = {note.id: "" for note in report.rules.loaded}
    judged |= {note.id: note.reason for note in report.rules.cannot_match}
    for judge in report.coverage.detectors:
        blind = "shown nothing it reads: " + ", ".join(judge.reads)
        judged[judge.rule] = blind if judge.status == "blind" else ""
    for rule in sorted({*judged, *alerts, *silenced}):
        suite = _Suite(rule, report.rules.named(rule))
        aside = suite.title.removeprefix(rule)
        for alert in alerts.get(rule, ()):
            _alert(suite, alert, report, gate, steps.get(alert.id, ()))
        for one in silenced.get(rule, ()):
            told = f"suppressed until {show_time(one.expires)} by {one.owner}: {one.reason}"
            suite.add(_name(one.alert), f"<skipped message={_attr(told)}/>", _place(one.alert), outcome="skipped")
        if judged.get(rule) and not suite.cases:
            suite.add(f"judged{aside}", f"<skipped message={_attr(judged[rule])}/>", outcome="skipped")
        elif not suite.failures:
            suite.add(f"no new alert at or above {gate.name}{aside}")
        yield suite


def _alert(suite: _Suite, alert: Alert, report: Report, gate: Level, incidents: Sequence[Linked]) -> None:
    if alert.known:
        suite.add(_name(alert), '<skipped message="known from the baseline"/>', _place(alert), outcome="skipped")
    elif alert.level < gate:
        suite.add(_name(alert), f"<system-out>{_text(alert.message)}</system-out>", _place(alert))
    else:
        inside = _outcome("failure", alert.message, alert.level.name, _details(alert, report, incidents))
        suite.add(_name(alert), inside, _place(alert), outcome="failure")


def _details(alert: Alert, report: Report, incidents: Sequence[Linked]) -> Iterator[str]:
    """What a reader of a failed build sees: when, the evidence with the first record, what to do."""
    if alert.first_seen != UNDATED:
        yield f"{show_time(alert.first_seen)} to {show_time(alert.last_seen)}"
    for one in incidents:
        yield f"step of incident {one.incident} ({one.link}), risk {one.risk} of 100"
    yield "entities: " + ", ".join(alert.entities)
    for number, proof in enumerate(alert.evidence):
        yield f"{proof.origin.file}:{proof.origin.line} {proof.role}"
        quote = None if number else report.quotes.get(f"{proof.origin.file}:{proof.origin.offset}")
        if quote and quote.intact:
            yield quote.text[:QUOTE]
    card = report.cards.get(alert.rule)
    if card and card.next_steps:
        yield "what to do: " + " ".join(card.next_steps.split())


def _name(alert: Alert) -> str:
    return f"{alert.level.name} {alert.title} [{alert.id}]"


def _place(alert: Alert) -> str:
    if not alert.evidence:
        return ""
    origin = alert.evidence[0].origin
    return f' file={_attr(origin.file)} line="{origin.line}"'


def _outcome(tag: str, message: str, kind: str, details: Iterator[str] | tuple[str, ...]) -> str:
    body = "\n".join(_text(line) for line in details)
    return f"<{tag} message={_attr(message)} type={_attr(kind)}>{body}</{tag}>"


def _attr(text: str) -> str:
    return quoteattr(neutralise(text))


def _text(text: str) -> str:
    return escape(neutralise(text))
