"""JSON Lines: one object a line, told apart by `type`; the verdict is last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from onesec_cli.model.report import SCHEMA_VERSION, Report
from onesec_cli.reports import document as doc
from onesec_cli.reports.encode import encode


def pieces(report: Report) -> Iterator[str]:
    """Lines of type run, input, alert, suppressed, incident, gap and verdict, in this order."""
    return (encode(row) + "\n" for row in _rows(report))


def _rows(report: Report) -> Iterator[dict[str, Any]]:
    yield {
        "type": "run",
        "schema_version": SCHEMA_VERSION,
        "tool": doc.TOOL,
        "policy": doc.policy(report),
        "baseline": doc.baseline(report),
        "manifest": doc.manifest(report),
        "suppressions": [doc.suppression(one) for one in report.suppressions],
        "counts": doc.counts(report),
        "coverage": doc.coverage(report.coverage),
    }
    yield from ({"type": "input", **doc.input_file(file)} for file in report.inputs)
    yield from ({"type": "alert", **doc.alert(one, report)} for one in report.alerts)
    yield from ({"type": "suppressed", **doc.suppressed(one, report)} for one in report.suppressed)
    yield from ({"type": "incident", **doc.incident(one)} for one in report.incidents)
    yield from ({"type": "gap", **doc.gap(one)} for one in report.gaps)
    yield {"type": "verdict", **doc.verdict(report), "gaps_total": report.gaps_total}
