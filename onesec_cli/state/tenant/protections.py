"""Management calls that change what protects a tenant: attack protection, MFA, actions, tenant settings."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model.level import Level
from onesec_cli.state.tenant.grants import ADMIN_WORDS, GRANTS
from onesec_cli.state.tenant.management import (
    Aspect,
    Call,
    Known,
    Touch,
    name_in,
    objects,
    off,
    on,
    some,
    switch,
    table,
    words,
)

LOW, MEDIUM, HIGH = Level.low, Level.medium, Level.high
TENANT_FLAGS: Final = {
    "enable_dynamic_client_registration": MEDIUM,
    "allow_legacy_delegation_grant_types": MEDIUM,
    "allow_legacy_ro_grant_types": MEDIUM,
    "allow_legacy_tokeninfo_endpoint": LOW,
}
ATTEMPTS: Final = (10, 20, 50, 100)
"""Steps above which a number of allowed attempts is loose; ten is the default."""


def read_touch(call: Call, known: Known) -> Touch | None:
    """The setting a call touches; None where it is none that can widen anything."""
    reader = _READERS.get(call.at(0))
    return reader(call, known) if reader is not None else None


def _attack_protection(call: Call, known: Known) -> Touch | None:
    """One protection: on or off, blocking or only watching, for whom it makes exceptions."""
    name = call.at(1)
    if not name or call.method == "delete":
        return None
    aspects = some(
        _strength(call),
        *_policies(call),
        switch(call, "monitoring_mode_enabled", MEDIUM, "it only watches"),
        _allowlist(call),
        _attempts(call),
        *_stages(call),
        _sensitivity(call),
    )
    return Touch(f"attack-protection/{name}", f"protection:{name}", "protection", aspects)


def _strength(call: Call) -> Aspect | None:
    """Off is weaker than watching, watching is weaker than blocking."""
    enabled, shields = call.value("enabled"), call.value("shields")
    weak: dict[str, Level] = {}
    if off(enabled):
        weak = {"it is off": HIGH, "it does not block": MEDIUM}
    elif shields is not None and "block" not in words(shields):
        weak = {"it does not block": MEDIUM}
    elif enabled is None and shields is None:
        return None
    return Aspect("strength", weak, sure=True)


def _stages(call: Call) -> list[Aspect]:
    """Breached passwords are looked for at several stages, each with shields of its own."""
    found = []
    for name in sorted(table(call.value("stage")))[:10]:
        shields = call.value("stage", name, "shields")
        if shields is not None:
            weak = {} if "block" in words(shields) else {f"it does not block at {name}": MEDIUM}
            told = call.asked("stage", name, "shields")
            found.append(Aspect(f"stage {name}", weak, told=told))
    return found


def _sensitivity(call: Call) -> Aspect | None:
    """How readily bots are suspected."""
    level = call.value("bot_detection_level")
    if not isinstance(level, str):
        return None
    weak = {"its sensitivity is low": MEDIUM} if level.lower() == "low" else {}
    return Aspect("sensitivity", weak, told=call.asked("bot_detection_level"))


def _policies(call: Call) -> list[Aspect]:
    """Bot detection has one policy for each way in."""
    names = {*table(call.response), *table(call.body)}
    found = []
    for name in sorted(one for one in names if one == "policy" or one.endswith("_policy")):
        value = call.value(name)
        if isinstance(value, (str, bool)):
            found.append(Aspect(name, {f"{name} is off": HIGH} if off(value) else {}, sure=True))
    return found


def _allowlist(call: Call) -> Aspect | None:
    value = call.value("allowlist")
    if value is None:
        return None
    held = {f"an exception for {one}": HIGH if one.endswith("/0") else MEDIUM for one in words(value)}
    return Aspect("allowlist", held, told=call.asked("allowlist"))


def _attempts(call: Call) -> Aspect | None:
    value = call.value("max_attempts")
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    held = {f"more than {step} attempts allowed": MEDIUM for step in ATTEMPTS if value > step}
    return Aspect("attempts", held, told=call.asked("max_attempts"))


def _guardian(call: Call, known: Known) -> Touch | None:
    """MFA: the policies that ask for it, and the factors it may use."""
    if call.at(1) == "policies":
        policies = call.body if isinstance(call.body, list) else None
        if isinstance(call.response, list) and (policies is not None or call.body is None):
            policies = call.response
        if policies is None:
            return None
        held = {f"policy {name}": MEDIUM for name in words(policies)}
        none: dict[str, Level] = {} if held else {"MFA is never required": HIGH}
        required = (Aspect("policies", held, guard=True), Aspect("none", none, sure=True))
        return Touch("guardian/policies", "protection:mfa", "protection", required)
    if call.at(1) == "factors" and len(call.parts) == 3:
        aspects = some(switch(call, "enabled", MEDIUM, "it is off", bad=False))
        return Touch(f"guardian/factors/{call.at(2)}", f"protection:mfa-{call.at(2)}", "protection", aspects)
    return None


def _risk(call: Call, known: Known) -> Touch | None:
    """Risk assessment, in its older and its present spelling."""
    key = "/".join(call.parts)
    aspects = tuple(
        Aspect(name, {f"{name} is off": MEDIUM} if off(call.value(name)) else {}, sure=True)
        for name in ("enabled", "afterauthentication")
        if call.value(name) is not None
    )
    return Touch(key, "protection:risk-assessment", "protection", aspects)


def _network_acl(call: Call, known: Known) -> Touch | None:
    id = call.at(1) or name_in(call.value("id"))
    key = f"network-acls/{id}"
    gone: dict[str, Level] = {"it is deleted": MEDIUM} if call.method == "delete" else {}
    idle: dict[str, Level] = {"it is off": MEDIUM} if off(call.value("active")) else {}
    shown = Aspect("active", idle) if call.value("active") is not None else None
    aspects = some(Aspect("gone", gone, sure=True), shown)
    return Touch(key, f"protection:network-acl-{id}", "protection", aspects)


def _bindings(call: Call, known: Known) -> Touch | None:
    """Actions bound to a trigger: losing one may lose a check, a new one runs code in every login."""
    if call.at(1) != "triggers" or call.at(3) != "bindings":
        return None
    trigger = call.at(2)
    shown = call.value("bindings")
    if not isinstance(shown, list):
        return None
    names = list(dict.fromkeys(_binding(one) for one in objects(shown)))
    held = {f"action {name} in {trigger}": MEDIUM for name in names if name}
    none: dict[str, Level] = {} if held else {f"no action runs in {trigger}": MEDIUM}
    aspects = (
        Aspect("bindings", held, guard=True),
        Aspect("added", dict.fromkeys(held, LOW)),
        Aspect("none", none, sure=True),
    )
    return Touch(f"triggers/{trigger}", f"trigger:{trigger}", "action", aspects)


def _binding(binding: dict[str, Any]) -> str:
    """The action of a binding: its id, or however the call names it."""
    for found in (table(binding.get("action")).get("id"), table(binding.get("ref")).get("value"), binding.get("id")):
        if isinstance(found, str) and found:
            return found
    return ""


def _tenant(call: Call, known: Known) -> Touch | None:
    if call.at(1) == "invitations":
        return _invitation(call)
    if call.at(1) != "settings":
        return None
    flags = tuple(
        Aspect(flag, {flag: level} if on(call.value("flags", flag)) else {}, told=call.asked("flags", flag))
        for flag, level in TENANT_FLAGS.items()
        if call.value("flags", flag) is not None
    )
    return Touch("tenants/settings", "setting:tenant", "setting", (*flags, *some(_allowlist(call))))


def _invitation(call: Call) -> Touch | None:
    """An invitation to administer the tenant."""
    if call.method != "post" or len(call.parts) > 2:
        return None
    roles = words(table(call.body).get("roles"))
    held = {f"role {role}": HIGH if any(word in role.lower() for word in ADMIN_WORDS) else LOW for role in roles}
    held = held or {"a role that the call does not name": LOW}
    invited = next((name_in(one["email"]) for one in objects(call.response) if one.get("email")), "")
    key = f"tenants/invitations/{invited}"
    return Touch(
        key, f"user:{invited}" if invited else "tenant:", "invitation", (Aspect("roles", held, sure=True),), True
    )


_READERS: Final = {
    **GRANTS,
    "attack-protection": _attack_protection,
    "guardian": _guardian,
    "risk-assessment": _risk,
    "risk-assessments": _risk,
    "network-acls": _network_acl,
    "actions": _bindings,
    "tenants": _tenant,
}
