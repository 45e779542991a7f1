"""JSON Lines: one object a line, told apart by `type`; the verdict is last."""

from __future__ import annotations

from typing import Any

from onesec_cli.model.report import SCHEMA_VERSION, Report
from onesec_cli.reports import document as doc
from onesec_cli.reports.encode import encode


def render(report: Report) -> str:
    """Lines of type run, input, alert, gap and verdict, in this order."""
    rows: list[dict[str, Any]] = [
        {
            "type": "run",
            "schema_version": SCHEMA_VERSION,
            "tool": doc.TOOL,
            "policy": doc.policy(report),
            "counts": doc.counts(report),
            "coverage": doc.coverage(report.coverage),
        }
    ]
    rows += [{"type": "input", **doc.input_file(file)} for file in report.inputs]
    rows += [{"type": "alert", **doc.alert(one, report)} for one in report.alerts]
    rows += [{"type": "gap", **doc.gap(one)} for one in report.gaps]
    rows.append({"type": "verdict", **doc.verdict(report), "gaps_total": report.gaps_total})
    return "".join(encode(row) + "\n" for row in rows)
