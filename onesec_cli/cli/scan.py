"""`onesec scan`: read trails, judge them, report."""

from __future__ import annotations

import re
import sys
from enum import Enum, StrEnum
from pathlib import Path
from typing import Annotated

import typer

from onesec_cli.model.clock import DAY, HOUR, MINUTE, SECOND, parse_time
from onesec_cli.model.errors import InputError, OutputError
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.model.report import Report

HELP = """Read trails, judge every event in time order, and report.

PATH is a file, a folder (read recursively), a glob, or - for standard input; plain, gzip, zstd or zip. What a file
holds is told by its content, never by its name.

Exit code: 0 done; 1 alerts at or above --fail-on; 2 a wrong option, path or policy; 3 inconclusive, nothing could be
judged.
"""


class Format(StrEnum):
    """Report formats."""

    console = "console"
    json = "json"
    jsonl = "jsonl"


LevelName = Enum("LevelName", {level.name: level.name for level in Level}, type=str)  # type: ignore[misc]  # from Level

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}


def scan(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders, globs, or - for stdin.")],
    format: Annotated[Format, typer.Option("--format", "-f", help="Report format.")] = Format.console,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Write the report here, not to stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the output file.")] = False,
    policy: Annotated[
        str | None, typer.Option("--policy", help="Policy file; default: onesec.yaml here or above.")
    ] = None,
    min_level: Annotated[
        LevelName, typer.Option("--min-level", "-m", help="Leave out alerts below this level.")
    ] = LevelName["informational"],
    fail_on: Annotated[
        LevelName | None, typer.Option("--fail-on", help="Exit 1 if an alert is at or above this level.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Leave out alerts that ended before: ISO-8601 time, or 24h, 30d before the end."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Judge no event after: ISO-8601 time (UTC unless it has a zone).")
    ] = None,
    width: Annotated[int | None, typer.Option("--width", min=40, max=400, help="Console width.")] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colour (NO_COLOR works too).")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
) -> None:
    """See HELP."""
    from onesec_cli.cli.progress import progress_on  # keeps --help fast
    from onesec_cli.pipeline import Options, analyze  # keeps --help fast

    _check_output(output, force)
    options = Options(
        policy=_policy(policy),
        min_level=Level[min_level.value],
        since=_time("--since", since),
        until=_time("--until", until),
        since_span=_span(since),
    )
    with progress_on(sys.stderr, quiet) as progress:
        report = analyze(paths, options, progress)
    _write(_render(report, format, output, width, no_color), output)
    raise typer.Exit(_exit_code(report, fail_on))


def _exit_code(report: Report, fail_on: LevelName | None) -> int:
    if report.verdict.status == "inconclusive":
        return 3
    return int(fail_on is not None and report.worst is not None and report.worst >= Level[fail_on.value])


def _policy(path: str | None) -> Policy:
    from onesec_cli.pipeline import find_policy, load_policy  # keeps --help fast

    if path is None:
        found = find_policy(Path.cwd())
        return Policy() if found is None else load_policy(str(found))
    return load_policy(path)


def _span(text: str | None) -> int | None:
    """A length of time such as 30d, in microseconds, if that is what the text is."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text or "")
    return int(match[1]) * _UNITS[match[2]] if match else None


def _time(option: str, text: str | None) -> int | None:
    if text is None or (option == "--since" and _span(text) is not None):
        return None
    moment = parse_time(text)
    if moment is None:
        raise InputError(f"{option}: {text!r} is not an ISO-8601 time such as 2026-03-01 or 2026-03-01T09:00:00Z")
    return moment


def _check_output(output: str | None, force: bool) -> None:
    if output is not None and not force and Path(output).is_file():
        raise OutputError(f"{output}: exists; --force overwrites it")


def _render(report: Report, format: Format, output: str | None, width: int | None, no_color: bool) -> str:
    if format is Format.json:
        from onesec_cli.reports import json_report  # keeps start-up light

        return json_report.render(report)
    if format is Format.jsonl:
        from onesec_cli.reports import jsonl_report  # keeps start-up light

        return jsonl_report.render(report)
    from onesec_cli.cli.terminal import looks  # keeps start-up light
    from onesec_cli.reports import console  # keeps start-up light

    columns, color = looks(sys.stdout, output is None, width, no_color)
    return console.render(report, width=columns, color=color)


def _write(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror}") from None
