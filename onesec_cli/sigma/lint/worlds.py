"""Whether a condition can be true at all: a search through what its tests leave possible, within a stated bound.

Each test is a variable, one that waits for a placeholder too. What is known of two tests of one field bounds them: a field that holds one value equals no two
different texts, a text that is there decides every other test of it, an absent field meets none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from onesec_cli.sigma.rule import All, Atom, Node, Not, Some, Unfilled
from onesec_cli.sigma.values import Exists, Match, Net, Null, Number, Same, Test, Text, Truth

MAX_ATOMS: Final = 400
"""Different tests of one rule; a rule of more is not searched."""
MAX_WORK: Final = 2_000_000
"""Looks at tests, over all searches of one rule; where they run out nothing is claimed."""

Single = Callable[[str], bool]
"""Whether a field is known to hold one value, never an array."""
Leaf = Atom | Unfilled
_Clause = tuple[int, bool, int, bool]
"""If the first test has this outcome, the second must have that one."""


class Worlds:
    """The tests of some conditions of one rule, and what is known between them."""

    def __init__(
        self,
        node: Node,
        single: Single,
        never: Callable[[Leaf], bool] = lambda leaf: False,
        same: Callable[[str], str] = lambda field: field,
        always: Callable[[Leaf], bool] = lambda leaf: False,
    ) -> None:
        """`never` says which tests no event meets, `always` which every one meets; `same` gives all spellings of one field one name."""
        self.atoms = list(dict.fromkeys(_leaves(node)))
        self.searched = len(self.atoms) <= MAX_ATOMS
        """False where the rule is too large to be searched."""
        self._index = {atom: number for number, atom in enumerate(self.atoms)}
        self._start = {number: False for number, atom in enumerate(self.atoms) if never(atom)}
        self._start |= {number: True for number, atom in enumerate(self.atoms) if always(atom)}
        self._implied: dict[tuple[int, bool], list[tuple[int, bool]]] = {}
        self._work = 0
        if self.searched:
            for one, its, two, other in self._clauses(single, same):
                self._implied.setdefault((one, its), []).append((two, other))
                self._implied.setdefault((two, not other), []).append((one, not its))

    def _clauses(self, single: Single, same: Callable[[str], str]) -> Iterator[_Clause]:
        by_field: dict[str, list[int]] = {}
        for number, atom in enumerate(self.atoms):
            by_field.setdefault(same(atom.field), []).append(number)
        for field, numbers in by_field.items():
            alone = bool(field) and single(field)
            tests = [(number, leaf.test) for number in numbers if isinstance(leaf := self.atoms[number], Atom)]
            for one, its in tests:
                for two, other in tests:
                    if one != two:
                        yield from _known(one, its, two, other, alone)

    def possible(self, node: Node) -> bool:
        """Whether the condition can be true. True as well where the search was given up."""
        if not self.searched:
            return True
        size = 1 + sum(1 for _ in _leaves(node))
        waiting: list[dict[int, bool]] = [dict(self._start)]
        while waiting:
            self._work += size
            if self._work > MAX_WORK:
                return True
            world = waiting.pop()
            outcome = self._judge(node, world)
            if outcome is True:
                return True
            if outcome is False:
                continue
            free = self._pick(node, world)
            for guess in (False, True):
                told = self._assume(world, free, guess)
                if told is not None:
                    waiting.append(told)
        return False

    def _assume(self, world: dict[int, bool], number: int, outcome: bool) -> dict[int, bool] | None:
        """The world in which a test has an outcome, and all that follows from it; None if there is no such world."""
        told = dict(world)
        ahead = [(number, outcome)]
        while ahead:
            one, its = ahead.pop()
            if one in told:
                if told[one] is not its:
                    return None
                continue
            told[one] = its
            ahead += self._implied.get((one, its), ())
        return told

    def _judge(self, node: Node, world: dict[int, bool]) -> bool | None:
        """Whether the condition is true in every world that is like this one, in none, or it depends."""
        if isinstance(node, (Atom, Unfilled)):
            return world.get(self._index[node])
        if isinstance(node, Not):
            inner = self._judge(node.of, world)
            return None if inner is None else not inner
        deciding = isinstance(node, Some)
        told = [self._judge(part, world) for part in node.of]
        if deciding in told:
            return deciding
        return None if None in told else not deciding

    def _pick(self, node: Node, world: dict[int, bool]) -> int:
        """The first test that the outcome still depends on."""
        for atom in _leaves(node):
            number = self._index[atom]
            if number not in world:
                return number
        raise AssertionError("a condition whose tests are all decided is decided")


def _leaves(node: Node) -> Iterator[Leaf]:
    ahead = [node]
    while ahead:
        one = ahead.pop()
        if isinstance(one, (Atom, Unfilled)):
            yield one
        elif isinstance(one, Not):
            ahead.append(one.of)
        elif isinstance(one, (All, Some)):
            ahead += reversed(one.of)


def _known(one: int, its: Test, two: int, other: Test, alone: bool) -> Iterator[_Clause]:
    """What the outcome of one test says of another of the same field. `alone`: the field holds one value at most."""
    if isinstance(its, Exists):
        if isinstance(other, Exists) and its.there is not other.there:
            yield one, True, two, False
            yield one, False, two, True
        elif not its.there and not isinstance(other, (Exists, Null)):
            yield one, True, two, False
        elif not its.there and isinstance(other, Null):
            yield one, True, two, True
    elif isinstance(its, Null):
        if alone and not isinstance(other, (Null, Exists)):
            yield one, True, two, False
    elif isinstance(other, (Exists, Null, Same)) or isinstance(its, Same):
        return
    else:
        value = _value(its)
        if value is not None and _decided(its, other):
            if other.holds(value):
                yield one, True, two, True
            elif alone:
                yield one, True, two, False


def _value(test: Test) -> str | float | bool | None:
    """The one value that meets a test, if only one does."""
    if isinstance(test, Text) and len(test.parts) == 1 and isinstance(test.parts[0], str):
        return test.parts[0]
    if isinstance(test, Text) and not test.parts:
        return ""
    if isinstance(test, Number):
        return test.number
    return test.truth if isinstance(test, Truth) else None


def _decided(its: Test, other: Test) -> bool:
    """Whether the folded value of one test decides another: not where upper and lower case differ."""
    if not isinstance(its, Text) or its.cased:
        return True
    if isinstance(other, Text):
        return not other.cased
    return not isinstance(other, Match) or "i" in other.flags or isinstance(other, Net)
