"""Why an alert or an incident was told, from the judged case: conditions, memory, access, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from onesec_cli.assessment import radius_of, ranked
from onesec_cli.desk.inquiry import Inquiry
from onesec_cli.desk.silence import benign, settings, silencers
from onesec_cli.model.event import UNDATED
from onesec_cli.model.explanation import AlertExplained, Condition, Explanation, Remembered
from onesec_cli.model.finding import Alert
from onesec_cli.model.step import Step, Weighed
from onesec_cli.state.accounts.within_reach import Watch, question
from onesec_cli.state.in_force import judging_by


def explain(asked: Inquiry, about: str) -> Explanation:
    """The answer for an alert or an incident, named by (the beginning of) its id.

    Raises InputError where no alert and no incident has the id, or several have.
    """
    with judging_by(asked.options.knowledge):
        return _explanation(asked, about)


def _explanation(asked: Inquiry, about: str) -> Explanation:
    alerts, incidents = asked.named(about)
    incident = incidents[0] if incidents else None
    if incident is not None:
        told = {alert.id: alert for alert in asked.report.alerts}
        alerts = [told[step.alert] for step in incident.steps if step.alert in told]
    first = incident.first_seen if incident else min((alert.first_seen for alert in alerts), default=UNDATED)
    last = incident.last_seen if incident else max((alert.last_seen for alert in alerts), default=0)
    end = asked.ends()
    watch = Watch([question(alerts, first, last)])
    memories = _memories(alerts, asked.remembering(alerts, watch))
    if incident is not None:
        (incident,) = ranked([incident], [alerts], watch.answers(end), end, asked.options.knowledge.chains)
    return Explanation(
        incident=incident,
        alerts=tuple(_explained(asked, alert, memories.get(alert.id)) for alert in alerts),
        radius=incident.radius if incident else radius_of(alerts, last, watch.answers(end)[0], end),
    )


def _explained(asked: Inquiry, alert: Alert, remembered: Remembered | None) -> AlertExplained:
    report, policy = asked.report, asked.options.policy
    card = report.cards.get(alert.rule)
    return AlertExplained(
        alert=alert,
        card=card,
        quotes=tuple(report.quotes.get(f"{one.origin.file}:{one.origin.offset}") for one in alert.evidence),
        conditions=tuple(conditions(alert.facts)),
        settings=settings(alert, policy),
        remembered=remembered,
        benign=benign(card),
        silencers=silencers(alert, policy),
    )


def conditions(facts: dict[str, Any]) -> Iterable[Condition]:
    """Each fact of a claim; what was observed stands beside what it was held against."""
    observed, threshold = facts.get("observed"), facts.get("threshold")
    if isinstance(observed, dict) and isinstance(threshold, dict):
        for name in dict.fromkeys([*observed, *threshold]):
            yield Condition(name=str(name), observed=observed.get(name), threshold=threshold.get(name))
    elif "observed" in facts or "threshold" in facts:
        yield Condition(name="observed", observed=observed, threshold=threshold)
    for name, value in facts.items():
        if name not in ("observed", "threshold"):
            yield Condition(name=name, observed=value)


def _memories(alerts: Iterable[Alert], steps: Iterable[Step]) -> dict[str, Remembered]:
    """What each alert's detector held when its trigger came.

    Of the events that one record tells, the one at which the detector spoke counts, else the one of the trigger's time.
    """
    waiting: dict[tuple[str, int], list[Alert]] = {}
    for alert in alerts:
        for proof in alert.evidence[:1]:
            waiting.setdefault((proof.origin.file, proof.origin.offset), []).append(alert)
    found: dict[str, tuple[int, Remembered]] = {}
    for step in steps:
        for alert in waiting.get((step.row.origin.file, step.row.origin.offset), []):
            for one in step.weighed:
                sure = 2 * bool(one.said) + (step.row.time == alert.evidence[0].time)
                if one.rule == alert.rule and one.history and (alert.id not in found or sure > found[alert.id][0]):
                    found[alert.id] = sure, _memory(step, one)
    return {name: memory for name, (_, memory) in found.items()}


def _memory(step: Step, one: Weighed) -> Remembered:
    return Remembered(
        file=step.row.origin.file,
        line=step.row.origin.line,
        time=step.row.time,
        history=one.history,
        before=one.remembered,
        learned=one.learned,
        before_told=one.remembered_told,
        learned_told=one.told,
        changes=step.changes,
    )
