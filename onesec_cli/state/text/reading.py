"""What one text says to whoever reads it: its orders with their marks, its values, its words. Pure, and remembered."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import Final

from msgspec import Struct

from onesec_cli.state.text.languages import asks, foreign_marks, kinds_in, may_be_foreign
from onesec_cli.state.text.marks import (
    ADDRESS,
    BACKWARD,
    DISGUISED,
    HIDDEN,
    QUOTED,
    ROLE,
    ROLE_HINTS,
    STRONG,
    TASK,
    URGENT,
    VOCABULARY,
    marks_of,
    possible_marks,
    role_tags,
)
from onesec_cli.state.text.normal import Hidden, lay_open
from onesec_cli.state.text.sentences import (
    IMPERATIVE,
    REQUEST,
    TRIGGERS,
    Order,
    Sentence,
    is_english,
    order_in,
    sentences,
    statement_in,
    unglue,
    with_plain_letters,
    words_in,
)
from onesec_cli.state.text.values import DESTINATIONS, Value, find_values
from onesec_cli.state.text.verbs import OTHER

MAX_ORDERS: Final = 200
"""Orders of one text that are kept."""
REACH_AFTER: Final = 700
"""Characters after a mark within which an order stands under it."""
_HOT: Final = TRIGGERS | VOCABULARY
_REACHING: Final = STRONG | {QUOTED}
_QUOTES: Final = ("'", '"', "`", "“", "‘", "«")
_FIELD: Final = re.compile(r"[-*#|>\"'}\]]|[\w.-]{1,40}:(?:\s|$)|[A-Z][\w -]{1,30}:\s|\s*[-*]\s")
MAX_QUOTE: Final = 900
"""Characters of one instruction that are kept."""
MAX_NEAR: Final = 40
"""Marks near one order that are looked at."""
REMEMBERED: Final = 4_096
"""Texts whose reading is remembered; longer ones than `LONG` are read again."""
LONG: Final = 200_000

_WORD: Final = re.compile(r"[a-z][a-z'’-]*")


_PLAIN_PLACES: Final = frozenset({"a comment", "an attribute", "the text of a link or image", "percent-encoding"})
"""Hiding places that honest pages use too."""


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
    purpose: frozenset[str] = frozenset()
    """Kinds of what it says it is good for."""

    @property
    def marked(self) -> bool:
        """Whether a strong mark stands on it or near it."""
        return QUOTED not in self.marks and not self.marks.isdisjoint(STRONG)


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
    visible = unglue(laid.visible)
    values = find_values(visible)
    found = _instructions(visible, frozenset({DISGUISED}) if laid.disguised else frozenset(), "", values)
    for hidden in laid.hidden:
        base = frozenset({HIDDEN}) if hidden.way in _PLAIN_PLACES else frozenset({HIDDEN, DISGUISED})
        inner = find_values(hidden.text)
        found += _instructions(hidden.text, base, hidden.way, inner)
        values += inner
    return Reading(tuple(found[:MAX_ORDERS]), values, laid.hidden, laid.disguised, len(found) > MAX_ORDERS)


_remembered = lru_cache(maxsize=REMEMBERED)(_read)


def _instructions(text: str, base: frozenset[str], way: str, values: tuple[Value, ...]) -> list[Instruction]:
    lowered = text.lower()
    known = set(_WORD.findall(lowered))
    garbled = with_plain_letters(lowered, known)
    aims = [value.start for value in values if value.kind in DESTINATIONS]
    if known.isdisjoint(TRIGGERS) and not aims and not may_be_foreign(text, known):
        return []
    pieces = sentences(text)
    tags = role_tags(text) if not known.isdisjoint(ROLE_HINTS) else []
    marks: list[tuple[int, set[str]]] = [(place, {ROLE}) for place in tags]
    possible = possible_marks(text, known)
    hot = [word for word in known if word in _HOT]
    foreign = may_be_foreign(text, known)
    orders: list[tuple[int, Order]] = []
    aimed = 0
    for index, piece in enumerate(pieces):
        end = piece.start + len(piece.text)
        aim = aimed < len(aims) and aims[aimed] < end
        while aimed < len(aims) and aims[aimed] < end:
            aimed += 1
        under = bool(marks) and piece.start - marks[-1][0] < REACH_AFTER
        low = piece.text.lower()
        if not (
            aim
            or under
            or foreign
            or garbled
            or URGENT in possible
            or TASK in possible
            or any(word in low for word in hot)
        ):
            continue
        raw, words = words_in(piece.text)
        said = marks_of(piece.text, words, possible) if possible else set()
        if QUOTED in said and not any(sign in piece.text for sign in _QUOTES):
            said.discard(QUOTED)
        if said:
            marks.append((piece.start, said))
        order = order_in(raw, words, under or bool(said)) if len(words) > 1 else None
        if foreign and (order is None or not is_english(words)):
            told = _in_other_words(piece.text, words, aim)
            if told is not None:
                order = told
                abroad = foreign_marks(piece.text, words)
                if abroad:
                    marks.append((piece.start, abroad))
        if order is None and aim:
            order = statement_in(words)
        if order is not None:
            orders.append((index, order))
    marks.sort(key=lambda one: one[0])
    places = [place for place, _ in marks]
    return [
        _instruction(text, pieces, index, order, marks, places, base, way) for index, order in orders[: MAX_ORDERS + 1]
    ]


def _in_other_words(text: str, words: list[str], aim: bool) -> Order | None:
    """An order in another language: with a word of request, or with a verb and somewhere to go."""
    if is_english(words):
        return None
    kinds = kinds_in(text, words)
    if asks(text, words):
        return Order(REQUEST, kinds or frozenset({OTHER}))
    return Order(IMPERATIVE, kinds) if kinds and aim and sum(word.isalpha() for word in words) >= 4 else None


def _instruction(
    text: str,
    pieces: list[Sentence],
    index: int,
    order: Order,
    marks: list[tuple[int, set[str]]],
    places: list[int],
    base: frozenset[str],
    way: str,
) -> Instruction:
    piece = pieces[index]
    near = base | _marks_near(text, piece, marks, places)
    if not any(sign in piece.text for sign in _QUOTES):
        near -= {QUOTED}
    wall = bisect_right(places, piece.start + len(piece.text) - 1)
    return Instruction(
        _quote(pieces, index, near, places[wall] if wall < len(places) else len(text)),
        order.manner,
        order.kinds,
        near,
        way,
        order.purpose,
    )


def _marks_near(text: str, piece: Sentence, marks: list[tuple[int, set[str]]], places: list[int]) -> frozenset[str]:
    """Strong marks reach on to what follows; a few reach back to the sentence just before; weak ones stay in their sentence."""
    near: set[str] = set()
    end = piece.start + len(piece.text)
    first, last = bisect_left(places, piece.start - REACH_AFTER), bisect_right(places, end + 3)
    for place, said in marks[max(first, last - MAX_NEAR) : last]:
        if place >= end:
            gap = text[end : place + 1]
            near |= said & (BACKWARD if "\n" in gap else BACKWARD | {ADDRESS}) if "\n\n" not in gap else set()
        else:
            near |= {QUOTED} if QUOTED in said and place < piece.start else said & _REACHING
            if place >= piece.start - 60 and (place >= piece.start or not text[place : piece.start].count(". ")):
                near |= said
    return frozenset(near)


def _quote(pieces: list[Sentence], index: int, near: frozenset[str], wall: int) -> str:
    """The sentence with the ones that go on from it: under a mark a few more, else details after a colon or an unfinished line."""
    text = last = pieces[index].text
    marked = not near.isdisjoint(STRONG)
    for piece in pieces[index + 1 : index + (6 if marked else 9)]:
        announced = last.rstrip()[-1:] == ":" or "following" in last or "below" in last or "these " in last
        if len(text) >= MAX_QUOTE or (not announced and _FIELD.match(piece.text)):
            break
        if not marked and (piece.start >= wall or not (announced or last.rstrip()[-1:] not in ".!?")):
            break
        last = piece.text
        text += "\n" + last
    return " ".join(text[:MAX_QUOTE].split())
