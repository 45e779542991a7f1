"""A bare Auth0 tenant log event to an `Event`.

Real events break the published schemas in most fields, so nothing here trusts a type: what does not fit is coerced or
left empty, and only an event without any usable time is a gap.
"""

from __future__ import annotations

import hashlib
from sys import intern
from typing import Any, Final

import orjson
from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.clock import parse_time, to_time
from onesec_cli.model.event import NO_FIELDS, Event, Origin
from onesec_cli.sources.auth0_types import FLOWS, TYPES
from onesec_cli.sources.values import actors, audience, number, obj, scopes, software, text, truth

_ENVELOPE_KEYS: Final = frozenset(
    {"_id", "id", "log_id", "$event_schema", "isMobile", "is_mobile", "user_agent", "tenant_name", "environment_name"}
)
"""Keys in which the forms of one event differ; left out of its canonical payload."""


def time_in_id(log_id: str) -> int | None:
    """The ingest time that an Auth0 `log_id` carries after its first three digits."""
    stamp = log_id[3:20]
    if len(log_id) < 40 or not stamp.isdigit():
        return None
    return parse_time(
        f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}.{stamp[14:17]}Z"
    )


def code_of(event: dict[str, Any]) -> str:
    """The log type code; legacy exports hold a title in `type` and the code beside it."""
    for name in ("type_code", "type_id"):
        code = event.get(name)
        if isinstance(code, str) and code in TYPES:
            return code
    return text(event.get("type"))


class RawEvent(Struct, gc=False):
    """The attributes of a bare event that an `Event` is made from. Typed decoding of a log line yields it at once."""

    type: str | None = None
    log_id: str | None = None
    date: str | None = None
    tenant_name: str | None = None
    user_id: str | None = None
    agent_id: str | None = None
    external_agent_id: str | None = None
    client_id: str | None = None
    client_name: str | None = None
    connection: str | None = None
    connection_id: str | None = None
    identity_user_id: str | None = None
    session_id: str | None = None
    ip: str | None = None
    user_agent: str | None = None
    audience: str | None = None
    strategy: str | None = None
    description: str | None = None
    mtls_thumbprint_sha256: str | None = None
    scope: str | list[Any] | None = None
    location_info: dict[str, Any] | None = None
    security_context: dict[str, Any] | None = None
    auth0_client: dict[str, Any] | None = None
    details: dict[str, Any] | None = None


_OBJECTS: Final = ("location_info", "security_context", "auth0_client", "details")
_TEXTS: Final = tuple(
    name for name in RawEvent.__struct_fields__ if name not in ("date", "audience", "scope", *_OBJECTS)
)
_UNKNOWN: Final = ("other.notice", "other", "notice")


def normalise(event: dict[str, Any], origin: Origin, hint_time: str = "", hint_tenant: str = "") -> Event | str:
    """The event, or the reason why it is a gap. Hints are the envelope's own time and tenant."""
    log_id = text(event.get("log_id")) or text(event.get("_id")) or text(event.get("id"))
    time = to_time(event.get("date"))
    if time is None:
        time = to_time(hint_time) or time_in_id(log_id)
    if time is None:
        return "tenant log event without a usable time"
    fields: dict[str, Any] = {name: text(event.get(name)) for name in _TEXTS}
    fields |= {name: obj(event.get(name)) for name in _OBJECTS}
    raw = RawEvent(**fields)
    raw.log_id = log_id or hashlib.sha256(canonical_payload(event)).hexdigest()
    raw.tenant_name = raw.tenant_name or hint_tenant
    raw.audience = audience(event.get("audience"))
    raw.scope = sorted(scopes(event.get("scope")))
    return build(raw, code_of(event), time, origin)


def build(raw: RawEvent, code: str, time: int, origin: Origin) -> Event:
    """The event that a raw one tells."""
    kind = TYPES.get(code, _UNKNOWN)[0]
    details = raw.details or {}
    client = intern(raw.client_id or "")
    agent_id = intern(raw.agent_id or "")
    external = intern(raw.external_agent_id or "")
    where = raw.location_info
    told = Event(
        time=time,
        kind=kind,
        origin=origin,
        id=raw.log_id or "",
        tenant=intern(raw.tenant_name or ""),
        source="auth0",
        code=code or "unknown",
        user=intern(raw.user_id or ""),
        agent=client or agent_id or external,
        agent_id=agent_id,
        external_agent_id=external,
        client=client,
        client_name=intern(raw.client_name or ""),
        connection=intern(raw.connection or ""),
        connection_id=intern(raw.connection_id or ""),
        identity=intern(raw.identity_user_id or ""),
        session=raw.session_id or text(details.get("session_id")),
        ip=intern(raw.ip or ""),
        user_agent=software(raw.user_agent),
        country=text(where.get("country_code")) if where else "",
        flow=FLOWS.get(code, ""),
        audience=intern(raw.audience or ""),
    )
    fill = _FILL.get(kind)
    if fill is not None:
        fill(told, raw, details)
    return told


def _exchange(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.actors = actors(details.get("actor"))
    told.reason = text(details.get("failure_reason")) or _error(raw, details)
    if told.flow == "vault":
        if truth(details.get("is_privileged_worker")):
            told.flow = "privileged_worker"
        told.scopes = scopes(details.get("scope"))
        told.expires_text = text(details.get("expires_at"))
        told.expires = to_time(details.get("expires_at"))
        told.token = text(details.get("token_thumbprint"))
        told.fields = _some(
            subject_token_type=text(details.get("subject_token_type")),
            strategy=raw.strategy or "",
            audit_context=text(details.get("audit_context")),
            token_broker=text(details.get("token_broker")),
        )
        return
    told.scopes = scopes(raw.scope) or scopes(details.get("scope"))
    told.token = text(details.get("access_token_jti"))


def _issue(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.scopes = scopes(raw.scope)
    told.token = text(details.get("access_token_jti"))
    told.reason = _error(raw, details)
    told.fields = _some(code=text(details.get("code")), **_proofs(raw))


def _refresh(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.scopes = scopes(raw.scope)
    told.requested = scopes(details.get("requested_scope"))
    told.token = text(details.get("access_token_jti"))
    told.session = told.session or text(obj(details.get("refresh_token")).get("session_id"))
    told.reason = text(details.get("failure_reason")) or _error(raw, details)
    told.fields = _some(
        family=text(details.get("familyId")),
        counter=number(details.get("tokenCounter")),
        latest_counter=number(details.get("latestCounter")),
        requested_audience=audience(details.get("requested_audience")),
        **_proofs(raw),
    )


def _revoke(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.fields = _some(credential=text(details.get("credential_id")), grant=text(details.get("grant_id")))


def _account(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    account = obj(details.get("connected_account"))
    told.account = text(account.get("id"))
    told.identity = text(account.get("idp_user_id")) or told.identity
    told.reason = _error(raw, details)


def _login(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    prompts = details.get("prompts")
    if not isinstance(prompts, list):
        return
    grants = []
    elapsed = None
    for prompt in prompts:
        if isinstance(prompt, dict) and prompt.get("name") == "consent":
            info = obj(prompt.get("grantInfo"))
            granted = sorted(scopes(info.get("scope")))
            if info:
                grants.append(
                    {"id": text(info.get("id")), "audience": audience(info.get("audience")), "scopes": granted}
                )
            elapsed = number(prompt.get("elapsedTime")) if elapsed is None else elapsed
    if grants:
        told.kind = kinds.GRANT_CONSENT
        told.scopes = frozenset(scope for grant in grants for scope in grant["scopes"])
        told.audience = told.audience or str(grants[0]["audience"])
        told.fields = {"grants": grants, "elapsed_ms": elapsed}


def _ciba(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    body = obj(details.get("body"))
    told.scopes = scopes(body.get("scope"))
    told.audience = audience(body.get("audience"))


def _session(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.actors = actors(details.get("actor"))
    told.token = text(details.get("access_token_jti"))
    told.scopes = scopes(raw.scope)
    told.reason = _error(raw, details)


def _management(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    request, response = obj(details.get("request")), obj(details.get("response"))
    auth = obj(request.get("auth"))
    credentials = obj(auth.get("credentials"))
    status = number(response.get("statusCode"))
    if status is not None and status >= 400:
        told.kind = kinds.ADMIN_CHANGE_FAILED
    told.user = told.user or text(obj(auth.get("user")).get("user_id"))
    told.ip = told.ip or text(request.get("ip"))
    secrets = details.get("accessedSecrets")
    told.fields = {
        "method": text(request.get("method")).lower(),
        "path": _path(text(request.get("path"))),
        "query": obj(request.get("query")),
        "body": request.get("body"),
        "response": response.get("body"),
        "status": status,
        "channel": text(request.get("channel")),
        "credential": text(credentials.get("jti")),
        "credential_scopes": sorted(scopes(credentials.get("scopes"))),
        "accessed_secrets": [item for item in secrets if isinstance(item, str)] if isinstance(secrets, list) else [],
        "description": raw.description or "",
    }


def _path(path: str) -> str:
    """`/api/v2/...` without query or trailing slash; some exports drop the `/api`."""
    path = path.split("?", 1)[0].rstrip("/")
    return f"/api{path}" if path.startswith("/v2/") else path


def _error(raw: RawEvent, details: dict[str, Any]) -> str:
    error = details.get("error")
    if isinstance(error, dict):
        return text(error.get("message")) or text(error.get("title")) or text(error.get("detail"))
    return text(error) or raw.description or ""


def _proofs(raw: RawEvent) -> dict[str, str]:
    """What a client can prove itself by: certificate, TLS fingerprint, SDK."""
    sdk = raw.auth0_client or {}
    name = text(sdk.get("name"))
    return {
        "mtls_thumbprint": raw.mtls_thumbprint_sha256 or "",
        "ja4": text((raw.security_context or {}).get("ja4")),
        "sdk": f"{name}/{text(sdk.get('version'))}" if name else "",
    }


def _some(**values: Any) -> dict[str, Any]:
    found = {name: value for name, value in values.items() if value not in ("", None)}
    return found or NO_FIELDS


_FILL: Final = {
    kinds.TOKEN_EXCHANGE: _exchange,
    kinds.TOKEN_EXCHANGE_FAILED: _exchange,
    kinds.TOKEN_ISSUE: _issue,
    kinds.TOKEN_ISSUE_FAILED: _issue,
    kinds.TOKEN_REFRESH: _refresh,
    kinds.TOKEN_REFRESH_FAILED: _refresh,
    kinds.TOKEN_REUSE: _refresh,
    kinds.TOKEN_REVOKE: _revoke,
    kinds.ACCOUNT_LINK: _account,
    kinds.ACCOUNT_LINK_FAILED: _account,
    kinds.ACCOUNT_UNLINK: _account,
    kinds.ACCOUNT_UNLINK_FAILED: _account,
    kinds.SESSION_LOGIN: _login,
    kinds.GRANT_REQUEST: _ciba,
    kinds.SESSION_DELEGATE: _session,
    kinds.SESSION_DELEGATE_FAILED: _session,
    kinds.ADMIN_CHANGE: _management,
    kinds.ADMIN_READ: _management,
}


def canonical_payload(event: dict[str, Any]) -> bytes:
    """Bytes of what an event says: equal for its API form and its stream form, different for any edit.

    Left out is what the writers add or spell differently: ids of the envelope, the mobile flag, the user agent text and
    tenant names. Scopes are a sorted list, the date is microseconds, null is absent.
    """
    body = {name: _plain(name, value) for name, value in event.items() if name not in _ENVELOPE_KEYS}
    body = {name: value for name, value in body.items() if value is not None}
    if "date" in body:
        body["date"] = to_time(body["date"]) or body["date"]
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _plain(name: str, value: Any) -> Any:
    if name == "scope" and isinstance(value, (str, list)):
        return sorted(scopes(value))
    if isinstance(value, dict):
        inner = {key: _plain(key, item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item is not None}
    if isinstance(value, list):
        return [_plain("", item) for item in value]
    return value
