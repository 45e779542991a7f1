"""Runs the command line in this process, as a user would, and reads what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
from typer.testing import CliRunner

from onesec_cli.cli.app import app
from onesec_cli.model.errors import OnesecError

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_logs"
DATA = Path(os.environ.get("ONESEC_SHARED", ROOT.parent / "shared")) / "data"
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text())


def onesec(*args: object, stdin: bytes | None = None) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], input=stdin)
    if isinstance(result.exception, OnesecError):
        return 2, result.stdout, f"onesec: {result.exception}\n"
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def scan(*paths: object, options: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON report of a scan, held against its published schema and the conservation law."""
    _, out, err = onesec("scan", "--format", "json", *options, *paths)
    report: dict[str, Any] = json.loads(out) if out else {"error": err}
    jsonschema.validate(report, SCHEMA)
    for file in report["inputs"]:
        assert file["records"] == file["events"] + file["duplicates"] + file["ignored"] + file["gaps"], file
    return report


def rules(report: dict[str, Any], above: str = "informational") -> set[str]:
    """Rules that raised an alert above a level."""
    order = ["informational", "low", "medium", "high", "critical"]
    return {alert["rule"] for alert in report["alerts"] if order.index(alert["level"]) > order.index(above)}
