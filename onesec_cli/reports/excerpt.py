"""The fields of a record that an alert speaks of, in one line: what a reader of three lines must see first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_WRAPPERS: Final = frozenset({"data", "detail", "event", "attributes", "result", "body", "json", "message"})
"""Envelopes: their names say nothing about what they hold."""
_FIRST: Final = frozenset({"type", "kind", "role", "details.request.method", "details.request.path", "tool"})
_ACTS: Final = re.compile(r"(?:^|\.)(?:scopes?|\w*reason|error|arguments|expires|expires_at)\Z")
"""Fields that say what was done or asked for, whatever else a record holds."""
_LAST: Final = frozenset(
    {"_id", "log_id", "date", "time", "timestamp", "description", "environment_name", "tenant_name", "tenant"}
    | {"isMobile", "is_mobile", "onesec", "$event_schema.version", "user_agent", "strategy_type", "uuid", "id"}
)
"""What the alert has told already, or what nobody looks for."""
MAX_LEAVES: Final = 400
MAX_VALUE: Final = 160
"""Characters of one value; of a longer one the place that the alert speaks of is shown."""


def excerpt(text: str, names: tuple[str, ...]) -> str:
    """`name=value` of the record's fields: its type, what was done, those that hold one of the names, the rest.

    Empty if the text is no JSON object.
    """
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(record, dict):
        return ""
    ranked: list[tuple[int, int, str]] = []
    seen: set[str] = set()
    for number, (path, value) in enumerate(_leaves(record)):
        shown, told = _around(value, names)
        if path in _LAST and value in seen:
            continue
        late = path in _LAST or value in seen
        rank = 0 if path in _FIRST else 4 if late else 1 if _ACTS.search(path) else 2 if told else 3
        ranked.append((rank, number, f"{path}={_quoted(shown)}"))
        seen.add(value)
    return " ".join(word for _, _, word in sorted(ranked))


def around(text: str, names: tuple[str, ...]) -> str:
    """The text from shortly before the first of the names that it holds."""
    small = text.lower()
    at = next((found for found in (small.find(name.lower()) for name in names) if found >= 0), 0)
    start = max(0, at - MAX_VALUE // 3)
    return ("..." if start else "") + text[start:]


def _leaves(record: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and text of every value that says something, in the order of the record."""
    waiting: list[tuple[str, Any]] = [("", record)]
    count = 0
    while waiting and count < MAX_LEAVES:
        path, value = waiting.pop()
        if isinstance(value, dict):
            inner = [(_below(path, str(key)), one) for key, one in value.items()]
            waiting.extend(reversed(inner))
        elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
            waiting.extend((path, one) for one in reversed(value))
        else:
            text = " ".join(map(_word, value)) if isinstance(value, list) else _word(value)
            if text:
                count += 1
                yield path or "value", text


def _below(path: str, key: str) -> str:
    if not path:
        return "" if key in _WRAPPERS else key
    return f"{path}.{key}"


def _word(value: Any) -> str:
    """A plain value as text; nothing for one that says nothing."""
    if value is None or value == "" or value == {}:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _around(value: str, names: tuple[str, ...]) -> tuple[str, bool]:
    """The value, or the part of a long one that holds a name; and whether it holds one."""
    at = min((found for found in (value.find(name) for name in names) if found >= 0), default=-1)
    if len(value) <= MAX_VALUE:
        return value, at >= 0
    start = max(0, min(at - MAX_VALUE // 3, len(value) - MAX_VALUE))
    end = start + MAX_VALUE
    return ("..." if start else "") + value[start:end] + ("..." if end < len(value) else ""), at >= 0


def _quoted(value: str) -> str:
    """A value that could be taken for more than one field is put in quotes."""
    plain = value and not re.search(r'[\s"=\\]', value)
    return value if plain else json.dumps(value, ensure_ascii=False)
