"""What one value of a rule asks of the values of an event: plain data, each test able to answer alone.

A text is compared with a number or a truth value by how JSON writes it; upper and lower case are one unless a test is
cased. Nothing but null is null, and an object is equal to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import product
from typing import Any, Final, Literal

from msgspec import Struct

from onesec_cli.model.clock import to_time
from onesec_cli.sigma.patterns import finder

MANY: Final = 0
"""In the parts of a text: any characters, none as well (`*`)."""
ONE: Final = 1
"""In the parts of a text: exactly one character (`?`)."""

MOST_COMPARED: Final = 100
"""Values of each field that are compared in pairs."""
MAX_DIGITS: Final = 400
"""A longer text is no number."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+", re.ASCII)


def fold(text: str) -> str:
    """A text with upper and lower case made one, letter by letter: its length stays."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    return folded if len(folded) == len(text) else "".join(map(_fold_letter, text))


def _fold_letter(letter: str) -> str:
    return next((form for form in (letter.casefold(), letter.lower()) if len(form) == 1), letter)


def text_of(value: Any) -> str | None:
    """A single value as a text; None of null, objects and arrays."""
    if value.__class__ is str:
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**4000 else None
    return repr(value) if isinstance(value, float) else None


def number_of(value: Any) -> float | int | None:
    """The number that a value is or spells."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if not isinstance(value, str) or len(value) > MAX_DIGITS:
        return None
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if _WHOLE.fullmatch(text) else float(text)


class Text(Struct, frozen=True, tag=True):
    """The value is this text, wildcards and all."""

    parts: tuple[str | int, ...]
    """Texts (folded unless `cased`), `MANY` and `ONE`."""
    cased: bool = False

    def holds(self, value: Any) -> bool:
        text = text_of(value)
        return text is not None and self.fits(text if self.cased else fold(text))

    def fits(self, text: str) -> bool:
        """Whether a text, already folded unless cased, is what is asked for."""
        return _fits(self.parts, text)


@lru_cache(4096)
def _pattern(parts: tuple[str | int, ...]) -> str:
    return "".join(".*" if part == MANY else "." if part == ONE else re.escape(str(part)) for part in parts)


def _fits(parts: tuple[str | int, ...], text: str) -> bool:
    if ONE in parts:
        return finder(f"\\A(?:{_pattern(parts)})\\z", "s").found(text)
    words = [part for part in parts if part != MANY]
    if not words:
        return MANY in parts or not text
    start, end = 0, len(text)
    if parts[0] != MANY:
        first = str(words.pop(0))
        if not text.startswith(first):
            return False
        start = len(first)
        if len(parts) == 1:
            return start == end
    if parts[-1] != MANY and words:
        last = str(words.pop())
        if not text.endswith(last) or end - len(last) < start:
            return False
        end -= len(last)
    for word in words:
        found = text.find(str(word), start, end)
        if found < 0:
            return False
        start = found + len(str(word))
    return True


class Match(Struct, frozen=True, tag=True):
    """A regular expression finds something in the value. Letters of either case differ unless `i` is among the flags."""

    pattern: str
    flags: str = ""
    """Of `i`, `m` and `s`, in this order."""

    def holds(self, value: Any) -> bool:
        text = text_of(value)
        return text is not None and finder(self.pattern, self.flags).found(text)


class Net(Struct, frozen=True, tag=True):
    """The value is an address of this network."""

    cidr: str

    def holds(self, value: Any) -> bool:
        address = _address(value) if isinstance(value, str) and len(value) < 64 else None
        return address is not None and address in _network(self.cidr)


@lru_cache(4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    return ip_network(cidr, strict=False)


@lru_cache(4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address; one of version 4 that is written as one of version 6 is one of version 4."""
    try:
        found = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


Part = Literal["minute", "hour", "day", "week", "month", "year"]


def part_of(value: Any, part: Part) -> int | None:
    """The part of the time that a value tells, in UTC; the week is that of ISO 8601."""
    moment = to_time(value)
    if moment is None:
        return None
    when = datetime.fromtimestamp(moment // 1_000_000, UTC)
    return when.isocalendar().week if part == "week" else int(getattr(when, part))


class Compare(Struct, frozen=True, tag=True):
    """The value (or a part of the time it tells) is a number that is less than, more than or equal to this one."""

    op: Literal["lt", "lte", "gt", "gte", "eq"]
    number: float | int
    part: Part | None = None

    def holds(self, value: Any) -> bool:
        found = number_of(value) if self.part is None else part_of(value, self.part)
        if found is None:
            return False
        if self.op == "lt":
            return found < self.number
        if self.op == "lte":
            return found <= self.number
        if self.op == "gt":
            return found > self.number
        return found >= self.number if self.op == "gte" else found == self.number


class Number(Struct, frozen=True, tag=True):
    """The value is this number, or the text that JSON writes for it."""

    number: float | int

    def holds(self, value: Any) -> bool:
        if isinstance(value, str):
            return value == text_of(self.number)
        return not isinstance(value, bool) and isinstance(value, (int, float)) and value == self.number


class Truth(Struct, frozen=True, tag=True):
    """The value is true or false, or the text for it."""

    truth: bool

    def holds(self, value: Any) -> bool:
        return value is self.truth or (isinstance(value, str) and fold(value) == text_of(self.truth))


class Null(Struct, frozen=True, tag=True):
    """The field is absent, null, an empty array, or an array that holds a null."""


class Exists(Struct, frozen=True, tag=True):
    """The field is there, whatever it holds; or it is not there."""

    there: bool


class Same(Struct, frozen=True, tag=True):
    """The value equals (begins with, ends with, contains) a value of another field of the event."""

    field: str
    start: bool = False
    end: bool = False
    cased: bool = False

    def agrees(self, values: Sequence[Any], others: Sequence[Any]) -> bool:
        """Whether one of some values agrees with one of the other field's."""
        ones, twos = self._texts(values), self._texts(others)
        if not self.start and not self.end:
            return not set(ones).isdisjoint(twos)
        pairs = product(ones[:MOST_COMPARED], twos[:MOST_COMPARED])
        if self.start and self.end:
            return any(two in one for one, two in pairs)
        if self.start:
            return any(one.startswith(two) for one, two in pairs)
        return any(one.endswith(two) for one, two in pairs)

    def _texts(self, values: Sequence[Any]) -> list[str]:
        told = [text for value in values if (text := text_of(value)) is not None]
        return told if self.cased else list(map(fold, told))


ValueTest = Text | Match | Net | Compare | Number | Truth
"""Tests of one value: any value of the field may meet them."""
Test = ValueTest | Null | Exists | Same


def nothing(value: Any) -> bool:
    """Whether a value is null or an empty array, which is how places tell one."""
    return value is None or (value.__class__ is list and not value)


def meets(test: Test, values: Sequence[Any], others: Sequence[Any] = ()) -> bool:
    """Whether the values of a field meet a test; `others` are those of the field that a `Same` names."""
    if isinstance(test, Null):
        return not values or any(map(nothing, values))
    if isinstance(test, Exists):
        return bool(values) is test.there
    if isinstance(test, Same):
        return test.agrees(values, others)
    return any(map(test.holds, values))
