"""What each family of tenant log events carries beyond the common fields, by log type code.

A filler is given the event as begun, the raw event and its `details`. It coerces or leaves empty, never refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import parse_time, to_time
from onesec_cli.model.event import NO_FIELDS, Event
from onesec_cli.sources.values import MEMO_SIZE, actors, audience, number, obj, scopes, text, truth


class Details(Struct, gc=False):
    """The `details` that any filler reads; what nobody reads is skipped by the decoder, never built."""

    scope: Any = None
    session_id: str | None = None
    access_token_jti: str | None = None
    actor: Any = None
    subject_token_type: str | None = None
    token_thumbprint: str | None = None
    expires_at: Any = None
    is_privileged_worker: Any = None
    audit_context: str | None = None
    token_broker: str | None = None
    code: str | None = None
    family: str | None = field(default=None, name="familyId")
    counter: int | None = field(default=None, name="tokenCounter")
    latest_counter: int | None = field(default=None, name="latestCounter")
    requested_scope: Any = None
    requested_audience: Any = None
    refresh_token: Any = None
    credential_id: str | None = None
    grant_id: str | None = None
    connected_account: Any = None
    prompts: Any = None
    body: Any = None
    request: Any = None
    response: Any = None
    accessed_secrets: Any = field(default=None, name="accessedSecrets")
    failure_reason: str | None = None
    error: Any = None
    client_authentication_error: str | None = None
    misspelt_error: str | None = field(default=None, name="client_authentoication_error")
    """The published schema's own spelling."""


class Place(Struct, gc=False):
    """`location_info`: the country."""

    country_code: str | None = None
    country_code3: str | None = None


class Tls(Struct, gc=False):
    """`security_context`: the fingerprint of the TLS client."""

    ja4: str | None = None


class Sdk(Struct, gc=False):
    """`auth0_client`: the SDK that called."""

    name: str | None = None
    version: str | None = None


NO_DETAILS: Final = Details()


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
    location_info: Place | None = None
    security_context: Tls | None = None
    auth0_client: Sdk | None = None
    details: Details | None = None


Fill = Callable[[Event, RawEvent, Details], None]

_vault_fields: dict[tuple[str, str, str, str], dict[str, Any]] = {}


def _vault(told: Event, raw: RawEvent, details: Details) -> None:
    told.scopes = scopes(details.scope) or scopes(raw.scope)
    told.token = details.token_thumbprint or ""
    expires = details.expires_at
    if expires.__class__ is str:
        told.expires_text = expires
        told.expires = parse_time(expires) or to_time(expires)
    elif expires is not None:
        told.expires_text = text(expires)
        told.expires = to_time(expires)
    if truth(details.is_privileged_worker):
        told.flow = "privileged_worker"
    told.fields = _shared(
        (details.subject_token_type or ""),
        raw.strategy or "",
        (details.audit_context or ""),
        (details.token_broker or ""),
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


def _exchange(told: Event, raw: RawEvent, details: Details) -> None:
    told.scopes = scopes(raw.scope) or scopes(details.scope)
    told.token = details.access_token_jti or ""
    told.actors = actors(details.actor)


def _issue(told: Event, raw: RawEvent, details: Details) -> None:
    told.scopes = scopes(raw.scope)
    told.token = details.access_token_jti or ""
    fields = _proofs(raw)
    code = details.code or ""
    if code:
        fields["code"] = code
    told.fields = fields or NO_FIELDS


def _refresh(told: Event, raw: RawEvent, details: Details) -> None:
    told.scopes = scopes(raw.scope)
    told.requested = scopes(details.requested_scope)
    told.token = details.access_token_jti or ""
    told.session = told.session or text(obj(details.refresh_token).get("session_id"))
    fields = _proofs(raw)
    family = details.family or ""
    if family:
        fields["family"] = family
    if details.counter is not None:
        fields["counter"] = details.counter
    if details.latest_counter is not None:
        fields["latest_counter"] = details.latest_counter
    asked = audience(details.requested_audience)
    if asked:
        fields["requested_audience"] = asked
    told.fields = fields or NO_FIELDS


def _revoke(told: Event, raw: RawEvent, details: Details) -> None:
    told.session = told.session or text(obj(details.refresh_token).get("session_id"))
    told.fields = _some(credential=(details.credential_id or ""), grant=(details.grant_id or ""))


def _account(told: Event, raw: RawEvent, details: Details) -> None:
    account = obj(details.connected_account)
    told.account = text(account.get("id"))
    told.identity = text(account.get("idp_user_id")) or told.identity


def _login(told: Event, raw: RawEvent, details: Details) -> None:
    prompts = details.prompts
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


def _ciba(told: Event, raw: RawEvent, details: Details) -> None:
    body = obj(details.body)
    told.scopes = scopes(body.get("scope"))
    told.audience = audience(body.get("audience"))


def _session(told: Event, raw: RawEvent, details: Details) -> None:
    told.actors = actors(details.actor)
    told.token = details.access_token_jti or ""
    told.scopes = scopes(raw.scope)


def _management(told: Event, raw: RawEvent, details: Details) -> None:
    request, response = obj(details.request), obj(details.response)
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
    secrets = details.accessed_secrets
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


def failure(raw: RawEvent, details: Details) -> str:
    """What the source says of a failure."""
    if details.failure_reason:
        return details.failure_reason
    error = details.error
    if isinstance(error, dict):
        said = next((text(error[name]) for name in ("message", "title", "detail", "type") if error.get(name)), "")
    else:
        said = text(error)
    return said or details.client_authentication_error or details.misspelt_error or raw.description or ""


def _proofs(raw: RawEvent) -> dict[str, Any]:
    """What a client can prove itself by, where logged: certificate, TLS fingerprint, SDK."""
    found: dict[str, Any] = {}
    if raw.mtls_thumbprint_sha256:
        found["mtls_thumbprint"] = raw.mtls_thumbprint_sha256
    if raw.security_context:
        ja4 = raw.security_context.ja4
        if ja4:
            found["ja4"] = ja4
    if raw.auth0_client:
        name = raw.auth0_client.name
        if name:
            found["sdk"] = f"{name}/{raw.auth0_client.version or ''}"
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
