"""The `onesec` command: one function per command, and errors as one line."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from onesec_cli.cli import access, demo, explain, formats, replay, scan, timeline, verify
from onesec_cli.cli.output import drop_output, hold_standard_streams
from onesec_cli.cli.rules.app import rules
from onesec_cli.model.errors import OnesecError
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.version import VERSION

app = typer.Typer(
    name="onesec",
    help="Forensic analysis of Auth0 tenant logs and AI agent trails.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("scan", help=scan.HELP)(scan.scan)
app.add_typer(rules, name="rules")
app.command("timeline", help=timeline.HELP)(timeline.timeline)
app.command("replay", help=replay.HELP)(replay.replay)
app.command("explain", help=explain.HELP)(explain.explain)
app.command("state", help=access.STATE_HELP)(access.state)
app.command("access", help=access.ACCESS_HELP)(access.access)
app.command("demo", help=demo.HELP)(demo.demo)
app.command("formats", help=formats.HELP)(formats.formats)
app.command("verify", help=verify.HELP)(verify.verify)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"onesec {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line; exit 2 with one line on an error the user can mend."""
    hold_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except OnesecError as error:
        typer.echo(f"onesec: {neutralise(str(error))}", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:  # whoever read our output has seen enough
        drop_output()
        raise SystemExit(0) from None
    except OSError as error:  # a disk that fills up, a file that is taken away: nothing that we could mend
        drop_output()
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"onesec: {neutralise(f'{place}{error.strerror or error}')}", err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
