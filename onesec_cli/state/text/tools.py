"""What calling a tool is, told by its name alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from onesec_cli.state.text.verbs import (
    BOOK,
    CHANGE,
    CREATE,
    DELETE,
    GRANT,
    LOGIN,
    OPEN,
    OTHER,
    PAY,
    READ,
    RUN,
    SEND,
    meaning,
)
from onesec_cli.state.wordlists import filled_from_words, remembered, word_set, words

_SPLIT: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PRIORITY: Final = (DELETE, PAY, GRANT, SEND, BOOK, CHANGE, CREATE, RUN, LOGIN, OPEN, READ)
_IN_NAMES: Final = (READ, OPEN, CHANGE, SEND, LOGIN, RUN, CREATE, PAY)
"""Verbs of several families, as they are meant in the name of a tool."""
_PLAIN: Final[dict[str, str]] = {}


def _learn() -> None:
    _PLAIN.clear()
    for kind in _PRIORITY[::-1]:
        _PLAIN.update(dict.fromkeys(words(f"acts.{kind}"), kind))
    for kind in _IN_NAMES:
        _PLAIN.update(dict.fromkeys(words(f"tools.{kind}"), kind))


filled_from_words(_learn)
_NOUN_FIRST: Final = word_set("tools.often-nouns")
"""Verbs that are mostly nouns in the name of a tool: another verb beside them says what it does."""
GENERIC: Final = word_set("tools.generic")
_MONEY: Final = word_set("tools.money")
_BARRED: Final = word_set("tools.barred")
_TO_USER: Final = word_set("tools.to-user")
_OWN_NOTES: Final = word_set("tools.own-notes")
_PLACES: Final = word_set("tools.bookings")


@lru_cache(maxsize=16_384)
def words_of(name: str) -> tuple[str, ...]:
    """The words in the name of a tool or of an argument, whatever joins them."""
    return tuple(part.lower() for part in _SPLIT.findall(name))


class Name(NamedTuple):
    """The name of a tool, taken apart."""

    act: str
    before: tuple[str, ...]
    """Words before its verb: a product or a service, as a rule."""
    after: tuple[str, ...]


@remembered(16_384)
def _parsed(tool: str) -> Name:
    named = words_of(tool)
    if _own(named):
        return Name(OTHER, named, ())
    weak = -1
    for place, word in enumerate(named):
        kind = _PLAIN.get(word, "")
        if not kind:
            continue
        if word in _NOUN_FIRST:
            weak = place if weak < 0 else weak
            continue
        return Name(_made(kind, named), named[:place], named[place + 1 :])
    if weak < 0:
        return Name(OTHER, named, ())
    return Name(_made(_PLAIN[named[weak]], named), named[:weak], named[weak + 1 :])


def _own(named: tuple[str, ...]) -> bool:
    """Whether a tool only speaks to the user, or keeps the agent's own notes of what it is doing."""
    return not _TO_USER.isdisjoint(named) or (not _OWN_NOTES.isdisjoint(named) and len(named) <= 3)


def _made(kind: str, named: tuple[str, ...]) -> str:
    """What is made says more than that it is made: `place_order`, `create_booking`, `send_money`."""
    if kind in (CREATE, SEND, BOOK) and not _MONEY.isdisjoint(named):
        return PAY
    if kind == OPEN and not _BARRED.isdisjoint(named):
        return GRANT
    return BOOK if kind == CREATE and not _PLACES.isdisjoint(named) else kind


def act_of(tool: str) -> str:
    """What kind of act calling a tool is; `other` where its name does not say."""
    return _parsed(tool).act


@remembered(16_384)
def topic_of(tool: str) -> frozenset[str]:
    """What the name of a tool says it acts on, in meanings: the words after its verb, else those before it."""
    name = _parsed(tool)
    after = frozenset(meaning(word) for word in name.after if word not in GENERIC and not word.isdigit())
    return after or frozenset(meaning(word) for word in name.before if word not in GENERIC and not word.isdigit())
