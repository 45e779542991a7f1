"""Classes of letters in patterns that look around: `[a-z]`, `\\d`, `.` and their like, ASCII as in RE2."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from msgspec import Struct

from onesec_cli.sigma.errors import PatternError

MAX_RANGES: Final = 2_000

_LAST: Final = chr(0x10FFFF)


class Ranges(Struct, frozen=True):
    """Letters from one to another, or all others."""

    pairs: tuple[tuple[str, str], ...]
    denied: bool = False

    def holds(self, letter: str) -> bool:
        return any(low <= letter <= high for low, high in self.pairs) is not self.denied


class Class:
    """A class of letters, of either case if wanted."""

    def __init__(self, ranges: Ranges, either_case: bool) -> None:
        self._ranges, self._either = ranges, either_case

    def holds(self, letter: str) -> bool:
        """Whether a letter is in the class."""
        if not self._either:
            return self._ranges.holds(letter)
        plain = Ranges(self._ranges.pairs)
        return any(map(plain.holds, _cases(letter))) is not self._ranges.denied


@lru_cache(4096)
def _cases(letter: str) -> tuple[str, ...]:
    forms = (letter, letter.lower(), letter.upper(), letter.casefold())
    return tuple(dict.fromkeys(form for form in forms if len(form) == 1))


_DIGITS: Final = (("0", "9"),)
_WORD: Final = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_SPACE: Final = (("\t", "\n"), ("\f", "\r"), (" ", " "))
_KINDS: Final = {"d": _DIGITS, "w": _WORD, "s": _SPACE, "h": (("\t", "\t"), (" ", " "))}
_SIGNS: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "0": "\0"}
_NAMES: Final = {
    "digit": _DIGITS,
    "word": _WORD,
    "space": (*_SPACE, ("\v", "\v")),
    "alpha": (("A", "Z"), ("a", "z")),
    "alnum": (*_DIGITS, ("A", "Z"), ("a", "z")),
    "upper": (("A", "Z"),),
    "lower": (("a", "z"),),
    "xdigit": (*_DIGITS, ("A", "F"), ("a", "f")),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
}


def escaped(pattern: str, at: int) -> tuple[Ranges, int]:
    """What `\\` and the letter at a place mean, and the place behind. Raises PatternError."""
    letter = pattern[at]
    at += 1
    if letter.lower() in _KINDS:
        return Ranges(_KINDS[letter.lower()], letter.isupper()), at
    if letter in _SIGNS:
        return _one(_SIGNS[letter]), at
    if letter in "xu":
        return _numbered(pattern, at, 2 if letter == "x" else 4)
    if letter.isalnum() and letter.isascii():
        what = "a back-reference" if letter.isdigit() or letter in "kg" else f"the escape \\{letter}"
        raise PatternError(f"a regular expression with {what}, which cannot be matched in bounded time")
    return _one(letter), at


def _one(letter: str) -> Ranges:
    return Ranges(((letter, letter),))


def _numbered(pattern: str, at: int, size: int) -> tuple[Ranges, int]:
    """A letter by its number: `\\x41`, `\\x{1F600}`, `\\u00e9`."""
    digits, behind = pattern[at : at + size], at + size
    if pattern.startswith("{", at):
        end = pattern.find("}", at)
        digits, behind = pattern[at + 1 : end], end + 1
    try:
        return _one(chr(int(digits, 16))), behind
    except (ValueError, OverflowError):
        raise PatternError("a regular expression with a letter whose number is none") from None


def read_class(pattern: str, at: int) -> tuple[Ranges, int]:
    """The class that begins behind a `[`, and the place behind its `]`. Raises PatternError."""
    denied = pattern.startswith("^", at)
    at += denied
    pairs: list[tuple[str, str]] = []
    first = True
    while first or not pattern.startswith("]", at):
        first = False
        if at >= len(pattern) or len(pairs) > MAX_RANGES:
            raise PatternError("a regular expression with a class that does not end")
        found, at = _member(pattern, at)
        if len(found) == 1 and found[0][0] == found[0][1] and _is_range(pattern, at):
            upper, at = _member(pattern, at + 1)
            if len(upper) != 1 or upper[0][0] < found[0][0]:
                raise PatternError("a regular expression with a range of letters that is none")
            found = ((found[0][0], upper[0][0]),)
        pairs += found
    return Ranges(tuple(pairs), denied), at + 1


def _is_range(pattern: str, at: int) -> bool:
    return pattern.startswith("-", at) and at + 1 < len(pattern) and pattern[at + 1] != "]"


def _member(pattern: str, at: int) -> tuple[tuple[tuple[str, str], ...], int]:
    """One letter or one named class inside `[...]`."""
    if pattern.startswith("[:", at):
        end = pattern.find(":]", at)
        name = pattern[at + 2 : end] if end > 0 else ""
        if name in _NAMES:
            return _NAMES[name], end + 2
    if at >= len(pattern):
        raise PatternError("a regular expression with a class that does not end")
    if pattern[at] != "\\":
        return ((pattern[at], pattern[at]),), at + 1
    if at + 1 >= len(pattern):
        raise PatternError("a regular expression that ends in a backslash")
    if pattern[at + 1] == "b":
        return (("\b", "\b"),), at + 2
    ranges, at = escaped(pattern, at + 1)
    return _others(ranges.pairs) if ranges.denied else ranges.pairs, at


def _others(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """All letters that are in none of some ranges, which are in order."""
    found, start = [], "\0"
    for low, high in pairs:
        if start < low:
            found.append((start, chr(ord(low) - 1)))
        start = chr(ord(high) + 1)
    return (*found, (start, _LAST))
