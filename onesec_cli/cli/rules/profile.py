"""`onesec rules profile`: what each rule costs."""

from __future__ import annotations

from typing import Annotated

import typer

from onesec_cli.cli.options import Told, taking
from onesec_cli.cli.rules.options import Judging

HELP = """Show what each rule costs over some logs, the slowest first.

Each rule is matched alone on the events it could be about, each correlation fed alone with what its rules matched; at the end
stand all rules at once, as a scan matches them. Times are CPU seconds of this machine; events examined and hits are the same
on every run.
Exit code: 0; 2 a wrong option or path; 3 no events in the logs.
"""


@taking
def profile(
    logs: Annotated[list[str], typer.Argument(metavar="LOGS...", help="Logs, as scan reads them.")],
    *,
    judging: Judging,
    told: Told,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import costs as report  # keeps --help fast
    from onesec_cli.workshop.profiling import costs  # keeps --help fast

    told.check([*logs, *judging.files])
    site = judging.site()
    found = costs(judging.book(site), logs, site)
    told.tell(lambda: report.as_json(found), lambda **looks: report.console(found, **looks))
    raise typer.Exit(0 if found.events else 3)
