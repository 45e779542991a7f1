"""Coercion: what a log may hold where a text, a set of scopes or a chain is meant. Never raises, never guesses."""

from __future__ import annotations

import re
from sys import intern
from typing import Any, Final

import orjson

from onesec_cli.model.event import EMPTY

MEMO_SIZE: Final = 50_000
"""Entries of each memo; a full one starts afresh, so what is remembered is what was seen lately."""
MEMO_TEXT: Final = 300
"""Longest text that is remembered."""
MAX_DEPTH: Final = 64
"""Levels of a record that are kept as they are where it is nested deeper than any encoder takes."""
MAX_CHAIN: Final = 64
"""Actors read from one chain; the platform refuses more than five."""

_PARSED = re.compile(r"\s*([A-Za-z][\w.\- ]{0,60}?)[/ ]v?(\d{1,6})(?:[.\s;,()]|$)", re.ASCII)
_BRANDS: Final = (
    ("edg/", "edge"),
    ("edga/", "edge"),
    ("edgios/", "edge"),
    ("edge/", "edge"),
    ("opr/", "opera"),
    ("samsungbrowser/", "samsung internet"),
    ("electron/", "electron"),
    ("firefox/", "firefox"),
    ("fxios/", "firefox"),
    ("crios/", "chrome"),
    ("headlesschrome/", "headless chrome"),
    ("chrome/", "chrome"),
    ("version/", "safari"),
    ("msie ", "ie"),
)
"""Marks of raw headers, the more telling first."""
_SAME: Final = {
    "chrome mobile": "chrome",
    "chrome mobile ios": "chrome",
    "chrome mobile webview": "chrome",
    "edge mobile": "edge",
    "firefox ios": "firefox",
    "firefox mobile": "firefox",
    "headlesschrome": "headless chrome",
    "mobile safari": "safari",
    "opera mobile": "opera",
}
"""Families as the Management API parses them, in the words of the raw header."""


class _Software(dict[str, str]):
    def __missing__(self, value: str) -> str:
        found = _software(value)
        if len(value) <= MEMO_TEXT:
            if len(self) >= MEMO_SIZE:
                self.clear()
            self[value] = found
        return found


class _ScopeSets(dict[str, frozenset[str]]):
    def __missing__(self, value: str) -> frozenset[str]:
        found = frozenset(intern(scope) for scope in value.replace(",", " ").split())
        if len(self) >= MEMO_SIZE:
            self.clear()
        if len(value) <= 20 * MEMO_TEXT:
            self[value] = found
        return found


_agents: Final = _Software()
_scope_sets: Final = _ScopeSets()


def text(value: Any) -> str:
    """A text; a number becomes its digits, anything else is empty."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) else ""


def lone(value: Any) -> str:
    """A text, also where a forwarder wrapped it into a list of one."""
    return text(value[0]) if value.__class__ is list and len(value) == 1 else text(value)


def obj(value: Any) -> dict[str, Any]:
    """An object, also where a forwarder wrote it as a text; else an empty one."""
    if value.__class__ is dict:
        return value
    if isinstance(value, str) and value[:1] == "{":
        try:
            inner = orjson.loads(value)
        except orjson.JSONDecodeError:
            return {}
        return inner if isinstance(inner, dict) else {}
    return {}


def number(value: Any) -> int | None:
    """A whole number, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else None
    if isinstance(value, str) and len(value) < 20 and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    return None


def truth(value: Any) -> bool:
    """A boolean, also as the text some forwarders make of it."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def scopes(value: Any) -> frozenset[str]:
    """Scopes from a text split on spaces and commas, or from a list of such texts."""
    if value.__class__ is str:
        return _scope_sets[value] if value else EMPTY
    if value.__class__ is list and value:
        sets = [_scope_sets[item] for item in value if isinstance(item, str)]
        return EMPTY.union(*sets)
    return EMPTY


def audience(value: Any) -> str:
    """One audience; several are joined, sorted."""
    if isinstance(value, list):
        return " ".join(sorted(item for item in value if isinstance(item, str)))
    return text(value)


def actors(value: Any) -> tuple[str, ...]:
    """The chain of an RFC 8693 `act` claim, current actor first; a missing `sub` is an empty text."""
    chain: list[str] = []
    value = obj(value)
    while value and len(chain) < MAX_CHAIN:
        chain.append(text(value.get("sub")))
        value = obj(value.get("act"))
    return tuple(chain)


def software(value: Any) -> str:
    """Client software as family and major version, from a raw header or from Auth0's parsed form."""
    return _agents[value] if isinstance(value, str) else ""


def _software(value: str) -> str:
    lowered = value.lower()
    if not lowered.strip() or lowered.startswith("other 0.0.0"):
        return ""
    if lowered.startswith("mozilla/"):
        for mark, family in _BRANDS:
            at = lowered.find(mark)
            if at >= 0 and (family != "safari" or "safari/" in lowered):
                major = re.match(r"\d{1,6}", lowered[at + len(mark) :], re.ASCII)
                return f"{family} {major[0]}" if major else family
    product = _PARSED.match(value)
    if product is None:
        return lowered[:60].strip()
    family = product[1].strip().lower().replace("-", " ")
    return f"{_SAME.get(family, family)} {product[2]}"


def flat(value: Any) -> list[Any]:
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


def shallow(value: dict[str, Any]) -> dict[str, Any]:
    """The record itself or, where it is nested deeper than any encoder takes, a copy that holds what lies below
    `MAX_DEPTH` as text: nothing of it is lost, and whatever walks it comes to an end."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return _cropped(value)
    return value


def _cropped(value: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    waiting: list[tuple[Any, Any, int]] = [(whole, value, 1)]
    while waiting:
        copy, given, depth = waiting.pop()
        for key, item in given.items() if isinstance(given, dict) else enumerate(given):
            told = item
            if isinstance(item, (dict, list)):
                if depth < MAX_DEPTH:
                    told = {} if isinstance(item, dict) else []
                    waiting.append((told, item, depth + 1))
                else:
                    told = orjson.dumps(flat(item)).decode()
            if isinstance(copy, dict):
                copy[key] = told
            else:
                copy.append(told)
    return whole
