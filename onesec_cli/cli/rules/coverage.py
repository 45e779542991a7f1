"""`onesec rules coverage`: what the rules and detectors find, and what of it some logs could have raised."""

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
    Verbose,
    Width,
    console_of,
    policy_of,
    shipped,
)

HELP = """Show what rules and detectors cover: OWASP Agentic ASI01-ASI10, ATT&CK and ATLAS.

With LOGS, also what of it these logs could have raised, what did fire, and what could not and why.
Exit code: 0; 2 a wrong option or path; 3 logs in which nothing could be judged.
"""


class Format(StrEnum):
    """Formats of the matrix."""

    console = "console"
    json = "json"


def coverage(
    logs: Annotated[list[str] | None, typer.Argument(metavar="[LOGS]...", help="Logs, as scan reads them.")] = None,
    rules: Rules = None,
    no_default_rules: NoDefault = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="Format of the matrix.")] = Format.console,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import coverage as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import book_of, rule_files  # keeps --help fast
    from onesec_cli.workshop.coverage import covered  # keeps --help fast

    own = shipped(no_default_rules)
    check_output(output, force, [*(logs or []), *rule_files([*(rules or []), *own])])
    site = policy_of(policy)
    told = covered(book_of(rules or [], site, own), logs or [], site, own)
    if format is Format.json:
        text = report.as_json(told)
    else:
        columns, color = console_of(output, width, no_color)
        text = report.console(told, width=columns, color=color, verbose=verbose)
    write(text, output, force)
    raise typer.Exit(3 if told.inconclusive else 0)
