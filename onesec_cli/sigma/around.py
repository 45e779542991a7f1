"""Patterns that look around, matched with sets of places instead of backtracking.

Every part of a pattern maps the set of places it may begin at to the set of places it may end at, and back again; a set is
one integer with a bit for each place of the text. A look ahead is the set of places its part can begin at, a look behind
the set of places its part can end at. There is nothing to try again, so the work is bounded by the pattern and the length of
the text alone: letters, classes and repeats of them cost a few operations on integers, a repeat of a longer part at most one
round for each place.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

MAX_COST: Final = 3_000
"""Operations of one pass of a pattern, counted repeats unrolled."""
MAX_ROUND: Final = 150
"""Operations of one round of a repeat that may go round once for each place."""
LONG: Final = 200_000
"""Characters of a text that are looked at."""
SHORT: Final = 16_384
"""The same for a pattern with a repeat that goes round for each place."""

Places = int
Member = Callable[[str], bool]


class Subject:
    """A text, and the sets of places that parts of a pattern have asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)
        self.all: Places = (1 << (self.size + 1)) - 1
        self._letters = sorted(set(text))
        self._known: dict[int, Places] = {}

    def letters(self, part: Letters) -> Places:
        """The places in front of a letter of a class."""
        found = self._known.get(id(part))
        if found is None:
            found = self._known[id(part)] = self.before(part.member)
        return found

    def before(self, member: Member) -> Places:
        """The places in front of the letters that a predicate takes."""
        table = {ord(letter): "1" if member(letter) else "0" for letter in self._letters}
        return int(self.text.translate(table)[::-1] or "0", 2)

    def kept(self, part: Node, make: Callable[[], Places]) -> Places:
        """A set that does not depend on where a match began, made once."""
        found = self._known.get(id(part))
        if found is None:
            found = self._known[id(part)] = make()
        return found

    def turned(self, places: Places, size: int) -> Places:
        """A set of `size` places, counted from the other end."""
        return int(f"{places:0{size}b}"[::-1], 2)


class Node(ABC):
    """A part of a pattern."""

    cost: int = 1
    """Operations of one pass."""
    rounds: bool = False
    """Whether it repeats a part once for each place."""

    @abstractmethod
    def ends(self, subject: Subject, starts: Places) -> Places:
        """Where it may end if it begins at one of these places."""

    @abstractmethod
    def starts(self, subject: Subject, ends: Places) -> Places:
        """Where it may begin if it ends at one of these places."""


class Letters(Node):
    """One letter of a class."""

    def __init__(self, member: Member) -> None:
        self.member = member

    def ends(self, subject: Subject, starts: Places) -> Places:
        return (starts & subject.letters(self)) << 1

    def starts(self, subject: Subject, ends: Places) -> Places:
        return (ends >> 1) & subject.letters(self)


class Spot(Node):
    """A place that needs no letter: the start, the end, the edge of a word."""

    def __init__(self, find: Callable[[Subject], Places]) -> None:
        self._find = find

    def ends(self, subject: Subject, starts: Places) -> Places:
        return starts & subject.kept(self, lambda: self._find(subject))

    def starts(self, subject: Subject, ends: Places) -> Places:
        return self.ends(subject, ends)


class Around(Node):
    """A look ahead or behind: a place where its part does, or does not, begin or end."""

    def __init__(self, part: Node, ahead: bool, wanted: bool) -> None:
        self._part, self._ahead, self._wanted = part, ahead, wanted
        self.cost, self.rounds = part.cost + 1, part.rounds

    def _places(self, subject: Subject) -> Places:
        look = self._part.starts if self._ahead else self._part.ends
        found = look(subject, subject.all)
        return found if self._wanted else subject.all & ~found

    def ends(self, subject: Subject, starts: Places) -> Places:
        return starts & subject.kept(self, lambda: self._places(subject))

    def starts(self, subject: Subject, ends: Places) -> Places:
        return self.ends(subject, ends)


class Row(Node):
    """Parts one after another."""

    def __init__(self, parts: list[Node]) -> None:
        self._parts = parts
        self.cost = sum(part.cost for part in parts)
        self.rounds = any(part.rounds for part in parts)

    def ends(self, subject: Subject, starts: Places) -> Places:
        for part in self._parts:
            if not starts:
                break
            starts = part.ends(subject, starts)
        return starts

    def starts(self, subject: Subject, ends: Places) -> Places:
        for part in reversed(self._parts):
            if not ends:
                break
            ends = part.starts(subject, ends)
        return ends


class Choice(Node):
    """One of several parts."""

    def __init__(self, parts: list[Node]) -> None:
        self._parts = parts
        self.cost = sum(part.cost for part in parts)
        self.rounds = any(part.rounds for part in parts)

    def ends(self, subject: Subject, starts: Places) -> Places:
        found = 0
        for part in self._parts:
            found |= part.ends(subject, starts)
        return found

    def starts(self, subject: Subject, ends: Places) -> Places:
        found = 0
        for part in self._parts:
            found |= part.starts(subject, ends)
        return found


class Run(Node):
    """Any number of letters of a class, none as well: one addition carries a place over the letters behind it."""

    cost = 4

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def ends(self, subject: Subject, starts: Places) -> Places:
        letters = subject.letters(self._letters)
        return ((((starts & letters) + letters) ^ letters) | starts) & subject.all

    def starts(self, subject: Subject, ends: Places) -> Places:
        size = subject.size
        letters = subject.turned(subject.letters(self._letters), size) if size else 0
        turned = subject.turned(ends, size + 1)
        found = (((turned & letters) + letters) ^ letters) | turned
        return subject.turned(found & subject.all, size + 1)


class Repeat(Node):
    """A part several times over; without `most`, as often as it can be."""

    def __init__(self, part: Node, least: int, most: int | None) -> None:
        self._part, self._least, self._most = part, least, most
        self.rounds = part.rounds or most is None
        self.cost = part.cost * (least + 1 if most is None else max(most, 1))

    def ends(self, subject: Subject, starts: Places) -> Places:
        return self._again(lambda places: self._part.ends(subject, places), starts)

    def starts(self, subject: Subject, ends: Places) -> Places:
        return self._again(lambda places: self._part.starts(subject, places), ends)

    def _again(self, once: Callable[[Places], Places], places: Places) -> Places:
        for _ in range(self._least):
            places = once(places)
            if not places:
                return 0
        found = places
        left = -1 if self._most is None else self._most - self._least
        while places and left != 0:
            places = once(places) & ~found
            found |= places
            left -= 1
        return found


class Finder:
    """A pattern that looks around, made ready."""

    engine = "around"

    def __init__(self, pattern: Node) -> None:
        self._pattern = pattern
        self._most = SHORT if pattern.rounds else LONG

    def found(self, text: str) -> bool:
        """Whether the pattern finds something in a text (in its beginning, if the text is very long)."""
        subject = Subject(text[: self._most])
        return self._pattern.ends(subject, subject.all) != 0
