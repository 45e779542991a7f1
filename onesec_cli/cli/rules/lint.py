"""`onesec rules lint`: what is wrong, dead, wasteful or missing in rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli.judging import policy_of, shipped
from onesec_cli.cli.options import Policy, Written, taking
from onesec_cli.cli.rules.options import RuleFiles

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


@taking
def lint(
    paths: RuleFiles,
    format: Annotated[Format, typer.Option("--format", "-f", help="Format of the remarks.")] = Format.console,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if there is a warning.")] = False,
    min_severity: Annotated[
        Severity, typer.Option("--min-severity", "-m", help="Leave out remarks below this severity.")
    ] = Severity.info,
    policy: Policy = None,
    *,
    written: Written,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import remarks as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import rule_files  # keeps --help fast
    from onesec_cli.workshop.linting import CODES, remarks_on  # keeps --help fast

    written.check(rule_files(paths))
    found, rules = remarks_on(paths, policy_of(policy)[0], shipped("rules"))
    order = list(Severity)
    told = [one for one in found if order.index(Severity(one.severity)) >= order.index(min_severity)]
    if json or format is Format.json:
        text = report.as_json(told, found, rules)
    elif format is Format.sarif:
        text = report.sarif(told, CODES)
    else:
        text = report.console(told, found, rules, **written.looks())
    written.write([text])
    worst = {one.severity for one in found}
    raise typer.Exit(2 if "error" in worst else int(strict and "warning" in worst))
