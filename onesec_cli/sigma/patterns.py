"""Regular expressions that no text can slow down: RE2, and for what it does not know, sets of places.

Most patterns run in RE2, in time linear in the text. One that looks around is matched by `around.py`, which is bounded as
well. What neither can bound is refused when the rule is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Protocol

from onesec_cli.sigma.around_syntax import read_pattern
from onesec_cli.sigma.errors import PatternError

MAX_PATTERN: Final = 20_000
"""Characters of one pattern."""
SET_MEMORY: Final = 256 * 1024 * 1024
"""Bytes that RE2 may take for a set; it takes what it needs."""
RE2: Final = "re2"
AROUND: Final = "around"


class Finder(Protocol):
    """A pattern made ready."""

    engine: str
    """`re2` or `around`."""

    def found(self, text: str) -> bool:
        """Whether the pattern finds something in a text."""


class _Linear:
    """A pattern in RE2."""

    engine = RE2

    def __init__(self, pattern: Any, ends: bool) -> None:
        self._search = pattern.search
        self._ends = ends
        """Whether the pattern has a `$`: Sigma's expressions are PCRE's, whose `$` is before a last line end, too."""

    def found(self, text: str) -> bool:
        try:
            found = self._search(text) is not None
        except UnicodeEncodeError:  # half of a surrogate pair, which no encoding knows
            return self.found(text.encode("utf-8", "replace").decode())
        if not found and self._ends and text.endswith("\n"):
            return self._search(text[:-1]) is not None
        return found


def ends_early(pattern: str) -> bool:
    """Whether what a pattern finds may end before a last line end: it has a `$`, as PCRE reads it."""
    return "$" in pattern and "\\z" not in pattern


class Together:
    """Many patterns, held against a text in one go."""

    def __init__(self, patterns: Any) -> None:
        self._match = patterns.Match

    def found(self, text: str) -> list[int]:
        """The places of the patterns that find something."""
        try:
            return self._match(text) or []
        except UnicodeEncodeError:  # half of a surrogate pair, which no encoding knows
            return self._match(text.encode("utf-8", "replace").decode()) or []


def together(patterns: Sequence[str]) -> Together | None:
    """Patterns that RE2 takes as one set; None where they are too large for one."""
    import re2  # type: ignore[import-untyped]  # needed only where a rule has a pattern; ships no types

    options = re2.Options()
    options.log_errors = False
    options.max_mem = SET_MEMORY
    made = re2.Set.SearchSet(options)
    try:
        for pattern in patterns:
            made.Add(pattern)
        made.Compile()
    except re2.error:
        return None
    return Together(made)


@lru_cache(4096)
def finder(pattern: str, flags: str = "") -> Finder:
    """The pattern made ready. Raises PatternError."""
    import re2  # needed only where a rule has a pattern

    if len(pattern) > MAX_PATTERN:
        raise PatternError(f"a regular expression longer than {MAX_PATTERN:,} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        made = re2.compile(f"(?{flags}){pattern}" if flags else pattern, options)
        return _Linear(made, ends_early(pattern))
    except re2.error as reason:
        told = reason.args[0] if reason.args else ""
        message = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
    except UnicodeEncodeError:
        raise PatternError("a regular expression with half of a surrogate pair") from None
    if "(?" in message or "perl operator" in message:
        return read_pattern(pattern, flags)
    raise PatternError(f"not a regular expression: {message}")
