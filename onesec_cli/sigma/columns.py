"""One field of all rules: every distinct value is held against every test once, and remembered as bits.

Texts that must be equal, begin or end alike are looked up; what must be contained or found goes into one RE2 set per
column, which reads a text once for all of its patterns. What is left is tested one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from onesec_cli.sigma.patterns import RE2, Together, ends_early, finder, together
from onesec_cli.sigma.places import Place
from onesec_cli.sigma.values import MANY, ONE, Exists, Match, Null, Text, ValueTest, fold, nothing, text_of

MEMO: Final = 4_000_000
"""Room for the distinct values that are remembered per field: their characters, and `EACH` for every one of them."""
EACH: Final = 100
MEMO_TEXT: Final = 200
"""Longer texts are tested anew: they rarely come twice."""
SEVERAL: Final = 4
"""From so many patterns on a set is faster than one after another."""

_Edges = dict[int, dict[str, int]]
"""Length of a beginning (or an end) to the beginnings of that length, with their bits."""


class _Texts:
    """Tests of texts that are either folded or as they came."""

    __slots__ = ("_alone", "_ends", "_exact", "_patterns", "_set", "_starts")

    def __init__(self) -> None:
        self._exact: dict[str, int] = {}
        self._starts: _Edges = {}
        self._ends: _Edges = {}
        self._patterns: list[tuple[str, ValueTest, int]] = []
        """Those that a set takes: as RE2 reads them, as tests, and their bits."""
        self._alone: list[tuple[ValueTest, int]] = []
        self._set: Together | None = None

    def add(self, test: Text | Match, bit: int) -> None:
        if isinstance(test, Match):
            if finder(test.pattern, test.flags).engine == RE2:
                self._patterns.append((f"(?{test.flags}){test.pattern}" if test.flags else test.pattern, test, bit))
            else:
                self._alone.append((test, bit))
            return
        words = [part for part in test.parts if isinstance(part, str)]
        word = words[0] if words else ""
        shape = tuple(part if isinstance(part, int) else "" for part in test.parts)
        if shape == ("",) or not test.parts:
            self._exact[word] = self._exact.get(word, 0) | bit
        elif shape in (("", MANY), (MANY, "")):
            edges = (self._starts if shape[0] == "" else self._ends).setdefault(len(word), {})
            edges[word] = edges.get(word, 0) | bit
        else:
            self._patterns.append((_pattern(test.parts), test, bit))

    def ready(self) -> None:
        """No more tests will come."""
        self._set = together([pattern for pattern, _, _ in self._patterns]) if len(self._patterns) >= SEVERAL else None
        if self._set is None:
            self._alone += [(test, bit) for _, test, bit in self._patterns]

    def bits(self, text: str) -> int:
        found = self._exact.get(text, 0)
        for size, starts in self._starts.items():
            found |= starts.get(text[:size], 0)
        for size, ends in self._ends.items():
            found |= ends.get(text[-size:], 0)
        for test, bit in self._alone:
            if test.fits(text) if isinstance(test, Text) else test.holds(text):
                found |= bit
        if self._set is not None:
            for place in self._set.found(text):
                found |= self._patterns[place][2]
            if text.endswith("\n"):
                found |= self._before_the_end(self._set, text[:-1])
        return found

    def _before_the_end(self, patterns: Together, text: str) -> int:
        """The bits of patterns that may end before a last line end, held against the text without it."""
        told = (self._patterns[place] for place in patterns.found(text))
        bits = [bit for _, test, bit in told if isinstance(test, Match) and ends_early(test.pattern)]
        return reduce(or_, bits, 0)

    def __bool__(self) -> bool:
        return bool(self._exact or self._starts or self._ends or self._patterns or self._alone)


def _pattern(parts: Iterable[str | int]) -> str:
    """A text with wildcards as RE2 reads it."""
    parts = list(parts)
    start = "" if parts[0] == MANY else "\\A"
    end = "" if parts[-1] == MANY else "\\z"
    inner = parts[parts[0] == MANY : len(parts) - (len(parts) > 1 and parts[-1] == MANY)]
    spelt = "".join("(?s:.*)" if part == MANY else "(?s:.)" if part == ONE else re.escape(str(part)) for part in inner)
    return f"{start}{spelt}{end}"


class Column:
    """One field: which of the rules' tests a value of it meets."""

    __slots__ = (
        "_cased",
        "_folded",
        "_null",
        "_others",
        "_ready",
        "_room",
        "_textual",
        "_truths",
        "absent",
        "memo",
        "place",
        "present",
    )

    def __init__(self, place: Place, present: int) -> None:
        self.place = place
        self.present = present
        """The bit of an event that has the field."""
        self.absent = 0
        """The bits of an event without the field."""
        self._null = 0
        self._cased = _Texts()
        self._folded = _Texts()
        self._others: list[tuple[ValueTest, int]] = []
        self.memo: dict[str, int] = {}
        """Texts seen, with their bits."""
        self._room = MEMO
        self._ready = False
        self._textual = True
        self._truths: dict[bool, int] = {}
        """Bits of true and of false."""

    def add(self, test: ValueTest | Null | Exists, bit: int) -> None:
        """Let a bit say whether a test is met."""
        if isinstance(test, Null):
            self._null |= bit
            self.absent |= bit
        elif isinstance(test, Exists):
            if test.there:
                self.present |= bit
            else:
                self.absent |= bit
        elif isinstance(test, (Text, Match)):
            texts = self._folded if isinstance(test, Text) and not test.cased else self._cased
            texts.add(test, bit)
        else:
            self._others.append((test, bit))

    def mask(self, values: Sequence[Any]) -> int:
        """The bits of an event that has these values in the field."""
        if not values:
            return self.absent
        found = 0
        for value in values:
            if value.__class__ is str:
                known = self.memo.get(value)
                found |= self._remembered(value) if known is None else known
            elif value.__class__ is bool:
                if value not in self._truths:
                    self._truths[value] = self._tested(value)
                found |= self._truths[value]
            else:
                found |= self._tested(value)
        return found

    def _remembered(self, value: str) -> int:
        found = self._tested(value)
        if len(value) <= MEMO_TEXT:
            self._room -= len(value) + EACH
            if self._room < 0:
                self.memo.clear()
                self._room = MEMO
            self.memo[value] = found
        return found

    def _tested(self, value: Any) -> int:
        if not self._ready:
            self._cased.ready()
            self._folded.ready()
            self._textual = bool(self._cased or self._folded)
            self._ready = True
        found = self.present | self._null if nothing(value) else self.present
        text = text_of(value) if self._textual else None
        if text is not None:
            if self._cased:
                found |= self._cased.bits(text)
            if self._folded:
                found |= self._folded.bits(fold(text))
        for test, bit in self._others:
            if test.holds(value):
                found |= bit
        return found
