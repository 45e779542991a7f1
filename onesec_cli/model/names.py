"""The names that the words of an alert hold: what to look for in its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

_NAME: Final = re.compile(r"[^\s,;\"'()\[\]{}]*[.:/|@_\d-][^\s,;\"'()\[\]{}]*")
"""A word that is a name of something rather than prose: it has a digit or a mark in it."""
_LEAST_NAME: Final = 4
MAX_NAMES: Final = 200


def names_in(texts: Iterable[str]) -> tuple[str, ...]:
    """The names that an alert's own words hold, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for name in _NAME.findall(text):
            if len(found) >= MAX_NAMES:
                return tuple(found)
            name = name.strip(".:/-")
            if len(name) >= _LEAST_NAME:
                found[name] = None
    return tuple(found)


def texts_of(facts: dict[str, Any]) -> Iterator[str]:
    """Every text among the observed values of an alert."""
    waiting: list[Any] = [facts]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, (list, tuple)):
            waiting.extend(reversed(value))
