"""JSON: one document, valid against docs/report.schema.json."""

from __future__ import annotations

from onesec_cli.model.report import Report
from onesec_cli.reports.document import document
from onesec_cli.reports.encode import encode


def render(report: Report) -> str:
    """The document with two spaces of indent and a line end."""
    return encode(document(report), indent=2) + "\n"
