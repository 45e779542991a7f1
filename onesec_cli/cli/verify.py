"""`onesec verify`: a report held against its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from onesec_cli.cli.options import Form, Placed, taking
from onesec_cli.model.errors import InputError

HELP = """Read the evidence of a JSON or JSON Lines report again: is each line still the line that the report speaks of?

Inputs are held against their digests, and each record that a claim cites against its own: it is intact, moved, changed, missing, or
was never sealed. Paths are as the report has them, from the folder you are in or from --root.

Rules, and files of words, scopes and chains, are the same, changed, or not here; that, as other detectors or another policy, is told and makes no evidence
less intact.

Exit code: 0 all is intact; 1 something is not; 2 the report cannot be used.
"""


@taking
def verify(
    report: Annotated[str, typer.Argument(metavar="REPORT", help="A report that scan wrote as JSON or JSON Lines.")],
    root: Annotated[str, typer.Option("--root", help="The folder in which the paths of the report lie.")] = ".",
    format: Annotated[Form, typer.Option("--format", "-f", help="How the outcome is told.")] = Form.console,
    *,
    placed: Placed,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Tell what is intact too.")] = False,
) -> None:
    """See HELP."""
    from onesec_cli import verification  # keeps --help fast
    from onesec_cli.reports import verification as telling  # keeps --help fast

    if not Path(root).is_dir():
        raise InputError(f"--root {root}: is no folder")
    placed.check([report])
    told = verification.verify(report, root)
    placed.check([report, *(str(Path(root) / file.path) for file in told.files)])
    placed.write([telling.json(told) if format is Form.json else telling.text(told, verbose)])
    raise typer.Exit(int(not told.intact))
