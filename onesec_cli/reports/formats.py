"""Every report format by name: what it is for, and its renderer, loaded only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from importlib import import_module
from typing import Final

from onesec_cli.model.report import Report


class Format(StrEnum):
    """Report formats."""

    console = "console"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    markdown = "markdown"
    sarif = "sarif"
    junit = "junit"
    timesketch = "timesketch"
    ocsf = "ocsf"
    stix = "stix"
    html = "html"


PURPOSE: Final[dict[Format, str]] = {
    Format.console: "for a person at a terminal",
    Format.json: "everything, one document (docs/report.schema.json)",
    Format.jsonl: "everything, an object a line",
    Format.csv: "a row per alert, for spreadsheets",
    Format.markdown: "for tickets, wikis and CI summaries",
    Format.sarif: "SARIF 2.1.0, for code scanning and CI",
    Format.junit: "JUnit XML, for CI: a test case per alert and per rule that raised none",
    Format.timesketch: "JSON Lines for Timesketch",
    Format.ocsf: "OCSF 1.5.0 Detection Findings, an object a line",
    Format.stix: "STIX 2.1 bundle",
    Format.html: "one page to open in a browser: verdict, incidents, timeline, alerts with their evidence",
}
_MODULES: Final = {
    Format.json: "json_report",
    Format.jsonl: "jsonl_report",
    Format.csv: "csv_report",
}
TELLS_NO_VERDICT: Final = frozenset({Format.csv, Format.timesketch, Format.ocsf})
"""Formats that are rows of alerts and nothing else: an empty one may be a clean trail or one that nobody could judge."""


def pieces_of(format: Format) -> Callable[[Report], Iterator[str]]:
    """The function that tells a report in a format, piece by piece; the console has options and stands apart."""
    module = import_module(f"onesec_cli.reports.{_MODULES.get(format, format.value)}")
    pieces: Callable[[Report], Iterator[str]] = module.pieces
    return pieces


def render(report: Report, format: Format) -> str:
    """The same as one text."""
    return "".join(pieces_of(format)(report))
