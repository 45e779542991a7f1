"""`onesec rules new`: a first rule to start from."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from onesec_cli.cli.options import Force
from onesec_cli.cli.output import check_output, write
from onesec_cli.model.errors import InputError

HELP = """Write a rule to start from: commented, valid, with test cases that pass.

NAME is small letters, digits and underscores; the file is NAME.yml here, or what --output says (- for stdout).
"""


class Product(StrEnum):
    """Whose events the rule looks at."""

    auth0 = "auth0"
    agent = "agent"


def new(
    name: Annotated[str, typer.Argument(help="Name of the rule, such as vault_scope_mail.")],
    product: Annotated[
        Product, typer.Option("--product", help="Tenant logs (auth0) or what agents did (agent).")
    ] = Product.auth0,
    correlation: Annotated[
        bool, typer.Option("--correlation", help="Several events within a time, instead of one.")
    ] = False,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write here; - for stdout.")] = None,
    force: Force = False,
) -> None:
    """See HELP."""
    from onesec_cli.workshop.linting import NAME, scaffold  # keeps --help fast

    if not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name of a rule: 3 to 70 small letters, digits and underscores, such as vault_scope_mail"
        )
    text = scaffold(name, "auth0" if product is Product.auth0 else "agent", correlation)
    target = None if output == "-" else output or f"{name}.yml"
    check_output(target, force, ())
    write(text, target, force)
    if target is not None:
        shown = Path(target)
        typer.echo(f"onesec: wrote {shown}; try: onesec rules lint {shown} && onesec rules test {shown}", err=True)
