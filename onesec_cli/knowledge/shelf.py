"""Where files of knowledge lie, and how they are read: shipped ones fast, given ones strictly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from onesec_cli.model.errors import KnowledgeError
from onesec_cli.plain_file import is_plain, read_plain
from onesec_cli.yaml_file import load_strict

KINDS: Final = ("chains", "scopes", "lexicon")
"""Values of `kind`, the key that tells a file of knowledge from a Sigma rule."""
HEAD: Final = 4_096
"""Bytes at the beginning of a file in which `kind` must stand."""
SUFFIXES: Final = (".yml", ".yaml")

_KIND = re.compile(rb"^kind:[ \t]*([a-z]+)[ \t]*(?:#.*)?\r?$", re.MULTILINE)

Known = TypeVar("Known", bound=msgspec.Struct)
Wrong = tuple[str, tuple[str, ...]]
"""(what is wrong, the keys it is at)."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A part of a file of knowledge. An unknown key is an error, never ignored."""


def shipped_folder() -> Path:
    """The rules and the knowledge that come with onesec: inside the package where it is installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "rules"
    return inside if inside.is_dir() else package.parent / "rules"


def kind_of(path: Path) -> str:
    """The kind of knowledge a file holds; empty for a Sigma rule or anything else."""
    try:
        match = _KIND.search(read_plain(str(path), HEAD))
    except OSError:  # whoever reads it as a rule says so
        return ""
    word = match[1].decode() if match else ""
    return word if word in KINDS else ""


def given_files(paths: Iterable[str], kind: str) -> Iterator[str]:
    """Files of one kind that paths name (files, or folders with everything below), each once, in order, without our own."""
    seen: set[Path] = set()
    own = shipped_folder().resolve()
    for whole in _named(paths):
        files = sorted(whole.rglob("*")) if whole.is_dir() else [whole]
        for file in files:
            if (file == whole or (file.suffix in SUFFIXES and not _hidden(file, whole))) and is_plain(file):
                place = file.resolve()
                if place not in seen and not place.is_relative_to(own) and kind_of(file) == kind:
                    seen.add(place)
                    yield str(file)


def _named(paths: Iterable[str]) -> Iterator[Path]:
    """What paths name; those that name nothing are told by whoever reads rules from them."""
    for path in paths:
        if Path(path).exists() or not has_magic(path):
            yield Path(path)
        else:
            yield from (Path(one) for one in sorted(glob(path, recursive=True)))  # noqa: PTH207  # Path.glob takes no absolute pattern


def _hidden(file: Path, below: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(below).parts)


def shipped(folder: str, kind: type[Known]) -> list[Known]:
    """The shipped files of one folder, in order of their names. Tests hold them against the strict reading."""
    import yaml  # comes with pySigma; read where something is judged, not for --help

    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar is text, so no word becomes a boolean
    return [
        msgspec.convert(yaml.load(path.read_bytes(), Loader=loader), kind, strict=False)
        for path in sorted((shipped_folder() / folder).glob("*.yml"))
    ]


def given(path: str, kind: type[Known], check: Callable[[Known], Wrong | None]) -> Known:
    """A file of the user's. Raises KnowledgeError naming file, line and column."""
    return load_strict(path, kind, KnowledgeError, check=check)
