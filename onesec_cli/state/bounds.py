"""Dictionaries that stay bounded: the oldest entries go first, many at once, so that no flood makes it slow."""

from __future__ import annotations

from itertools import islice
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def keep(kept: dict[K, V], name: K, value: V, most: int) -> None:
    """Remember under a name, if there is one."""
    if name:
        kept[name] = value
        if len(kept) > most:
            shed(kept, most)


def shed(kept: dict[K, V], most: int) -> list[K]:
    """Forget the oldest tenth of what is too many; which ones.

    One at a time would be quadratic: finding the first entry of a dictionary passes over all that were deleted.
    """
    if len(kept) <= most:
        return []
    oldest = list(islice(kept, len(kept) - most + most // 10))
    for name in oldest:
        del kept[name]
    return oldest


def drop(kept: dict[K, dict[V, None]], key: K, name: V) -> None:
    """Take a name out of what lies under a key; an empty one goes too."""
    names = kept.get(key)
    if names is not None:
        names.pop(name, None)
        if not names:
            del kept[key]
