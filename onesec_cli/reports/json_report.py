"""JSON: one document, valid against docs/report.schema.json."""

from __future__ import annotations

from collections.abc import Iterator

from onesec_cli.model.report import Report
from onesec_cli.reports.document import document
from onesec_cli.reports.stream import document_pieces


def pieces(report: Report) -> Iterator[str]:
    """The document with two spaces of indent and a line end."""
    return document_pieces(document(report))
