"""`onesec rules explain`: why a rule matched an event, or why not."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from onesec_cli.cli.output import check_output, write
from onesec_cli.cli.rules.options import (
    Force,
    NoColor,
    NoDefault,
    Output,
    PolicyFile,
    Rules,
    Width,
    console_of,
    policy_of,
    shipped,
)
from onesec_cli.model.errors import InputError

HELP = """Hold a rule against one event and show each part of its condition with what the event holds; of a correlation, what its window holds.

RULE is an id, name or title. EVENT is FILE:LINE, - for one JSON record on stdin, or the id (log_id) of an event of --logs.
Exit code: 0 it matches (a correlation: it fires at this event); 1 it does not; 2 there is no such rule or event.
"""
MAX_RECORD = 64 * 1024 * 1024


class Format(StrEnum):
    """Formats."""

    console = "console"
    json = "json"


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Id, name or title of a rule.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="FILE:LINE, - or the id of an event of --logs.")],
    logs: Annotated[
        list[str] | None,
        typer.Option("--logs", help="Logs that hold the event, or that a correlation counts. May be repeated."),
    ] = None,
    rules: Rules = None,
    no_default_rules: NoDefault = False,
    format: Annotated[Format, typer.Option("--format", "-f", help="Format.")] = Format.console,
    output: Output = None,
    force: Force = False,
    policy: PolicyFile = None,
    width: Width = None,
    no_color: NoColor = False,
) -> None:
    """See HELP."""
    from onesec_cli.reports.rules import explained as report  # keeps --help fast
    from onesec_cli.workshop.catalogue import book_of, rule_files  # keeps --help fast
    from onesec_cli.workshop.explaining import explain as explained  # keeps --help fast

    own = shipped(no_default_rules)
    check_output(output, force, [*(logs or []), event.rpartition(":")[0], *rule_files([*(rules or []), *own])])
    site = policy_of(policy)
    given = _stdin() if event == "-" else b""
    told = explained(book_of(rules or [], site, own), rule, event, logs or [], site, given)
    if format is Format.json:
        text = report.as_json(told)
    else:
        columns, color = console_of(output, width, no_color)
        text = report.console(told, width=columns, color=color)
    write(text, output, force)
    raise typer.Exit(0 if told.matches else 1)


def _stdin() -> bytes:
    """One record; it may be spread over several lines."""
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed")
    given = sys.stdin.buffer.read(MAX_RECORD + 1)
    if len(given) > MAX_RECORD:
        raise InputError(f"standard input holds more than {MAX_RECORD:,} bytes: no single record")
    return b" ".join(given.split(b"\n"))
