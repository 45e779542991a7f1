"""Values a text or a call carries: addresses, links, accounts, ids, paths; and the part an argument plays by its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import orjson
from msgspec import Struct

from onesec_cli.state.text.domains import ENDINGS
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.signs import EMAIL, HOST, IBAN, IP, PHONE, WALLET, signs_in

MAX_LEAVES: Final = 400
"""Leaves of the arguments of one call that are looked at."""
MAX_LEAF: Final = 20_000
"""Characters of one leaf that are looked at."""
MAX_PLACES: Final = 200
"""Places of one value in one text that are tried."""
MAX_VALUES: Final = 10_000
"""Values of one text that are kept."""

_EMAIL: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_URL: Final = re.compile(r"(?:\b[a-z][a-z0-9+.-]{1,15}://|\bwww\.)[^\s<>\"'`\\^{}|\x00-\x1f]{3,2000}", re.IGNORECASE)
_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_PHONE: Final = re.compile(r"(?<![\w.+-])(?:\+\d|\(\d{2,4}\)|\d{3})[\d \t().-]{6,18}\d(?![\w-])")
_LONG_ID: Final = re.compile(r"(?<![\w-])(?=[\w-]{0,64}\d)[A-Za-z0-9_-]{10,64}(?![\w-])")
_HOST: Final = re.compile(
    r"(?<![\w@./-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,6}(?:"
    + ENDINGS
    + r")(?::\d{2,5})?(?:/[\w./?%&=+~#@-]{0,500})?(?![\w-])",
    re.IGNORECASE,
)
_IP: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w.])")
_HANDLE: Final = re.compile(r"(?<![\w@./])[@#][A-Za-z_][\w.-]{2,38}")
_WALLET: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:0x[0-9a-fA-F]{40}|bc1[a-z0-9]{20,60}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?![A-Za-z0-9])"
)
_PATH: Final = re.compile(
    r"(?<![\w:/.<-])(?:~|\.{1,2})?/(?:[\w.@+-]{1,100}/){0,20}[\w.@+-]{1,100}|\b[A-Z]:\\[\w.\\ -]{2,200}"
)
_PACKED: Final = re.compile(r"(?:[^\W_]|\+)+")
_DIGITS: Final = re.compile(r"\d[\d \t.-]{2}")
_DATE: Final = re.compile(r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}(?!\d)|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}(?!\d)")
_OPENINGS: Final = ('{"', "{", '["', "[{", "[")
_SCHEME: Final = re.compile(r"^[a-z][a-z0-9+.-]{1,15}://(?:www\.)?|^www\.")

DESTINATIONS: Final = frozenset({"email", "url", "host", "iban", "phone", "wallet", "handle", "ip"})
"""Kinds of values that can be where something goes."""


class Value(Struct, frozen=True, gc=False):
    """A value in a text."""

    kind: str
    text: str
    """As compared: case folded, scheme and trailing marks taken away."""
    start: int = 0


class Leaf(Struct, frozen=True, gc=False):
    """One value of the arguments of a call, with the name it stands under."""

    path: str
    """Keys from the outermost, joined by dots; list positions left out."""
    key: str
    """The last name in the path."""
    text: str


def canonical(text: str) -> str:
    """The form in which values are compared."""
    folded = _SCHEME.sub("", fold(text))
    return folded.rstrip("/.,;:!?)]}>'\"").lstrip("<([{'\"")


def find_values(text: str) -> tuple[Value, ...]:
    """Typed values of a text in the order they stand, at most `MAX_VALUES`."""
    spans = [
        (*match.span(), rank, kind)
        for rank, (kind, pattern) in enumerate(_patterns(text))
        for match in pattern.finditer(text)
    ]
    found: list[Value] = []
    behind = 0
    for start, end, _, kind in sorted(spans, key=lambda one: (one[0], one[2])):
        if start < behind:
            continue
        said = _compared(kind, text[start:end])
        if said:
            behind = end
            found.append(Value(kind, said, start))
            if len(found) == MAX_VALUES:
                break
    return tuple(found)


def _compared(kind: str, text: str) -> str:
    said = canonical(text)
    if kind == "iban":
        return said.replace(" ", "")
    if kind == "phone":
        return _dialled(said)
    return said if len(said) >= 3 else ""


def _dialled(text: str) -> str:
    """A telephone number as it is dialled; empty for a date, an amount, a short id."""
    said = "".join(char for char in text if char.isdigit() or char == "+")
    if not 8 <= len(said) <= 16 or _DATE.match(text) or not (text[0] in "+(0" or len(said) >= 10):
        return ""
    return said


def _patterns(text: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Only the patterns whose sign is there."""
    signs = signs_in(text)
    if EMAIL in signs:
        yield "email", _EMAIL
    if "://" in text or "www." in text or "WWW." in text:
        yield "url", _URL
    if _DIGITS.search(text):
        if WALLET in signs:
            yield "wallet", _WALLET
        if IBAN in signs:
            yield "iban", _IBAN
        if IP in signs:
            yield "ip", _IP
        if PHONE in signs:
            yield "phone", _PHONE
    if HOST in signs:
        yield "host", _HOST
    if "@" in text:
        yield "handle", _HANDLE


@lru_cache(maxsize=8192)
def kind_of(text: str) -> str:
    """The kind of a value that is nothing else, e.g. a whole argument; empty where it is just words."""
    stripped = text.strip().strip("<>\"'")
    if not 3 <= len(stripped) <= 2_000 or "\n" in stripped:
        return ""
    for kind, pattern in (
        ("email", _EMAIL),
        ("url", _URL),
        ("wallet", _WALLET),
        ("iban", _IBAN),
        ("ip", _IP),
        ("phone", _PHONE),
        ("host", _HOST),
        ("handle", _HANDLE),
        ("path", _PATH),
        ("id", _LONG_ID),
    ):
        if pattern.fullmatch(stripped) and (kind != "phone" or _dialled(stripped)):
            return kind
    return ""


def stands_in(text: str, value: str) -> bool:
    """Whether a value stands in a folded text by itself, not as part of a longer word, address or path."""
    start = text.find(value) if value else -1
    for _ in range(MAX_PLACES):
        if start < 0:
            return False
        if _apart(text, start, start + len(value)):
            return True
        start = text.find(value, start + 1)
    return False


def _apart(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 4) : start], text[end : end + 2]
    last = before[-1:]
    if last and (last.isalnum() or last in "-_@/.+") and not before.endswith(("www.", "://")):
        return False
    return not after[:1].isalnum() and not (after[:1] in ("-", "_", "@", "/", ".") and after[1:2].isalnum())


@lru_cache(maxsize=4096)
def packed(text: str) -> str:
    """The letters, digits and plus signs of a text: how numbers are compared that people write with spaces."""
    return "".join(_PACKED.findall(text))


def leaves(args: Any) -> tuple[Leaf, ...]:
    """Values of the arguments of a call with their key paths; a text that is no object is one leaf without a name."""
    found: list[Leaf] = []
    waiting: list[tuple[str, str, Any]] = [("", "", args)]
    while waiting and len(found) < MAX_LEAVES:
        path, key, value = waiting.pop()
        if isinstance(value, dict):
            pairs = [(f"{path}.{name}" if path else str(name), str(name), inner) for name, inner in value.items()]
            waiting.extend(reversed(pairs[:MAX_LEAVES]))
            found += [Leaf(path, key, name) for _, name, _ in pairs[:MAX_LEAVES] if "@" in name and kind_of(name)]
        elif isinstance(value, list):
            waiting.extend((path, key, inner) for inner in reversed(value[:MAX_LEAVES]))
        elif isinstance(value, str):
            found.append(Leaf(path, key, value[:MAX_LEAF]))
            inner = _packed_json(value)
            if inner is not None:
                waiting.append((path, key, inner))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            found.append(Leaf(path, key, str(value)))
    return tuple(found)


def _packed_json(text: str) -> Any:
    """The object or list that an argument holds as text; None where it holds none."""
    if len(text) > MAX_LEAF or text.lstrip()[:2].strip() not in _OPENINGS:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
