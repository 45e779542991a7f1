"""Which files a run reads: what the user named, each once, in order of name."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from onesec_cli.model.errors import InputError

STDIN: Final = "-"


def discover(paths: Sequence[str]) -> list[str]:
    """Files named by files, folders (recursive, no hidden names), globs and `-`, each once, by name.

    Among them is what cannot be read and must not be passed over in silence: folders that cannot be listed, and links
    to folders outside of those named. Links to folders are not followed, so that no trail can send us through the
    whole disk.
    """
    roots = tuple(os.path.realpath(path) for path in paths if path != STDIN)
    found: dict[str, str] = {}
    for path in paths:
        for name in [path] if path == STDIN else _expand(path, roots):
            found.setdefault(name if name == STDIN else os.path.realpath(name), name)
    return sorted(found.values())


def _expand(path: str, roots: tuple[str, ...]) -> Iterator[str]:
    if "\0" in path:
        raise InputError(f"{path}: no such file or folder")
    if Path(path).is_dir():
        yield from _walk(path, roots)
    elif os.path.lexists(path):
        yield path
    else:
        matched = [name for name in glob.glob(path, recursive=True) if Path(name).is_file()]  # noqa: PTH207  # any root
        if not matched:
            raise InputError(f"{path}: no such file or folder, and no file matches it")
        yield from matched


def _walk(top: str, roots: tuple[str, ...]) -> Iterator[str]:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listed:
                entries = [entry for entry in listed if not entry.name.startswith(".")]
        except OSError:
            yield folder
            continue
        for entry in entries:
            if not _is_folder(entry):
                yield entry.path
            elif not entry.is_symlink():
                waiting.append(entry.path)
            elif not _within(os.path.realpath(entry.path), roots):
                yield entry.path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _within(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


def refusal(path: str) -> str:
    """Why a path that is no regular file is not read."""
    if Path(path).is_dir():
        return "a link to a folder; name the folder to read it" if Path(path).is_symlink() else "cannot be listed"
    if Path(path).is_symlink() and not Path(path).exists():
        return "a link that leads nowhere"
    return "not a regular file" if os.path.lexists(path) else "is gone"
