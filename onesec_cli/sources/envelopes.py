"""Envelopes: whatever a forwarder wrapped around a tenant log event, told by content.

One rule covers all of them: descend through the keys forwarders use until an object is a tenant log event. What is not a
tenant log but known (event streams, analytics streams, control messages) is named and ignored, never half-read.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import Any, Final

import orjson
from msgspec import Struct

from onesec_cli.sources.auth0 import code_of
from onesec_cli.sources.auth0_types import TYPES

MAX_DEPTH: Final = 10
MAX_INFLATED: Final = 64 * 1024 * 1024

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
    "original",
    "auth0",
    "data",
)
"""Keys under which forwarders put the event, in the order they are tried."""

_DOTTED: Final = "auth0.logs.data."
_TIMES: Final = ("time", "eventTime", "timestamp", "@timestamp", "Time")
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


class _Context(Struct, frozen=True):
    time: str = ""
    tenant: str = ""
    log_id: str = ""
    depth: int = 0


def unwrap(record: dict[str, Any]) -> Unwrapped:
    """The tenant log events inside a record."""
    told = Unwrapped([], _shape(record))
    _descend(record, _Context(), told)
    if told.found:
        told.ignored = ""
    return told


def is_event(record: dict[str, Any]) -> bool:
    """Whether an object is a bare tenant log event: a log code beside an id or a date."""
    if "specversion" in record:
        return False
    placed = any(name in record for name in ("log_id", "_id", "date"))
    if code_of(record) in TYPES:
        return placed
    return isinstance(record.get("type"), str) and "log_id" in record and "date" in record


def _descend(value: Any, context: _Context, told: Unwrapped) -> bool:
    """Add the events below a value; False if there is none."""
    if context.depth > MAX_DEPTH:
        return False
    if isinstance(value, str):
        return _descend_text(value, context, told)
    if isinstance(value, list):
        inner = _Context(context.time, context.tenant, "", context.depth + 1)
        return _descend_list(value, inner, told)
    if not isinstance(value, dict):
        return False
    if is_event(value):
        event = value
        if context.log_id and not value.get("log_id"):
            event = {**value, "log_id": context.log_id}
        told.found.append(Found(event, context.time, context.tenant))
        return True
    reason = _foreign(value)
    if reason:
        told.ignored = reason
        return False
    return _descend_object(value, _below(value, context), told)


def _descend_object(value: dict[str, Any], context: _Context, told: Unwrapped) -> bool:
    dotted = {name.removeprefix(_DOTTED): item for name, item in value.items() if name.startswith(_DOTTED)}
    if dotted and _descend(dotted, context, told):
        return True
    packed = value.get("awslogs")
    if isinstance(packed, dict) and isinstance(packed.get("data"), str):
        return _descend_text(_inflate(packed["data"]), context, told)
    return any(name in value and _descend(value[name], context, told) for name in _DOWN)


def _descend_text(value: str, context: _Context, told: Unwrapped) -> bool:
    start = value.find("{")
    if start < 0 or start > 256 or '"' in value[:start]:
        return False
    if value.lstrip()[:1] == "[":
        start = value.index("[")
    try:
        inner = orjson.loads(value[start:])
    except orjson.JSONDecodeError:
        return False
    return _descend(inner, _Context(context.time, context.tenant, context.log_id, context.depth + 1), told)


def _descend_list(values: list[Any], context: _Context, told: Unwrapped) -> bool:
    if not values:
        told.ignored = told.ignored or "empty page"
    hits = [_descend(item, context, told) for item in values]
    if any(hits):
        told.stray += hits.count(False)
    return any(hits)


def _below(value: dict[str, Any], context: _Context) -> _Context:
    """What an envelope says about the event inside it."""
    time = context.time
    for name in _TIMES:
        if isinstance(value.get(name), (str, int, float)) and not isinstance(value[name], bool):
            time = str(value[name])
            break
    tenant = context.tenant
    source = value.get("source")
    if isinstance(source, str) and source.startswith("aws.partner/auth0.com/"):
        tenant = _bus_tenant(source.split("/")[2])
    log_id = value.get("log_id")
    return _Context(time, tenant, log_id if isinstance(log_id, str) else context.log_id, context.depth + 1)


def _bus_tenant(name: str) -> str:
    """The tenant in `<tenant>-<uuid>`."""
    parts = name.rsplit("-", 5)
    return parts[0] if len(parts) == 6 else name


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


def _inflate(text: str) -> str:
    try:
        return zlib.decompressobj(47).decompress(base64.b64decode(text), MAX_INFLATED).decode()
    except (binascii.Error, zlib.error, ValueError):
        return ""


def _shape(record: dict[str, Any]) -> str:
    """The name of the outermost envelope."""
    for name, told in _MARKS:
        if told(record):
            return name
    return "bare" if is_event(record) else "wrapped"


def _has(*names: str) -> Any:
    return lambda record: all(name in record for name in names)


_MARKS: Final = (
    ("eventbridge", _has("detail-type", "detail")),
    ("cloudevents", _has("specversion", "data")),
    ("cloudwatch-subscription", lambda record: "logEvents" in record or "awslogs" in record),
    ("event-grid", _has("eventType", "eventTime", "data")),
    (
        "splunk-export",
        lambda record: "_raw" in (record.get("result") if isinstance(record.get("result"), dict) else {}),
    ),
    ("splunk-hec", _has("event", "sourcetype")),
    ("datadog", _has("attributes", "service")),
    ("elastic", lambda record: "json" in record or "@timestamp" in record),
    ("panther", lambda record: any(name.startswith("p_") for name in record) and "data" in record),
    ("sumo", _has("detail")),
    ("legacy-splunk", lambda record: isinstance(record.get("message"), dict)),
    ("legacy-blob", lambda record: "type_code" in record),
    ("webhook", _has("data")),
)
