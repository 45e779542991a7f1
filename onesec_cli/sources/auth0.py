"""A bare Auth0 tenant log event to an `Event`.

Real events break the published schemas in most fields, so nothing here trusts a type: what does not fit is coerced or
left empty, and only an event without any usable time is a gap.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson

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


def normalise(event: dict[str, Any], origin: Origin, hint_time: str = "", hint_tenant: str = "") -> Event | str:
    """The event, or the reason why it is a gap. Hints are the envelope's own time and tenant."""
    log_id = text(event.get("log_id")) or text(event.get("_id")) or text(event.get("id"))
    time = to_time(event.get("date"))
    if time is None:
        time = to_time(hint_time) or time_in_id(log_id)
    if time is None:
        return "tenant log event without a usable time"
    code = code_of(event)
    kind = TYPES.get(code, ("other.notice",))[0]
    details = obj(event.get("details"))
    told = Event(
        time=time,
        kind=kind,
        origin=origin,
        id=log_id or hashlib.sha256(canonical_payload(event)).hexdigest(),
        tenant=text(event.get("tenant_name")) or hint_tenant,
        source="auth0",
        code=code or "unknown",
        user=text(event.get("user_id")),
        agent_id=text(event.get("agent_id")),
        external_agent_id=text(event.get("external_agent_id")),
        client=text(event.get("client_id")),
        client_name=text(event.get("client_name")),
        connection=text(event.get("connection")),
        connection_id=text(event.get("connection_id")),
        identity=text(event.get("identity_user_id")),
        session=text(event.get("session_id")) or text(details.get("session_id")),
        ip=text(event.get("ip")),
        user_agent=software(event.get("user_agent")),
        country=text(obj(event.get("location_info")).get("country_code")),
        flow=FLOWS.get(code, ""),
        audience=audience(event.get("audience")),
    )
    told.agent = told.client or told.agent_id or told.external_agent_id
    fill = _FILL.get(kind)
    if fill is not None:
        fill(told, event, details)
    return told


def _exchange(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    told.actors = actors(details.get("actor"))
    told.reason = text(details.get("failure_reason")) or _error(event, details)
    if told.flow == "vault":
        if truth(details.get("is_privileged_worker")):
            told.flow = "privileged_worker"
        told.scopes = scopes(details.get("scope"))
        told.expires_text = text(details.get("expires_at"))
        told.expires = to_time(details.get("expires_at"))
        told.token = text(details.get("token_thumbprint"))
        told.fields = _some(
            subject_token_type=text(details.get("subject_token_type")),
            strategy=text(event.get("strategy")),
            audit_context=text(details.get("audit_context")),
            token_broker=text(details.get("token_broker")),
        )
        return
    told.scopes = scopes(event.get("scope")) or scopes(details.get("scope"))
    told.token = text(details.get("access_token_jti"))


def _issue(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    told.scopes = scopes(event.get("scope"))
    told.token = text(details.get("access_token_jti"))
    told.reason = _error(event, details)
    told.fields = _some(code=text(details.get("code")), **_proofs(event))


def _refresh(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    told.scopes = scopes(event.get("scope"))
    told.requested = scopes(details.get("requested_scope"))
    told.token = text(details.get("access_token_jti"))
    told.session = told.session or text(obj(details.get("refresh_token")).get("session_id"))
    told.reason = text(details.get("failure_reason")) or _error(event, details)
    told.fields = _some(
        family=text(details.get("familyId")),
        counter=number(details.get("tokenCounter")),
        latest_counter=number(details.get("latestCounter")),
        requested_audience=audience(details.get("requested_audience")),
        **_proofs(event),
    )


def _revoke(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    told.fields = _some(credential=text(details.get("credential_id")), grant=text(details.get("grant_id")))


def _account(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    account = obj(details.get("connected_account"))
    told.account = text(account.get("id"))
    told.identity = text(account.get("idp_user_id")) or told.identity
    told.reason = _error(event, details)


def _login(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
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


def _ciba(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    body = obj(details.get("body"))
    told.scopes = scopes(body.get("scope"))
    told.audience = audience(body.get("audience"))


def _session(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
    told.actors = actors(details.get("actor"))
    told.token = text(details.get("access_token_jti"))
    told.scopes = scopes(event.get("scope"))
    told.reason = _error(event, details)


def _management(told: Event, event: dict[str, Any], details: dict[str, Any]) -> None:
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
        "description": text(event.get("description")),
    }


def _path(path: str) -> str:
    """`/api/v2/...` without query or trailing slash; some exports drop the `/api`."""
    path = path.split("?", 1)[0].rstrip("/")
    return f"/api{path}" if path.startswith("/v2/") else path


def _error(event: dict[str, Any], details: dict[str, Any]) -> str:
    error = details.get("error")
    if isinstance(error, dict):
        return text(error.get("message")) or text(error.get("title")) or text(error.get("detail"))
    return text(error) or text(event.get("description"))


def _proofs(event: dict[str, Any]) -> dict[str, str]:
    """What a client can prove itself by: certificate, TLS fingerprint, SDK."""
    sdk = obj(event.get("auth0_client"))
    name = text(sdk.get("name"))
    return {
        "mtls_thumbprint": text(event.get("mtls_thumbprint_sha256")),
        "ja4": text(obj(event.get("security_context")).get("ja4")),
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
