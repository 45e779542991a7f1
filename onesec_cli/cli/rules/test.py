"""`onesec rules test`: run the test cases of rules."""

from __future__ import annotations

from typing import Annotated

import typer

from onesec_cli.cli.judging import policy_of
from onesec_cli.cli.options import Policy, Told, Verbose, taking
from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.rules.options import RuleFiles

HELP = """Run the test cases of rules through the pipeline.

PATH is a file or folder of rules, or a file of cases. Cases stand in a rule under the key onesec-tests, or beside it in
RULE.test.yml; docs/rules.md has their shape.

Exit code: 0 all passed; 1 a case failed; 2 a case or its rule cannot be used; 3 there was no case.
"""


@taking
def test(
    paths: RuleFiles,
    junit: Annotated[str | None, typer.Option("--junit", help="Write JUnit XML here as well.")] = None,
    require_cases: Annotated[
        bool,
        typer.Option("--require-cases", help="Fail each rule without a case that fires and one that stays silent."),
    ] = False,
    policy: Policy = None,
    verbose: Verbose = False,
    *,
    told: Told,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import trials as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import rule_files  # keeps --help fast
    from onesec_cli.workshop.trials import trials  # keeps --help fast

    told.check(rule_files(paths))
    check_output(junit, told.force, rule_files(paths))
    found = trials(paths, policy_of(policy)[0], require_cases)
    if junit is not None:
        write(report.junit(found), junit, told.force)
    told.tell(lambda: report.as_json(found), lambda **looks: report.console(found, verbose=verbose, **looks))
    raise typer.Exit(2 if found.count("broken") else 1 if found.count("failed") else 0 if found.trials else 3)
