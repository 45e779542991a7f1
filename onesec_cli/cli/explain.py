"""`onesec explain`: why an alert or an incident was told."""

from __future__ import annotations

from typing import Annotated

import typer

from onesec_cli.cli import desk_options as desk
from onesec_cli.cli.options import Form, Paths, taking

HELP = """Why an alert or an incident was told, and what to take away.

The claim; every condition with what was observed and what it was held against; the evidence, quoted; what the detector
remembered before; the nearest harmless explanation; lines for the policy file that would have kept it away. Then who could
do what while it happened, and what to revoke, unlink, rotate or block.

Exit code: 0 done; 2 a wrong option, path, policy or id; 3 inconclusive, nothing could be judged.
"""


@taking
def explain(
    about: Annotated[str, typer.Argument(metavar="ID", help="An alert's or incident's id, or the start of it.")],
    paths: Paths,
    format: Annotated[Form, typer.Option("--format", "-f", help="Form of the answer.")] = Form.console,
    *,
    asking: desk.Asking,
) -> None:
    """See HELP."""
    asking.check(paths)
    with asking.inquiry(paths) as asked:
        from onesec_cli.desk.explain import explain as answer  # keeps --help fast
        from onesec_cli.reports import explanation  # keeps --help fast

        told = answer(asked, about)

        def render() -> str:
            if format is Form.json:
                return explanation.document(told)
            return explanation.console(told, **asking.looks())

        asking.tell(asked, render)
