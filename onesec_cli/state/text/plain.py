"""JSON values as plain text: a field of an event, a value, the leaves of one."""

from __future__ import annotations

from typing import Any, Final

import orjson

from onesec_cli.model.event import Event

MAX_LEAVES: Final = 512


def text_of(event: Event, name: str = "text") -> str:
    """A field of an event as text, whatever a record put there."""
    value = event.fields.get(name)
    if value.__class__ is str:
        return value
    return (
        ""
        if value is None or isinstance(value, bool)
        else str(value)
        if isinstance(value, (int, float))
        else dumps(value)
    )


def dumps(value: Any) -> str:
    """A JSON value as compact text with sorted keys; the leaves alone where it is deeper than any real argument."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS).decode()
    except (orjson.JSONEncodeError, TypeError):
        return "\n".join(f"{name}={text}" for name, text in leaves(value))


def leaves(value: Any) -> list[tuple[str, str]]:
    """Every text and number of a JSON value with the name it stands under, in order, up to `MAX_LEAVES`."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, Any]] = [("", value)]
    steps = 0
    while waiting and len(found) < MAX_LEAVES and steps < 8 * MAX_LEAVES:
        name, one = waiting.pop()
        steps += 1
        if isinstance(one, str):
            found.append((name, one))
        elif isinstance(one, dict):
            waiting.extend((str(key), inner) for key, inner in reversed([*one.items()][:MAX_LEAVES]))
        elif isinstance(one, (list, tuple)):
            waiting.extend((name, inner) for inner in reversed(one[:MAX_LEAVES]))
        elif one is not None and not isinstance(one, bool):
            found.append((name, str(one)))
    return found
