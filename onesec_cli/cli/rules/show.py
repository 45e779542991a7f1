"""`onesec rules show`: one rule or detector in full, or several."""

from __future__ import annotations

from typing import Annotated

import typer

from onesec_cli.cli.options import Told, taking
from onesec_cli.cli.rules.options import Choosing, Judging
from onesec_cli.model.errors import InputError

HELP = """Show rules, correlations or detectors in full: what they look for in plain words, fields, tags, false positives and cases.

ID is an id, name or title. Without one, all that the options choose are shown. JSON is one object for one ID, else a list.
Exit code: 0; 2 there is none of that name, or there are several, or nothing is asked for.
"""


@taking
def show(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Id, name or title.")] = None,
    *,
    choosing: Choosing,
    judging: Judging,
    told: Told,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import catalogue as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import details  # keeps --help fast

    told.check(judging.files)
    choice = choosing.choice()
    if not names and not choice:
        raise InputError("rules show: name a rule, or choose some, as in --tag t1110; `onesec rules list` lists all")
    found = details(names or [], choice, judging.book(judging.site()), judging.own)
    single = len(names or ()) == 1 and len(found) == 1
    told.tell(
        lambda: report.detail_json(found[0]) if single else report.details_json(found),
        lambda **looks: "\n".join(report.detail(one, **looks) for one in found),
    )
    if not found:
        raise InputError("rules show: no rule or detector is as these options ask")
