"""What of a detector's memory is other than it was: paths into its state, in a fixed order."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

MOST_BYTES: Final = 256 * 1024
"""A state larger than this is not compared: a step must stay quick."""
MOST_LINES: Final = 6
MOST_DEPTH: Final = 6
MOST_TEXT: Final = 100
TOO_LARGE: Final = "(more than can be compared step by step)"


Snapshot = dict[str, Any] | str | None
"""A state as plain values; None where there is none, `TOO_LARGE` where it is too large to compare."""


def snapshot(state: Struct | None) -> Snapshot:
    """A copy of a state that later events do not change."""
    if state is None:
        return None
    if len(msgspec.msgpack.encode(state)) > MOST_BYTES:
        return TOO_LARGE
    told: dict[str, Any] = msgspec.to_builtins(state)
    return told


def difference(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """`path: what` for each thing that is other, at most so many; a state seen for the first time is compared with nothing."""
    if after is None:
        return ()
    if after == TOO_LARGE or before == TOO_LARGE:
        return (TOO_LARGE,)
    lines: list[str] = []
    _compare("", before, after, lines, 0)
    more = len(lines) - MOST_LINES
    return (*lines[:MOST_LINES], f"and {more} more") if more > 0 else tuple(lines)


def compared(path: str, before: Any, after: Any, lines: list[str]) -> None:
    """Add a line for each thing below a path that is other."""
    _compare(path, before, after, lines, 0)


def _compare(path: str, before: Any, after: Any, lines: list[str], depth: int) -> None:
    if before == after or len(lines) > 50 * MOST_LINES:
        return
    if isinstance(after, dict) and isinstance(before, (dict, type(None))) and depth < MOST_DEPTH:
        _keys(path, before or {}, after, lines, depth)
        return
    if isinstance(after, list) and isinstance(before, (list, type(None))) and all(isinstance(x, str) for x in after):
        _items(path, before or [], after, lines)
        return
    if before is None and after in (0, "", [], {}, False):
        return
    lines.append(
        cut(
            f"{path}: {shown(after)}"
            if before in (None, 0, "", False)
            else f"{path}: {shown(before)} -> {shown(after)}"
        )
    )


def _keys(path: str, before: dict[Any, Any], after: dict[Any, Any], lines: list[str], depth: int) -> None:
    for name in sorted(before.keys() | after.keys(), key=str):
        inner = f"{path}.{_name(name)}" if path else _name(name)
        if name not in after:
            lines.append(cut(f"{inner}: forgotten"))
        else:
            _compare(inner, before.get(name), after[name], lines, depth + 1)


def _items(path: str, before: list[Any], after: list[str], lines: list[str]) -> None:
    had, have = {str(item) for item in before}, set(after)
    words = [*(f"+{item}" for item in sorted(have - had)), *(f"-{item}" for item in sorted(had - have))]
    if words:
        lines.append(cut(f"{path}: {' '.join(words)}"))


def _name(key: Any) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)


def shown(value: Any) -> str:
    """A value as one word; a set has no order of its own."""
    if isinstance(value, list):
        value = sorted(value, key=str)
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()


def cut(line: str) -> str:
    """At most so much of a line."""
    return line if len(line) <= MOST_TEXT else line[: MOST_TEXT - 3] + "..."
