"""OCSF: a Detection Finding (class 2004) per alert, an object a line; suppressed alerts have that status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report, Suppressed
from onesec_cli.model.taxonomy import ASI, ATTACK, address
from onesec_cli.reports.encode import encode
from onesec_cli.reports.entities import split
from onesec_cli.reports.plain import filled, safe
from onesec_cli.version import VERSION

OCSF_VERSION: Final = "1.5.0"
CLASS: Final = 2004
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
    """Alerts in the order of the report, then the suppressed ones."""
    for alert in report.alerts:
        yield encode(safe(_finding(alert, report, None))) + "\n"
    for one in report.suppressed:
        yield encode(safe(_finding(one.alert, report, one))) + "\n"


def _finding(alert: Alert, report: Report, silenced: Suppressed | None) -> dict[str, Any]:
    severity, name = _SEVERITY[alert.level]
    status = _SUPPRESSED if silenced else _KNOWN if alert.known else _NEW
    return filled(
        activity_id=CREATE,
        activity_name="Create",
        category_uid=2,
        category_name="Findings",
        class_uid=CLASS,
        class_name="Detection Finding",
        type_uid=CLASS * 100 + CREATE,
        type_name="Detection Finding: Create",
        time=_millis(alert.first_seen),
        start_time=_millis(alert.first_seen),
        end_time=_millis(alert.last_seen),
        count=alert.count,
        severity_id=severity,
        severity=name,
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
