"""Management calls that give a client, a user or a connection more: what each leaves open."""

from __future__ import annotations

from typing import Final

from onesec_cli.model.level import Level
from onesec_cli.state.scope.scopes import ADMIN, WRITE, provider_of, risk
from onesec_cli.state.tenant.management import (
    Aspect,
    Call,
    Known,
    Touch,
    objects,
    on,
    some,
    switch,
    table,
    thing,
    words,
)

LOW, MEDIUM, HIGH = Level.low, Level.medium, Level.high
ADMIN_WORDS: Final = ("admin", "owner", "superuser", "root")
SECRET_READS: Final = frozenset(
    {"read:user_idp_tokens", "read:client_keys", "read:client_credentials", "read:refresh_tokens", "read:signing_keys"}
)
WRITE_VERBS: Final = frozenset({"create", "update", "delete", "write", "manage", "admin"})
UPSTREAM: Final = {WRITE: LOW, ADMIN: HIGH}
PUBLIC: Final = frozenset({"com", "co", "org", "net", "gov", "edu", "ac", "or", "ne", "go"})
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "[", "[::1]"})
GRANT_TYPES: Final = {
    "password": MEDIUM,
    "http://auth0.com/oauth/grant-type/password-realm": MEDIUM,
    "implicit": MEDIUM,
    "client_credentials": MEDIUM,
    "urn:ietf:params:oauth:grant-type:token-exchange": MEDIUM,
    "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token": MEDIUM,
}


MANAGED: Final = frozenset({
    "users", "users_app_metadata", "user_custom_blocks", "clients", "client_keys", "client_credentials", "client_grants",
    "connections", "resource_servers", "log_streams", "logs_users", "tenant_settings", "signing_keys", "roles",
    "role_members", "actions", "triggers", "hooks", "rules", "rules_configs", "attack_protection", "guardian_factors",
    "mfa_policies", "organizations", "organization_members", "refresh_tokens", "sessions", "network_acls",
})  # fmt: skip
"""Objects of Management API scopes that hardly any other API has, for calls that do not name their audience."""


def is_management(audience: str, scopes: list[str] | None = None) -> bool:
    """Whether an audience is the Management API itself; one that is not named is told by its scopes."""
    if not audience and scopes:
        objects_of = [scope.partition(":")[2] for scope in scopes]
        return all(name in MANAGED for name in objects_of)
    return audience.rstrip("/").endswith("/api/v2")


def scope_weight(scope: str, audience: str, management: bool | None = None) -> Level:
    """How much a scope of an API weighs; informational is not worth telling."""
    writes = any(part in WRITE_VERBS for part in scope.lower().replace(".", ":").replace("_", ":").split(":"))
    if is_management(audience) if management is None else management:
        return HIGH if scope in SECRET_READS or scope.split(":", 1)[0] in WRITE_VERBS else LOW
    return LOW if writes else Level.informational


def _client_grant(call: Call, known: Known) -> Touch | None:
    id, created = thing(call, "id")
    key = f"client-grants/{id}"
    if call.method == "delete":
        return Touch(key, f"grant:{id}", "client-grant", gone=True)
    before = known.get(key, {})
    audience = call.value("audience") or next(iter(before.get("audience", [])), "")
    client = call.value("client_id") or next(iter(before.get("client", [])), "")
    scopes = words(call.value("scope"))
    management = is_management(str(audience), scopes)
    place = "the Management API" if management else str(audience) or "an API"
    held = {f"{scope} on {place}": scope_weight(scope, str(audience), management) for scope in scopes}
    if created:  # reading, and writing on the tenant's own APIs, is what clients are made for
        held = {word: level if level > LOW else Level.informational for word, level in held.items()}
    aspects = some(
        Aspect("scope", held, told=created or call.asked("scope")) if call.value("scope") is not None else None,
        Aspect("all", {f"all scopes of {place}": HIGH} if on(call.value("allow_all_scopes")) else {}, sure=True),
        Aspect("audience", {str(audience): Level.informational}, told=False) if audience else None,
        Aspect("client", {str(client): Level.informational}, told=False) if client else None,
    )
    return Touch(key, f"client:{client}" if client else f"grant:{id}", "client-grant", aspects, created)


def _client(call: Call, known: Known) -> Touch | None:
    id, created = thing(call, "client_id")
    key, subject = f"clients/{id}", f"client:{id}"
    if call.at(2) == "credentials" and call.method == "post":
        level = LOW if "created" in known.get(key, {}) else MEDIUM
        return Touch(f"{key}/credentials", subject, "credential", (Aspect("new", {"a new credential": level}),), True)
    if len(call.parts) > 2:
        return None
    if call.method == "delete":
        return Touch(key, subject, "client", gone=True)
    kinds = words(call.value("grant_types"))
    grants = {f"grant type {kind}": GRANT_TYPES.get(kind, Level.informational) for kind in kinds}
    method = call.value("token_endpoint_auth_method")
    public = {"no client authentication": MEDIUM} if method == "none" else {}
    aspects = some(
        Aspect("grant_types", grants, told=call.asked("grant_types"))
        if call.value("grant_types") is not None
        else None,
        Aspect("authentication", public, told=call.asked("token_endpoint_auth_method")) if method else None,
        switch(call, "is_first_party", MEDIUM, "no consent needed (first party)"),
        switch(call, "cross_origin_authentication", LOW, "cross-origin authentication"),
        *_vault(call),
        *_callbacks(call, known.get(key, {}).get("callbacks")),
        Aspect("created", {"yes": Level.informational}, told=False) if created else None,
    )
    return Touch(key, subject, "client", aspects, created, drop=2)


def _callbacks(call: Call, before: list[str] | None) -> tuple[Aspect, ...]:
    """Where the client sends codes and tokens: a host unlike all it sent them to before is another receiver."""
    if call.value("callbacks") is None:
        return ()
    hosts = list(dict.fromkeys(_host(address) for address in words(call.value("callbacks"))))
    sites = {_site(host) for host in before or ()}
    held = {}
    for host in hosts:
        strange = bool(sites) and _site(host) not in sites and host not in LOCAL
        held[f"tokens sent to {host}"] = MEDIUM if strange or "*" in host else Level.informational
    told = call.asked("callbacks")
    return (
        Aspect("callbacks", dict.fromkeys(hosts, Level.informational), told=False),
        Aspect("receivers", {word: level for word, level in held.items() if level > LOW}, told=told),
    )


def _host(address: str) -> str:
    """The host of an address; an application's own scheme stands for itself."""
    scheme, found, rest = address.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0].lower() if found else ""
    return host if scheme.lower() in ("http", "https") and host else f"{scheme.lower()}://"


def _site(host: str) -> str:
    """The end of a host that one owner has, roughly: its last two names, or three where the second is a public one."""
    names = host.split(".")
    return ".".join(names[-3:] if len(names) > 2 and names[-2] in PUBLIC else names[-2:])


def _vault(call: Call) -> tuple[Aspect, ...]:
    """Privileged access to the token vault: having it, its connections with scopes, its addresses."""
    if "token_vault_privileged_access" not in {**table(call.response), **table(call.body)}:
        return ()
    access = table(call.value("token_vault_privileged_access"))
    told = call.asked("token_vault_privileged_access") or "token_vault_privileged_access" in table(call.body)
    grants = {
        f"vault connection {grant.get('connection', '')} with {scope}": MEDIUM
        for grant in objects(access.get("grants"))
        for scope in words(grant.get("scopes")) or ["all scopes"]
    }
    addresses = {f"vault access from {address}": MEDIUM for address in words(access.get("ip_allowlist"))}
    held = {"privileged access to the token vault": HIGH} if access else {}
    return (
        Aspect("vault", held, told=told, sure=True),
        Aspect("vault grants", grants, told=told),
        Aspect("vault addresses", addresses, told=told),
    )


def _resource_server(call: Call, known: Known) -> Touch | None:
    id, created = thing(call, "id", "identifier")
    key, subject = f"resource-servers/{id}", f"api:{id}"
    if call.method == "delete":
        return Touch(key, subject, "api", gone=True)
    aspects = some(
        switch(call, "allow_offline_access", LOW, "refresh tokens"),
        switch(call, "skip_consent_for_verifiable_first_party_clients", LOW, "no consent for first-party clients"),
        switch(call, "enforce_policies", MEDIUM, "permissions not enforced", bad=False),
        switch(call, "proof_of_possession.required", MEDIUM, "no proof of possession", bad=False),
        *(
            Aspect(
                f"{kind} policy",
                {f"every {kind} allowed": MEDIUM} if policy == "allow_all" else {},
                told=call.asked("subject_type_authorization", kind),
            )
            for kind in ("user", "client")
            if (policy := call.value("subject_type_authorization", kind, "policy")) is not None
        ),
    )
    return Touch(key, subject, "api", aspects, created, drop=2)


def _connection(call: Call, known: Known) -> Touch | None:
    id, created = thing(call, "id")
    key, subject = f"connections/{id}", f"connection:{call.value('name') or id}"
    before = known.get(key, {}).get("clients", [])
    provider = provider_of(str(call.value("name") or ""), str(call.value("strategy") or ""))
    if call.at(2) == "clients" and call.method == "patch":
        changes = {str(one.get("client_id")): on(one.get("status")) for one in objects(call.body)}
        clients = [*(name for name in before if name not in changes), *(name for name in changes if changes[name])]
        return Touch(key, subject, "connection", (Aspect("clients", dict.fromkeys(clients, LOW), sure=True),))
    if len(call.parts) > 2:
        return None
    if call.method == "delete":
        return Touch(key, subject, "connection", gone=True)
    scopes = words(call.value("options", "scope"))
    held = {f"the upstream scope {scope}": UPSTREAM.get(risk(scope, provider), Level.informational) for scope in scopes}
    aspects = some(
        Aspect("clients", dict.fromkeys(words(call.value("enabled_clients")), LOW), told=call.asked("enabled_clients"))
        if call.value("enabled_clients") is not None
        else None,
        Aspect("upstream", held, told=call.asked("options", "scope")) if scopes else None,
    )
    return Touch(key, subject, "connection", aspects, created, drop=2)


def _user(call: Call, known: Known) -> Touch | None:
    """Roles and permissions of a user, also as a member of an organization."""
    at = 2 if call.at(0) == "users" else 4
    if call.at(0) == "organizations" and call.at(2) != "members":
        return None
    user, what = call.at(at - 1), call.at(at)
    key = "/".join(call.parts[:at])
    if call.method == "delete" and not what:
        return Touch(key, f"user:{user}", "role", gone=True)
    given = call.method in ("post", "put")
    if what == "roles":
        held = {role: role_weight(role, known) for role in words(call.value("roles"))}
    elif what == "permissions":
        held = _permissions(call)
    else:
        return None
    return Touch(key, f"user:{user}", "role", _each(held, given))


def _each(held: dict[str, Level], given: bool) -> tuple[Aspect, ...]:
    """One aspect for each thing that is given or taken, so that the others stay as they were."""
    return tuple(Aspect(name, {name: level} if given else {}, sure=True) for name, level in held.items())


def _permissions(call: Call) -> dict[str, Level]:
    held = {}
    for one in objects(table(call.body).get("permissions")):
        scope, audience = str(one.get("permission_name", "")), str(one.get("resource_server_identifier", ""))
        place = "the Management API" if is_management(audience) else audience or "an API"
        held[f"{scope} on {place}"] = scope_weight(scope, audience)
    return held


def role_weight(role: str, known: Known) -> Level:
    """How much a role weighs, by its id or the name the trail gave it; an unknown one weighs nothing."""
    names = [role, *known.get(f"roles/{role}", {}).get("name", [])]
    return MEDIUM if any(word in name.lower() for name in names for word in ADMIN_WORDS) else Level.informational


def _role(call: Call, known: Known) -> Touch | None:
    id, created = thing(call, "id")
    key, subject = f"roles/{id}", f"role:{id}"
    given = call.method in ("post", "put")
    if call.at(2) == "users":
        held = {f"user {user}": role_weight(id, known) for user in words(call.value("users"))}
        return Touch(f"{key}/users", subject, "role", _each(held, given))
    if call.at(2) == "permissions":
        return Touch(f"{key}/permissions", subject, "role", _each(_permissions(call), given))
    if call.method == "delete":
        return Touch(key, subject, "role", gone=True)
    name = call.value("name")
    named = Aspect("name", {name: Level.informational}, told=False) if isinstance(name, str) else None
    return Touch(key, subject, "role", some(named), created)


def _exchange_profile(call: Call, known: Known) -> Touch | None:
    """A custom token exchange: a new kind of proof for which tokens are given."""
    id, created = thing(call, "id")
    kind = call.value("subject_token_type")
    key = f"token-exchange-profiles/{id}"
    if call.method == "delete":
        return Touch(key, f"exchange-profile:{id}", "exchange-profile", gone=True)
    said = f"tokens for a subject token of type {kind}"
    aspect = Aspect("type", {said: MEDIUM}, sure=True) if isinstance(kind, str) else None
    return Touch(key, f"exchange-profile:{id}", "exchange-profile", some(aspect), created)


GRANTS: Final = {
    "client-grants": _client_grant,
    "clients": _client,
    "resource-servers": _resource_server,
    "connections": _connection,
    "users": _user,
    "organizations": _user,
    "roles": _role,
    "token-exchange-profiles": _exchange_profile,
}
"""Readers of what gives someone more, by resource."""
