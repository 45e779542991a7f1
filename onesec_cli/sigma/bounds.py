"""What a correlation's condition asks of a number: does it hold, how far must be counted, can it hold at all."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import pairwise
from math import ceil, floor, inf, nextafter
from typing import Final

from onesec_cli.sigma.rule import Bound, Correlation

OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
    "eq": operator.eq,
    "neq": operator.ne,
}
_WORDS: Final = {
    "lt": "fewer than",
    "lte": "at most",
    "gt": "more than",
    "gte": "at least",
    "eq": "exactly",
    "neq": "other than",
}


def bounds_of(correlation: Correlation) -> tuple[Bound, ...]:
    """Every comparison of the condition; all of them must hold."""
    return (Bound(correlation.operator, correlation.threshold), *correlation.also)


def test_of(bounds: tuple[Bound, ...]) -> Callable[[float], bool]:
    """A function that says whether a number meets all bounds."""
    first, *rest = [(OPERATORS[bound.operator], bound.value) for bound in bounds]
    compare, limit = first
    if not rest:
        return lambda number: compare(number, limit)
    return lambda number: compare(number, limit) and all(other(number, value) for other, value in rest)


def enough(bounds: tuple[Bound, ...]) -> int:
    """The count from which on every higher count is judged alike: no more than this must be told apart."""
    exact = {"gte": ceil, "lt": ceil}
    return max(1, *(exact[b.operator](b.value) if b.operator in exact else floor(b.value) + 1 for b in bounds))


def verdicts(bounds: tuple[Bound, ...], most: int | None) -> set[bool]:
    """Which answers the test can give: over the counts from 1 to `most`, or over all numbers."""
    test = test_of(bounds)
    edges = sorted({bound.value for bound in bounds})
    if most is not None:
        near = {1, most, *(floor(edge) + step for edge in edges for step in (-1, 0, 1, 2))}
        return {test(count) for count in near if 1 <= count <= most}
    between = [(low / 2 + high / 2) for low, high in pairwise(edges)]
    return {test(number) for number in (*edges, *between, nextafter(edges[0], -inf), nextafter(edges[-1], inf))}


def words(bounds: tuple[Bound, ...]) -> str:
    """The bounds as a phrase, e.g. `at least 10 and at most 20`."""
    return " and ".join(f"{_WORDS[bound.operator]} {number(bound.value)}" for bound in bounds)


def number(value: float) -> str:
    """A number as a reader writes it: no `.0` behind a whole one."""
    return str(int(value)) if value == floor(value) and abs(value) < 1e15 else repr(value)
