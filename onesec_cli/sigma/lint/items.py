"""The detection of a rule as it is written: every `field|modifier: values`, with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from onesec_cli.sigma.marks import Path

NOT_SELECTIONS: Final = frozenset({"condition", "timeframe"})
MAX_DEPTH: Final = 30
_WORD: Final = re.compile(r"[\w*-]+")
_LOGIC: Final = frozenset({"and", "or", "not", "of", "them", "1", "all", "any"})


class Item(Struct, frozen=True):
    """One line of a selection."""

    selection: str
    path: Path
    """Below the document, of the key."""
    field: str
    """Empty for keywords."""
    modifiers: tuple[str, ...]
    values: tuple[Any, ...]
    beside: tuple[str, ...] = ()
    """Log types that the same mapping asks for, in plain texts; empty: it does not say."""

    @property
    def plain(self) -> bool:
        """Whether values are compared whole."""
        return not self.modifiers or set(self.modifiers) <= {"all", "cased", "expand"}

    def value_path(self, index: int, alone: bool) -> Path:
        """The place of a value; `alone` where the key holds it without a list."""
        return self.path if alone else (*self.path, index)


def items(detection: Any) -> Iterator[Item]:
    """Every item of every selection, in the order written."""
    if not isinstance(detection, dict):
        return
    for name, body in detection.items():
        if name not in NOT_SELECTIONS:
            yield from _of(str(name), ("detection", str(name)), body, 0)


def _of(selection: str, path: Path, body: Any, depth: int) -> Iterator[Item]:
    if depth > MAX_DEPTH:
        return
    if isinstance(body, dict):
        codes = _codes(body)
        for key, value in body.items():
            field, *modifiers = str(key).split("|")
            yield Item(selection, (*path, str(key)), field, tuple(modifiers), _values(value), codes)
    elif isinstance(body, list):
        for index, one in enumerate(body):
            if isinstance(one, (dict, list)):
                yield from _of(selection, (*path, index), one, depth + 1)
            else:
                yield Item(selection, (*path, index), "", (), (one,))
    elif body is not None:
        yield Item(selection, path, "", (), (body,))


def _values(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _codes(body: dict[Any, Any]) -> tuple[str, ...]:
    """The log types a mapping asks for by plain equality."""
    for key in ("data.type", "type"):
        if key in body:
            return tuple(str(value) for value in _values(body[key]) if isinstance(value, str) and "*" not in value)
    return ()


def unused(detection: dict[Any, Any]) -> list[str]:
    """Selections that no condition names."""
    conditions = _values(detection.get("condition"))
    words: set[str] = set()
    for condition in conditions:
        words |= set(_WORD.findall(str(condition)))
    everything = "them" in words
    patterns = [re.compile(re.escape(word).replace(r"\*", ".*")) for word in words if "*" in word]
    found = []
    for name in map(str, detection):
        named = name in words and name not in _LOGIC
        if name in NOT_SELECTIONS or named or (everything and not name.startswith("_")):
            continue
        if not any(pattern.fullmatch(name) for pattern in patterns):
            found.append(name)
    return found
