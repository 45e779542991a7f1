"""The syntax of patterns that look around, read as RE2 and Perl write it; `around.py` matches what comes out."""

from __future__ import annotations

from typing import Final

from onesec_cli.sigma.around import (
    MAX_COST,
    MAX_ROUND,
    Around,
    Choice,
    Finder,
    Letters,
    Node,
    Places,
    Repeat,
    Row,
    Run,
    Spot,
    Subject,
)
from onesec_cli.sigma.around_letters import Class, Ranges, escaped, read_class
from onesec_cli.sigma.errors import PatternError

MAX_NESTED: Final = 30
"""Groups inside groups."""
MAX_TIMES: Final = 1_000
"""The largest number in a counted repeat."""

_LOOKS: Final = {"?=": (True, True), "?!": (True, False), "?<=": (False, True), "?<!": (False, False)}


def read_pattern(pattern: str, flags: str) -> Finder:
    """The pattern made ready. Raises PatternError for one that is wrong, or that nothing bounds."""
    reader = _Reader(pattern, frozenset(flags))
    node = reader.choice(0)
    if reader.at < len(pattern):
        raise PatternError("a regular expression with a bracket that was never opened")
    if node.cost > MAX_COST:
        raise PatternError("a regular expression that looks around and repeats too much")
    return Finder(node)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str, flags: frozenset[str]) -> None:
        self.pattern = pattern
        self.at = 0
        self.flags = flags

    def _next(self, *texts: str) -> str:
        """The text that stands here, of several, and passed by; or empty."""
        for text in texts:
            if self.pattern.startswith(text, self.at):
                self.at += len(text)
                return text
        return ""

    def choice(self, depth: int) -> Node:
        if depth > MAX_NESTED:
            raise PatternError("a regular expression with groups nested too deeply")
        flags = self.flags
        parts = [self._row(depth)]
        while self._next("|"):
            parts.append(self._row(depth))
        self.flags = flags
        return parts[0] if len(parts) == 1 else Choice(parts)

    def _row(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            part = self._part(depth)
            if part is not None:
                parts.append(self._repeated(part))
        return parts[0] if len(parts) == 1 else Row(parts)

    def _part(self, depth: int) -> Node | None:
        letter = self.pattern[self.at]
        if letter == "(":
            return self._group(depth)
        self.at += 1
        if letter == "[":
            ranges, self.at = read_class(self.pattern, self.at)
            return self._letters(ranges)
        if letter == "\\":
            return self._escape()
        if letter == ".":
            return Letters(lambda one: True) if "s" in self.flags else Letters(lambda one: one != "\n")
        if letter in "^$":
            return Spot((_line_starts if letter == "^" else _line_ends) if "m" in self.flags else _EDGES[letter])
        if letter in "*+?":
            raise PatternError("a regular expression that repeats nothing")
        return self._letters(Ranges(((letter, letter),), False))

    def _letters(self, ranges: Ranges) -> Letters:
        return Letters(Class(ranges, "i" in self.flags).holds)

    def _escape(self) -> Node:
        if self.at >= len(self.pattern):
            raise PatternError("a regular expression that ends in a backslash")
        letter = self.pattern[self.at]
        if letter in _EDGES and letter not in "^$":
            self.at += 1
            return Spot(_EDGES[letter])
        ranges, self.at = escaped(self.pattern, self.at)
        return self._letters(ranges)

    def _group(self, depth: int) -> Node | None:
        self.at += 1
        look = self._next(*_LOOKS)
        if look:
            ahead, wanted = _LOOKS[look]
            return Around(self._inside(depth), ahead, wanted)
        if self._next("?#"):
            self.at = self.pattern.find(")", self.at) + 1 or len(self.pattern)
            return None
        if self._next("?>", "?P=", "?P>", "?(", "?R", "?&", "?|"):
            raise PatternError("a regular expression with a group that cannot be bounded")
        if self._next("?P<", "?<"):
            self.at = self.pattern.find(">", self.at) + 1 or len(self.pattern)
        elif self._next("?"):
            return self._flagged(depth)
        return self._inside(depth)

    def _inside(self, depth: int) -> Node:
        node = self.choice(depth + 1)
        if not self._next(")"):
            raise PatternError("a regular expression with a bracket that is never closed")
        return node

    def _flagged(self, depth: int) -> Node | None:
        """`(?i)` from here on, or `(?i:...)` inside."""
        before, on = self.flags, True
        while self.at < len(self.pattern) and self.pattern[self.at] in "imsU-":
            letter = self.pattern[self.at]
            self.at += 1
            if letter == "-":
                on = False
            else:
                self.flags = self.flags | {letter} if on else self.flags - {letter}
        if self._next(")"):
            return None
        if not self._next(":"):
            raise PatternError("a regular expression with a group of an unknown kind")
        node = self._inside(depth)
        self.flags = before
        return node

    def _repeated(self, part: Node) -> Node:
        while True:
            times = self._times()
            if times is None:
                return part
            if self._next("+"):
                raise PatternError("a regular expression with a repeat that gives nothing back")
            self._next("?")  # as few as will do is the same where only finding counts
            part = _times_over(part, *times)

    def _times(self) -> tuple[int, int | None] | None:
        sign = self._next("*", "+", "?")
        if sign:
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        end = self.pattern.find("}", self.at) if self.pattern.startswith("{", self.at) else -1
        low, comma, high = self.pattern[self.at + 1 : end].partition(",") if end > 0 else ("", "", "")
        if not low.isdecimal() or not low.isascii() or (high and not (high.isdecimal() and high.isascii())):
            return None
        if len(low) > 4 or len(high) > 4 or int(low) > MAX_TIMES or int(high or 0) > MAX_TIMES:
            raise PatternError(f"a regular expression that repeats more than {MAX_TIMES:,} times")
        self.at = end + 1
        least, most = int(low), int(high) if high else None if comma else int(low)
        if most is not None and most < least:
            raise PatternError("a regular expression that repeats less often than it must")
        return least, most


def _times_over(part: Node, least: int, most: int | None) -> Node:
    if most is None and isinstance(part, Letters):
        run: Node = Run(part)
        return run if not least else Row([*([part] * least), run])
    if most is None and (part.rounds or part.cost > MAX_ROUND):
        raise PatternError("a regular expression that looks around and repeats what repeats")
    node = Repeat(part, least, most)
    if node.cost > MAX_COST:
        raise PatternError("a regular expression that looks around and repeats too much")
    return node


def _line_starts(subject: Subject) -> Places:
    return (subject.before(lambda one: one == "\n") << 1) | 1


def _line_ends(subject: Subject) -> Places:
    return subject.before(lambda one: one == "\n") | 1 << subject.size


def _is_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter == "_")


def _edges(subject: Subject) -> Places:
    words = subject.before(_is_word)
    return (words ^ (words << 1)) & subject.all


_EDGES: Final = {
    "^": lambda subject: 1,
    "$": lambda subject: 1 << subject.size | (1 << subject.size >> 1 if subject.text.endswith("\n") else 0),
    "A": lambda subject: 1,
    "z": lambda subject: 1 << subject.size,
    "Z": lambda subject: 1 << subject.size,
    "b": _edges,
    "B": lambda subject: subject.all & ~_edges(subject),
}
