"""Fields, texts with wildcards and modifiers, as the reference evaluator reads the specification."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

ANY = object()
ONE = object()

Placeholders = Mapping[str, tuple[str, ...]]


class NotSigmaError(Exception):
    """What the specification does not allow."""


class LeftOpenError(Exception):
    """A question that the specification does not answer."""


# Fields


def look_up(record: Any, field: str) -> tuple[bool, list[Any]]:
    """Whether the record has the field, and its values (arrays opened)."""
    steps = [re.sub(r"(\{\}|\[\])+$", "", step) for step in field.split(".")]
    if steps[0] == "data" and not (isinstance(record, dict) and "data" in record):
        steps = steps[1:]
    here = [record]
    for step in steps:
        below = []
        for node in opened(here):
            if isinstance(node, dict) and step in node:
                below.append(node[step])
        here = below
    return bool(here), opened(here)


def opened(values: list[Any]) -> list[Any]:
    """Values with every array replaced by its elements; one that holds nothing is no value, as null is."""
    out = []
    for value in values:
        out.extend((opened(value) if value else [None]) if isinstance(value, list) else [value])
    return out


def leaves(value: Any) -> Iterator[Any]:
    """Every single value of a record."""
    if isinstance(value, dict):
        for below in value.values():
            yield from leaves(below)
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below)
    else:
        yield value


def written(value: Any) -> str | None:
    """A single value as a text; None for null and for objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return None


# Texts with wildcards


def tokens(text: str) -> list[Any]:
    """Characters and wildcards of a value, escapes resolved."""
    out: list[Any] = []
    place = 0
    while place < len(text):
        letter = text[place]
        if letter == "\\" and text[place + 1 : place + 2] in ("*", "?", "\\"):
            out.append(text[place + 1])
            place += 2
            continue
        out.append({"*": ANY, "?": ONE}.get(letter, letter))
        place += 1
    return out


def same(one: str, two: str, cased: bool) -> bool:
    """Whether two letters are one; Unicode says which differ only in case."""
    return one == two or (not cased and (one.lower() == two.lower() or one.casefold() == two.casefold()))


def covers(pattern: list[Any], text: str, cased: bool) -> bool:
    """Whether the pattern describes the whole text."""
    reached = {0}
    for token in itertools.chain(
        *(token.decode("latin-1") if isinstance(token, bytes) else [token] for token in pattern)
    ):
        if token is ANY:
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        elif token is ONE:
            reached = {place + 1 for place in reached if place < len(text)}
        else:
            reached = {place + 1 for place in reached if place < len(text) and same(token, text[place], cased)}
    return len(text) in reached


# Modifiers

DASHES = "-/\u2013\u2014\u2015"


class Item:
    """One line of a selection while its modifiers are applied from left to right."""

    def __init__(self, values: list[Any]) -> None:
        self.raw = values
        # of each value, what it has become: alternatives, any of which will do
        self.values = [[tokens(value) if isinstance(value, str) else value] for value in values]
        self.type = "text"
        self.flags = 0
        self.cased = self.every = self.negated = False
        self.start = self.end = False


def as_bytes(pattern: list[Any]) -> bytes:
    if ANY in pattern or ONE in pattern:
        raise NotSigmaError("no wildcards here")
    return b"".join(token if isinstance(token, bytes) else token.encode("utf-8") for token in pattern)


def encoded(pattern: list[Any], codec: str, mark: bytes = b"") -> list[Any]:
    made = [token.encode(codec) if isinstance(token, str) else token for token in pattern]
    return [mark, *made] if mark else made


def at_three_offsets(data: bytes) -> list[str]:
    """The part of a base64 text that the bytes alone decide, for each of the three places they may begin at."""
    out = []
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data).decode()
        first = -(-shift * 8 // 6)
        last = (shift + len(data)) * 8 // 6
        out.append(text[first:last])
    return out


def dashed(pattern: list[Any]) -> list[list[Any]]:
    """Every way to write the dashes that begin a word."""
    choices = []
    for place, token in enumerate(pattern):
        before = pattern[place - 1] if place else " "
        after = pattern[place + 1] if place + 1 < len(pattern) else " "
        begins = isinstance(after, str) and is_word(after) and not (isinstance(before, str) and is_word(before))
        choices.append(DASHES if isinstance(token, str) and token in "-/" and begins else [token])
    return [list(choice) for choice in itertools.product(*choices)]


def is_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def filled(text: str, known: Placeholders) -> list[list[Any]]:
    """A value with its %placeholders% replaced by each of their values."""
    parts: list[list[list[Any]]] = []
    done = 0
    for found in re.finditer(r"(?<!\\)%([^%]+)%", text):
        parts.append([tokens(text[done : found.start()].replace("\\%", "%"))])
        if not known.get(found[1]):
            raise NotSigmaError(f"no value for %{found[1]}%")
        parts.append([tokens(value) for value in known[found[1]]])
        done = found.end()
    parts.append([tokens(text[done:].replace("\\%", "%"))])
    return [list(itertools.chain(*choice)) for choice in itertools.product(*parts)]


def modify(item: Item, name: str, known: Placeholders) -> None:
    """Apply one modifier."""
    if name in ("contains", "startswith", "endswith", "cased"):
        item.values = [
            [list(written(one) or "") if isinstance(one, int | float) else one for one in ways] for ways in item.values
        ]
    each: dict[str, Callable[[list[Any]], list[list[Any]]]] = {
        "contains": lambda one: [[ANY, *one, ANY]],
        "startswith": lambda one: [[*one, ANY]],
        "endswith": lambda one: [[ANY, *one]],
        "base64": lambda one: [list(base64.b64encode(as_bytes(one)).decode())],
        "base64offset": lambda one: [list(text) for text in at_three_offsets(as_bytes(one))],
        "wide": lambda one: [encoded(one, "utf-16-le")],
        "utf16le": lambda one: [encoded(one, "utf-16-le")],
        "utf16be": lambda one: [encoded(one, "utf-16-be")],
        "utf16": lambda one: [encoded(one, "utf-16-le", b"\xff\xfe")],
        "windash": dashed,
    }
    types = ("re", "cidr", "exists", "fieldref", "lt", "lte", "gt", "gte")
    flags = {"i": re.I, "ignorecase": re.I, "m": re.M, "multiline": re.M, "s": re.S, "dotall": re.S}
    if name == "all":
        item.every = True
    elif name == "neq":
        item.negated = True
    elif name == "cased":
        item.cased = True
    elif name in flags:
        item.flags |= flags[name]
    elif name == "expand":
        item.values = [filled(text, known) for text in item.raw]
    elif name in types or name in PARTS:
        item.type = name
    elif item.type == "fieldref" and name in ("contains", "startswith", "endswith"):
        item.start |= name != "endswith"
        item.end |= name != "startswith"
    elif item.type == "re" and name in ("contains", "startswith", "endswith"):
        pass  # what is searched for is found anywhere already
    elif name in each:
        item.values = [[made for one in ways for made in each[name](one)] for ways in item.values]
    else:
        raise NotSigmaError(f"no modifier {name}")


# Values

PARTS = {"minute": 5, "hour": 4, "day": 3, "month": 2, "year": 1, "week": 0}
DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(:\d\d(\.\d+)?)?Z?", re.ASCII)


def number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", value.strip(), re.ASCII):
        return float(value)
    return None


def meets(item: Item, raw: Any, wanted: Any, value: Any, record: Any) -> bool:
    """Whether one value of the record is what one value of the rule asks for."""
    text = written(value)
    if item.type == "re":
        if item.flags & re.I and set("\u0130\u0131") & {*str(raw), *(text or "")}:
            raise LeftOpenError("Python takes the Turkish i for i, Unicode and PCRE do not")
        # the specification has no \\d and \\w; where rules use them, they are PCRE's: ASCII
        pattern = (written(raw) or "").replace("\\d", "[0-9]").replace("\\w", "[A-Za-z0-9_]")
        return text is not None and re.search(pattern, text, item.flags) is not None
    if item.type == "cidr":
        return in_network(str(raw), text)
    if item.type in ("lt", "lte", "gt", "gte"):
        return compared(item.type, number(value), number(raw))
    if item.type in PARTS:
        if number(value) is not None:
            raise LeftOpenError("whether a number is a date")
        return text is not None and part_of(text, item.type) == raw
    if item.type == "fieldref":
        return refers(item, str(raw), text, record)
    if wanted is None:
        return value is None
    if isinstance(wanted, bool):
        return value is wanted or (isinstance(value, str) and value.lower() == str(wanted).lower())
    if isinstance(wanted, int | float):
        return (number(value) == wanted) if not isinstance(value, str) else value == repr(wanted)
    return text is not None and covers(wanted, text, item.cased)


def in_network(network: str, text: str | None) -> bool:
    try:
        return ipaddress.ip_address((text or "").strip()) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def compared(how: str, value: float | None, limit: float | None) -> bool:
    if value is None or limit is None:
        return False
    return {"lt": value < limit, "lte": value <= limit, "gt": value > limit, "gte": value >= limit}[how]


def part_of(text: str, part: str) -> int | None:
    found = DATE.fullmatch(text.strip())
    if not found:
        return None
    if part == "week":
        return datetime.date(*(int(found[index]) for index in (1, 2, 3))).isocalendar()[1]
    return int(found[PARTS[part]])


def refers(item: Item, other: str, text: str | None, record: Any) -> bool:
    """Whether the value is equal to (or holds) a value of the other field."""
    if text is None:
        return False
    for found in look_up(record, other)[1]:
        there = written(found)
        if there is not None:
            pattern = [*([ANY] if item.end else []), *there, *([ANY] if item.start else [])]
            if covers(pattern, text, item.cased):
                return True
    return False
