"""`onesec rules profile`: what each rule costs."""

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

HELP = """Show what each rule costs over some logs, the slowest first.

Each rule is matched alone on the events it could be about; the last line has all of them at once, as a scan matches them.
Times are CPU seconds of this machine; events examined and hits are the same on every run.
Exit code: 0; 2 a wrong option or path; 3 no events in the logs.
"""


class Format(StrEnum):
    """Formats of the table."""

    console = "console"
    json = "json"


def profile(
    logs: Annotated[list[str], typer.Argument(metavar="LOGS...", help="Logs, as scan reads them.")],
    rules: Rules = None,
    no_default_rules: NoDefault = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="Format of the table.")] = Format.console,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import costs as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import book_of, rule_files  # keeps --help fast
    from onesec_cli.workshop.profiling import costs  # keeps --help fast

    own = shipped(no_default_rules)
    check_output(output, force, [*logs, *rule_files([*(rules or []), *own])])
    site = policy_of(policy)
    told = costs(book_of(rules or [], site, own), logs, site)
    if format is Format.json:
        text = report.as_json(told)
    else:
        columns, color = console_of(output, width, no_color)
        text = report.console(told, width=columns, color=color)
    write(text, output, force)
    raise typer.Exit(0 if told.events else 3)
