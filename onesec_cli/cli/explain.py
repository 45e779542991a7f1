"""`onesec explain`: why an alert or an incident was told."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli import desk_options as desk
from onesec_cli.cli.output import check_output

HELP = """Why an alert or an incident was told, and what to take away.

The claim; every condition with what was observed and what it was held against; the evidence, quoted; what the detector
remembered before; the nearest harmless explanation; lines for the policy file that would have kept it away. Then who could
do what while it happened, and what to revoke, unlink, rotate or block.

Exit code: 0 done; 2 a wrong option, path, policy or id; 3 inconclusive, nothing could be judged.
"""


class Format(StrEnum):
    """Forms of an explanation."""

    console = "console"
    json = "json"


def explain(
    about: Annotated[str, typer.Argument(metavar="ID", help="An alert's or incident's id, or the start of it.")],
    paths: desk.Paths,
    format: Annotated[Format, typer.Option("--format", "-f", help="Form of the answer.")] = Format.console,
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
    with desk.inquiry(paths, policy, rules, map, quiet) as asked:
        from onesec_cli.cli.terminal import looks  # keeps --help fast
        from onesec_cli.desk.explain import explain as answer  # keeps --help fast
        from onesec_cli.reports import explanation  # keeps --help fast

        told = answer(asked, about)
        columns, color = looks(sys.stdout, output is None, width, no_color)

        def render() -> str:
            if format is Format.json:
                return explanation.document(told)
            return explanation.console(told, width=columns, color=color)

        desk.tell(asked, output, force, render)
