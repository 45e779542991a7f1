"""Timesketch JSON Lines: a row per alert and per piece of evidence, each at its own moment.

What an import stumbles over is left out or fixed: no key begins with an underscore, `timestamp` is integer microseconds, times
carry their offset, every value is a text or a number (a list only in `tag`), and the last line ends like the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from onesec_cli.model.event import UNDATED, Evidence
from onesec_cli.model.finding import Alert
from onesec_cli.model.report import Report
from onesec_cli.reports.encode import encode
from onesec_cli.reports.entities import by_type
from onesec_cli.reports.plain import filled, safe
from onesec_cli.reports.scored import Linked, linked

COLUMNS: Final[dict[str, str]] = {
    "message": "the claim; of a piece of evidence: the rule, the part it plays, its place",
    "datetime": "ISO-8601 with offset `+00:00`",
    "timestamp": "the same as integer microseconds",
    "timestamp_desc": "`Alert first seen`, `Alert last seen`, `Evidence`, or `Not a time` for what has none",
    "data_type": "`onesec:alert`",
    "row": "`alert`, `alert-end`, or `evidence-00` and on",
    "alert_id": "the same in all rows of an alert",
    "rule": "rule id",
    "rule_title": "what was found",
    "level": "critical to informational",
    "level_number": "4 to 0",
    "tenant": "tenant name",
    "asi": "OWASP Agentic codes",
    "attack": "MITRE codes",
    "finding_count": "findings folded into the alert",
    "incident_id": "incidents it is a step of",
    "incident_link": "what ties it to each: `hard`, `inferred` or `start`",
    "risk_score": "0 to 100, of the worst of them",
    "known": "`yes` where the baseline told it",
    "tag": "list: `onesec`, level, rule, OWASP codes",
    "<type>_name": "entities of a type: `user_name`, `agent_name`, `client_name`, `ip_name`, ...",
    "log_file": "of evidence: file",
    "log_line": "of evidence: line, from 1",
    "log_offset": "of evidence: first byte in the decompressed file",
    "log_length": "of evidence: bytes",
    "log_sha256": "of evidence: digest of these bytes",
    "record": "of evidence: the record, secrets masked, cut where it is long",
}
"""Column and meaning; one that says nothing is left out of its row."""
NO_TIME: Final = "Not a time"
"""What plaso calls the time of what has none; such rows stand at the epoch."""
SEPARATOR: Final = " | "
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def pieces(report: Report) -> Iterator[str]:
    """Rows in order of time; of one moment, alerts before their evidence."""
    steps = linked(report)
    order = sorted(key for number, alert in enumerate(report.alerts) for key in _keys(alert, number))
    for _, _, name, number, nth in order:
        alert = report.alerts[number]
        row = _evidence(alert, nth, report) if nth >= 0 else _alert(alert, name)
        yield encode(safe({**row, **_about(alert), **_story(steps.get(alert.id, ())), "row": name})) + "\n"


def _keys(alert: Alert, number: int) -> Iterator[tuple[int, str, str, int, int]]:
    """Time, alert and name of each row: enough to put them in order, and to make them one by one."""
    yield alert.first_seen, alert.id, "alert", number, -1
    if alert.last_seen != alert.first_seen:
        yield alert.last_seen, alert.id, "alert-end", number, -1
    for nth, proof in enumerate(alert.evidence):
        yield proof.time, alert.id, f"evidence-{nth:02d}", number, nth


def _alert(alert: Alert, name: str) -> dict[str, Any]:
    if name == "alert":
        return {**moment(alert.first_seen, "Alert first seen"), "message": alert.message}
    return {**moment(alert.last_seen, "Alert last seen"), "message": alert.message}


def _evidence(alert: Alert, nth: int, report: Report) -> dict[str, Any]:
    proof = alert.evidence[nth]
    return {
        **moment(proof.time, "Evidence"),
        "message": f"{alert.rule}: {proof.role} ({proof.origin.file}:{proof.origin.line})",
        **_place(proof, report),
    }


def moment(time: int, what: str) -> dict[str, Any]:
    """The three columns of a time; `what` it is the time of."""
    dated = _EPOCH + timedelta(microseconds=time)
    return {
        "datetime": dated.isoformat(timespec="microseconds"),
        "timestamp": time,
        "timestamp_desc": NO_TIME if time == UNDATED else what,
    }


def _about(alert: Alert) -> dict[str, Any]:
    """What every row of an alert carries, so that any of them can be searched and pivoted from."""
    named = {f"{kind}_name": SEPARATOR.join(names) for kind, names in by_type(alert.entities).items()}
    return filled(
        data_type="onesec:alert",
        alert_id=alert.id,
        rule=alert.rule,
        rule_title=alert.title,
        level=alert.level.name,
        level_number=int(alert.level),
        tenant=alert.tenant,
        asi=SEPARATOR.join(alert.asi),
        attack=SEPARATOR.join(alert.attack),
        finding_count=alert.count,
        known="yes" if alert.known else "",
        tag=["onesec", alert.level.name, alert.rule, *alert.asi],
        **named,
    )


def _story(incidents: Sequence[Linked]) -> dict[str, Any]:
    if not incidents:
        return {}
    return {
        "incident_id": SEPARATOR.join(one.incident for one in incidents),
        "incident_link": SEPARATOR.join(one.link for one in incidents),
        "risk_score": max(one.risk for one in incidents),
    }


def _place(proof: Evidence, report: Report) -> dict[str, Any]:
    origin = proof.origin
    quote = report.quotes.get(f"{origin.file}:{origin.offset}")
    return filled(
        log_file=origin.file,
        log_line=origin.line,
        log_offset=origin.offset,
        log_length=origin.length,
        log_sha256=origin.sha256,
        record=quote.text if quote else "",
    )
