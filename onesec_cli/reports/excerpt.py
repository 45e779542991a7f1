"""The fields of a record that an alert speaks of, in one line: what a reader of three lines must see first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import ASKED, INSTRUCTED, OBEYED, PLANTED, Alert
from onesec_cli.model.names import names_in, texts_of

_WRAPPERS: Final = frozenset(
    {"data", "detail", "event", "attributes", "result", "body", "json", "message"}
    | {"resourceSpans", "scopeSpans", "resourceLogs", "scopeLogs"}
)
"""Envelopes: their names say nothing about what they hold."""
_FIRST: Final = frozenset({"type", "kind", "role", "details.request.method", "details.request.path", "tool"})
_ACTS: Final = re.compile(r"(?:^|\.)(?:scopes?|\w*reason|error|arguments|expires|expires_at)\Z")
"""Fields that say what was done or asked for, whatever else a record holds."""
_LAST: Final = frozenset(
    {"_id", "log_id", "date", "time", "timestamp", "description", "environment_name", "tenant_name", "tenant"}
    | {"isMobile", "is_mobile", "onesec", "$event_schema.version", "user_agent", "strategy_type", "uuid", "id"}
    | {"spans.traceId", "spans.spanId", "spans.parentSpanId", "spans.startTimeUnixNano", "spans.endTimeUnixNano"}
)
"""What the alert has told already, or what nobody looks for."""
_KEY: Final = re.compile(r"[\w.-]{1,80}")
"""Names of attributes that can stand for a path without being taken for more."""
MAX_LEAVES: Final = 400
_FACT: Final = {ASKED: "goal", INSTRUCTED: "instruction sentence", PLANTED: "sentence", OBEYED: "value"}
"""Role of evidence to the fact that says what stands there."""
_WORDS: Final = 60
_LEAST: Final = 6
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
    first = names[0] if names else "\0"
    for number, (path, value) in enumerate(_leaves(record)):
        shown, told = _around(value, names)
        if path in _LAST and value in seen:
            continue
        late = path in _LAST or value in seen
        rank = (
            0
            if path in _FIRST
            else 4
            if late
            else 1
            if _ACTS.search(path) or value.find(first) >= 0
            else 2
            if told
            else 3
        )
        ranked.append((rank, number, f"{path}={_quoted(shown)}"))
        seen.add(value)
    return " ".join(word for _, _, word in sorted(ranked))


def quoted(alert: Alert, proof: Evidence, text: str) -> str:
    """What a record that is cited says of it, in a line: its fields, or the place that matters where it is no whole object."""
    names = _sought(alert, proof)
    return excerpt(text, names) or around(text, names)


def _sought(alert: Alert, proof: Evidence) -> tuple[str, ...]:
    """What to look for in a record, what matters most first: the words that it is cited for, what the alert says beside the
    names of those involved, and those names, which stand in every record."""
    facts = (alert.facts.get(name) for name in _FACT.get(proof.role, "").split())
    words = next((one for one in facts if isinstance(one, str) and one), "")
    whole = max(re.split(r"[\"\\\n]|\s{2,}", words), key=len)[:_WORDS]
    names = names_in([alert.message, *alert.entities, *texts_of(alert.facts)])
    who = {one.partition(":")[2] for one in alert.entities}
    return (*([whole] if len(whole) >= _LEAST else []), *sorted(names, key=lambda name: name in who))


def around(text: str, names: tuple[str, ...]) -> str:
    """The text from shortly before the first of the names that it holds; the first name counts most."""
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
            if (attribute := _attribute(value)) is not None:
                waiting.append((_below(path, attribute[0]), attribute[1]))
                continue
            inner = [(_below(path, str(key)), one) for key, one in value.items()]
            waiting.extend(reversed(inner))
        elif isinstance(value, list) and any(isinstance(one, (dict, list)) for one in value):
            waiting.extend((path, one) for one in reversed(value))
        else:
            text = " ".join(map(_word, value)) if isinstance(value, list) else _word(value)
            if text:
                count += 1
                yield path or "value", text


def _attribute(value: dict[str, Any]) -> tuple[str, Any] | None:
    """Name and value of an attribute as OpenTelemetry writes it: `{"key": "a", "value": {"stringValue": "b"}}`."""
    key, inner = value.get("key"), value.get("value")
    if len(value) != 2 or not isinstance(key, str) or not isinstance(inner, dict) or len(inner) != 1:
        return None
    kind, told = next(iter(inner.items()))
    return (key, told) if kind.endswith("Value") and _KEY.fullmatch(key) else None


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
    at = next((found for found in (value.find(name) for name in names) if found >= 0), -1)
    if len(value) <= MAX_VALUE:
        return value, at >= 0
    start = max(0, min(at - MAX_VALUE // 3, len(value) - MAX_VALUE))
    end = start + MAX_VALUE
    return ("..." if start else "") + value[start:end] + ("..." if end < len(value) else ""), at >= 0


def _quoted(value: str) -> str:
    """A value that could be taken for more than one field is put in quotes."""
    plain = value and not re.search(r'[\s"=\\]', value)
    return value if plain else json.dumps(value, ensure_ascii=False)
