"""`onesec formats`: what is read, with a sample of each."""

from __future__ import annotations

from typing import Annotated

import typer

HELP = "List what is read: each shape of a trail, how it is told, and a sample."


def formats(
    sample: Annotated[str | None, typer.Argument(help="Show only the shape of this name.")] = None,
) -> None:
    """See HELP."""
    from onesec_cli.model.errors import InputError  # keeps --help fast
    from onesec_cli.pipeline import AGENT_SHAPES, NOT_A_TRAIL, SHAPES  # keeps --help fast

    chosen = [shape for shape in (*SHAPES, *AGENT_SHAPES, *NOT_A_TRAIL) if sample in (None, shape.name)]
    if not chosen:
        raise InputError(f"no shape is named {sample!r}; `onesec formats` lists them")
    for shape in chosen:
        typer.echo(f"{shape.name}\n  {shape.description} [{shape.evidence}]\n  {shape.sample}\n")
