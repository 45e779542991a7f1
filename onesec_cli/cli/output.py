"""Where a report goes: standard output or a file, never over the evidence."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from onesec_cli.model.errors import OutputError
from onesec_cli.reports.formats import Format

EVIDENCE: Final = "is an input of this scan; a report never overwrites evidence"
"""Why a report is not written over a file, unless there is another reason."""


def check_output(output: str | None, force: bool, inputs: Iterable[str], why: str = EVIDENCE) -> None:
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
            raise OutputError(f"{output}: {why}")
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
        path = Path(os.path.realpath(output))
        if path in seen:
            raise OutputError(f"{output}: two reports cannot be written to one file")
        seen.add(path)


def write(pieces: Iterable[str], output: str | None, force: bool) -> None:
    """The whole report, piece by piece. Whoever closes the pipe early has read enough; a full disk is an error.

    A file is there as a whole or not at all: where writing ends early (full disk, Ctrl-C) what was there before still is.
    """
    if output is None:
        _to_stdout(pieces)
        return
    try:
        if _is_device(output):
            with Path(output).open("wb") as device:
                _fill(device, pieces)
        else:
            _put(pieces, Path(os.path.realpath(output)) if force else Path(output), force)
    except OSError as error:
        raise OutputError(f"{output}: {error.strerror}") from None


def _put(pieces: Iterable[str], path: Path, force: bool) -> None:
    """A file written beside its place, and moved there when it is whole."""
    if not force and os.path.lexists(path):
        raise OutputError(f"{path}: exists; --force overwrites it")
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            if path.exists():
                shutil.copymode(path, part)
            _fill(file, pieces)
        part.replace(path)
    except PermissionError:
        if not path.is_file():
            raise
        with path.open("wb") as file:  # a file that may be written in a folder that may not
            _fill(file, pieces)
    finally:
        with suppress(OSError):
            part.unlink()


def _fill(file: IO[bytes], pieces: Iterable[str]) -> None:
    for piece in pieces:
        file.write(piece.encode("utf-8", "backslashreplace"))


def _is_device(output: str) -> bool:
    path = Path(output)
    return path.exists() and not stat.S_ISREG(path.stat().st_mode)


def _to_stdout(pieces: Iterable[str]) -> None:
    if not sys.stdout.writable():
        raise OutputError("standard output: is closed")
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


def hold_standard_streams() -> None:
    """Take the places of standard streams that are closed, lest a file that is opened next takes one and is written over."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # for good; to write there is an error
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # for good; there is nobody to tell
