"""Options that the responder's commands share, and what they mean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.scan import mappings_of, policy_of, rules_of, span_of, time_of
from onesec_cli.model.errors import InputError
from onesec_cli.reports.neutralise import neutralise

if TYPE_CHECKING:
    from onesec_cli.desk.inquiry import Inquiry
    from onesec_cli.desk.names import Names
    from onesec_cli.desk.timeline import Pivot

Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs, or - for stdin.")]
Policy = Annotated[str | None, typer.Option("--policy", help="Policy file; default: onesec.yaml here or above.")]
Map = Annotated[list[str] | None, typer.Option("--map", help="Mapping file (docs/map.md). May be repeated.")]
Rules = Annotated[list[str] | None, typer.Option("--rules", help="Sigma rules besides our own. May be repeated.")]
Output = Annotated[str | None, typer.Option("--output", "-o", help="Write here, not to stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]
Width = Annotated[int | None, typer.Option("--width", min=40, max=400, help="Console width.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR works too).")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")]
Users = Annotated[list[str] | None, typer.Option("--user", help="Only events of this user. May be repeated.")]
Agents = Annotated[
    list[str] | None, typer.Option("--agent", help="Only events of this agent: agent id, client id or name.")
]
Sessions = Annotated[list[str] | None, typer.Option("--session", help="Only events of this session or conversation.")]
Connections = Annotated[list[str] | None, typer.Option("--connection", help="Only events on this connection.")]
Addresses = Annotated[list[str] | None, typer.Option("--ip", help="Only events from this address.")]
Tokens = Annotated[list[str] | None, typer.Option("--token", help="Only events with this jti or token thumbprint.")]
About = Annotated[
    str | None,
    typer.Option("--around", metavar="ID", help="Only what happened near an alert or incident (the start of its id)."),
]
Near = Annotated[str, typer.Option("--near", help="How near: 90s, 10m, 2h, 1d.")]
Relevant = Annotated[bool, typer.Option("--only-relevant", help="Only events that an alert rests on.")]
Since = Annotated[str | None, typer.Option("--since", help="Only events from this time on (ISO-8601).")]
Until = Annotated[str | None, typer.Option("--until", help="Only events up to this time.")]


def pivot_of(
    users: list[str] | None,
    agents: list[str] | None,
    sessions: list[str] | None,
    connections: list[str] | None,
    addresses: list[str] | None,
    tokens: list[str] | None,
    since: str | None,
    until: str | None,
    relevant: bool,
) -> Pivot:
    """What the options ask for. Raises InputError for a time that is none."""
    from onesec_cli.desk.timeline import Pivot  # keeps --help fast

    return Pivot(
        users=frozenset(users or ()),
        agents=frozenset(agents or ()),
        sessions=frozenset(sessions or ()),
        connections=frozenset(connections or ()),
        addresses=frozenset(addresses or ()),
        tokens=frozenset(tokens or ()),
        since=moment_of("--since", since),
        until=moment_of("--until", until),
        relevant=relevant,
    )


def moment_of(option: str, text: str | None) -> int | None:
    """A moment in microseconds; a length of time is refused, as there is nothing it could count back from."""
    if span_of(text) is not None:
        raise InputError(f"{option}: {text!r} is a length of time; a moment such as 2026-03-01T09:00:00Z is asked for")
    return time_of(option, text)


def near_of(text: str) -> int:
    """A length of time in microseconds. Raises InputError for anything else."""
    near = span_of(text)
    if near is None:
        raise InputError(f"--near: {text!r} is no length of time such as 10m")
    return near


@contextmanager
def inquiry(
    paths: list[str], policy: str | None, rules: list[str] | None, map: list[str] | None, quiet: bool
) -> Iterator[Inquiry]:
    """The trails read and judged once, ready to be asked."""
    from onesec_cli.cli.progress import progress_on  # keeps --help fast
    from onesec_cli.desk.inquiry import Inquiry, uncollected  # keeps --help fast
    from onesec_cli.pipeline import Options  # keeps --help fast

    judged_by, _ = policy_of(policy)
    options = Options(policy=judged_by, rules=rules_of(rules or [], False, judged_by), mappings=mappings_of(map or []))
    with uncollected():
        with progress_on(sys.stderr, quiet, False) as progress:
            asked = Inquiry(paths, options, progress)
        yield asked


def names(asked: Inquiry, pivot: Pivot) -> Names:
    """What a pivot names; what no event does is told on stderr, as an empty answer looks like nothing happened."""
    found = asked.names(pivot)
    for one in found.strangers:
        near = f"; like it: {', '.join(one.near)}" if one.near else ""
        typer.echo(f"onesec: {one.option} {neutralise(one.value)}: no event names it{neutralise(near)}", err=True)
    return found


def tell(asked: Inquiry, output: str | None, force: bool, render: Callable[[], str]) -> None:
    """Write an answer; exit 3 where the trails hold nothing that could be judged."""
    check_output(output, force, (file.path for file in asked.report.inputs))
    write(render(), output, force)
    if asked.report.verdict.status == "inconclusive":
        typer.echo(f"onesec: {asked.report.verdict.sentence}", err=True)
        raise typer.Exit(3)
