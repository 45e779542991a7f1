"""Where a rule's field stands in an event: paths through tenant log records, and the names of canonical events.

A path goes through objects and through arrays (any element will do); `{}` and `[]` behind a step say that an array is
meant and change nothing, a number in them takes one element. A key that holds dots itself is found as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED, Event
from onesec_cli.sigma.rule import KEYWORDS, Product

Step = str | int
Path = tuple[Step, ...]
Level = tuple[tuple[Step, int], ...]
Route = tuple[Level, ...]
Place = Callable[[Event], list[Any]]
"""Finds the values of one field in an event: none where it is absent, `[]` for an array without elements."""

MAX_STEPS: Final = 40
MAX_VALUES: Final = 100_000
"""Values of one record that keywords are looked for in."""

_ARRAY = re.compile(r"(.*?)((?:\{\d{0,9}\}|\[\d{0,9}\])+)\Z", re.DOTALL)
_DIGITS = re.compile(r"\d+")

ATTRIBUTES: Final = (
    "kind", "code", "source", "id", "tenant", "user", "agent", "agent_id", "external_agent_id", "client", "client_name",
    "connection", "connection_id", "account", "identity", "session", "token", "ip", "user_agent", "country", "flow",
    "audience", "reason", "tool",
)  # fmt: skip
"""Texts of a canonical event that a rule may name; an empty one is absent."""
LISTS: Final = {"scopes": "scopes", "scope": "scopes", "requested": "requested", "actors": "actors"}
TIMES: Final = ("time", "expires")
CALLS: Final[dict[str, tuple[str, ...]]] = {
    "call.command": ("command", "cmd", "script", "command_line", "commandLine", "shell_command", "argv"),
    "call.path": (
        *("file_path", "path", "absolute_path", "filePath", "target_file", "filename", "file", "notebook_path"),
        *("source", "destination"),
    ),
    "call.content": (
        *("content", "contents", "new_string", "new_str", "newText", "new_source", "text", "patch", "input"),
        *("edits.new_string", "edits.newText"),
    ),
    "call.url": ("url", "urls", "uri", "endpoint", "link"),
}
"""Fields that read an argument of a tool call by what it is, whatever a format calls it. Arguments that are one text are
a command or a content."""
KIND: Final = "kind"
TYPES: Final = ("data.type", "type")
"""The spellings of a tenant log event's type."""


@lru_cache(10_000)
def path_of(field: str) -> Path:
    """The steps of a field's name."""
    steps: list[Step] = []
    for part in field.split("."):
        array = _ARRAY.match(part)
        if array and array[1]:
            steps += [array[1], *map(int, _DIGITS.findall(array[2]))]
        else:
            steps.append(part)
    return tuple(steps) if len(steps) <= MAX_STEPS else (field,)


def key_of(field: str) -> str:
    """The key at the end of a field's path."""
    return next((step for step in reversed(path_of(field)) if isinstance(step, str)), field)


@lru_cache(10_000)
def route_of(path: Path) -> Route:
    """For each step of a path: what may stand there (the step itself, or several joined with dots), and which step follows."""
    levels: list[Level] = []
    for at, name in enumerate(path):
        if isinstance(name, int):
            levels.append(((name, at + 1),))
            continue
        level: list[tuple[Step, int]] = [(name, at + 1)]
        joined = name
        for end in range(at + 1, len(path)):
            if isinstance(path[end], int):
                break
            joined = f"{joined}.{path[end]}"
            level.append((joined, end + 1))
        levels.append(tuple(level))
    return tuple(levels)


def walk(record: Any, route: Route) -> list[Any]:
    """The values at the end of a route, in the order of the record; arrays are opened."""
    value, at, last = record, 0, len(route)
    while at < last and value.__class__ is dict:
        level = route[at]
        if len(level) == 1:
            key, at = level[0]
            if key not in value:
                return []
            value = value[key]
            continue
        told: Step | None = None
        for key, end in level:
            if key in value:
                if told is not None:
                    return _walk(value, at, route)
                told, behind = key, end
        if told is None:
            return []
        value, at = value[told], behind
    if at == last and value.__class__ is not list:
        return [value]
    return _walk(value, at, route) if value.__class__ is list or value.__class__ is dict else []


def _walk(record: Any, start: int, route: Route) -> list[Any]:
    """The same, for a value that is an array or holds several ways."""
    found: list[Any] = []
    last = len(route)
    ahead = [(record, start)]
    while ahead:
        value, at = ahead.pop()
        if value.__class__ is list:
            first = route[at][0] if at < last else ("", 0)
            if isinstance(first[0], int):
                ahead += [(value[first[0]], at + 1)] if first[0] < len(value) else ()
            elif value:
                ahead += [(one, at) for one in reversed(value)]
            elif at == last:
                found.append(value)
        elif at == last:
            found.append(value)
        elif value.__class__ is dict:
            ahead += [(value[key], end) for key, end in reversed(route[at]) if key in value]
    return found


def every(record: Any) -> list[Any]:
    """Every single value of a record, in its order."""
    found: list[Any] = []
    ahead = [record]
    while ahead and len(found) < MAX_VALUES:
        value = ahead.pop()
        if value.__class__ is dict:
            ahead += reversed(value.values())
        elif value.__class__ is list:
            ahead += reversed(value)
        else:
            found.append(value)
    return found


@lru_cache(10_000)
def place_of(product: Product, field: str) -> Place:
    """How a rule of a product finds a field."""
    if product == "auth0":
        return _record_place(field)
    return _event_place(field)


def fields_of(event: Event, product: Product, field: str) -> list[Any]:
    """The values of a field, as a rule of a product reads it."""
    return place_of(product, field)(event)


def _record_place(field: str) -> Place:
    if field == KEYWORDS:
        return lambda event: every(record_of(event))
    route = record_route(field)
    if route is None:
        return _type

    def found(event: Event) -> list[Any]:
        record = event.record
        return [] if record is None else walk(record.told(), route)

    return found


def record_route(field: str) -> Route | None:
    """The route to a field in the record of a tenant log event; None for the type and for keywords, which have none."""
    if field == KEYWORDS or field in TYPES:
        return None
    path = path_of(field)
    return route_of(path[1:] if len(path) > 1 and path[0] == "data" else path)


def sole_key(route: Route | None) -> str:
    """The key of a field that stands at the top of a record; empty for any other."""
    step = route[0][0][0] if route is not None and len(route) == 1 else ""
    return step if isinstance(step, str) else ""


def _type(event: Event) -> list[Any]:
    """The code, also where an export holds a title under `type`."""
    return [event.code]


def record_of(event: Event) -> dict[str, Any]:
    """The tenant log event as it was written, without its envelope."""
    return event.record.told() if event.record is not None else {}


def _event_place(field: str) -> Place:
    if field == KEYWORDS:
        return _everything
    if field in CALLS:
        return _call_place(field)
    path = path_of(field)
    first = path[0]
    if len(path) == 1 and first in ATTRIBUTES:
        name = str(first)
        return lambda event: [value] if (value := getattr(event, name)) else []
    if len(path) == 1 and first in LISTS:
        name = LISTS[str(first)]
        return lambda event: _listed(getattr(event, name))
    if len(path) == 1 and first in TIMES:
        return _time if first == "time" else _expires
    below = route_of(path[1:] if len(path) > 1 and first == "fields" else path)
    return lambda event: walk(event.fields, below)


def _call_place(field: str) -> Place:
    routes = tuple(route_of(path_of(name)) for name in CALLS[field])
    words, text = field == "call.command", field in ("call.command", "call.content")

    def found(event: Event) -> list[Any]:
        args = event.fields.get("args")
        if args.__class__ is not dict:
            return [args] if text and args.__class__ is str else []
        told: list[Any] = []
        for route in routes:
            values = walk(args, route)
            if words and len(values) > 1 and all(value.__class__ is str for value in values):
                values = [" ".join(values)]  # a command that is given as a list of words
            told += values
        return told

    return found


def _listed(values: Any) -> list[Any]:
    return sorted(values) if isinstance(values, frozenset) else list(values)


def _time(event: Event) -> list[Any]:
    return [show_time(event.time)] if event.timed and event.time != UNDATED else []


def _expires(event: Event) -> list[Any]:
    if event.expires is not None:
        return [show_time(event.expires)]
    return [event.expires_text] if event.expires_text else []


def _everything(event: Event) -> list[Any]:
    told: list[Any] = [value for name in ATTRIBUTES if (value := getattr(event, name))]
    for name in ("scopes", "requested", "actors"):
        told += _listed(getattr(event, name))
    return told + every(event.fields)
