"""Spans and log records out of OTLP-JSON, of what SDKs print, and of Phoenix exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.clock import to_time
from onesec_cli.sources.values import text

MAX_NESTING: Final = 64
"""Depth of an attribute value that is read."""
MAX_ITEMS: Final = 100_000
"""Values of one attribute that are read."""

Attributes = dict[str, Any]


class Span(Struct):
    """One span, or one log record as a span without length."""

    trace: str
    id: str
    parent: str
    name: str
    start: int | None
    end: int | None
    attributes: Attributes
    events: list[tuple[str, int | None, Attributes]] = field(default_factory=list)
    failed: bool = False
    body: Any = None
    """What a log record says beside its attributes."""
    log: bool = False
    place: int = 0
    """Among the spans of its batch."""


def is_envelope(record: dict[str, Any]) -> bool:
    """Whether a record is a batch of spans, or of log records of which one at least is of an agent."""
    if "resourceSpans" not in record and "resourceLogs" not in record:
        return False
    if record.get("resourceSpans").__class__ is list:
        return True
    logs = record.get("resourceLogs")
    return logs.__class__ is list and any(_is_agents(span) for span in spans({"resourceLogs": logs}))


def _is_agents(span: Span) -> bool:
    return span.name.startswith(("claude_code.", "gen_ai.")) or any(
        key.startswith("gen_ai.") for key in span.attributes
    )


def is_span(record: dict[str, Any]) -> bool:
    """Whether a record is one span of an agent, as an SDK prints it or Phoenix exports it."""
    context = record.get("context")
    named = (context.__class__ is dict and "span_id" in context) or "context.span_id" in record
    named = named or ("spanId" in record and "traceId" in record) or ("span_id" in record and "trace_id" in record)
    if not named or "name" not in record:
        return False
    attributes = record.get("attributes")
    if attributes.__class__ is dict:
        return "span_kind" in record or any(key.startswith(_MARKS) for key in attributes)
    if attributes.__class__ is list:
        return True
    return "span_kind" in record or any(key.startswith("attributes.") for key in record)


_MARKS: Final = ("gen_ai", "openinference", "llm", "traceloop", "tool", "input", "output", "session", "ai.", "agent")


def spans(record: dict[str, Any]) -> Iterator[Span]:
    """Every span and log record of a record."""
    place = 0
    for group, scopes, items, log in (
        ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans", False),
        ("resourceLogs", ("scopeLogs", "instrumentationLibraryLogs"), "logRecords", True),
    ):
        for resource in _dicts(record.get(group)):
            inner = resource.get("resource")
            shared = attributes(inner.get("attributes")) if inner.__class__ is dict else {}
            for name in scopes:
                for scope in _dicts(resource.get(name)):
                    for item in _dicts(scope.get(items)):
                        span = _log(item, shared) if log else _span(item, shared)
                        span.place = place
                        place += 1
                        yield span


def single(record: dict[str, Any]) -> Span:
    """The span that a record is."""
    context = record.get("context")
    if context.__class__ is dict:
        return _span({**context, **record}, {})
    if "context.span_id" in record:
        lifted = {key.removeprefix("context."): value for key, value in record.items()}
        found = {
            key[11:]: value for key, value in record.items() if key.startswith("attributes.") and value is not None
        }
        return _span({**lifted, "attributes": found}, {})
    return _span(record, {})


def _span(item: dict[str, Any], shared: Attributes) -> Span:
    found = attributes(item.get("attributes"))
    kind = item.get("span_kind")
    if kind.__class__ is str and kind not in ("", "UNKNOWN"):
        found.setdefault("openinference.span.kind", kind)
    status = item.get("status")
    code = status.get("code") or status.get("status_code") if status.__class__ is dict else item.get("status_code")
    return Span(
        trace=_id(item.get("traceId") or item.get("trace_id")),
        id=_id(item.get("spanId") or item.get("span_id")),
        parent=_id(item.get("parentSpanId") or item.get("parent_id") or item.get("parentId")),
        name=text(item.get("name")),
        start=_when(item.get("startTimeUnixNano") or item.get("start_time") or item.get("startTime")),
        end=_when(item.get("endTimeUnixNano") or item.get("end_time") or item.get("endTime")),
        attributes={**shared, **found},
        events=[_event(one) for one in _dicts(item.get("events"))],
        failed=code in (2, "2", "ERROR", "STATUS_CODE_ERROR") or "error.type" in found,
    )


def _event(item: dict[str, Any]) -> tuple[str, int | None, Attributes]:
    time = item.get("timeUnixNano") or item.get("timestamp") or item.get("time")
    return text(item.get("name")), _when(time), attributes(item.get("attributes"))


def _log(item: dict[str, Any], shared: Attributes) -> Span:
    found = attributes(item.get("attributes"))
    body = _value(item.get("body"))
    name = text(item.get("eventName")) or text(found.get("event.name"))
    if body.__class__ is str and body.startswith("claude_code."):
        name = body
    time = (
        _when(item.get("timeUnixNano"))
        or _when(found.get("event.timestamp"))
        or _when(item.get("observedTimeUnixNano"))
    )
    return Span(
        trace=_id(item.get("traceId")),
        id="",
        parent=_id(item.get("spanId")),
        name=name,
        start=time,
        end=time,
        attributes={**shared, **found},
        body=body,
        log=True,
    )


def attributes(given: Any) -> Attributes:
    """Attributes by name, from OTLP's list of keys and values or from an object."""
    if given.__class__ is dict:
        return dict(given)
    found: Attributes = {}
    for pair in _dicts(given):
        key = pair.get("key")
        if key.__class__ is str:
            found[key] = _value(pair.get("value"))
    return found


def _value(given: Any, depth: int = 0) -> Any:
    """What an OTLP value holds; what is no such value stays as it is."""
    if given.__class__ is not dict or depth > MAX_NESTING:
        return given
    for name in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if name in given:
            return given[name]
    if "intValue" in given:
        number = given["intValue"]
        return (
            int(number) if number.__class__ is str and len(number) < 20 and number.lstrip("-").isdecimal() else number
        )
    inner = given.get("arrayValue")
    if inner.__class__ is dict:
        values = inner.get("values")
        return [_value(one, depth + 1) for one in values[:MAX_ITEMS]] if values.__class__ is list else []
    inner = given.get("kvlistValue")
    if inner.__class__ is dict:
        pairs = _dicts(inner.get("values"))
        return {pair["key"]: _value(pair.get("value"), depth + 1) for pair in pairs if pair.get("key").__class__ is str}
    return given


def _dicts(given: Any) -> list[dict[str, Any]]:
    return [one for one in given if one.__class__ is dict] if given.__class__ is list else []


def _id(given: Any) -> str:
    return text(given).removeprefix("0x")


def _when(given: Any) -> int | None:
    if given.__class__ is list and len(given) == 2 and all(one.__class__ is int for one in given):
        return to_time(given[0] * 1_000_000_000 + given[1])  # seconds and nanoseconds, as JavaScript SDKs print them
    return None if given is None else to_time(given)
