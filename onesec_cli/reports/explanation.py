"""Why an alert or an incident was told, at a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.explanation import AlertExplained, Condition, Explanation
from onesec_cli.model.incident import Incident
from onesec_cli.model.reachable import Held, Measure, Radius
from onesec_cli.model.report import Quote
from onesec_cli.reports.briefed import brief, brief_data
from onesec_cli.reports.desk_console import when
from onesec_cli.reports.encode import encode
from onesec_cli.reports.excerpt import quoted
from onesec_cli.reports.page import LEVEL_STYLE, Page
from onesec_cli.reports.plain import safe
from onesec_cli.reports.scored import bounds, measure_data, radius_data, score, score_data

MOST_ROWS: Final = 30
MOST_TEXT: Final = 400
"""Characters of one observed value at a terminal; JSON has it whole."""


def console(told: Explanation, *, width: int, color: bool) -> str:
    """The incident, if it is one, then each alert opened, then who held what and what to take away."""
    page = Page(width, color)
    if told.incident is not None:
        _incident(page, told.incident)
    for one in told.alerts:
        _alert(page, one)
    _held(page, told.radius)
    _measures(page, told.radius.measures)
    return page.text()


def _incident(page: Page, incident: Incident) -> None:
    page.line((f" {incident.level.name.upper()} ", LEVEL_STYLE[incident.level]), (f" INCIDENT {incident.id}", "bold"))
    brief(page, incident)
    page.field("claim", incident.message)
    page.field("path", incident.path)
    score(page, incident.score)
    joins = {join.later: join for join in incident.joins}
    for number, step in enumerate(incident.steps, 1):
        page.field(f"step {number}", f"{when(step.time)}  {step.asi}  {step.rule}  {step.title}  {step.alert}")
        join = joins.get(step.alert)
        if join is not None:
            rests = ", ".join(join.on) or "time alone"
            page.field(
                "link", f"{join.grade.edge} ({join.grade.value}), {join.seconds:,} s after {join.earlier}: {rests}"
            )
    page.blank()


def _alert(page: Page, one: AlertExplained) -> None:
    alert = one.alert
    page.line(
        (f" {alert.level.name.upper()} ", LEVEL_STYLE[alert.level]),
        (f" {alert.rule}  ", "bold"),
        (f"{alert.title}  ", ""),
        (alert.id, "dim"),
    )
    page.field("claim", alert.message)
    page.field("verdict", alert.verdict)
    for condition in one.conditions:
        page.field("held" if condition is one.conditions[0] else "", _condition(condition))
    for number, setting in enumerate(one.settings):
        page.field("" if number else "limits", f"{setting.key} = {_value(setting.value)}")
    page.field("judged on", alert.judged_on)
    _evidence(page, one)
    _remembered(page, one)
    page.field("harmless", one.benign)
    if one.card is not None:
        page.field("next", " ".join(one.card.next_steps.split()))
    for silencer in one.silencers:
        page.field("silenced", f"{silencer.how}:")
        for line in silencer.policy.splitlines():
            page.verbatim(line)
    page.blank()


def _condition(condition: Condition) -> str:
    told = f"{condition.name} = {_value(condition.observed)}"
    return told if condition.threshold is None else f"{told}  (threshold {_value(condition.threshold)})"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else encode(value)
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 3] + "..."


def _evidence(page: Page, one: AlertExplained) -> None:
    shown: set[str] = set()
    for proof, quote in sorted(zip(one.alert.evidence, one.quotes, strict=True), key=lambda pair: pair[0].time):
        page.field("evidence", f"{proof.origin.file}:{proof.origin.line}  {when(proof.time)}  {proof.role}")
        if quote is None:
            continue
        told = quoted(one.alert, proof, quote.text) if quote.intact else ""
        if not told:
            page.field("", "(cannot be shown: the file changed after it was read)", "dim")
        elif told not in shown:  # one record may be cited for several things that it says
            page.quote(told, "dim")
        shown.add(told)
    more = one.alert.evidence_total - len(one.alert.evidence)
    page.field("", f"and {more:,} more records" if more > 0 else "")


def _remembered(page: Page, one: AlertExplained) -> None:
    memory = one.remembered
    if memory is None:
        page.field(
            "memory", "no single event stands for the trigger: the end of the log, or what did not happen, shows it"
        )
        return
    page.field("memory", f"of {', '.join(memory.history)} when {memory.file}:{memory.line} came")
    for line in memory.before_told or ("nothing yet",):
        page.field("", line, "dim")
    for number, line in enumerate(memory.learned_told):
        page.field("" if number else "learned", line, "dim")
    for number, line in enumerate(memory.changes):
        page.field("" if number else "access", line)


def _held(page: Page, radius: Radius) -> None:
    rows = radius.held
    page.head(f"Reach: what those named could do while it happened (as it stood {when(radius.at)})")
    for one in rows[:MOST_ROWS]:
        row = one.row
        for_user = f" for {row.user}" if row.user else ""
        on = f" on {row.place}" if row.place else ""
        left = "open" if one.open else "ended"
        page.field(left, f"{row.agent or row.client or 'somebody'}{for_user}{on} by {row.basis}", "bold")
        page.field("scopes", ", ".join(row.scopes))
        page.field("since", _span(one))
    page.field("", f"and {len(rows) - MOST_ROWS:,} more; --format json has all" if len(rows) > MOST_ROWS else "")
    if not rows:
        page.field("", "no access of theirs stands in the trails")
    for told in bounds(radius):
        page.field("left out", told)
    if radius.other_users:
        users = f"{radius.other_users:,} other user" + ("" if radius.other_users == 1 else "s")
        page.field("beyond", f"the same agents held access for {users}, whom no alert names; onesec access lists it")
    page.blank()


def _span(one: Held) -> str:
    until = f"until {show_time(one.until)}" if one.until is not None else "not ended"
    token = f"; last token until {show_time(one.row.token_expires)}" if one.row.token_expires is not None else ""
    again = "; given again later" if one.until is not None and one.open and not token else ""
    return f"{when(one.row.since)}, {until}{token}{again}"


def _measures(page: Page, measures: Sequence[Measure]) -> None:
    page.head("Contain")
    for one in measures[:MOST_ROWS]:
        page.field(
            "OPEN" if one.open else "done", f"{one.action}  {', '.join(one.target)}", "bold" if one.open else "dim"
        )
        page.field("", f"{one.reason}  ({', '.join(one.proofs[:3])})" if one.proofs else one.reason)
    page.field(
        "", f"and {len(measures) - MOST_ROWS:,} more; --format json has all" if len(measures) > MOST_ROWS else ""
    )
    if not measures:
        page.field("", "the trails name nothing that could be taken away")


def document(told: Explanation) -> str:
    """One JSON document."""
    return (
        encode(
            {
                "incident": None if told.incident is None else _incident_data(told.incident),
                "alerts": [_alert_data(one) for one in told.alerts],
                "blast_radius": radius_data(told.radius),
                "containment": [measure_data(one) for one in told.radius.measures],
            },
            indent=2,
        )
        + "\n"
    )


def _incident_data(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "chain": incident.chain,
        "level": incident.level.name,
        "message": incident.message,
        "path": incident.path,
        "brief": brief_data(incident.brief),
        **score_data(incident.score),
        "first_seen": show_time(incident.first_seen),
        "last_seen": show_time(incident.last_seen),
        "steps": [
            {"alert": one.alert, "rule": one.rule, "asi": one.asi, "title": one.title, "time": show_time(one.time)}
            for one in incident.steps
        ],
        "joins": [
            {
                "earlier": one.earlier,
                "later": one.later,
                "on": list(one.on),
                "grade": one.grade.value,
                "edge": one.grade.edge,
                "seconds": one.seconds,
            }
            for one in incident.joins
        ],
    }


def _alert_data(one: AlertExplained) -> dict[str, Any]:
    alert, memory = one.alert, one.remembered
    return {
        "id": alert.id,
        "rule": alert.rule,
        "verdict": alert.verdict,
        "level": alert.level.name,
        "claim": alert.message,
        "judged_on": alert.judged_on,
        "conditions": [
            {"name": each.name, "observed": each.observed, "threshold": each.threshold} for each in one.conditions
        ],
        "limits": {each.key: each.value for each in one.settings},
        "evidence": [
            {
                "role": proof.role,
                "time": None if when(proof.time) == "undated" else when(proof.time),
                "file": proof.origin.file,
                "line": proof.origin.line,
                "quote": _quoted(quote),
            }
            for proof, quote in sorted(zip(alert.evidence, one.quotes, strict=True), key=lambda pair: pair[0].time)
        ],
        "evidence_total": alert.evidence_total,
        "remembered": None
        if memory is None
        else {
            "file": memory.file,
            "line": memory.line,
            "history": list(memory.history),
            "before": list(memory.before),
            "learned": list(memory.learned),
            "before_told": list(memory.before_told),
            "learned_told": list(memory.learned_told),
            "access": list(memory.changes),
        },
        "benign": one.benign,
        "misses": " ".join(one.card.misses.split()) if one.card else "",
        "next": " ".join(one.card.next_steps.split()) if one.card else "",
        "silenced_by": [{"how": each.how, "policy": each.policy} for each in one.silencers],
    }


def _quoted(quote: Quote | None) -> str | None:
    return safe(quote.text) if quote is not None and quote.intact else None
