"""Coercion: what a log may hold where a text, a set of scopes or a chain is meant. Never raises, never guesses."""

from __future__ import annotations

import re
from typing import Any, Final

from onesec_cli.model.event import EMPTY

_MEMO_SIZE: Final = 50_000
_texts: dict[str, str] = {}
_scopes: dict[str, frozenset[str]] = {"": EMPTY}
_agents: dict[str, str] = {"": ""}

_BRANDS = (
    ("edg/", "edge"),
    ("edga/", "edge"),
    ("opr/", "opera"),
    ("firefox/", "firefox"),
    ("fxios/", "firefox"),
    ("crios/", "chrome"),
    ("headlesschrome/", "headless chrome"),
    ("chrome/", "chrome"),
    ("version/", "safari"),
)
_PRODUCT = re.compile(r"\s*([A-Za-z][\w.\- ]{0,60}?)[/ ]v?(\d{1,6})(?:[.\s;,()]|$)")


def text(value: Any) -> str:
    """A text; numbers become their digits, anything else is empty. Repeated texts are one object."""
    if value.__class__ is str:
        known = _texts.get(value)
        if known is not None:
            return known
        if len(_texts) < _MEMO_SIZE and len(value) < 200:
            _texts[value] = value
        return str(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return ""


def obj(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def number(value: Any) -> int | None:
    """A whole number, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.lstrip("-").isdigit() and len(value) < 20:
        return int(value)
    return None


def truth(value: Any) -> bool:
    """A boolean, also as the text some forwarders make of it."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def scopes(value: Any) -> frozenset[str]:
    """Scopes from a text split on spaces and commas, or from a list of such texts."""
    if isinstance(value, str):
        found = _scopes.get(value)
        if found is None:
            found = frozenset(value.replace(",", " ").split())
            if len(_scopes) < _MEMO_SIZE:
                _scopes[value] = found
        return found
    if isinstance(value, (list, tuple)):
        return frozenset(part for item in value for part in scopes(item)) if value else EMPTY
    return EMPTY


def audience(value: Any) -> str:
    """One audience; several are joined in order."""
    if isinstance(value, list):
        return " ".join(sorted(item for item in value if isinstance(item, str)))
    return text(value)


def actors(value: Any) -> tuple[str, ...]:
    """The chain of an RFC 8693 `act` claim, current actor first; a missing `sub` is an empty text."""
    chain: list[str] = []
    while isinstance(value, dict) and len(chain) < 64:
        chain.append(text(value.get("sub")))
        value = value.get("act")
    return tuple(chain)


def software(value: Any) -> str:
    """Client software as family and major version, from a raw header or from Auth0's parsed form."""
    if not isinstance(value, str):
        return ""
    found = _agents.get(value)
    if found is None:
        found = _software(value)
        if len(_agents) < _MEMO_SIZE:
            _agents[value] = found
    return found


def _software(value: str) -> str:
    lowered = value.lower()
    if lowered.startswith("other 0.0.0"):
        return ""
    for mark, family in _BRANDS:
        at = lowered.find(mark)
        if at >= 0:
            if family == "safari" and "safari/" not in lowered:
                continue
            major = re.match(r"\d{1,6}", lowered[at + len(mark) :])
            return f"{family} {major[0]}" if major else family
    product = _PRODUCT.match(value)
    return f"{product[1].strip().lower()} {product[2]}" if product else lowered[:60].strip()
