"""Envelopes: whatever a forwarder wrapped around a tenant log event, told by content.

One rule covers all of them: descend through the keys forwarders use until an object is a tenant log event. What is not a
tenant log but known (event streams, analytics streams, control messages) is named and ignored, never half-read.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

import orjson
from msgspec import Struct

from onesec_cli.model.clock import to_time
from onesec_cli.sources.auth0 import code_of, time_in_id
from onesec_cli.sources.auth0_types import TYPES

MAX_DEPTH: Final = 10
"""Envelopes inside envelopes."""
MAX_TEXTS: Final = 200_000
"""JSON texts parsed inside one record; one batch of a log group holds some thousands."""
MAX_INFLATED: Final = 64 * 1024 * 1024
"""Bytes that the packed parts of one record may unpack to, together."""

_DOWN: Final = (
    "detail",
    "event",
    "result",
    "_raw",
    "message",
    "attributes",
    "json",
    "body",
    "logs",
    "Records",
    "logEvents",
    "awslogs",
    "original",
    "_source",
    "auth0",
    "data",
)
"""Keys under which forwarders put the event, in the order they are tried: what was kept as it came goes first."""

_PAGES: Final = ("logs", "Records", "logEvents")
"""Keys of lists that may rightly be empty."""
_DOTTED: Final = ("auth0.", "event.original", "json.", "data.")
"""Starts of keys that a forwarder joined with dots."""
_TIMES: Final = ("time", "eventTime", "timestamp", "@timestamp", "_time", "date")
_PLACED: Final = ("log_id", "_id", "date")
_BUS: Final = "aws.partner/auth0.com/"
_STREAM_PREFIXES: Final = ("user.", "organization.", "connection.", "group.")


class Found(Struct):
    """One bare event, and what its envelope adds: a time and a tenant where the event has none."""

    event: dict[str, Any]
    time: str = ""
    tenant: str = ""


class Unwrapped(Struct):
    """What a record holds. `shape` names its envelope, `ignored` says why it is no trail."""

    found: list[Found]
    shape: str = ""
    ignored: str = ""
    stray: int = 0
    """Elements beside events that are not events."""


class _Told(IntEnum):
    """What there is below a value."""

    nothing = 0
    foreign = 1
    events = 2


class _Context(Struct, frozen=True):
    """What the envelopes above a value say."""

    time: str = ""
    tenant: str = ""
    fields: dict[str, Any] = {}
    """Fields of the event that an envelope holds: the `log_id`, and what Elastic moves."""
    depth: int = 0


def unwrap(record: dict[str, Any]) -> Unwrapped:
    """The tenant log events inside a record."""
    inner = record.get("data")
    if inner.__class__ is dict and len(record) == 2 and "log_id" in record and "log_id" in inner and "date" in inner:
        code = inner.get("type")
        if code.__class__ is str and code in TYPES:
            return Unwrapped([Found(inner)], "webhook")
    walk = _Walk()
    told = walk.descend(record, _Context())
    ignored = walk.reason if told is _Told.foreign else ""
    return Unwrapped(walk.found, _shape(record), ignored, walk.stray)


def is_event(record: dict[str, Any]) -> bool:
    """Whether an object is a bare tenant log event: a log code beside an id or a date.

    A code that is not known takes more proof, and a dated `log_id` beside a code of another type is proof enough.
    """
    if "specversion" in record:
        return False
    if code_of(record) in TYPES:
        return any(name in record for name in _PLACED)
    if "log_id" not in record or isinstance(record.get("data"), (dict, str)):
        return False
    log_id = record["log_id"]
    dated = isinstance(log_id, str) and time_in_id(log_id) is not None
    if isinstance(record.get("type"), str):
        return dated or "date" in record
    return dated and ("date" in record or "details" in record or "description" in record)


class _Walk:
    """One record's descent: what was found, and how much work is left."""

    def __init__(self) -> None:
        self.found: list[Found] = []
        self.stray = 0
        self.reason = ""
        self._texts = MAX_TEXTS
        self._bytes = MAX_INFLATED

    def descend(self, value: Any, context: _Context) -> _Told:
        """Note the events below a value."""
        if context.depth > MAX_DEPTH:
            return _Told.nothing
        if isinstance(value, dict):
            return self._object(value, context)
        if isinstance(value, str):
            return self._text(value, context)
        return self._list(value, context) if isinstance(value, list) else _Told.nothing

    def _object(self, value: dict[str, Any], context: _Context) -> _Told:
        if any(name.startswith(_DOTTED) for name in value):
            value = _nested(value)
        if is_event(value) or ("log_id" in context.fields and code_of(value) in TYPES):
            missing = {name: item for name, item in context.fields.items() if not value.get(name)}
            self.found.append(Found({**value, **missing} if missing else value, context.time, context.tenant))
            return _Told.events
        reason = _foreign(value)
        if reason:
            self.reason = self.reason or reason
            return _Told.foreign
        inner = _below(value, context)
        best = _Told.nothing
        for name in _DOWN:
            if name in value:
                if value[name] == [] and name in _PAGES:
                    self.reason = self.reason or "empty page"
                    best = max(best, _Told.foreign)
                best = max(best, self.descend(value[name], inner))
                if best is _Told.events:
                    break
        return best

    def _list(self, values: list[Any], context: _Context) -> _Told:
        inner = _Context(context.time, context.tenant, {}, context.depth + 1)
        told = [self.descend(item, inner) for item in values]
        if _Told.events in told:
            self.stray += len(told) - told.count(_Told.events)
            return _Told.events
        return _Told.foreign if told and _Told.nothing not in told else _Told.nothing

    def _text(self, value: str, context: _Context) -> _Told:
        if value.startswith("H4sI"):  # gzip in base64
            value = self._inflate(value)
        start = min((at for at in (value.find("{"), value.find("[{")) if at >= 0), default=-1)
        if not 0 <= start <= 256 or '"' in value[:start] or self._texts <= 0:
            return _Told.nothing
        self._texts -= 1
        try:
            inner = orjson.loads(value[start:])
        except orjson.JSONDecodeError:
            return _Told.nothing
        return self.descend(inner, _Context(context.time, context.tenant, context.fields, context.depth + 1))

    def _inflate(self, value: str) -> str:
        if self._bytes <= 0:
            return ""
        try:
            unpacked = zlib.decompressobj(47).decompress(base64.b64decode(value), self._bytes)
        except (binascii.Error, zlib.error, ValueError):
            return ""
        self._bytes -= len(unpacked)
        return unpacked.decode(errors="replace")


def _below(value: dict[str, Any], context: _Context) -> _Context:
    """What an envelope says about the event inside it."""
    time = context.time
    for name in _TIMES:
        if name in value and to_time(value[name]) is not None:
            time = str(value[name])
            break
    tenant = context.tenant
    source = value.get("source")
    if isinstance(source, str) and source.startswith(_BUS):
        tenant = _bus_tenant(source.removeprefix(_BUS).partition("/")[0])
    fields = context.fields
    if isinstance(value.get("log_id"), str):
        fields = {"log_id": value["log_id"]}
    elif isinstance(value.get("auth0"), dict):
        fields = _elastic_fields(value)
    return _Context(time, tenant, fields, context.depth + 1)


def _bus_tenant(name: str) -> str:
    """The tenant in `<tenant>-<uuid>`."""
    parts = name.rsplit("-", 5)
    return parts[0] if len(parts) == 6 else name


def _elastic_fields(value: dict[str, Any]) -> dict[str, Any]:
    """What Elastic's own pipeline moves out of the event, put back."""
    moved = {
        "log_id": _at(value, "event", "id"),
        "ip": _at(value, "source", "ip"),
        "user_id": _at(value, "user", "id"),
        "user_agent": _at(value, "user_agent", "original"),
        "location_info": {"country_code": country}
        if (country := _at(value, "source", "geo", "country_iso_code"))
        else "",
    }
    return {name: item for name, item in moved.items() if item}


def _at(value: Any, *names: str) -> str:
    """The text at a path of nested keys, or empty."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _nested(value: dict[str, Any]) -> dict[str, Any]:
    """An object whose dotted keys are spelt out as objects."""
    told: dict[str, Any] = {}
    for name, item in value.items():
        *path, last = (
            name.split(".") if name.startswith((*_DOTTED, "source.", "user.", "user_agent.", "event.")) else [name]
        )
        place = told
        for step in path[:MAX_DEPTH]:
            below = place.get(step)
            if not isinstance(below, dict):
                below = place[step] = {}
            place = below
        place[last] = item
    return told


def _foreign(value: dict[str, Any]) -> str:
    """Why an object is a record of another product, or empty."""
    kind = value.get("type")
    if "specversion" in value and isinstance(kind, str) and kind.startswith(_STREAM_PREFIXES):
        return "Auth0 event stream, not tenant logs"
    if isinstance(value.get("event"), str) and isinstance(value.get("properties"), dict):
        return "analytics stream, not tenant logs"
    if value.get("messageType") == "CONTROL_MESSAGE":
        return "CloudWatch control message"
    return ""


def _shape(record: dict[str, Any]) -> str:
    """The name of the outermost envelope."""
    for name, told in _MARKS:
        if told(record):
            return name
    return "bare" if is_event(record) else "wrapped"


_Mark = Callable[[dict[str, Any]], bool]


def _has(*names: str) -> _Mark:
    return lambda record: all(name in record for name in names)


def _starts(prefix: str) -> _Mark:
    return lambda record: any(name.startswith(prefix) for name in record)


_MARKS: Final[tuple[tuple[str, _Mark], ...]] = (
    ("eventbridge", _has("detail-type", "detail")),
    ("cloudevents", _has("specversion", "data")),
    ("cloudwatch-subscription", lambda record: "logEvents" in record or "awslogs" in record),
    ("event-grid", _has("eventType", "eventTime", "data")),
    ("splunk-export", lambda record: isinstance(record.get("result"), dict) and "_raw" in record["result"]),
    ("splunk-hec", _has("event", "sourcetype")),
    ("datadog", _has("attributes", "service")),
    ("elastic", lambda record: "json" in record or "@timestamp" in record or _starts("auth0")(record)),
    ("panther", lambda record: "data" in record and _starts("p_")(record)),
    ("sumo", _has("detail")),
    ("legacy-splunk", lambda record: isinstance(record.get("message"), dict)),
    ("legacy-blob", _has("type_code")),
    ("webhook", _has("data")),
)
