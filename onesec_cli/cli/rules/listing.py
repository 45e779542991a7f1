"""`onesec rules list`: everything that can fire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.rules.options import (
    Force,
    NoColor,
    NoDefault,
    Output,
    PolicyFile,
    Rules,
    Width,
    console_of,
    policy_of,
    shipped,
)

HELP = """List everything that can fire: Sigma rules, correlations, and the built-in detectors.

Exit code: 0; 2 a wrong option or path.
"""


class Format(StrEnum):
    """Formats of the list."""

    console = "console"
    json = "json"


class Kind(StrEnum):
    """What is listed."""

    rule = "rule"
    correlation = "correlation"
    detector = "detector"


def list_(
    rules: Rules = None,
    no_default_rules: NoDefault = False,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only these.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="Format of the list.")] = Format.console,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import catalogue as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import catalogue, rule_files  # keeps --help fast

    own = shipped(no_default_rules)
    check_output(output, force, rule_files([*(rules or []), *own]))
    told = catalogue(rules or [], policy_of(policy), own)
    entries = [one for one in told.entries if kind is None or one.kind == kind]
    if format is Format.json:
        text = report.as_json(entries, told.skipped)
    else:
        columns, color = console_of(output, width, no_color)
        text = report.console(entries, told.skipped, width=columns, color=color)
    write(text, output, force)
