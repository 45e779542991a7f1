"""Sentences that give no order: prose that names where something can go, and words of a language that is not judged."""

from __future__ import annotations

from typing import Final

from onesec_cli.state.text.languages import foreign_words, is_dense, other_script
from onesec_cli.state.text.orders import Order
from onesec_cli.state.text.phrases import goes_to
from onesec_cli.state.text.verbs import ACTS, SEND, stem

STATEMENT: Final = "statement"
"""Only speaks, but names where something can go."""
FOREIGN: Final = "foreign"
"""Words of a language that is not judged."""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NOTHING: Final[frozenset[str]] = frozenset()
_ADDRESSED: Final = frozenset("@./:_0123456789")
_ENGLISH: Final = _set(
    "the a an of to in on at for with from by and or is are was were be been has have had will this that these those it you your we our they their i my he his she her not as if but can may do does did no all any more please here there which who what when where how"
)


def is_english(words: list[str]) -> bool:
    """Whether the little words of a sentence are English ones."""
    english, foreign = sum(word in _ENGLISH for word in words), foreign_words(words)
    return 6 * english >= len(words) and (english > foreign or not foreign)


def statement_in(words: list[str], foreign: bool = False) -> Order | None:
    """A sentence of prose without an order; None for a field, a heading, a list of names."""
    plain = [word for word in words if word.isalpha() or (not word.isascii() and not _ADDRESSED.intersection(word))]
    if len(plain) < 4:
        other = any(is_dense(word) for word in words) or sum(map(other_script, plain)) > 1
        other = other or (len(plain) == 3 and any(not word.isascii() for word in plain) and _ENGLISH.isdisjoint(plain))
        return Order(FOREIGN, frozenset()) if other else None
    if is_english(plain):
        kinds = frozenset(kind for word in plain for kind in ACTS.get(stem(word), _NOTHING))
        return Order(STATEMENT, kinds | {SEND} if goes_to(words) else kinds)
    english = sum(word in _ENGLISH for word in plain)
    return Order(FOREIGN, frozenset()) if len(plain) >= (4 if foreign else 5) and english * 12 < len(plain) else None
