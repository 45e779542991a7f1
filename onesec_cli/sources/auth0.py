"""A bare Auth0 tenant log event to an `Event`.

Real events break the published schemas in most fields, so nothing here trusts a type: what does not fit is coerced or
left empty, and only an event without any usable time is a gap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from sys import intern
from typing import Any, Final

import msgspec
import orjson
from msgspec import Struct

from onesec_cli.model.clock import parse_time, to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.auth0_fields import FILL, NO_DETAILS, Details, Place, Sdk, Tls, failure
from onesec_cli.sources.auth0_fields import RawEvent as RawEvent
from onesec_cli.sources.auth0_types import FLOWS, OTHER, TYPES
from onesec_cli.sources.values import audience, flat, lone, number, obj, scopes, software, text

NO_TIME: Final = "tenant log event without a usable time"
MAX_NESTING: Final = 100
"""Levels of an event that are written as they are into its canonical payload; deeper ones are written flat."""

_ENVELOPE_KEYS: Final = frozenset(
    {
        *("_id", "id", "log_id", "$event_schema", "isMobile", "is_mobile", "user_agent"),
        *("tenant_name", "environment_name", "type", "type_code", "type_id"),
    }
)
"""Keys in which the forms of one event differ; left out of its canonical payload (the code is put back)."""


_OBJECTS: Final[dict[str, type[Struct]]] = {
    "location_info": Place,
    "security_context": Tls,
    "auth0_client": Sdk,
    "details": Details,
}
_TEXTS: Final = tuple(
    name for name in RawEvent.__struct_fields__ if name not in ("log_id", "date", "audience", "scope", *_OBJECTS)
)


def time_in_id(log_id: str) -> int | None:
    """The ingest time that an Auth0 `log_id` carries after its first three digits, if there is such a time."""
    stamp = log_id[3:20]
    if len(log_id) < 40 or not stamp.isdecimal():
        return None
    return parse_time(
        f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}.{stamp[14:17]}Z"
    )


def code_of(event: dict[str, Any]) -> str:
    """The log type code; legacy exports and Elastic hold a title in `type` and the code beside it."""
    code = event.get("type")
    if code.__class__ is str and code in TYPES:
        return str(code)
    for name in ("type_code", "type_id"):
        beside = event.get(name)
        if isinstance(beside, str) and beside:
            return beside
    return lone(code)


def id_of(event: dict[str, Any]) -> str:
    """The event's own id, or empty. A `log_id` written as a number has lost digits and is none."""
    for name in ("log_id", "_id", "id"):
        value = event.get(name)
        if value and (value.__class__ is str or value.__class__ is int):
            return str(value)
    return ""


def normalise(event: dict[str, Any], origin: Origin, hint_time: str = "", hint_tenant: str = "") -> Event | str:
    """The event, or the reason why it is a gap. Hints are the envelope's own time and tenant."""
    try:
        raw = msgspec.convert(event, RawEvent)
    except msgspec.ValidationError:
        raw = _coerced(event)
    log_id = raw.log_id or id_of(event)
    time = to_time(event.get("date"))
    if time is None:
        time = to_time(hint_time)
    if time is None:
        time = time_in_id(log_id)
    if time is None:
        return NO_TIME
    raw.log_id = log_id or hashlib.sha256(canonical_payload(event)).hexdigest()
    raw.tenant_name = raw.tenant_name or hint_tenant
    return build(raw, code_of(event), time, origin)


def _coerced(event: dict[str, Any]) -> RawEvent:
    """An event that does not have the types its schema promises."""
    fields: dict[str, Any] = {name: lone(event.get(name)) for name in _TEXTS}
    sdk = event.get("auth0_client")
    given = {**event, "auth0_client": sdk[0]} if isinstance(sdk, list) and sdk else event
    fields |= {name: _object(kind, obj(given.get(name))) for name, kind in _OBJECTS.items()}
    raw = RawEvent(**fields)
    raw.log_id = ""
    raw.audience = audience(event.get("audience"))
    scope = event.get("scope")
    raw.scope = scope if isinstance(scope, (str, list)) else None
    return raw


def _object(kind: type[Struct], given: dict[str, Any]) -> Struct:
    """A part of an event with every attribute coerced to its type."""
    fields = {}
    for one in msgspec.structs.fields(kind):
        value = given.get(one.encode_name)
        fields[one.name] = _COERCE.get(one.type, _as_is)(value)
    return kind(**fields)


def _as_is(value: Any) -> Any:
    return value


_COERCE: Final[dict[Any, Callable[[Any], Any]]] = {str | None: text, int | None: number}


def build(raw: RawEvent, code: str, time: int, origin: Origin) -> Event:
    """The event that a raw one tells."""
    kind, _, outcome = TYPES.get(code, OTHER)
    told = Event(time=time, kind=kind, origin=origin)
    told.source = "auth0"
    told.code = code or "unknown"
    _name(told, raw)
    if raw.log_id:
        told.id = raw.log_id
    if raw.tenant_name:
        told.tenant = raw.tenant_name
    if raw.ip:
        told.ip = raw.ip
    if raw.user_agent:
        told.user_agent = software(raw.user_agent)
    if raw.audience:
        told.audience = raw.audience
    if raw.session_id:
        told.session = raw.session_id
    flow = FLOWS.get(code)
    if flow is not None:
        told.flow = flow
    details = raw.details or NO_DETAILS
    if details.session_id and not told.session:
        told.session = details.session_id
    place = raw.location_info
    if place is not None:
        told.country = place.country_code or place.country_code3 or ""
    if outcome == "failure":
        told.reason = failure(raw, details)
    fill = FILL.get(code)
    if fill is not None:
        fill(told, raw, details)
    return told


def _name(told: Event, raw: RawEvent) -> None:
    """Who acts, for whom, on what. Names come again and again and live on in detectors' states: one object each."""
    if raw.user_id:
        told.user = intern(raw.user_id)
    if raw.external_agent_id:
        told.agent = told.external_agent_id = intern(raw.external_agent_id)
    if raw.agent_id:
        told.agent = told.agent_id = intern(raw.agent_id)
    if raw.client_id:
        told.agent = told.client = intern(raw.client_id)
    if raw.client_name:
        told.client_name = intern(raw.client_name)
    if raw.connection:
        told.connection = intern(raw.connection)
    if raw.connection_id:
        told.connection_id = intern(raw.connection_id)
    if raw.identity_user_id:
        told.identity = intern(raw.identity_user_id)


def canonical_payload(event: dict[str, Any]) -> bytes:
    """Bytes of what an event says: equal for its API form and its stream form, different for any edit.

    Left out is what the writers add or spell differently: ids of the envelope, the mobile flag, the user agent text and
    tenant names. Scopes are a sorted list, the date is microseconds, null is absent.
    """
    body = {name: item for name, item in event.items() if name not in _ENVELOPE_KEYS}
    plain: dict[str, Any] = _plain("", body, 0)
    plain["type"] = code_of(event)
    if "date" in plain:
        plain["date"] = to_time(plain["date"]) or plain["date"]
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _plain(name: str, value: Any, depth: int) -> Any:
    if name == "scope" and isinstance(value, (str, list)) and (isinstance(value, str) or _all_texts(value)):
        return sorted(scopes(value))
    if depth >= MAX_NESTING and isinstance(value, (dict, list)):
        return flat(value)
    if isinstance(value, dict):
        return {key: _plain(key, item, depth + 1) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain("", item, depth + 1) for item in value]
    return value


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(item, str) for item in values)
