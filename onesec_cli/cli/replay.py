"""`onesec replay`: the attack, step by step."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from onesec_cli.cli import desk_options as desk
from onesec_cli.cli.options import Paths, taking
from onesec_cli.model.errors import InputError

if TYPE_CHECKING:
    from onesec_cli.model.step import Step

HELP = """Walk a trail step by step: what each event changed, and which detector weighed it how.

On a terminal: n or space next, b back, a next alert, A the one before, / search, g first, G last, q quit. Piped, or with
--all, the steps are told one after another; --speed waits between them as the trail did, so many times faster.

--around takes an alert or an incident; the pivots and --only-relevant work as in `onesec timeline`.

Exit code: 0 done; 2 a wrong option, path or policy; 3 inconclusive, nothing could be judged.
"""
LONGEST_WAIT = 5.0
"""Seconds between two steps, whatever the trail says."""


class Format(StrEnum):
    """Forms of a replay."""

    console = "console"
    jsonl = "jsonl"


@taking
def replay(
    paths: Paths,
    *,
    pivots: desk.Pivots,
    speed: Annotated[
        float | None, typer.Option("--speed", min=0.001, help="Wait as the trail did, so many times faster.")
    ] = None,
    all: Annotated[bool, typer.Option("--all", help="Tell all steps at once, on a terminal too.")] = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="Form of the steps.")] = Format.console,
    asking: desk.Asking,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell what silent detectors learned too.")] = False,
) -> None:
    """See HELP."""
    asking.check(paths)
    if speed is not None and (asking.output is not None or format is not Format.console):
        raise InputError("--speed is for the console")
    wanted, span = pivots.asked()
    with asking.inquiry(paths) as asked:
        from onesec_cli.reports import desk_console, desk_data  # keeps --help fast

        desk.names(asked, wanted)
        steps = asked.steps(asked.pivot(wanted, pivots.around, span))

        looks = asking.looks()

        def shown(step: Step, total: int | None = None) -> str:
            return desk_console.step(step, total=total, **looks, verbose=verbose)

        terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()  # one that is closed is None
        if terminal and asking.output is None and format is Format.console and not all and speed is None:
            from onesec_cli.cli.walk import walk  # keeps --help fast

            walk(list(steps), shown)
            return
        if speed is not None:
            for step in paced(steps, speed):
                typer.echo(shown(step), nl=False)
            return

        def render() -> str:
            return desk_data.steps_jsonl(steps) if format is Format.jsonl else "".join(shown(step) for step in steps)

        asking.tell(asked, render)


def paced(steps: Iterator[Step], speed: float) -> Iterator[Step]:
    """The steps, each as long after the one before as the trail says, so many times faster."""
    before: int | None = None
    for step in steps:
        if before is not None and step.row.time > before:
            time.sleep(min(LONGEST_WAIT, (step.row.time - before) / 1_000_000 / speed))
        before = step.row.time
        yield step
