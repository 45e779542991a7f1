"""`onesec timeline`: every event of every trail on one clock."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli import desk_options as desk
from onesec_cli.cli.output import check_output

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


def timeline(
    paths: desk.Paths,
    user: desk.Users = None,
    agent: desk.Agents = None,
    session: desk.Sessions = None,
    connection: desk.Connections = None,
    ip: desk.Addresses = None,
    token: desk.Tokens = None,
    around: desk.About = None,
    near: desk.Near = "10m",
    only_relevant: desk.Relevant = False,
    since: desk.Since = None,
    until: desk.Until = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="Form of the timeline.")] = Format.console,
    output: desk.Output = None,
    force: desk.Force = False,
    policy: desk.Policy = None,
    rules: desk.Rules = None,
    map: desk.Map = None,
    width: desk.Width = None,
    no_color: desk.NoColor = False,
    quiet: desk.Quiet = False,
) -> None:
    """See HELP."""
    check_output(output, force, paths)
    wanted = desk.pivot_of(user, agent, session, connection, ip, token, since, until, only_relevant)
    span = desk.near_of(near)
    with desk.inquiry(paths, policy, rules, map, quiet) as asked:
        desk.names(asked, wanted)
        rows = asked.timeline(asked.pivot(wanted, around, span))

        def render() -> str:
            from onesec_cli.reports import desk_data  # keeps --help fast

            if format is Format.console:
                from onesec_cli.cli.terminal import looks  # keeps --help fast
                from onesec_cli.reports import desk_console  # keeps --help fast

                columns, color = looks(sys.stdout, output is None, width, no_color)
                return desk_console.timeline(rows, width=columns, color=color)
            tell = {
                Format.jsonl: desk_data.timeline_jsonl,
                Format.csv: desk_data.timeline_csv,
                Format.timesketch: desk_data.timeline_timesketch,
            }
            return tell[format](rows)

        desk.tell(asked, output, force, render)
