"""The lists of names and words that a run judges by: the shipped ones, until files of the user's are put in force.

What is made of lists here is an ordinary set or table that is filled anew, in place, when other lists come into force. So a
detector looks a word up as fast as in a constant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import Final, ParamSpec, TypeVar, cast

from onesec_cli.knowledge.lexicons import Lexicon, shipped_lists

MIN_BEGINNING: Final = 4
"""Letters of a beginning; what is shorter is a whole word."""

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_in_force: list[Lexicon] = []
_fills: Final[list[Callable[[], None]]] = []
_forget: Final[list[Callable[[], None]]] = []
_shipped: Final = cache(shipped_lists)


def words(name: str) -> tuple[str, ...]:
    """The words of a list, such as `hosts.drops`."""
    return (_in_force[0] if _in_force else _shipped())[name]


def words_in_force() -> Lexicon | None:
    """The lists in force, if they are others than the shipped ones."""
    return _in_force[0] if _in_force else None


def put_words_in_force(lexicon: Lexicon | None) -> None:
    """Judge by these lists from now on; None: by the shipped ones. What was remembered of others is forgotten.

    For `in_force.py` alone, which gives them back.
    """
    if words_in_force() is lexicon:
        return
    _in_force[:] = [] if lexicon is None else [lexicon]
    for again in (*_forget, *_fills, *_forget):  # what fills a table may remember what an earlier table told
        again()


def forgotten_with_words(forget: Callable[[], None]) -> None:
    """Call this whenever other lists come into force: what a function remembered came from the old ones."""
    _forget.append(forget)


def remembered(size: int) -> Callable[[Callable[Given, Answer]], Callable[Given, Answer]]:
    """`lru_cache` for a function whose answers rest on lists of words."""

    def wrap(function: Callable[Given, Answer]) -> Callable[Given, Answer]:
        memo = lru_cache(size)(function)
        forgotten_with_words(memo.cache_clear)
        return cast("Callable[Given, Answer]", memo)  # which of its arguments it takes, lru_cache does not say

    return wrap


def filled_from_words(fill: Callable[[], None]) -> None:
    """Call this now and whenever other lists come into force, in the order in which it was asked for."""
    fill()
    _fills.append(fill)


def word_set(*names: str) -> set[str]:
    """The words of some lists."""
    found: set[str] = set()

    def fill() -> None:
        found.clear()
        found.update(*map(words, names))

    filled_from_words(fill)
    return found


def all_of(*parts: AbstractSet[str], less: AbstractSet[str] = frozenset()) -> set[str]:
    """The words of several sets, which may be of lists, without some."""
    found: set[str] = set()

    def fill() -> None:
        found.clear()
        found.update(*parts)
        found.difference_update(less)

    filled_from_words(fill)
    return found


def kinds_by_word(lists: Mapping[str, Iterable[str]], plain: Callable[[str], str] = str) -> dict[str, frozenset[str]]:
    """Word to the kinds whose lists hold it; `plain` makes the form in which a word is looked up."""
    found: dict[str, frozenset[str]] = {}

    def fill() -> None:
        found.clear()
        for kind, names in lists.items():
            for name in names:
                for word in words(name):
                    root = plain(word)
                    found[root] = found.get(root, frozenset()) | {kind}

    filled_from_words(fill)
    return found


class Beginnings:
    """How words may begin. Looked up by length, so that a long list costs no more than a short one."""

    def __init__(self, *names: str) -> None:
        self._heads: set[str] = set()
        self._sizes: list[int] = []

        def fill() -> None:
            self._heads.clear()
            self._heads.update(*map(words, names))
            self._sizes[:] = sorted({len(head) for head in self._heads if len(head) >= MIN_BEGINNING})

        filled_from_words(fill)

    def begin(self, word: str) -> bool:
        """Whether a word begins so."""
        return word in self._heads or any(word[:size] in self._heads for size in self._sizes)

    def among(self, many: Iterable[str]) -> bool:
        """Whether one of some words begins so."""
        return any(map(self.begin, many))


class Parts:
    """What a text in a script without spaces may hold. There are at most `MAX_PARTS` of one list."""

    def __init__(self, *names: str) -> None:
        self._parts: list[str] = []

        def fill() -> None:
            self._parts[:] = dict.fromkeys(part for name in names for part in words(name))

        filled_from_words(fill)

    def stand_in(self, text: str) -> bool:
        """Whether a text holds one."""
        return any(part in text for part in self._parts)
