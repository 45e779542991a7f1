"""What a detector learned from an event, as sentences: each state tells what its own parts mean, what nobody tells is a path."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final

from msgspec import Struct

from onesec_cli.desk.difference import MOST_DEPTH, MOST_LINES, TOO_LARGE, Snapshot, compared, cut, shown
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.telling import Tells

MOST_SENTENCES: Final = 12
MOST_VALUE: Final = 120
MOST_TEXT: Final = 300
MOST_FOUND: Final = 300
"""Sentences and paths that are looked for at all."""
_SLOT: Final = re.compile(r"\{(value|\d)(?:\.(\w+))?(?::(time|place))?\}")
_FAR: Final = 1 << 60
"""A moment that means never."""

_Live = tuple[tuple[str, ...], str, tuple[Any, ...]]
"""A sentence that may be about something further down: the rest of its path, its words, the keys on the way."""


def sentences(kind: type[Struct], before: Snapshot, after: Snapshot, was: bool = True) -> tuple[str, ...]:
    """A sentence for each thing that is other, at most so many; with `was`, what it was before.

    Where no state tells what a part means, its path stands for it, as `difference` has it.
    """
    if after is None:
        return ()
    if after == TOO_LARGE or before == TOO_LARGE or isinstance(before, str) or isinstance(after, str):
        return (TOO_LARGE,)
    search = _Search(was)
    search.compare(kind, "", (), before, after, 0)
    told = list(dict.fromkeys(search.told))
    paths = search.paths[: max(0, MOST_LINES - len(told))]
    lines = [*told[:MOST_SENTENCES], *paths]
    more = len(told[MOST_SENTENCES:]) + len(search.paths) - len(paths)
    return (*lines, f"and {more} more") if more > 0 else tuple(lines)


class _Search:
    """What was found so far."""

    def __init__(self, was: bool) -> None:
        self._was = was
        self.told: list[str] = []
        self.paths: list[str] = []

    def compare(self, kind: Any, path: str, live: tuple[_Live, ...], before: Any, after: Any, depth: int) -> None:
        """One part of the state, before and after."""
        if before == after or len(self.told) + len(self.paths) > MOST_FOUND:
            return
        here = next((one for one in live if not one[0]), None)
        if here is not None and self._says(kind, here, before, after):
            return
        live = (*live, *_tells(kind))
        if after is None and not any(rest for rest, _, _ in live):
            self.paths.append(cut(f"{path}: forgotten"))
            return
        if depth < MOST_DEPTH and _is_map(before) and _is_map(after) and (before or after):
            for name in sorted({*(before or {}), *(after or {})}, key=str):
                inner = f"{path}.{_name(name)}" if path else _name(name)
                below = tuple(_below(live, name))
                self.compare(
                    _child(kind, name), inner, below, (before or {}).get(name), (after or {}).get(name), depth + 1
                )
            return
        if after is None:
            self.paths.append(cut(f"{path}: forgotten"))
        else:
            compared(path, before, after, self.paths)

    def _says(self, kind: Any, here: _Live, before: Any, after: Any) -> bool:
        """Whether a sentence tells it; one about something that was there and is there still only if it has no parts."""
        _, words, keys = here
        if not words:
            return True
        if _is_set(kind):
            had, has = {str(one) for one in before or ()}, {str(one) for one in after or ()}
            if has - had:
                self._add(kind, words, keys, sorted(has - had), "not there" if self._was else "")
            if had - has:
                self.told.append(_cut("no longer: " + _filled(kind, words, keys, sorted(had - has))))
            return True
        if _empty(after):
            if not _empty(before):
                self.told.append(_cut("no longer: " + _filled(kind, words, keys, before)))
            return True
        if not _empty(before) and isinstance(after, dict):
            return False
        was = "not seen" if _empty(before) else _text(kind, before, "")
        self._add(kind, words, keys, after, was if self._was else "")
        return True

    def _add(self, kind: Any, words: str, keys: tuple[Any, ...], value: Any, was: str) -> None:
        told = _filled(kind, words, keys, value)
        self.told.append(_cut(f"{told} (was: {was})" if (was and "{value" in words) or was == "not seen" else told))


def _filled(kind: Any, words: str, keys: tuple[Any, ...], value: Any) -> str:
    """The words with what they speak of in their places. What a log says is only ever put in, never read as words."""

    def fill(slot: re.Match[str]) -> str:
        name, part, form = slot.groups()
        held = value if name == "value" else keys[int(name)] if int(name) < len(keys) else ""
        inner = kind if name == "value" else str
        if part is not None:
            inner = _child(inner, part)
            if isinstance(held, (tuple, list)) and part.isdigit():
                held = held[int(part)] if int(part) < len(held) else ""
            else:
                held = held.get(part, "") if isinstance(held, dict) else ""
        return _text(inner, held, form or "")

    return _SLOT.sub(fill, words)


def _text(kind: Any, value: Any, form: str) -> str:
    """A value as a word in a sentence."""
    if form == "time" and isinstance(value, int):
        told = "for ever" if value > _FAR else show_time(value)
    elif (form == "place" or kind in (Evidence, Origin)) and isinstance(value, list):
        origin = value[0] if value and isinstance(value[0], list) else value
        told = ":".join(map(str, origin[:2]))
    elif isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        told = ", ".join(value if isinstance(value, tuple) else sorted(value))
    else:
        told = value if isinstance(value, str) else shown(value)
    told = " ".join(told.split()) or "(none)"
    return told if len(told) <= MOST_VALUE else told[: MOST_VALUE - 3] + "..."


def _below(live: tuple[_Live, ...], name: Any) -> Iterator[_Live]:
    for rest, words, keys in live:
        if rest and rest[0] == "*":
            yield rest[1:], words, (*keys, name)
        elif rest and rest[0] == name:
            yield rest[1:], words, keys


@cache
def _tells(kind: Any) -> tuple[_Live, ...]:
    """The sentences of a state class; a path without a star comes before one with."""
    tells: Tells = getattr(kind, "tells", ()) if isinstance(kind, type) else ()
    parts = [(tuple(one.path.split(".")), one.says, ()) for one in tells]
    return tuple(sorted(parts, key=lambda one: "*" in one[0]))


@cache
def _fields(kind: type[Struct]) -> dict[str, Any]:
    return {name: _plain(hint) for name, hint in typing.get_type_hints(kind).items()}


def _plain(hint: Any) -> Any:
    """A type without `| None`."""
    if typing.get_origin(hint) in (UnionType, typing.Union):
        left = [one for one in typing.get_args(hint) if one is not NoneType]
        return left[0] if len(left) == 1 else object
    return hint


def _child(kind: Any, name: Any) -> Any:
    """The type of a field of a struct, or of what a dictionary holds."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        return _fields(kind).get(name, object)
    arguments = typing.get_args(kind)
    return _plain(arguments[1]) if typing.get_origin(kind) is dict and len(arguments) == 2 else object


def _is_set(kind: Any) -> bool:
    """Whether a value is many words whose order says nothing or little."""
    return typing.get_origin(kind) in (set, frozenset, list) and typing.get_args(kind) == (str,)


def _is_map(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _empty(value: Any) -> bool:
    """What a part is that was never filled; a dictionary under a key (an account without fields) is there."""
    return value is None or value is False or value in (0, "", [])


def _cut(line: str) -> str:
    return line if len(line) <= MOST_TEXT else line[: MOST_TEXT - 3] + "..."


def _name(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)
