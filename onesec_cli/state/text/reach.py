"""How far a mark reaches: on to what follows, and back only where its sentence points back."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from typing import Final, NamedTuple

from onesec_cli.state.text.marks import ADDRESS, AUTHORITY, ERRAND, OVERRIDE, QUOTED, SECRECY, STRONG, TASK

AFTER: Final = 700
"""Characters after a mark within which an order stands under it."""
LIST: Final = 300
"""Characters after the word of a task within which more of the task follows."""
MAX_NEAR: Final = 40
"""Marks near one order that are looked at."""

_REACHING: Final = STRONG | {QUOTED}
_POINTING: Final = frozenset({"this", "it", "so", "that"})
_DOING: Final = frozenset(
    ("do", "did", "done", "complete", "perform", "follow", "mention", "finish", "execute", "obey", "reveal", "disclose", "apply", "after")
)  # fmt: skip
_NEGATIONS: Final = frozenset({"no", "not", "don't", "never", "without", "dont", "avoid"})
_BACKWARD: Final = frozenset({OVERRIDE, AUTHORITY, ERRAND, ADDRESS})


class Mark(NamedTuple):
    """The marks of one sentence."""

    place: int
    said: frozenset[str]
    back: frozenset[str]
    """Those that hold for the sentence before, too."""


def mark(place: int, said: set[str], words: list[str]) -> Mark:
    """A mark; it points back where it asks to keep something secret, or says "do this" of what came before."""
    back: set[str] = set()
    if any(one in _DOING and other in _POINTING for one, other in pairwise(words[:12])):
        back |= said & _BACKWARD
    if not _NEGATIONS.isdisjoint(words[:4]):
        back |= said & {SECRECY}
    return Mark(place, frozenset(said), frozenset(back))


class Reach:
    """All marks of a text, for looking up which of them an order stands under."""

    def __init__(self, text: str, marks: list[Mark]) -> None:
        self._text = text
        self._marks = sorted(marks, key=lambda one: one.place)
        self._places = [one.place for one in self._marks]

    def near(self, start: int, end: int) -> frozenset[str]:
        """The marks an order at `[start, end)` stands under: strong ones before it, its own, those that point back to it."""
        text = self._text
        near: set[str] = set()
        first, last = bisect_left(self._places, start - AFTER), bisect_right(self._places, end + 3)
        for place, said, back in self._marks[max(first, last - MAX_NEAR) : last]:
            if place >= end:
                near |= back if "\n\n" not in text[end : place + 1] else set()
            elif QUOTED in said and place < start:
                near.add(QUOTED)
            else:
                near |= said & _REACHING
                if TASK in said and "\n\n" not in text[place:start] and start - place < LIST:
                    near.add(TASK)
                if place >= start or (place >= start - 60 and ". " not in text[place:start]):
                    near |= said
        return frozenset(near)

    def wall(self, end: int) -> int:
        """Where the next marked sentence after an order begins."""
        place = bisect_right(self._places, end - 1)
        return self._places[place] if place < len(self._places) else len(self._text)
