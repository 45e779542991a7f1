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


def walk(record: Any, path: Path) -> list[Any]:
    """The values at the end of a path, in the order of the record; arrays are opened."""
    found: list[Any] = []
    last = len(path)
    ahead = [(record, 0)]
    while ahead:
        value, at = ahead.pop()
        if value.__class__ is list:
            if at < last and path[at].__class__ is int:
                index = path[at]
                if index < len(value):  # type: ignore[operator]  # the class was just looked at
                    ahead.append((value[index], at + 1))  # type: ignore[index]  # the class was just looked at
            elif value:
                ahead += [(one, at) for one in reversed(value)]
            elif at == last:
                found.append(value)
        elif at == last:
            found.append(value)
        elif value.__class__ is dict:
            _below(value, path, at, ahead)
    return found


def _below(value: dict[str, Any], path: Path, at: int, ahead: list[tuple[Any, int]]) -> None:
    """What an object holds under the next step, or under several of them joined with dots; the shortest is walked first."""
    name, end = path[at], at + 1
    if name.__class__ is int:
        return
    told: list[tuple[Any, int]] = []
    while True:
        if name in value:
            told.append((value[name], end))
        if end == len(path) or path[end].__class__ is int:
            break
        name = f"{name}.{path[end]}"
        end += 1
    ahead += reversed(told)


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
    if field in TYPES:
        return _type
    path = path_of(field)
    if len(path) > 1 and path[0] == "data":
        path = path[1:]
    if len(path) == 1:
        name = path[0]
        return lambda event: _opened(record_of(event).get(name)) if name in record_of(event) else []
    return lambda event: walk(record_of(event), path)


def _opened(value: Any) -> list[Any]:
    return walk(value, ()) if value.__class__ is list else [value]


def _type(event: Event) -> list[Any]:
    """The code, also where an export holds a title under `type`."""
    return [event.code]


def record_of(event: Event) -> dict[str, Any]:
    """The tenant log event as it was written, without its envelope."""
    return event.record.told() if event.record is not None else {}


def _event_place(field: str) -> Place:
    if field == KEYWORDS:
        return _everything
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
    below = path[1:] if len(path) > 1 and first == "fields" else path
    return lambda event: walk(event.fields, below)


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
