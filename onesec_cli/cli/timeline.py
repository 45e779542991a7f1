"""`onesec timeline`: every event of every trail on one clock."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli import desk_options as desk
from onesec_cli.cli.options import Paths, taking

HELP = """Tell every event of every trail in one order, with the alerts that rest on it.

The pivots narrow it down: values of one option are alternatives, different options must all hold. --around takes an
alert or an incident of the same run and tells what happened near it, whoever did it.

Exit code: 0 done; 2 a wrong option, path or policy; 3 inconclusive, nothing could be judged.
"""


class Format(StrEnum):
    """Forms of a timeline."""

    console = "console"
    jsonl = "jsonl"
    csv = "csv"
    timesketch = "timesketch"


@taking
def timeline(
    paths: Paths,
    *,
    pivots: desk.Pivots,
    format: Annotated[Format, typer.Option("--format", "-f", help="Form of the timeline.")] = Format.console,
    asking: desk.Asking,
) -> None:
    """See HELP."""
    asking.check(paths)
    wanted, span = pivots.asked()
    with asking.inquiry(paths) as asked:
        desk.names(asked, wanted)
        rows = asked.timeline(asked.pivot(wanted, pivots.around, span))

        def render() -> str:
            from onesec_cli.reports import desk_data  # keeps --help fast

            if format is Format.console:
                from onesec_cli.reports import desk_console  # keeps --help fast

                return desk_console.timeline(rows, **asking.looks())
            tell = {
                Format.jsonl: desk_data.timeline_jsonl,
                Format.csv: desk_data.timeline_csv,
                Format.timesketch: desk_data.timeline_timesketch,
            }
            return tell[format](rows)

        asking.tell(asked, render)
