"""What a run judges by is its own, and only while it judges.

Hundreds of functions of scopes and texts look words up, most of them many times an event. The tables they look in are therefore
those of one knowledge at a time, filled anew when another run's turn comes, and not handed to each function. A run hands its
knowledge down to here, nothing stays behind when it ends, runs that take turns each find their own, and a run in another
thread waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Final, TypeVar

from onesec_cli.knowledge.given import Knowledge
from onesec_cli.state.scope.lattice import put_in_force, tables_in_force
from onesec_cli.state.wordlists import put_words_in_force, words_in_force

One = TypeVar("One")
_turn: Final = RLock()
_END: Final = object()


@contextmanager
def judging_by(knowledge: Knowledge) -> Iterator[None]:
    """Judge by a knowledge in here, and by what was in force before afterwards."""
    with _turn:
        before = tables_in_force(), words_in_force()
        put_in_force(knowledge.scopes)
        put_words_in_force(knowledge.words)
        try:
            yield
        finally:
            put_in_force(before[0])
            put_words_in_force(before[1])


def each_judged_by(knowledge: Knowledge, told: Iterable[One]) -> Iterator[One]:
    """What an iterator yields, each item made under a knowledge, whatever is judged between two of them."""
    rest = iter(told)
    while True:
        with judging_by(knowledge):
            one = next(rest, _END)
        if one is _END:
            return
        yield one  # type: ignore[misc]  # all but the end is of the iterator
