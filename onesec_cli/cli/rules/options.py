"""Options that the commands of `onesec rules` share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onesec_cli.cli.terminal import looks

if TYPE_CHECKING:
    from onesec_cli.model.policy import Policy

Output = Annotated[str | None, typer.Option("--output", "-o", help="Write here, not to stdout.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the output file.")]
PolicyFile = Annotated[
    str | None,
    typer.Option("--policy", help="Policy file (placeholders, thresholds); default: onesec.yaml here or above."),
]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rules", help="Sigma rules: a file, folder or glob. May be repeated; added to our own."),
]
NoDefault = Annotated[
    bool, typer.Option("--no-default-rules", help="Only the Sigma rules of --rules, none of our own.")
]
Width = Annotated[int | None, typer.Option("--width", min=40, max=400, help="Console width.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR works too).")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="More of it.")]


def policy_of(path: str | None) -> Policy:
    """The policy of a file, of the one found here or above, or the default one."""
    from onesec_cli.model.policy import Policy  # keeps --help fast
    from onesec_cli.pipeline import find_policy, load_policy  # keeps --help fast

    if path is None:
        try:
            found = find_policy(Path.cwd())
        except OSError:  # the folder we stand in is gone
            found = None
        if found is None:
            return Policy()
        path = str(found)
    return load_policy(path)


def console_of(output: str | None, width: int | None, no_color: bool) -> tuple[int, bool]:
    """Columns of the console, and whether it shows colour."""
    return looks(sys.stdout, output is None, width, no_color)


def shipped(no_default_rules: bool) -> list[str]:
    """The folder of the rules that come with onesec, unless they are not wanted."""
    from onesec_cli.cli.scan import shipped as folder  # the table of commands imports both

    return [] if no_default_rules else folder("rules")
