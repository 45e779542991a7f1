"""`onesec access` and `onesec state`: who could do what, at a moment or between two."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli import desk_options as desk
from onesec_cli.cli.moments import moment_of
from onesec_cli.cli.options import Paths, taking
from onesec_cli.model.errors import InputError

ACCESS_HELP = """Who could do what: every access that the trails show, by agent, user and connection.

With scopes, since when, last use, what ended it, and the evidence. --since tells only what changed after a moment;
--at looks at an earlier moment than the end of the trail.

Exit code: 0 done; 2 a wrong option, path or policy; 3 inconclusive, nothing could be judged.
"""
STATE_HELP = """Who could do what at one moment: the access that was active then, and nothing that came later.

The same as `onesec access --at TIME --active`; without --at it is the last event of the trail.
"""


class Format(StrEnum):
    """Forms of an access table."""

    console = "console"
    json = "json"
    csv = "csv"


At = Annotated[str | None, typer.Option("--at", help="The moment; default: the last event of the trail.")]
Form = Annotated[Format, typer.Option("--format", "-f", help="Form of the answer.")]


@taking
def access(
    paths: Paths,
    at: At = None,
    since: Annotated[str | None, typer.Option("--since", help="Tell only what changed after this moment.")] = None,
    active: Annotated[bool, typer.Option("--active", help="Leave out what had ended or expired.")] = False,
    user: desk.Users = None,
    agent: desk.Agents = None,
    connection: desk.Connections = None,
    format: Form = Format.console,
    *,
    asking: desk.Asking,
) -> None:
    """See ACCESS_HELP."""
    asking.check(paths)
    moment, before = moment_of("--at", at), moment_of("--since", since)
    if moment is not None and before is not None and before > moment:
        raise InputError(f"--since {since} is later than --at {at}")
    with asking.inquiry(paths) as asked:
        found = desk.names(asked, desk.Pivots(user=user, agent=agent).asked()[0])
        told = asked.access(moment, before).only(
            frozenset(user or ()), frozenset(agent or ()) | found.agents, frozenset(connection or ()), active
        )

        def render() -> str:
            from onesec_cli.reports import desk_data  # keeps --help fast

            if format is Format.json:
                return desk_data.access_json(
                    told.rows, at=told.at, since=told.since, changes=told.changes, forgotten=told.forgotten
                )
            if format is Format.csv:
                return desk_data.access_csv(told.rows, told.changes)
            from onesec_cli.reports import desk_console  # keeps --help fast

            return desk_console.access(told.rows, at=told.at, changes=told.changes, **asking.looks())

        asking.tell(asked, render)


@taking
def state(
    paths: Paths,
    at: At = None,
    user: desk.Users = None,
    agent: desk.Agents = None,
    connection: desk.Connections = None,
    format: Form = Format.console,
    *,
    asking: desk.Asking,
) -> None:
    """See STATE_HELP."""
    access(
        paths=paths, at=at, active=True, user=user, agent=agent, connection=connection, format=format, **vars(asking)
    )
