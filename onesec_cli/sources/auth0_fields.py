"""What each family of tenant log events carries beyond the common fields, by log type code.

A filler is given the event as begun, the raw event and its `details`. It coerces or leaves empty, never refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.clock import parse_time, to_time
from onesec_cli.model.event import NO_FIELDS, Event
from onesec_cli.sources.values import MEMO_SIZE, actors, audience, number, obj, scopes, text, truth


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


Fill = Callable[[Event, RawEvent, dict[str, Any]], None]

_vault_fields: dict[tuple[str, str, str, str], dict[str, Any]] = {}


def _vault(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    get = details.get
    told.scopes = scopes(get("scope")) or scopes(raw.scope)
    told.token = text(get("token_thumbprint"))
    expires = get("expires_at")
    if expires.__class__ is str:
        told.expires_text = expires
        told.expires = parse_time(expires) or to_time(expires)
    elif expires is not None:
        told.expires_text = text(expires)
        told.expires = to_time(expires)
    if truth(get("is_privileged_worker")):
        told.flow = "privileged_worker"
    told.fields = _shared(
        text(get("subject_token_type")),
        raw.strategy or "",
        text(get("audit_context")),
        text(get("token_broker")),
    )


def _shared(subject: str, strategy: str, context: str, broker: str) -> dict[str, Any]:
    """The fields of a vault exchange; equal ones are one object, nobody writes to them."""
    key = (subject, strategy, context, broker)
    found = _vault_fields.get(key)
    if found is None:
        found = _some(subject_token_type=subject, strategy=strategy, audit_context=context, token_broker=broker)
        if len(_vault_fields) >= MEMO_SIZE:
            _vault_fields.clear()
        _vault_fields[key] = found
    return found


def _exchange(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.scopes = scopes(raw.scope) or scopes(details.get("scope"))
    told.token = text(details.get("access_token_jti"))
    told.actors = actors(details.get("actor"))


def _issue(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.scopes = scopes(raw.scope)
    told.token = text(details.get("access_token_jti"))
    fields = _proofs(raw)
    code = text(details.get("code"))
    if code:
        fields["code"] = code
    told.fields = fields or NO_FIELDS


def _refresh(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    get = details.get
    told.scopes = scopes(raw.scope)
    told.requested = scopes(get("requested_scope"))
    told.token = text(get("access_token_jti"))
    told.session = told.session or text(obj(get("refresh_token")).get("session_id"))
    fields = _proofs(raw)
    family = text(get("familyId"))
    if family:
        fields["family"] = family
    for name, source in (("counter", "tokenCounter"), ("latest_counter", "latestCounter")):
        count = number(get(source))
        if count is not None:
            fields[name] = count
    asked = audience(get("requested_audience"))
    if asked:
        fields["requested_audience"] = asked
    told.fields = fields or NO_FIELDS


def _revoke(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    told.session = told.session or text(obj(details.get("refresh_token")).get("session_id"))
    told.fields = _some(credential=text(details.get("credential_id")), grant=text(details.get("grant_id")))


def _account(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    account = obj(details.get("connected_account"))
    told.account = text(account.get("id"))
    told.identity = text(account.get("idp_user_id")) or told.identity


def _login(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    prompts = details.get("prompts")
    if not isinstance(prompts, list):
        return
    grants = []
    elapsed = None
    for prompt in prompts:
        if prompt.__class__ is dict and prompt.get("name") == "consent":
            info = obj(prompt.get("grantInfo"))
            if info:
                granted = sorted(scopes(info.get("scope")))
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


def _management(told: Event, raw: RawEvent, details: dict[str, Any]) -> None:
    request, response = obj(details.get("request")), obj(details.get("response"))
    auth = obj(request.get("auth"))
    credentials = obj(auth.get("credentials"))
    status = number(response.get("statusCode"))
    if status is not None and status >= 400 and told.kind != kinds.ADMIN_CHANGE_FAILED:
        told.kind = kinds.ADMIN_CHANGE_FAILED
        told.reason = failure(raw, details)
    if not told.user:
        told.user = text(obj(auth.get("user")).get("user_id"))
    if not told.ip:
        told.ip = text(request.get("ip"))
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
    """`/api/v2/...` without host, query or trailing slash; some exports drop the `/api`."""
    path = path.split("?", 1)[0].split("#", 1)[0]
    if "://" in path:
        path = path.split("://", 1)[1].partition("/")[2]
    path = "/" + path.strip("/")
    if path.startswith("/v2/"):
        return f"/api{path}"
    return path if path != "/" else ""


def failure(raw: RawEvent, details: dict[str, Any]) -> str:
    """What the source says of a failure."""
    said = text(details.get("failure_reason"))
    if said:
        return said
    error = details.get("error")
    if isinstance(error, dict):
        said = next((text(error[name]) for name in ("message", "title", "detail", "type") if error.get(name)), "")
    else:
        said = text(error)
    # the second spelling is the published schema's own
    for name in ("client_authentication_error", "client_authentoication_error"):
        said = said or text(details.get(name))
    return said or raw.description or ""


def _proofs(raw: RawEvent) -> dict[str, Any]:
    """What a client can prove itself by, where logged: certificate, TLS fingerprint, SDK."""
    found: dict[str, Any] = {}
    if raw.mtls_thumbprint_sha256:
        found["mtls_thumbprint"] = raw.mtls_thumbprint_sha256
    if raw.security_context:
        ja4 = text(raw.security_context.get("ja4"))
        if ja4:
            found["ja4"] = ja4
    if raw.auth0_client:
        name = text(raw.auth0_client.get("name"))
        if name:
            found["sdk"] = f"{name}/{text(raw.auth0_client.get('version'))}"
    return found


def _some(**values: str) -> dict[str, Any]:
    found: dict[str, Any] = {name: value for name, value in values.items() if value}
    return found or NO_FIELDS


FILL: Final[dict[str, Fill]] = {
    "seta": _vault,
    "feta": _vault,
    **dict.fromkeys(("success_on_behalf_of_token_exchange", "failed_on_behalf_of_token_exchange"), _exchange),
    **dict.fromkeys(("secte", "fecte", "sd", "fd"), _exchange),
    **dict.fromkeys(("idjag_exchange_succeeded", "idjag_exchange_failed", "jwt_bearer_exchange_failed"), _exchange),
    **dict.fromkeys(("seccft", "feccft", "seacft", "feacft", "sepft", "fepft", "sede", "fede"), _issue),
    **dict.fromkeys(("ciba_exchange_succeeded", "ciba_exchange_failed"), _issue),
    **dict.fromkeys(("sertft", "fertft", "ferrt"), _refresh),
    "srrt": _revoke,
    **dict.fromkeys(("connected_accounts_connection_succeeded", "connected_accounts_connection_failed"), _account),
    **dict.fromkeys(("connected_accounts_delete_succeeded", "connected_accounts_delete_failed"), _account),
    **dict.fromkeys(("s", "ss"), _login),
    "ciba_start_succeeded": _ciba,
    **dict.fromkeys(("sdel", "sdelsa", "sdeleacft", "fdelsa", "fdeleacft"), _session),
    **dict.fromkeys(("sapi", "fapi", "mgmt_api_read"), _management),
}
"""Log type code to what fills its own fields."""
