"""What a memory means: sentences that stand beside the state whose parts they speak of."""

from __future__ import annotations

from typing import NamedTuple


class Tell(NamedTuple):
    """One part of a state, and what an investigator reads where it is there.

    `path` leads to it from the state: fields joined by dots, `*` for any key of a dictionary. In `says`, `{0}` is the key under
    the first star, `{0.1}` the second half of a key that is a pair, `{value}` what stands there, `{value.field}` a part
    of it (`{value:time}` a moment, `{value:place}` a piece of evidence). An empty sentence means that the part is bookkeeping:
    another one speaks of it.
    """

    path: str
    says: str


Tells = tuple[Tell, ...]
"""What a state class keeps in `tells`. Where a path that ends in `*` or a field comes or goes the sentence is about the whole of
it; where something below changes, it is asked for deeper sentences."""


def quiet(*paths: str) -> Tells:
    """Parts that are bookkeeping."""
    return tuple(Tell(path, "") for path in paths)
