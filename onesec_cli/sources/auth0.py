"""A bare Auth0 tenant log event to an `Event`.

Real events break the published schemas in most fields, so nothing here trusts a type: what does not fit is coerced or
left empty, and only an event without any usable time is a gap.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson

from onesec_cli.model.clock import parse_time, to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.auth0_fields import FILL, failure
from onesec_cli.sources.auth0_types import FLOWS, OTHER, TYPES
from onesec_cli.sources.values import audience, obj, scopes, software, text, words

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
    return text(code)


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
        told = _begin(event, origin, hint_time, hint_tenant)
    except TypeError:  # a list or an object where a text belongs cannot be looked up
        told = _begin(_only_texts(event), origin, hint_time, hint_tenant)
    if told is None:
        return NO_TIME
    details = event.get("details")
    if details.__class__ is not dict:
        details = obj(details)
    if details:
        session = details.get("session_id")
        if session:
            told.session = text(session)
    code = told.code
    row = TYPES.get(code, OTHER)
    if row[2] == "failure":
        told.reason = failure(event, details)
    fill = FILL.get(code)
    if fill is not None:
        fill(told, event, details)
    if not told.id:
        told.id = hashlib.sha256(canonical_payload(event)).hexdigest()
    return told


def _begin(event: dict[str, Any], origin: Origin, hint_time: str, hint_tenant: str) -> Event | None:
    """The fields that all types share; None without a time. TypeError if one is a list or an object."""
    get = event.get
    id = get("log_id")
    if id.__class__ is not str or not id:
        id = id_of(event)
    date = get("date")
    time = parse_time(date) if date.__class__ is str else None
    if time is None:
        time = to_time(date)
        if time is None:
            time = to_time(hint_time)
        if time is None:
            time = time_in_id(id)
        if time is None:
            return None
    code = get("type")
    if code.__class__ is not str or code not in TYPES:
        code = code_of(event)
    client, agent_id, external = words[get("client_id")], words[get("agent_id")], words[get("external_agent_id")]
    told = Event(
        time=time,
        kind=TYPES.get(code, OTHER)[0],
        origin=origin,
        id=id,
        tenant=words[get("tenant_name")] or hint_tenant,
        source="auth0",
        code=words[code] or "unknown",
        user=words[get("user_id")],
        agent=client or agent_id or external,
        agent_id=agent_id,
        external_agent_id=external,
        client=client,
        client_name=words[get("client_name")],
        connection=words[get("connection")],
        connection_id=words[get("connection_id")],
        identity=words[get("identity_user_id")],
        ip=words[get("ip")],
        user_agent=software(get("user_agent")),
        flow=FLOWS.get(code, ""),
    )
    _begin_rare(told, event)
    return told


def _begin_rare(told: Event, event: dict[str, Any]) -> None:
    """The shared fields that most events lack."""
    if "audience" in event:
        value = event["audience"]
        told.audience = words[value] if value.__class__ is str else audience(value)
    if "location_info" in event:
        place = obj(event["location_info"])
        told.country = words[text(place.get("country_code")) or text(place.get("country_code3"))]
    if event.get("session_id"):
        told.session = text(event["session_id"])


def _only_texts(event: dict[str, Any]) -> dict[str, Any]:
    """The event without objects and lists, save those that are read as such."""
    kept = ("details", "location_info", "audience")
    return {name: value for name, value in event.items() if name in kept or not isinstance(value, (dict, list, tuple))}


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
        return _flat(value)
    if isinstance(value, dict):
        return {key: _plain(key, item, depth + 1) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_plain("", item, depth + 1) for item in value]
    return value


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(item, str) for item in values)


def _flat(value: Any) -> list[Any]:
    """A hostile depth as one list of marks and leaves; different values give different lists."""
    told: list[Any] = []
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        mark, item = stack.pop()
        told.append([mark])
        if isinstance(item, dict):
            told.append(["{", len(item)])
            stack.extend((key, item[key]) for key in sorted(item, reverse=True))
        elif isinstance(item, list):
            told.append(["[", len(item)])
            stack.extend(("", inner) for inner in reversed(item))
        else:
            told.append(item)
    return told
