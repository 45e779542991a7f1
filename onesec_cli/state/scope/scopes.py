"""OAuth scopes as a lattice: which scope includes which, and what a scope lets its holder do.

Scopes are compared in the provider's own sense: Google's URL and short forms are one scope, Microsoft ignores case, and
a scope that a held one implies is never gained.
"""

from __future__ import annotations

import re
from typing import Final

from onesec_cli.state.scope.lattice import GENERIC, GOOGLE, MICROSOFT, lattice, remembered

BASIC: Final = 0
READ: Final = 1
WRITE: Final = 3
ADMIN: Final = 6
"""Risk classes: who the user is, reading, changing, and power over others."""

_WORDS: Final = re.compile(r"[a-z0-9]+")
_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GRAPH_NAME: Final = re.compile(r"[A-Z][A-Za-z-]+\.[A-Z][A-Za-z]+(\.[A-Z][A-Za-z]+)*\Z")
_GOOGLE_NAME: Final = re.compile(
    r"(gmail|calendar|drive|contacts|admin\.directory|spreadsheets|documents)(\.[a-z_.]+)?\Z"
)


@remembered
def provider_of(connection: str, strategy: str = "") -> str:
    """The provider whose scope language a connection speaks, by its strategy or name; empty if unknown."""
    for word in (strategy.lower(), connection.lower()):
        for provider, marks in lattice().marks:
            if any(mark in word for mark in marks):
                return provider
    return GENERIC


@remembered
def language(scope: str, provider: str) -> str:
    """Whose scope this is: a URL speaks for itself, then the connection, then a name only one provider has."""
    lowered = scope.lower()
    for speaker, hosts in lattice().hosts.items():
        if lowered.startswith(hosts):
            return speaker
    if provider:
        return provider
    if _GOOGLE_NAME.match(scope):
        return GOOGLE
    return MICROSOFT if _GRAPH_NAME.match(scope) else GENERIC


@remembered
def normal(scope: str, provider: str) -> str:
    """One spelling per scope. Names of an unknown provider are left as they are: case may matter there."""
    speech = language(scope, provider)
    if speech == GENERIC:
        return scope
    tables = lattice()
    name = bare = scope.lower()
    for prefix in tables.prefixes.get(speech, ()):
        bare = bare.removeprefix(prefix)
    name = bare.rstrip("/") or name
    return tables.spellings.get(speech, {}).get(name, name)


@remembered
def closure(scope: str, provider: str) -> frozenset[str]:
    """Every scope by name that this one includes, itself too, in normal form."""
    speech = language(scope, provider)
    table = lattice().includes.get(speech, {})
    seen: set[str] = set()
    waiting = [normal(scope, provider)]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        waiting += table.get(one, ())
        if speech == GOOGLE and not one.endswith(("readonly", "read_only", "read-only")):
            waiting.append(f"{one}.readonly")
        elif speech == MICROSOFT:
            waiting += _graph_below(one)
    return frozenset(seen)


def _graph_below(scope: str) -> list[str]:
    """Microsoft Graph names are `resource.operation[.constraint]`, and say what they include."""
    below = []
    parts = scope.split(".")
    if len(parts) > 1 and parts[1] == "readwrite":
        below.append(".".join([parts[0], "read", *parts[2:]]))
    if len(parts) == 3 and parts[2] in ("all", "shared"):
        below.append(".".join(parts[:2]))
    return below


@remembered
def implies(held: str, wanted: str, provider: str) -> bool:
    """Whether a held scope includes a wanted one."""
    want = normal(wanted, provider)
    names = closure(held, provider)
    if want in names:
        return True
    families = lattice().families.get(language(held, provider), ())
    return any(want.startswith(f"{family}.") for family in families if family in names) or _wild(held, want)


def _wild(held: str, want: str) -> bool:
    """`*` includes everything, `orders:*` and `*:orders` whatever differs only there."""
    if "*" not in held:
        return False
    if held in ("*", "*:*", "*.*"):
        return True
    if held.endswith((":*", ".*", "/*")):
        return want.startswith(held[:-1])
    return held.startswith(("*:", "*.")) and want.endswith(held[1:])


def gained(held: frozenset[str], now: frozenset[str], provider: str) -> frozenset[str]:
    """The scopes of `now` that no held scope implies, in normal form. Empty whenever `now` is narrower."""
    return frozenset() if now <= held else _gained(held, now, provider)


@remembered
def _gained(held: frozenset[str], now: frozenset[str], provider: str) -> frozenset[str]:
    return frozenset(normal(scope, provider) for scope in now if not any(implies(one, scope, provider) for one in held))


@remembered
def distinct(scopes: frozenset[str], provider: str = "") -> frozenset[str]:
    """The scopes in normal form: two spellings are one."""
    return frozenset(normal(scope, provider) for scope in scopes)


@remembered
def risk(scope: str, provider: str = "") -> int:
    """The risk class of a scope. Whole words decide, never parts of words."""
    tables = lattice()
    speech = language(scope, provider)
    name = normal(scope, provider).lower()
    if name in tables.identity:
        return BASIC
    if name in tables.risk:
        return tables.risk[name]
    words = set(_WORDS.findall(_HUMPS.sub(" ", scope).lower())) | set(_WORDS.findall(name))
    reads = not words.isdisjoint(tables.read_words)
    writes = not words.isdisjoint(tables.write_words - {"all"}) and not _says_read(name)
    if not words.isdisjoint(tables.admin_words):
        return WRITE if reads and not writes else ADMIN
    if name.endswith((":*", ".*", "/*")):
        return WRITE
    if writes:
        return ADMIN if name.partition(":")[2] in tables.powers else WRITE
    if reads:
        return READ
    return WRITE if "all" in words or speech == GOOGLE else READ


def _says_read(name: str) -> bool:
    """Whether the place of the verb, first or last, holds only reading: `read:payment-grant`, `grants.readonly`."""
    parts = [set(_WORDS.findall(part)) for part in re.split(r"[:./]", name)]
    return len(parts) > 1 and any(part and part <= lattice().read_words for part in (parts[0], parts[-1]))


@remembered
def worst(scopes: frozenset[str], provider: str = "") -> int:
    """The highest risk class among scopes; the lowest for none."""
    return max((risk(scope, provider) for scope in scopes), default=BASIC)


@remembered
def service(scope: str, provider: str = "") -> str:
    """The one product a scope is about, so that ten scopes of a calendar are not ten powers."""
    tables = lattice()
    name = normal(scope, provider)
    if name in tables.identity or name in tables.offline:
        return ""
    if language(scope, provider) in (GOOGLE, MICROSOFT):
        return {"mail": "gmail"}.get(name.partition(".")[0], name.partition(".")[0])
    words = [word for word in _WORDS.findall(name.lower()) if word not in tables.read_words | tables.write_words]
    return words[0] if words else name


def weight(scopes: frozenset[str], provider: str = "") -> int:
    """What the scopes allow together: the highest risk class of each product, summed; each administrative one counts."""
    by_service: dict[str, int] = {}
    for scope in scopes:
        power = risk(scope, provider)
        name = service(scope, provider) if power < ADMIN else normal(scope, provider)
        by_service[name] = max(by_service.get(name, 0), power)
    return sum(by_service.values())
