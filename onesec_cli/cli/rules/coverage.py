"""`onesec rules coverage`: what the rules and detectors find, and what of it some logs could have raised."""

from __future__ import annotations

from typing import Annotated

import typer

from onesec_cli.cli.options import Told, Verbose, taking
from onesec_cli.cli.rules.options import Judging

HELP = """Show what rules and detectors cover: OWASP Agentic ASI01-ASI10, ATT&CK and ATLAS.

With LOGS, also what of it these logs could have raised, what did fire, and what could not and why.
Exit code: 0; 2 a wrong option or path; 3 logs in which nothing could be judged.
"""


@taking
def coverage(
    logs: Annotated[list[str] | None, typer.Argument(metavar="[LOGS]...", help="Logs, as scan reads them.")] = None,
    *,
    judging: Judging,
    verbose: Verbose = False,
    told: Told,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import coverage as report  # keeps --help fast
    from onesec_cli.workshop.coverage import covered  # keeps --help fast

    told.check([*(logs or []), *judging.files])
    site = judging.site()
    found = covered(judging.book(site), logs or [], site, judging.own)
    told.tell(lambda: report.as_json(found), lambda **looks: report.console(found, verbose=verbose, **looks))
    raise typer.Exit(3 if found.inconclusive else 0)
