"""Which of all that can fire is meant: by kind, level, product, tag, status, file or text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct

from onesec_cli.model.catalogue import Entry
from onesec_cli.model.errors import InputError
from onesec_cli.model.level import Level
from onesec_cli.model.taxonomy import ASI

_ASI: Final = re.compile(r"(?:asi[-_]?)?0?([1-9]|10)\Z")


class Choice(Struct, frozen=True, kw_only=True):
    """Every part that is not empty must hold; of one part any value will do. Texts are in small letters."""

    kinds: frozenset[str] = frozenset()
    levels: frozenset[Level] = frozenset()
    products: frozenset[str] = frozenset()
    asi: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != Choice()

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is meant."""
        return (
            (not self.kinds or entry.kind in self.kinds)
            and (not self.levels or entry.level in self.levels)
            and (not self.products or not self.products.isdisjoint(entry.products))
            and (not self.asi or not self.asi.isdisjoint(entry.asi))
            and (not self.statuses or entry.status.lower() in self.statuses)
            and (not self.tags or any(_tagged(entry, word) for word in self.tags))
            and (not self.files or any(_stands_in(entry.file, word) for word in self.files))
            and (not self.texts or any(word in _words(entry) for word in self.texts))
        )


def choice_of(
    *,
    kinds: Sequence[str] = (),
    levels: Sequence[Level] = (),
    least: Level | None = None,
    products: Sequence[str] = (),
    asi: Sequence[str] = (),
    tags: Sequence[str] = (),
    statuses: Sequence[str] = (),
    files: Sequence[str] = (),
    texts: Sequence[str] = (),
) -> Choice:
    """A choice; `least` narrows the levels. Raises InputError for what no entry could ever meet."""
    chosen = frozenset(levels or Level) & frozenset(one for one in Level if least is None or one >= least)
    if not chosen:
        raise InputError("--level and --min-level leave no level")
    return Choice(
        kinds=frozenset(kinds),
        levels=chosen if levels or least is not None else frozenset(),
        products=frozenset(products),
        asi=frozenset(map(_entry_of_owasp, asi)),
        tags=tuple(word.lower() for word in tags),
        statuses=frozenset(word.lower() for word in statuses),
        files=tuple(files),
        texts=tuple(word.lower() for word in texts),
    )


def _entry_of_owasp(word: str) -> str:
    match = _ASI.match(word.lower())
    if match is None:
        raise InputError(f"--asi {word!r}: is none of {', '.join(ASI)}")
    return f"ASI{int(match[1]):02d}"


def _tagged(entry: Entry, word: str) -> bool:
    """Whether a tag is the word, ends in it behind a dot, or is a sub-technique of it."""
    for tag in (*entry.tags, *entry.asi, *entry.attack):
        known = tag.lower()
        if known == word or known.endswith(f".{word}") or f".{known}".find(f".{word}.") >= 0:
            return True
    return False


def _stands_in(file: str, word: str) -> bool:
    return bool(file) and (word in file or fnmatchcase(file, word) or fnmatchcase(file, f"*/{word}"))


def _words(entry: Entry) -> str:
    return "\n".join((entry.id, entry.title, entry.description, entry.source, *entry.tags)).lower()
