"""OAuth scopes as a lattice: which scope includes which, and what a scope lets its holder do.

Scopes are compared in the provider's own sense: Google's URL and short forms are one scope, Microsoft ignores case, and a
scope that a held one implies is never gained. Relations come from the providers' public scope references; where none is
documented, no scope implies another.
"""

from __future__ import annotations

import re
from typing import Final

GOOGLE, GITHUB, SLACK, MICROSOFT, GENERIC = "google", "github", "slack", "microsoft", ""

_PROVIDER_WORDS: Final = (
    (GOOGLE, ("google", "gmail", "gsuite")),
    (GITHUB, ("github",)),
    (SLACK, ("slack",)),
    (MICROSOFT, ("microsoft", "windowslive", "waad", "office365", "azure", "outlook", "msgraph")),
)

_GOOGLE_PREFIX: Final = "https://www.googleapis.com/auth/"
_GOOGLE_LONG: Final = {
    "https://mail.google.com/": "gmail.full",
    "https://mail.google.com": "gmail.full",
    "https://www.google.com/m8/feeds": "contacts",
    "https://www.google.com/m8/feeds/": "contacts",
    "https://www.google.com/calendar/feeds/": "calendar",
    "userinfo.email": "email",
    "userinfo.profile": "profile",
}
_MICROSOFT_PREFIX: Final = "https://graph.microsoft.com/"

_IMPLIES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    GOOGLE: {
        "gmail.full": ("gmail.modify", "gmail.settings.basic", "gmail.insert"),
        "gmail.modify": ("gmail.readonly", "gmail.compose", "gmail.labels"),
        "gmail.compose": ("gmail.send",),
        "gmail.readonly": ("gmail.metadata",),
        "calendar": ("calendar.readonly", "calendar.events", "calendar.settings.readonly", "calendar.acls"),
        "calendar.events": ("calendar.events.readonly", "calendar.events.owned"),
        "calendar.events.owned": ("calendar.events.owned.readonly",),
        "calendar.readonly": ("calendar.events.readonly", "calendar.freebusy", "calendar.calendarlist.readonly"),
        "calendar.acls": ("calendar.acls.readonly",),
        "drive": ("drive.readonly", "drive.file", "drive.metadata", "drive.appdata", "drive.scripts"),
        "drive.readonly": ("drive.metadata.readonly", "drive.meet.readonly"),
        "drive.metadata": ("drive.metadata.readonly",),
        "cloud-platform": ("cloud-platform.read-only", "devstorage.full_control", "bigquery"),
        "devstorage.full_control": ("devstorage.read_write",),
        "devstorage.read_write": ("devstorage.read_only",),
        "admin.directory.user": ("admin.directory.user.alias", "admin.directory.user.security"),
        "admin.directory.group": ("admin.directory.group.member",),
        "admin.directory.device.mobile": ("admin.directory.device.mobile.action",),
    },
    GITHUB: {
        "repo": ("repo:status", "repo_deployment", "public_repo", "repo:invite", "security_events"),
        "admin:org": ("write:org", "manage_runners:org"),
        "write:org": ("read:org",),
        "admin:public_key": ("write:public_key",),
        "write:public_key": ("read:public_key",),
        "admin:repo_hook": ("write:repo_hook",),
        "write:repo_hook": ("read:repo_hook",),
        "admin:gpg_key": ("write:gpg_key",),
        "write:gpg_key": ("read:gpg_key",),
        "admin:enterprise": ("manage_runners:enterprise", "manage_billing:enterprise", "read:enterprise"),
        "user": ("read:user", "user:email", "user:follow"),
        "project": ("read:project",),
        "write:packages": ("read:packages",),
        "write:discussion": ("read:discussion",),
        "audit_log": ("read:audit_log",),
        "codespace": ("codespace:secrets",),
    },
    SLACK: {
        "admin": ("admin.users:write", "admin.users:read", "admin.teams:write", "admin.teams:read"),
        "admin.users:write": ("admin.users:read",),
        "admin.teams:write": ("admin.teams:read",),
    },
    MICROSOFT: {
        "directory.accessasuser.all": ("directory.readwrite.all",),
        "directory.readwrite.all": ("directory.read.all", "user.readwrite.all", "group.readwrite.all"),
        "directory.read.all": ("user.read.all", "group.read.all"),
        "sites.fullcontrol.all": ("sites.manage.all",),
        "sites.manage.all": ("sites.readwrite.all",),
        "user.read.all": ("user.readbasic.all",),
        "user.read": ("profile",),
        "mail.read": ("mail.readbasic",),
    },
}

READ, WRITE, ADMIN = 1, 3, 6
"""Risk classes: what a holder can do with a scope."""

_IDENTITY: Final = frozenset({"openid", "profile", "email", "address", "phone", "user:email", "read:user", "user.read"})
_WORDS: Final = re.compile(r"[a-z0-9]+")
_ADMIN_WORDS: Final = frozenset(
    {"admin", "administrator", "directory", "root", "superuser", "impersonate", "owner", "owners"}
)
_FULL_WORDS: Final = frozenset({"fullcontrol", "full_access", "accessasuser"})
_WRITE_WORDS: Final = frozenset(
    [
        "write",
        "readwrite",
        "send",
        "delete",
        "manage",
        "create",
        "update",
        "modify",
        "edit",
        "upload",
        "compose",
        "full",
        "insert",
        "remove",
        "post",
        "publish",
        "invite",
        "execute",
        "approve",
        "transfer",
        "pay",
        "share",
    ]
)
_READ_WORDS: Final = frozenset(
    ["read", "readonly", "list", "view", "get", "search", "history", "metadata", "readbasic", "freebusy"]
)
_WHOLE: Final = {
    "repo": WRITE,
    "public_repo": WRITE,
    "delete_repo": ADMIN,
    "workflow": WRITE,
    "gist": WRITE,
    "user": WRITE,
    "gmail.full": WRITE,
    "drive": WRITE,
    "calendar": WRITE,
    "contacts": WRITE,
    "cloud-platform": ADMIN,
    "site_admin": ADMIN,
    "offline_access": READ,
    "*": ADMIN,
}

_normal: dict[tuple[str, str], str] = {}
_closure: dict[tuple[str, str], frozenset[str]] = {}
_gained: dict[tuple[frozenset[str], frozenset[str], str], frozenset[str]] = {}
_MEMO: Final = 20_000


def provider_of(connection: str, strategy: str = "") -> str:
    """The provider whose scope language a connection speaks, by its strategy or name; empty if unknown."""
    for word in (strategy.lower(), connection.lower()):
        for provider, marks in _PROVIDER_WORDS:
            if word and any(mark in word for mark in marks):
                return provider
    return GENERIC


def normal(scope: str, provider: str) -> str:
    """One spelling per scope."""
    key = (scope, provider)
    found = _normal.get(key)
    if found is None:
        found = _normalise(scope, provider)
        if len(_normal) < _MEMO:
            _normal[key] = found
    return found


def _normalise(scope: str, provider: str) -> str:
    if scope.startswith((_GOOGLE_PREFIX, "https://mail.google.com", "https://www.google.com/")):
        provider = GOOGLE
    if scope.lower().startswith(_MICROSOFT_PREFIX):
        provider = MICROSOFT
    if provider == GOOGLE:
        short = scope.removeprefix(_GOOGLE_PREFIX)
        return _GOOGLE_LONG.get(short, short.rstrip("/"))
    if provider == MICROSOFT:
        return scope.lower().removeprefix(_MICROSOFT_PREFIX)
    return scope


def _language(scope: str, provider: str) -> str:
    """A scope in Google's or Microsoft's URL form speaks for itself."""
    if provider:
        return provider
    if scope.startswith((_GOOGLE_PREFIX, "https://mail.google.com")):
        return GOOGLE
    return MICROSOFT if scope.lower().startswith(_MICROSOFT_PREFIX) else GENERIC


def closure(scope: str, provider: str) -> frozenset[str]:
    """Everything a scope includes, itself too, in normal form."""
    key = (scope, provider)
    found = _closure.get(key)
    if found is None:
        language = _language(scope, provider)
        found = _close(normal(scope, language), language)
        if len(_closure) < _MEMO:
            _closure[key] = found
    return found


def _close(scope: str, provider: str) -> frozenset[str]:
    table = _IMPLIES.get(provider, {})
    seen: set[str] = set()
    waiting = [scope]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        waiting += table.get(one, ())
        if provider == GOOGLE and not one.endswith(("readonly", "read_only", "read-only")):
            waiting.append(f"{one}.readonly")
        if provider == MICROSOFT:
            waiting += _microsoft(one)
        if provider == SLACK and one.endswith(":manage"):
            waiting.append(one.removesuffix(":manage") + ":read")
    return frozenset(seen)


def _microsoft(scope: str) -> list[str]:
    below = []
    if ".readwrite" in scope:
        below.append(scope.replace(".readwrite", ".read", 1))
    if scope.endswith(".all") and scope.count(".") == 2:
        below.append(scope.removesuffix(".all"))
    if scope.endswith(".shared"):
        below.append(scope.removesuffix(".shared"))
    return below


def implies(held: str, wanted: str, provider: str) -> bool:
    """Whether a held scope includes a wanted one."""
    want = normal(wanted, _language(wanted, provider))
    if want in closure(held, provider):
        return True
    return held == "*" or (held.endswith(":*") and want.startswith(held[:-1]))


def gained(held: frozenset[str], now: frozenset[str], provider: str) -> frozenset[str]:
    """The scopes of `now` that no held scope implies, in normal form. Empty whenever `now` is narrower."""
    if now <= held:
        return frozenset()
    key = (held, now, provider)
    found = _gained.get(key)
    if found is None:
        found = frozenset(
            normal(scope, _language(scope, provider))
            for scope in now
            if not any(implies(one, scope, provider) for one in held)
        )
        if len(_gained) < _MEMO:
            _gained[key] = found
    return found


def risk(scope: str, provider: str = "") -> int:
    """0 identity, 1 read, 3 write, 6 admin. Words decide, never parts of words."""
    name = normal(scope, _language(scope, provider)).lower()
    if name in _IDENTITY:
        return 0
    if name in _WHOLE:
        return _WHOLE[name]
    words = _WORDS.findall(name)
    reads = any(word in _READ_WORDS for word in words)
    if any(word in _ADMIN_WORDS or word in _FULL_WORDS for word in words) or name.endswith("*"):
        return WRITE if reads and not any(word in _WRITE_WORDS for word in words) else ADMIN
    if any(word in _WRITE_WORDS for word in words):
        return WRITE
    if reads:
        return READ
    return WRITE if provider == GOOGLE and "." not in name else READ


def worst(scopes: frozenset[str], provider: str = "") -> int:
    """The highest risk class among scopes; 0 for none."""
    return max((risk(scope, provider) for scope in scopes), default=0)
