"""OCSF: a Detection Finding (class 2004) per alert, and per incident, which names its alerts as related; an object a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report, Suppressed
from onesec_cli.model.taxonomy import ASI, ATTACK, address
from onesec_cli.reports.briefed import brief_data
from onesec_cli.reports.encode import encode
from onesec_cli.reports.entities import split
from onesec_cli.reports.plain import filled, safe
from onesec_cli.reports.scored import MOST_MEASURES, Linked, linked, measure_data, radius_data, score_data
from onesec_cli.version import VERSION

OCSF_VERSION: Final = "1.5.0"
CLASS: Final = 2004
INCIDENT: Final = "incident"
"""The label of a finding that tells an incident. An Incident Finding (2005) would need somebody to whom it is assigned."""
CREATE: Final = 1
_SEVERITY: Final = {
    Level.informational: (1, "Informational"),
    Level.low: (2, "Low"),
    Level.medium: (3, "Medium"),
    Level.high: (4, "High"),
    Level.critical: (5, "Critical"),
}
_OBSERVABLE: Final = {"user": (31, "User Object: uid"), "account": (35, "Account Object: uid"), "ip": (2, "IP Address")}
_OTHER: Final = (99, "Other")
_NEW, _SUPPRESSED, _KNOWN = (1, "New"), (3, "Suppressed"), (99, "Known from the baseline")
_RULE: Final = (1, "Rule")


def pieces(report: Report) -> Iterator[str]:
    """Alerts in the order of the report, then the suppressed ones, which have that status, then incidents."""
    steps = linked(report)
    for alert in report.alerts:
        yield encode(safe({**_finding(alert, report, None), **_story(steps.get(alert.id, ()))})) + "\n"
    for one in report.suppressed:
        yield encode(safe(_finding(one.alert, report, one))) + "\n"
    told = {alert.id: alert for alert in report.alerts}
    for incident in report.incidents:
        yield encode(safe(_incident(incident, told))) + "\n"


def _story(incidents: Sequence[Linked]) -> dict[str, Any]:
    """The risk of the worst incident that an alert is a step of."""
    worst = max(incidents, key=lambda one: one.risk, default=None)
    if worst is None:
        return {}
    return {"risk_score": worst.risk, "risk_details": f"of incident {worst.incident} ({worst.link} link)"}


def _head(told: Alert | Incident, count: int) -> dict[str, Any]:
    """What every Detection Finding begins with; `count` is how often it was seen."""
    severity, name = _SEVERITY[told.level]
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Detection Finding: Create",
        "time": _millis(told.first_seen),
        "start_time": _millis(told.first_seen),
        "end_time": _millis(told.last_seen),
        "count": count,
        "severity_id": severity,
        "severity": name,
    }


def _incident(one: Incident, told: Mapping[str, Alert]) -> dict[str, Any]:
    steps = [told[step.alert] for step in one.steps if step.alert in told]
    return filled(
        **_head(one, len(one.steps)),
        status_id=_NEW[0],
        status=_NEW[1],
        is_alert=one.level > Level.informational,
        message=one.message,
        risk_score=one.score.risk,
        impact_score=one.score.impact,
        confidence_score=one.score.confidence,
        metadata=filled(
            version=OCSF_VERSION,
            uid=one.id,
            tenant_uid=one.tenant,
            labels=[INCIDENT],
            product={"name": "onesec", "vendor_name": "onesec", "version": VERSION},
        ),
        finding_info=_story_info(one, steps),
        observables=[_observable(entity) for entity in one.entities],
        unmapped=filled(
            path=one.path,
            brief=brief_data(one.brief),
            **score_data(one.score),
            joins=[
                filled(
                    earlier=join.earlier,
                    later=join.later,
                    on=list(join.on),
                    grade=join.grade.value,
                    edge=join.grade.edge,
                )
                for join in one.joins
            ],
            blast_radius=radius_data(one.radius),
            containment=[measure_data(each) for each in one.radius.measures[:MOST_MEASURES]],
        ),
    )


def _finding(alert: Alert, report: Report, silenced: Suppressed | None) -> dict[str, Any]:
    status = _SUPPRESSED if silenced else _KNOWN if alert.known else _NEW
    return filled(
        **_head(alert, alert.count),
        status_id=status[0],
        status=status[1],
        status_detail=f"{silenced.owner}: {silenced.reason}" if silenced else "",
        is_alert=alert.level > Level.informational,
        message=alert.message,
        metadata=filled(
            version=OCSF_VERSION,
            uid=alert.id,
            tenant_uid=alert.tenant,
            product={"name": "onesec", "vendor_name": "onesec", "version": VERSION},
        ),
        finding_info=_info(alert, report),
        evidences=[_evidence(proof, report) for proof in alert.evidence],
        observables=[_observable(entity) for entity in alert.entities],
        resources=[{"uid": value, "type": kind} for kind, value in map(split, alert.subject) if value],
        remediation=_remediation(alert, report),
        unmapped=filled(
            verdict=alert.verdict, judged_on=alert.judged_on, claim=alert.claim, evidence_total=alert.evidence_total
        ),
    )


def _story_info(one: Incident, steps: Sequence[Alert]) -> dict[str, Any]:
    return filled(
        uid=one.id,
        title=one.title,
        desc=one.message,
        types=one.path.split(" -> "),
        analytic={"uid": one.chain, "name": one.title, "type_id": _RULE[0], "type": _RULE[1]},
        attacks=[_attack(code) for code in dict.fromkeys(code for alert in steps for code in alert.attack)],
        related_events=[
            filled(uid=step.alert, title=step.title, first_seen_time=_millis(step.time)) for step in one.steps
        ],
        first_seen_time=_millis(one.first_seen),
        last_seen_time=_millis(one.last_seen),
        created_time=_millis(one.first_seen),
    )


def _info(alert: Alert, report: Report) -> dict[str, Any]:
    card = report.cards.get(alert.rule)
    return filled(
        uid=alert.id,
        title=alert.title,
        desc=" ".join((card.summary if card else alert.message).split()),
        types=[f"{code} {ASI.get(code, '')}".strip() for code in alert.asi],
        analytic={
            "uid": alert.rule,
            "name": card.title if card else alert.title,
            "type_id": _RULE[0],
            "type": _RULE[1],
        },
        attacks=[_attack(code) for code in alert.attack],
        first_seen_time=_millis(alert.first_seen),
        last_seen_time=_millis(alert.last_seen),
        created_time=_millis(alert.first_seen),
        data_sources=sorted({proof.origin.file for proof in alert.evidence}),
    )


def _attack(code: str) -> dict[str, Any]:
    """A technique, with its sub-technique where the code names one."""
    whole, dot, _ = code.removeprefix("AML.").partition(".")
    parent = code[: len(code) - len(code.removeprefix("AML."))] + whole
    told = {"technique": filled(uid=parent, name=ATTACK.get(parent, ""), src_url=address(parent))}
    if dot:
        told["sub_technique"] = filled(uid=code, name=ATTACK.get(code, ""), src_url=address(code))
    return told


def _evidence(proof: Evidence, report: Report) -> dict[str, Any]:
    """One record: where it is, its digest, and what it says with its secrets masked."""
    origin = proof.origin
    quote = report.quotes.get(f"{origin.file}:{origin.offset}")
    return {
        "name": proof.role,
        "data": filled(
            file=origin.file,
            line=origin.line,
            offset=origin.offset,
            length=origin.length,
            sha256=origin.sha256,
            record=quote.text if quote else "",
        ),
    }


def _observable(entity: str) -> dict[str, Any]:
    kind, value = split(entity)
    type_id, name = _OBSERVABLE.get(kind, _OTHER)
    return {
        "name": f"entities.{kind}",
        "type_id": type_id,
        "type": name if type_id != _OTHER[0] else kind,
        "value": value,
    }


def _remediation(alert: Alert, report: Report) -> dict[str, Any]:
    card = report.cards.get(alert.rule)
    return {"desc": " ".join(card.next_steps.split())} if card and card.next_steps else {}


def _millis(moment: int) -> int:
    return moment // 1000
