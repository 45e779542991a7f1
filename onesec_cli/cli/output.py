"""Where a report goes: standard output or a file, never over the evidence."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from onesec_cli.model.errors import OutputError
from onesec_cli.reports.formats import Format


def check_output(output: str | None, force: bool, inputs: Iterable[str]) -> None:
    """Refuse a file that must not or cannot be written, `force` or not: a trail is never overwritten."""
    if output is None:
        return
    path = Path(output)
    if not output or path.is_dir():
        raise OutputError(f"--output {output!r}: is no file name")
    if not path.parent.is_dir():
        raise OutputError(f"{output}: there is no folder {path.parent}")
    if path.is_file():
        if any(_same(output, name) for name in inputs):
            raise OutputError(f"{output}: is an input of this scan; a report never overwrites evidence")
        if not force:
            raise OutputError(f"{output}: exists; --force overwrites it")


def _same(output: str, name: str) -> bool:
    """Whether both are one file; an input may be a member of an archive."""
    try:
        return Path(output).samefile(name)
    except (OSError, ValueError):
        return "!" in name and _same(output, name.rpartition("!")[0])


def parse_report(text: str) -> tuple[Format, str]:
    """`FORMAT:PATH` of `--report`."""
    name, colon, path = text.partition(":")
    formats = [one.value for one in Format]
    if not colon or name not in formats:
        raise OutputError(f"--report {text!r}: is not FORMAT:PATH with one of {', '.join(formats)}")
    if path in ("", "-"):
        raise OutputError(f"--report {text!r}: is no file name; --format writes to standard output")
    return Format(name), path


def check_distinct(outputs: Iterable[str]) -> None:
    """Refuse two reports in one file."""
    seen: set[Path] = set()
    for output in outputs:
        path = Path(output).resolve()
        if path in seen:
            raise OutputError(f"{output}: two reports cannot be written to one file")
        seen.add(path)


def write(pieces: Iterable[str], output: str | None, force: bool) -> None:
    """The whole report, piece by piece. Whoever closes the pipe early has read enough; a full disk is an error."""
    if output is None:
        _to_stdout(pieces)
        return
    try:
        with Path(output).open("wb" if force or _is_device(output) else "xb") as file:
            for piece in pieces:
                file.write(piece.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror}") from None


def _is_device(output: str) -> bool:
    path = Path(output)
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _to_stdout(pieces: Iterable[str]) -> None:
    try:
        for piece in pieces:
            sys.stdout.write(piece)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_output()
    except OSError as error:
        drop_output()
        raise OutputError(f"standard output: {error.strerror}") from None


def drop_output() -> None:
    """Send what is still to be written nowhere, so that the interpreter does not stumble over it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
