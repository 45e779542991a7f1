"""Verbs of more than one word, and verbs that point back to what was just spoken of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from onesec_cli.state.text.verbs import BASE, BOOK, CHANGE, CREATE, DELETE, GRANT, PAY, READ, RUN, SEND
from onesec_cli.state.wordlists import filled_from_words, kinds_by_word, word_set

GAINS: Final = word_set("acts.gains")
"""Verbs of gaining: in an order they may mean to buy or to book."""
GAINED: Final = frozenset({BOOK, PAY})
_KINDS: Final = (READ, DELETE, PAY, SEND, GRANT, CREATE, RUN, CHANGE)
_PHRASES: Final = kinds_by_word({kind: (f"acts.{kind}-phrases",) for kind in _KINDS})
"""Verbs that mean something else with the little word after them."""
FIRST_WORDS: Final[set[str]] = set()
_LITTLE: Final[set[str]] = set()


def _split() -> None:
    for place, found in enumerate((FIRST_WORDS, _LITTLE)):
        found.clear()
        found.update(phrase.split()[place] for phrase in _PHRASES)


filled_from_words(_split)
_BEFORE: Final = frozenset(["then", "now", "also", "and", "to", "first", "next", "so", "please", "just", "immediately"])
_POINTING: Final = frozenset(["it", "them", "him", "her", "this", "these", "those", "that", "me", "us"])
_THEREFORE: Final = frozenset(["so", "therefore", "hence"])
_GOING: Final = frozenset(["go", "goes", "going", "addressed", "directed"])


def _found(words: list[str]) -> Iterator[tuple[int, frozenset[str]]]:
    """Where a verb of two words stands, also around its object: "call it off"."""
    if FIRST_WORDS.isdisjoint(words) or _LITTLE.isdisjoint(words):
        return
    for index, word in enumerate(words):
        if word in FIRST_WORDS:
            for little in words[index + 1 : index + 6]:
                if little in _LITTLE and (kinds := _PHRASES.get(f"{word} {little}")):
                    yield index, kinds


def phrases_in(words: list[str]) -> set[str]:
    """Kinds of acts that the verbs of two words in a sentence ask for."""
    return {kind for _, kinds in _found(words) for kind in kinds}


def begins_with_phrase(words: list[str]) -> bool:
    """Whether a sentence, or a clause of it, begins with a verb of two words."""
    return any(
        index == 0 or words[index - 1] in _BEFORE or not any(map(str.isalpha, words[index - 1]))
        for index, _ in _found(words)
    )


def verb_pointing_back(pieces: list[str], words: list[str]) -> str:
    """The verb of "the disk is full, delete it": after a comma, a colon or a word that joins, on what was just spoken of."""
    if _POINTING.isdisjoint(words):
        return ""
    for index in range(2, len(words) - 1):
        if words[index + 1] in _POINTING and words[index] in BASE:
            before = pieces[index - 1]
            if before[-1] in ",:;–—" or words[index - 1] in _THEREFORE:
                return words[index]
    return ""


def goes_to(words: list[str]) -> bool:
    """Whether a sentence says where something goes: "copies go to ..."."""
    return any(first in _GOING and second == "to" for first, second in itertools.pairwise(words))
