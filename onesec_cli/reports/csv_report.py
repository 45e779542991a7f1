"""CSV: a header and a row per alert, its columns always the same; nothing in it is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import Alert
from onesec_cli.model.report import Report
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.scored import Linked, linked

COLUMNS: Final[dict[str, str]] = {
    "id": "alert id, equal for the same claim with the same first trigger",
    "level": "critical, high, medium, low or informational",
    "rule": "rule id",
    "title": "what was found",
    "message": "the claim in one sentence",
    "first_seen": "UTC, empty where the log tells no time",
    "last_seen": "UTC, empty where the log tells no time",
    "count": "findings folded into the alert",
    "status": "`new` or `known` if there is a baseline, else empty",
    "tenant": "tenant name",
    "verdict": "which of the rule's claims",
    "asi": "OWASP Agentic codes",
    "attack": "MITRE ATT&CK and ATLAS codes",
    "subject": "entities the claim is about",
    "entities": "every entity involved",
    "judged_on": "what the claim rests on",
    "incidents": "ids of the incidents it is a step of",
    "file": "where the first piece of evidence is",
    "line": "its line, from 1",
    "offset": "its first byte in the decompressed file",
    "length": "its bytes",
    "sha256": "digest of these bytes; empty where the file changed after it was read",
    "evidence_total": "records that prove the claim",
    "evidence": "`file:line role` of each that is listed",
    "incident_links": "what ties it to each of these incidents: `hard` (one id stands in both alerts), `inferred`, or `start` of the first act",
    "risk_score": "0 to 100, of the worst of these incidents; empty where it is a step of none",
}
"""Column and meaning. New columns are added at the end."""
SEPARATOR: Final = " | "
"""Between the parts of a cell: no spreadsheet splits at it."""
MAX_CELL: Final = 30_000
"""Characters of a cell: spreadsheets hold 32,767."""
_FORMULA: Final = re.compile(r"(^\s*|[,;])([=+\-@\uff1d\uff0b\uff0d\uff20])")
"""What makes a cell a formula: at its start and, for programs that split at other separators than we do, after those."""


def pieces(report: Report) -> Iterator[str]:
    """Lines end with LF; every text is quoted, numbers are not."""
    steps = linked(report)
    yield _line(list(COLUMNS))
    for alert in report.alerts:
        yield _line(_row(alert, report, steps.get(alert.id, [])))


def _line(values: list[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerow(values)
    return out.getvalue()


def cell(text: str) -> str:
    """Log text as one line that shows everything and computes nothing."""
    told = _FORMULA.sub(r"\1'\2", neutralise(text))
    return told if len(told) <= MAX_CELL else f"{told[:MAX_CELL]}... ({len(told):,} characters)"


def _row(alert: Alert, report: Report, incidents: Sequence[Linked]) -> list[Any]:
    first = alert.evidence[0].origin if alert.evidence else None
    values: list[Any] = [
        *(alert.id, alert.level.name, alert.rule, alert.title, alert.message),
        *(_when(alert.first_seen), _when(alert.last_seen), alert.count),
        ("known" if alert.known else "new") if report.baseline else "",
        *(alert.tenant, alert.verdict, alert.asi, alert.attack, alert.subject, alert.entities),
        *(alert.judged_on, [one.incident for one in incidents]),
        *((first.file, first.line, first.offset, first.length, first.sha256) if first else ("", 0, 0, 0, "")),
        alert.evidence_total,
        [f"{proof.origin.file}:{proof.origin.line} {proof.role}" for proof in alert.evidence],
        [one.link for one in incidents],
        max((one.risk for one in incidents), default=""),
    ]
    return [value if isinstance(value, int) else cell(_joined(value)) for value in values]


def _joined(value: Any) -> str:
    return value if isinstance(value, str) else SEPARATOR.join(value)


def _when(moment: int) -> str:
    return "" if moment == UNDATED else show_time(moment)
