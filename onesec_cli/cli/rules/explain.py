"""`onesec rules explain`: why a rule matched an event, or why not."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from onesec_cli.cli.options import Told, taking
from onesec_cli.cli.rules.options import Judging
from onesec_cli.model.errors import InputError

HELP = """Hold a rule against one event and show each part of its condition with what the event holds; of a correlation, what its window holds.

RULE is an id, name or title. EVENT is FILE:LINE, - for one JSON record on stdin, or the id (log_id) of an event of --logs.
Exit code: 0 it matches (a correlation: it fires at this event); 1 it does not; 2 there is no such rule or event.
"""
MAX_RECORD = 64 * 1024 * 1024


@taking
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id, name or title of a rule.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="FILE:LINE, - or the id of an event of --logs.")],
    logs: Annotated[
        list[str] | None,
        typer.Option("--logs", help="Logs that hold the event, or that a correlation counts. May be repeated."),
    ] = None,
    *,
    judging: Judging,
    told: Told,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import explained as report  # keeps --help fast
    from onesec_cli.workshop.explaining import explain as explained  # keeps --help fast

    told.check([*(logs or []), event.rpartition(":")[0], *judging.files])
    site = judging.site()
    given = _stdin() if event == "-" else b""
    found = explained(judging.book(site), rule, event, logs or [], site, given)
    told.tell(lambda: report.as_json(found), lambda **looks: report.console(found, **looks))
    raise typer.Exit(0 if found.matches else 1)


def _stdin() -> bytes:
    """One record; it may be spread over several lines."""
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed")
    given = sys.stdin.buffer.read(MAX_RECORD + 1)
    if len(given) > MAX_RECORD:
        raise InputError(f"standard input holds more than {MAX_RECORD:,} bytes: no single record")
    return b" ".join(given.split(b"\n"))
