"""JSON: one document, valid against docs/report.schema.json."""

from __future__ import annotations

import json

from onesec_cli.model.report import Report
from onesec_cli.reports.document import document


def render(report: Report) -> str:
    """The document with two spaces of indent; anything but ASCII is escaped, so that any text survives any pipe."""
    return json.dumps(document(report), indent=2, ensure_ascii=True, allow_nan=False, default=list) + "\n"
