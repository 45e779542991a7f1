"""What one text says to whoever reads it: its orders with their marks, its values, its words. Pure, and remembered."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import Final

from msgspec import Struct

from onesec_cli.state.text.marks import DISGUISED, HIDDEN, ROLE, ROLE_HINTS, STRONG, marks_of, role_tags
from onesec_cli.state.text.normal import Hidden, lay_open
from onesec_cli.state.text.sentences import TRIGGERS, Order, Sentence, order_in, sentences, words_in
from onesec_cli.state.text.values import Value, find_values

MAX_ORDERS: Final = 200
"""Orders of one text that are kept."""
REACH_AFTER: Final = 700
"""Characters after a mark within which an order stands under it."""
REACH_BEFORE: Final = 400
"""Characters before a mark within which an order still belongs to it."""
MAX_QUOTE: Final = 900
"""Characters of one instruction that are kept."""
MAX_NEAR: Final = 40
"""Marks near one order that are looked at."""
REMEMBERED: Final = 4_096
"""Texts whose reading is remembered; longer ones than `LONG` are read again."""
LONG: Final = 200_000

_WORD: Final = re.compile(r"[a-z][a-z'’-]*")


class Instruction(Struct, frozen=True, gc=False):
    """Words of a text that tell somebody to do something."""

    text: str
    """The sentence and what continues it, white space folded."""
    manner: str
    kinds: frozenset[str]
    """Kinds of acts it asks for (`verbs.py`); `other` where no table knows the verb."""
    marks: frozenset[str]
    """Signs that it speaks to the agent (`marks.py`)."""
    way: str = ""
    """How it was hidden, if it was."""

    @property
    def marked(self) -> bool:
        """Whether a strong mark stands on it or near it."""
        return not self.marks.isdisjoint(STRONG)


class Reading(Struct, frozen=True, gc=False):
    """What one text says."""

    instructions: tuple[Instruction, ...] = ()
    values: tuple[Value, ...] = ()
    """Typed values of the visible text and of what it hides."""
    hidden: tuple[Hidden, ...] = ()
    disguised: bool = False
    more: bool = False
    """Whether there were more instructions than are kept."""


EMPTY: Final = Reading()


def read(text: str) -> Reading:
    """What a text says; remembered for texts of ordinary length."""
    if not text:
        return EMPTY
    return _remembered(text) if len(text) <= LONG else _read(text)


def _read(text: str) -> Reading:
    laid = lay_open(text)
    found = _instructions(laid.visible, frozenset({DISGUISED}) if laid.disguised else frozenset(), "")
    values = list(find_values(laid.visible))
    for hidden in laid.hidden:
        open_way = hidden.way in ("a comment", "an attribute", "the text of a link or image", "percent-encoding")
        base = frozenset({HIDDEN}) if open_way else frozenset({HIDDEN, DISGUISED})
        found += _instructions(hidden.text, base, hidden.way)
        values += find_values(hidden.text)
    return Reading(tuple(found[:MAX_ORDERS]), tuple(values), laid.hidden, laid.disguised, len(found) > MAX_ORDERS)


_remembered = lru_cache(maxsize=REMEMBERED)(_read)


def _instructions(text: str, base: frozenset[str], way: str) -> list[Instruction]:
    known = set(_WORD.findall(text.lower()))
    if known.isdisjoint(TRIGGERS):
        return []
    pieces = sentences(text)
    tags = role_tags(text) if not known.isdisjoint(ROLE_HINTS) else []
    marks: list[tuple[int, set[str]]] = [(place, {ROLE}) for place in tags]
    orders: list[tuple[int, Order]] = []
    for index, piece in enumerate(pieces):
        raw, words = words_in(piece.text)
        said = marks_of(piece.text, words)
        if said:
            marks.append((piece.start, said))
        order = order_in(raw, words) if len(words) > 1 else None
        if order is not None:
            orders.append((index, order))
    marks.sort(key=lambda one: one[0])
    places = [place for place, _ in marks]
    return [
        Instruction(
            _quote(pieces, index), order.manner, order.kinds, base | _marks_near(pieces[index], marks, places), way
        )
        for index, order in orders[: MAX_ORDERS + 1]
    ]


def _marks_near(piece: Sentence, marks: list[tuple[int, set[str]]], places: list[int]) -> frozenset[str]:
    """Strong marks reach on to what follows and a little back; weak ones stay in their sentence or the one before."""
    near: set[str] = set()
    first = bisect_left(places, piece.start - REACH_AFTER)
    last = bisect_right(places, piece.start + len(piece.text) + REACH_BEFORE)
    for place, said in marks[first : min(last, first + MAX_NEAR)]:
        near |= said & STRONG
        if piece.start - 60 <= place <= piece.start:
            near |= said
    return frozenset(near)


def _quote(pieces: list[Sentence], index: int) -> str:
    """The sentence with the ones that go on from it: details after a colon, an unfinished line."""
    text = pieces[index].text
    for piece in pieces[index + 1 : index + 7]:
        if len(text) >= MAX_QUOTE:
            break
        text += "\n" + piece.text
    return " ".join(text[:MAX_QUOTE].split())
