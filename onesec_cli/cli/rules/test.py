"""`onesec rules test`: run the test cases of rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.rules.options import Force, NoColor, Output, PolicyFile, Verbose, Width, console_of, policy_of

HELP = """Run the test cases of rules through the pipeline.

PATH is a file or folder of rules, or a file of cases. Cases stand in a rule under the key onesec-tests, or beside it in
RULE.test.yml; docs/rules.md has their shape.

Exit code: 0 all passed; 1 a case failed; 2 a case or its rule cannot be used; 3 there was no case.
"""


class Format(StrEnum):
    """Formats of the result."""

    console = "console"
    json = "json"


def test(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders of rules.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="Format of the result.")] = Format.console,
    junit: Annotated[str | None, typer.Option("--junit", help="Write JUnit XML here as well.")] = None,
    require_cases: Annotated[
        bool,
        typer.Option("--require-cases", help="Fail each rule without a case that fires and one that stays silent."),
    ] = False,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import trials as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import rule_files  # keeps --help fast
    from onesec_cli.workshop.trials import trials  # keeps --help fast

    for target in (output, junit):
        check_output(target, force, rule_files(paths))
    told = trials(paths, policy_of(policy), require_cases)
    columns, color = console_of(output, width, no_color)
    if junit is not None:
        write(report.junit(told), junit, force)
    if format is Format.json:
        write(report.as_json(told), output, force)
    else:
        write(report.console(told, width=columns, color=color, verbose=verbose), output, force)
    raise typer.Exit(2 if told.count("broken") else 1 if told.count("failed") else 0 if told.trials else 3)
