"""Conditions of temporal correlations that are written in words: `login and (mfa_off or reset) and not ticket`."""

from __future__ import annotations

import re
from itertools import product
from typing import Final

from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.pysigma import parse_condition
from onesec_cli.sigma.rule import KEYWORDS, All, Alternative, Atom, Node, Not, Some
from onesec_cli.sigma.values import Null

MOST_WAYS: Final = 200
"""Ways in which one condition can hold."""
_WORD = re.compile(r"[A-Za-z0-9_*-]+")
_LOUD = re.compile(r"\b(?:AND|OR|NOT|OF|ALL|ANY|THEM)\b")
_KEYWORDS: Final = frozenset({"and", "or", "not", "of", "1", "any", "all", "them"})

_Way = tuple[frozenset[str], frozenset[str]]


def names_in(text: str) -> tuple[str, ...]:
    """The rules a condition in words names, in order."""
    found = (word for word in _WORD.findall(text) if word.lower() not in _KEYWORDS and "*" not in word)
    return tuple(dict.fromkeys(found))


def alternatives_of(text: str, rules: tuple[str, ...]) -> tuple[Alternative, ...]:
    """The ways in which a condition over rules can hold. Raises RuleError for one that absent rules alone fulfil."""
    text = _LOUD.sub(lambda word: word[0].lower(), text)
    tree = parse_condition(text, {name: Atom(name or KEYWORDS, Null()) for name in rules})
    ways = [(present, absent) for present, absent in _ways(tree, True) if not present & absent]
    if not ways:
        raise RuleError("a condition that can never hold")
    if not all(present for present, _ in ways):
        raise RuleError("a condition that holds where no rule matched")
    place = {name: at for at, name in reversed(list(enumerate(rules)))}
    told = {(_places(present, place), _places(absent, place)) for present, absent in ways}
    return tuple(Alternative(present, absent) for present, absent in sorted(told))


def _places(names: frozenset[str], place: dict[str, int]) -> tuple[int, ...]:
    return tuple(sorted(place[name] for name in names))


def _ways(node: Node, wanted: bool) -> list[_Way]:
    """Each way to make a part hold (or not hold): rules that must have matched, rules that must not."""
    if isinstance(node, Not):
        return _ways(node.of, not wanted)
    if isinstance(node, (All, Some)):
        parts = [_ways(one, wanted) for one in node.of]
        if isinstance(node, Some) is wanted:
            return [way for part in parts for way in part]
        size = 1
        for part in parts:
            size *= len(part)
            if size > MOST_WAYS:
                raise RuleError(f"a condition that can hold in more than {MOST_WAYS} ways")
        return [
            (frozenset[str]().union(*(one for one, _ in way)), frozenset[str]().union(*(one for _, one in way)))
            for way in product(*parts)
        ]
    name = frozenset({node.field})
    return [(name, frozenset())] if wanted else [(frozenset(), name)]
