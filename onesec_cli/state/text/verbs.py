"""Words of doing, in families: what kind of act a verb asks for, and what kind of act a tool is.

Synonym families of everyday and software English, from `rules/lexicons/acts.yml`. The table decides nothing alone: a word it lacks is still a verb after a
word of request (`sentences.py`), and a tool it lacks is still known by the nouns it shares with an instruction.
"""

from __future__ import annotations

from typing import Final

from onesec_cli.state.wordlists import all_of, filled_from_words, kinds_by_word, remembered, word_set, words

READ: Final = "read"
SEND: Final = "send"
PAY: Final = "pay"
DELETE: Final = "delete"
CHANGE: Final = "change"
CREATE: Final = "create"
RUN: Final = "run"
GRANT: Final = "grant"
BOOK: Final = "book"
OPEN: Final = "open"
LOGIN: Final = "login"
OTHER: Final = "other"


KINDS: Final = (READ, SEND, PAY, DELETE, CHANGE, CREATE, RUN, GRANT, BOOK, OPEN, LOGIN)
NOUNS: Final = (SEND, PAY, CREATE, CHANGE, DELETE, BOOK, RUN, GRANT)
"""Kinds that a person also asks for by nouns: "make a payment"."""

STATE_CHANGING: Final = frozenset({SEND, PAY, DELETE, CHANGE, CREATE, RUN, GRANT, BOOK})
OUTWARD: Final = frozenset({SEND, PAY, GRANT})
"""Acts that hand something to somebody."""

_ALIKE: Final[dict[str, frozenset[str]]] = {
    SEND: frozenset({SEND, PAY, GRANT, CREATE}),
    PAY: frozenset({PAY, SEND, CREATE, BOOK}),
    DELETE: frozenset({DELETE, CHANGE}),
    CHANGE: frozenset({CHANGE, DELETE, CREATE, GRANT}),
    CREATE: frozenset({CREATE, CHANGE, BOOK, SEND, GRANT}),
    RUN: frozenset({RUN, OPEN, CREATE}),
    GRANT: frozenset({GRANT, CREATE, CHANGE, SEND}),
    BOOK: frozenset({BOOK, CREATE, PAY}),
    OPEN: frozenset({OPEN, READ, RUN}),
    READ: frozenset({READ, OPEN}),
    LOGIN: frozenset({LOGIN}),
}

HOMOGRAPHS: Final = word_set("acts.often-nouns")
"""Words at the start of a line that are as often a noun, a label or a heading: they need an object after them."""

_SUFFIXES: Final = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ions",
    "ion",
    "ies",
    "ied",
    "ers",
    "er",
    "es",
    "ed",
    "s",
    "e",
    "y",
)


_IRREGULAR: Final[dict[str, str]] = {}


def _learn_forms() -> None:
    _IRREGULAR.clear()
    for group in words("acts.forms"):
        plain, *forms = group.split()
        _IRREGULAR.update(dict.fromkeys(forms, plain))


filled_from_words(_learn_forms)


@remembered(65_536)
def stem(word: str) -> str:
    """A word without its ending, so that `sent`, `transfers` and `reservation` meet their verbs."""
    word = _IRREGULAR.get(word, word)
    if len(word) <= 3:
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)]
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word.rstrip("e") if len(word) > 3 else word


_MEANING: Final[dict[str, str]] = {}


def _learn_meanings() -> None:
    _MEANING.clear()
    for group in words("acts.synonyms"):
        plain, *others = group.split()
        _MEANING.update((stem(word), stem(plain)) for word in (plain, *others))


filled_from_words(_learn_meanings)


def meaning(word: str) -> str:
    """The stem of a word, or of the plainest word that says the same."""
    root = stem(word)
    return _MEANING.get(root, root)


VERBS: Final = kinds_by_word({kind: (f"acts.{kind}",) for kind in KINDS}, stem)
"""Stems of verbs, to their kinds."""
DEEDS: Final = kinds_by_word({kind: (f"acts.{kind}-nouns",) for kind in NOUNS}, stem)
"""Stems of nouns of acts, to their kinds."""
ACTS: Final = kinds_by_word(
    {kind: (f"acts.{kind}", f"acts.{kind}-nouns") if kind in NOUNS else (f"acts.{kind}",) for kind in KINDS}, stem
)
"""Stems of verbs and of nouns of acts, to their kinds: how a person's wish is read, generously."""
BASE: Final = all_of(word_set(*(f"acts.{kind}" for kind in KINDS)), less=word_set("acts.never-first"))
"""Verbs as they begin an instruction."""


def kinds_of(word: str) -> frozenset[str]:
    """The kinds of act a word of an instruction asks for."""
    return VERBS.get(stem(word), frozenset())


def alike(wanted: frozenset[str], done: str) -> bool:
    """Whether an instruction of these kinds fits an act of this kind."""
    return not wanted or OTHER in wanted or not wanted.isdisjoint(_ALIKE.get(done, frozenset({done})))
