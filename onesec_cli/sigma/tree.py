"""Questions about a condition tree: what it names, what it waits for, and whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from onesec_cli.sigma.patterns import AROUND, finder
from onesec_cli.sigma.rule import KEYWORDS, All, Atom, Node, Not, Some, Unfilled
from onesec_cli.sigma.values import Match, Same, meets

Read = Callable[[str], Sequence[Any]]
"""The values of a field of one event."""


def holds(node: Node, read: Read) -> bool:
    """Whether a part of a condition, taken alone, holds for an event."""
    if isinstance(node, Atom):
        others = read(node.test.field) if isinstance(node.test, Same) else ()
        return meets(node.test, read(node.field), others)
    if isinstance(node, All):
        return all(holds(one, read) for one in node.of)
    if isinstance(node, Some):
        return any(holds(one, read) for one in node.of)
    return node.holds if isinstance(node, Unfilled) else not holds(node.of, read)


def leaves(node: Node) -> Iterator[tuple[Atom | Unfilled, bool]]:
    """Every leaf in order, and whether it stands below an odd number of `not`."""
    ahead: list[tuple[Node, bool]] = [(node, False)]
    while ahead:
        one, denied = ahead.pop()
        if isinstance(one, (All, Some)):
            ahead += [(part, denied) for part in reversed(one.of)]
        elif isinstance(one, Not):
            ahead.append((one.of, not denied))
        else:
            yield one, denied


def fields_of(node: Node) -> tuple[str, ...]:
    """The fields a condition names, in order."""
    found: dict[str, None] = {}
    for leaf, _ in leaves(node):
        found.setdefault(leaf.field)
        if isinstance(leaf, Atom) and isinstance(leaf.test, Same):
            found.setdefault(leaf.test.field)
    found.pop(KEYWORDS, None)
    return tuple(found)


def placeholders_of(node: Node) -> tuple[str, ...]:
    """Placeholders that leave a test of the condition without a value."""
    found = dict.fromkeys(name for leaf, _ in leaves(node) if isinstance(leaf, Unfilled) for name in leaf.placeholders)
    return tuple(found)


def around_of(node: Node) -> tuple[str, ...]:
    """Regular expressions of the condition that RE2 does not know."""
    tests = (leaf.test for leaf, _ in leaves(node) if isinstance(leaf, Atom))
    found = (test.pattern for test in tests if isinstance(test, Match) and _looks_around(test))
    return tuple(dict.fromkeys(found))


def _looks_around(test: Match) -> bool:
    return finder(test.pattern, test.flags).engine == AROUND
