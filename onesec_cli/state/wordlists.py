"""The lists of names and words that a run judges by: the shipped ones, until files of the user's are put in force."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

from onesec_cli.knowledge.lexicons import Lexicon, lexicon_of

_in_force: list[Lexicon] = []
_forget: Final[list[Callable[[], None]]] = []


@cache
def _shipped() -> Lexicon:
    return lexicon_of()


def words(name: str) -> tuple[str, ...]:
    """The words of a list, such as `hosts.drops`."""
    return (_in_force[0] if _in_force else _shipped())[name]


def put_words_in_force(lexicon: Lexicon | None) -> None:
    """Judge by these lists from now on; None: by the shipped ones. What was remembered of others is forgotten."""
    if (_in_force[0] if _in_force else None) == lexicon:
        return
    _in_force[:] = [] if lexicon is None else [lexicon]
    for forget in _forget:
        forget()


def forgotten_with_words(forget: Callable[[], None]) -> None:
    """Call this whenever other lists come into force: what a function remembered came from the old ones."""
    _forget.append(forget)
