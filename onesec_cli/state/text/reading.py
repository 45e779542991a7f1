"""What one text says to whoever reads it: its orders with their marks, its values, its words. Pure, and remembered."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from onesec_cli.state.text.languages import asks, foreign_marks, is_dense, kinds_in, may_be_foreign
from onesec_cli.state.text.marks import (
    DISGUISED,
    HIDDEN,
    QUOTED,
    ROLE,
    STRONG,
    TASK,
    URGENT,
    VOCABULARY,
    marks_of,
    possible_marks,
)
from onesec_cli.state.text.normal import MAX_TEXT, Hidden, lay_open
from onesec_cli.state.text.orders import IMPERATIVE, PLEA, Order
from onesec_cli.state.text.reach import AFTER, Mark, Reach, mark
from onesec_cli.state.text.role_tags import ROLE_HINTS, role_tags
from onesec_cli.state.text.sentences import TRIGGERS, order_in, with_plain_letters, words_in
from onesec_cli.state.text.signs import signs_in
from onesec_cli.state.text.split import Sentence, sentences, unglue
from onesec_cli.state.text.statements import is_english, statement_in
from onesec_cli.state.text.values import DESTINATIONS, Value, find_values
from onesec_cli.state.text.verbs import OTHER
from onesec_cli.state.wordlists import remembered

MAX_ORDERS: Final = 8_000
"""Orders of one text that are kept."""
_HOT: Final = TRIGGERS | VOCABULARY
_QUOTES: Final = ("'", '"', "`", "“", "‘", "«")
_FIELD: Final = re.compile(r"[-*#|>\"'}\]]|[\w.-]{1,40}:(?:\s|$)|[A-Z][\w -]{1,30}:\s|\s*[-*]\s")
_ANY_WORD: Final = re.compile(r"[^\W\d_]{2,}")
MAX_QUOTE: Final = 900
"""Characters of one instruction that are kept."""
REMEMBERED: Final = 4_096
"""Texts whose reading is remembered; longer ones than `LONG` are read again."""
LONG: Final = 200_000
SENTENCES: Final = 8_192
"""Sentences whose judgement is remembered."""
MAX_PARTS: Final = 16
"""Parts of `MAX_TEXT` characters of one text that are read: what stands behind megabytes of filling is found."""
OVERLAP: Final = 2_000
"""Characters that two parts share, so that nothing is cut in two."""

_FRAME: Final = frozenset("{}[]:\\\n")
"""Marks of records and lines, which nobody said."""
_GAP: Final = 8
"""Characters between two sentences that a quote keeps."""

_WORD: Final = re.compile(r"[a-zà-öø-žа-я][a-zà-öø-žа-я'’-]*")


_PLAIN_PLACES: Final = frozenset(
    {"a comment", "an attribute", "the text of a link or image", "percent-encoding", "letters set apart"}
)
"""Hiding places that honest pages use too."""


class Instruction(Struct, frozen=True, gc=False):
    """Words of a text that tell somebody to do something."""

    text: str
    """The sentence and what continues it, white space folded: what is judged."""
    quote: str
    """The same with the marks that stand between its sentences: what is shown."""
    manner: str
    kinds: frozenset[str]
    """Kinds of acts it asks for (`verbs.py`); `other` where no table knows the verb."""
    marks: frozenset[str]
    """Signs that it speaks to the agent (`marks.py`)."""
    way: str = ""
    """How it was hidden, if it was."""
    purpose: frozenset[str] = frozenset()
    """Kinds of what it says it is good for."""
    goal: frozenset[str] = frozenset()
    """Meanings of the verbs of what it says it is good for."""

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
    speaks: bool = False
    """Whether some instruction is marked, or quoted as such."""
    more: bool = False
    """Whether there were more instructions than are kept, or more text than is read."""


EMPTY: Final = Reading()
_UNMARKED: Final = Mark(0, frozenset(), frozenset())


def read(text: str) -> Reading:
    """What a text says; remembered for texts of ordinary length, and for the last few of the others."""
    if not text:
        return EMPTY
    return _remembered(text) if len(text) <= LONG else _in_parts(text)


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
    kept = tuple(found[:MAX_ORDERS])
    speaks = any(one.marked or QUOTED in one.marks for one in kept)
    return Reading(kept, values, laid.hidden, laid.disguised, speaks, len(found) > MAX_ORDERS)


_remembered = remembered(REMEMBERED)(_read)


@remembered(4)
def _in_parts(text: str) -> Reading:
    """A long text, part by part."""
    step = MAX_TEXT - OVERLAP
    starts = range(0, max(len(text) - OVERLAP, 1), step)
    read = [_read(text[start : start + MAX_TEXT]) for start in starts[:MAX_PARTS]]
    if len(read) == 1:
        return read[0]
    said = tuple(dict.fromkeys(one for part in read for one in part.instructions))
    return Reading(
        said[:MAX_ORDERS],
        tuple(value for part in read for value in part.values),
        tuple(dict.fromkeys(one for part in read for one in part.hidden)),
        any(part.disguised for part in read),
        any(part.speaks for part in read),
        len(said) > MAX_ORDERS or len(starts) > MAX_PARTS or any(part.more for part in read),
    )


class _Text:
    """One text while it is read: what its words make possible, the orders and marks found so far."""

    def __init__(self, text: str, values: tuple[Value, ...]) -> None:
        lowered = text.lower()
        known = set(_WORD.findall(lowered))
        if not text.isascii():
            known.update(_ANY_WORD.findall(lowered))
        self.text = text
        self.garbled = with_plain_letters(lowered, known, signs_in(text))
        self.foreign = may_be_foreign(text, known)
        self.aims = [value.start for value in values if value.kind in DESTINATIONS]
        self.possible = possible_marks(text, known)
        plain = known.isdisjoint(TRIGGERS) and self.possible.isdisjoint(STRONG)
        self.empty = plain and not self.aims and not self.foreign
        self.hot = sorted((word for word in known if word in _HOT), key=len)
        self.every = self.foreign or self.garbled or URGENT in self.possible or TASK in self.possible
        tags = role_tags(text) if not known.isdisjoint(ROLE_HINTS) else []
        self.marks = [Mark(place, frozenset({ROLE}), frozenset()) for place in tags]
        self.orders: list[tuple[int, Order]] = []

    def take(self, index: int, piece: Sentence, aim: bool) -> None:
        """Judge one sentence; `aim` says whether it names where something can go."""
        under = bool(self.marks) and piece.start - self.marks[-1].place < AFTER
        if not (aim or under or self.every) and not self._warm(piece.text.lower()):
            return
        judged = _known if len(piece.text) <= 2_000 else _judged
        said, back, order = judged(piece.text, self.possible, under, aim, self.foreign)
        if said:
            self.marks.append(Mark(piece.start, said, back))
        if order is not None:
            self.orders.append((index, order))

    def _warm(self, low: str) -> bool:
        """Whether a sentence holds a word that can make an order or a mark."""
        for word in self.hot:  # noqa: SIM110  # a generator costs more than the search
            if word in low:
                return True
        return False


def _judged(
    text: str, possible: frozenset[str], under: bool, aim: bool, foreign: bool
) -> tuple[frozenset[str], frozenset[str], Order | None]:
    """The marks of a sentence, those of them that point back, and the order it is. Texts share most of their sentences."""
    raw, words = words_in(text)
    said = marks_of(text, words, possible) if possible else set()
    if QUOTED in said and not any(sign in text for sign in _QUOTES):
        said.discard(QUOTED)
    order = order_in(raw, words, under or bool(said)) if len(words) > 1 else None
    if foreign and not is_english(words):
        said = said | foreign_marks(text, words)
        order = _in_other_words(text, words, aim, under or bool(said)) or order
    if order is None and aim:
        order = statement_in(words, foreign)
    marked = mark(0, said, words) if said else _UNMARKED
    return marked.said, marked.back, order


_known = remembered(SENTENCES)(_judged)


def _instructions(text: str, base: frozenset[str], way: str, values: tuple[Value, ...]) -> list[Instruction]:
    reader = _Text(text, values)
    if reader.empty:
        return []
    pieces = sentences(text)
    aimed = 0
    for index, piece in enumerate(pieces):
        end, before = piece.start + len(piece.text), aimed
        while aimed < len(reader.aims) and reader.aims[aimed] < end:
            aimed += 1
        reader.take(index, piece, aimed > before)
    reach = Reach(text, reader.marks)
    return [
        _instruction(text, pieces, index, order, reach, base, way) for index, order in reader.orders[: MAX_ORDERS + 1]
    ]


def _instruction(
    whole: str, pieces: list[Sentence], index: int, order: Order, reach: Reach, base: frozenset[str], way: str
) -> Instruction:
    piece = pieces[index]
    end = piece.start + len(piece.text)
    near = base | reach.near(piece.start, end)
    if not any(sign in piece.text for sign in _QUOTES):
        near -= {QUOTED}
    return Instruction(
        *_told(whole, pieces, index, near, reach.wall(end)),
        order.manner,
        order.kinds,
        near,
        way,
        order.purpose,
        order.goal,
    )


def _in_other_words(text: str, words: list[str], aim: bool, marked: bool) -> Order | None:
    """An order in another language: with a word of request, or a verb at its beginning, under a mark, or with somewhere to go."""
    kinds = kinds_in(text, words)
    if asks(text, words):
        return Order(PLEA, kinds or frozenset({OTHER}))
    if marked and any(map(is_dense, words)):
        return Order(IMPERATIVE, kinds or frozenset({OTHER}))
    label = text.lstrip().partition(" ")[0].endswith(":")
    begins = bool(kinds) and (aim or marked or bool(kinds_in("", words[1:2] if label else words[:1])))
    return Order(IMPERATIVE, kinds) if begins and sum(word.isalpha() for word in words) >= 4 else None


def _told(whole: str, pieces: list[Sentence], index: int, near: frozenset[str], wall: int) -> tuple[str, str]:
    """The sentence with the ones that go on from it: under a mark a few more, else details after a colon or an unfinished line.

    As text, its sentences side by side, and as quote, with what stands between them.
    """
    text = quote = last = pieces[index].text
    end = pieces[index].start + len(last)
    marked = not near.isdisjoint(STRONG)
    for piece in pieces[index + 1 : index + (6 if marked else 9)]:
        gap = whole[end : piece.start]
        if text.count("{") > text.count("}") and len(text) < MAX_QUOTE:  # arguments that are written out
            text, quote = f"{text}\n{piece.text}", quote + _joint(gap) + piece.text
            end = piece.start + len(piece.text)
            continue
        announced = last.rstrip()[-1:] == ":" or "following" in last or "below" in last or "these " in last
        if len(text) >= MAX_QUOTE or (not announced and _FIELD.match(piece.text)):
            break
        if not marked and (piece.start >= wall or not (announced or last.rstrip()[-1:] not in ".!?")):
            break
        last = piece.text
        text, quote = f"{text}\n{last}", quote + (" " if _framed(gap) else _joint(gap)) + last
        end = piece.start + len(last)
    return " ".join(text[:MAX_QUOTE].split()), " ".join(quote[:MAX_QUOTE].split())


def _framed(gap: str) -> bool:
    """Whether what stands between two sentences is the frame of a record or a new line, which nobody said."""
    return not _FRAME.isdisjoint(gap) or gap.count('"') > 1 or gap.count("'") > 1


def _joint(gap: str) -> str:
    """The marks between two sentences as they stand there, so that a quote can be found again where it was read."""
    marks = gap.strip()
    return gap if len(gap) <= _GAP else " " if len(marks) > _GAP else f"{marks} "
