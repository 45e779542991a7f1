"""Options that the responder's commands share, and what they mean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from onesec_cli.cli.judging import Judging
from onesec_cli.cli.moments import length_of, moment_of
from onesec_cli.cli.options import Group, Quiet, Written
from onesec_cli.reports.neutralise import neutralise

if TYPE_CHECKING:
    from onesec_cli.desk.inquiry import Inquiry
    from onesec_cli.desk.names import Names
    from onesec_cli.desk.timeline import Pivot

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


@dataclass(frozen=True, kw_only=True)
class Pivots(Group):
    """What narrows the events down: values of one option are alternatives, different options must all hold."""

    user: Users = None
    agent: Agents = None
    session: Sessions = None
    connection: Connections = None
    ip: Addresses = None
    token: Tokens = None
    around: About = None
    near: Near = "10m"
    only_relevant: Relevant = False
    since: Since = None
    until: Until = None

    def asked(self) -> tuple[Pivot, int]:
        """What the options ask for, and how near `--around` means, in microseconds. Raises InputError for a time that is none."""
        from onesec_cli.desk.timeline import Pivot  # keeps --help fast

        pivot = Pivot(
            users=frozenset(self.user or ()),
            agents=frozenset(self.agent or ()),
            sessions=frozenset(self.session or ()),
            connections=frozenset(self.connection or ()),
            addresses=frozenset(self.ip or ()),
            tokens=frozenset(self.token or ()),
            since=moment_of("--since", self.since),
            until=moment_of("--until", self.until),
            relevant=self.only_relevant,
        )
        return pivot, length_of("--near", self.near)


@dataclass(frozen=True, kw_only=True)
class Asking(Written, Judging):
    """How the trails are judged that a question is about, and where its answer goes."""

    quiet: Quiet = False

    @contextmanager
    def inquiry(self, paths: list[str]) -> Iterator[Inquiry]:
        """The trails read and judged once, ready to be asked."""
        from onesec_cli.cli.progress import progress_on  # keeps --help fast
        from onesec_cli.desk.inquiry import Inquiry, uncollected  # keeps --help fast
        from onesec_cli.pipeline import Options  # keeps --help fast

        options = Options(**self.judged().named())
        with uncollected():
            with progress_on(sys.stderr, self.quiet, False) as progress:
                asked = Inquiry(paths, options, progress)
            yield asked

    def tell(self, asked: Inquiry, render: Callable[[], str]) -> None:
        """Write an answer; exit 3 where the trails hold nothing that could be judged."""
        self.check(file.path for file in asked.report.inputs)
        self.write([render()])
        if asked.report.verdict.status == "inconclusive":
            typer.echo(f"onesec: {asked.report.verdict.sentence}", err=True)
            raise typer.Exit(3)


def names(asked: Inquiry, pivot: Pivot) -> Names:
    """What a pivot names; what no event does is told on stderr, as an empty answer looks like nothing happened."""
    found = asked.names(pivot)
    for one in found.strangers:
        near = f"; like it: {', '.join(one.near)}" if one.near else ""
        typer.echo(f"onesec: {one.option} {neutralise(one.value)}: no event names it{neutralise(near)}", err=True)
    return found
