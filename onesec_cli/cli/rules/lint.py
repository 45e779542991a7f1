"""`onesec rules lint`: what is wrong, dead, wasteful or missing in rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.rules.options import Force, NoColor, Output, PolicyFile, Width, console_of, policy_of

HELP = """Say what is wrong, dead, wasteful or missing in rules, before they run.

PATH is a file or folder of rules. Each remark has a severity (error, warning, info) and a code; docs/rules.md lists them. The last line counts all remarks, those
that --min-severity leaves out as well.

Exit code: 0 no error (with --strict: no warning either); 1 a warning, with --strict; 2 an error.
"""


class Format(StrEnum):
    """Formats of the remarks."""

    console = "console"
    json = "json"
    sarif = "sarif"


class Severity(StrEnum):
    """How grave a remark is."""

    info = "info"
    warning = "warning"
    error = "error"


def lint(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of rules.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="Format of the remarks.")] = Format.console,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if there is a warning.")] = False,
    min_severity: Annotated[
        Severity, typer.Option("--min-severity", "-m", help="Leave out remarks below this severity.")
    ] = Severity.info,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import remarks as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import rule_files  # keeps --help fast
    from onesec_cli.workshop.linting import CODES, remarks_on  # keeps --help fast

    check_output(output, force, rule_files(paths))
    found, rules = remarks_on(paths, policy_of(policy))
    order = list(Severity)
    told = [one for one in found if order.index(Severity(one.severity)) >= order.index(min_severity)]
    if format is Format.json:
        text = report.as_json(told, found, rules)
    elif format is Format.sarif:
        text = report.sarif(told, CODES)
    else:
        columns, color = console_of(output, width, no_color)
        text = report.console(told, found, rules, width=columns, color=color)
    write(text, output, force)
    worst = {one.severity for one in found}
    raise typer.Exit(2 if "error" in worst else int(strict and "warning" in worst))
