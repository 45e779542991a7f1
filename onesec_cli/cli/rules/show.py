"""`onesec rules show`: one rule or detector in full."""

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

HELP = """Show a rule, correlation or detector in full: what it looks for in plain words, its fields, tags, false positives and cases.

ID is the id, name or title. Exit code: 0; 2 there is none, or there are several.
"""


class Format(StrEnum):
    """Formats."""

    console = "console"
    json = "json"


def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="Id, name or title.")],
    rules: Rules = None,
    no_default_rules: NoDefault = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="Format.")] = Format.console,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import catalogue as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import detail, rule_files  # keeps --help fast

    own = shipped(no_default_rules)
    check_output(output, force, rule_files([*(rules or []), *own]))
    told = detail(name, rules or [], policy_of(policy), own)
    if format is Format.json:
        text = report.detail_json(told)
    else:
        columns, color = console_of(output, width, no_color)
        text = report.detail(told, width=columns, color=color)
    write(text, output, force)
