"""A condition in plain words, for those who did not write it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.clock import show_span
from onesec_cli.sigma.bounds import bounds_of, words
from onesec_cli.sigma.rule import KEYWORDS, All, Atom, Correlation, Node, Not, Some, Unfilled
from onesec_cli.sigma.values import MANY, ONE, Compare, Exists, Match, Net, Null, Number, Same, Test, Text

MAX_LINES: Final = 400
"""Lines of one condition; a longer one is cut, and says so."""
_OPERATORS: Final = {
    "lt": "less than",
    "lte": "at most",
    "gt": "more than",
    "gte": "at least",
    "eq": "equal to",
}


class Line(Struct, frozen=True):
    """One line of a condition."""

    depth: int
    text: str


def condition_in_words(node: Node) -> tuple[Line, ...]:
    """A tree of lines: `all of`, `any of` and `not`, and below them what each test asks for."""
    lines: list[Line] = []
    ahead: list[tuple[Node, int]] = [(node, 0)]
    while ahead:
        one, depth = ahead.pop()
        if len(lines) >= MAX_LINES:
            lines.append(Line(0, f"... and more than {MAX_LINES:,} lines"))
            break
        lines.append(Line(depth, node_in_words(one)))
        ahead += [(part, depth + 1) for part in reversed(parts_of(one))]
    return tuple(lines)


def parts_of(node: Node) -> tuple[Node, ...]:
    """What stands below a node in a told tree. A part that has one part only is told as that part."""
    if isinstance(node, (All, Some)):
        return tuple(plain(part) for part in node.of)
    return (plain(node.of),) if isinstance(node, Not) else ()


def plain(node: Node) -> Node:
    """A node without the parts that only wrap one other; the name of the outermost is kept by what has one."""
    while isinstance(node, (All, Some)) and len(node.of) == 1:
        inner = node.of[0]
        if node.name and isinstance(inner, (All, Some, Not)) and not inner.name:
            inner = type(inner)(inner.of, node.name)  # type: ignore[arg-type]  # each takes what it holds
        elif node.name and not getattr(inner, "name", node.name):
            break
        node = inner
    return node


def node_in_words(node: Node) -> str:
    """One node, without what stands below it."""
    if isinstance(node, Atom):
        return f"{field_in_words(node.field)} {test_in_words(node.test)}"
    if isinstance(node, Unfilled):
        return f"{field_in_words(node.field)} is one of the placeholder {', '.join(node.placeholders)}, which has no values"
    name = f" ({node.name})" if node.name else ""
    if isinstance(node, Not):
        return f"not{name}"
    return f"{'all' if isinstance(node, All) else 'any'} of{name}"


def field_in_words(field: str) -> str:
    """A field's name; keywords look everywhere."""
    return "any value of the event" if field == KEYWORDS else field


def test_in_words(test: Test) -> str:
    """What a test asks of a value."""
    if isinstance(test, Text):
        return _text(test)
    if isinstance(test, Match):
        return f"matches the regular expression {test.pattern}" + (f" (flags {test.flags})" if test.flags else "")
    if isinstance(test, Net):
        return f"is an address of {test.cidr}"
    if isinstance(test, Compare):
        part = f"has a {test.part} " if test.part else "is "
        return f"{part}{_OPERATORS[test.op]} {test.number}"
    if isinstance(test, Number):
        return f"is the number {test.number}"
    if isinstance(test, Null):
        return "is absent or null"
    if isinstance(test, Exists):
        return "is there" if test.there else "is not there"
    if isinstance(test, Same):
        verb = (
            "contains"
            if test.start and test.end
            else "begins with"
            if test.start
            else "ends with"
            if test.end
            else "equals"
        )
        return f"{verb} the field {test.field}"
    return f"is {str(test.truth).lower()}"


def _text(test: Text) -> str:
    parts = test.parts
    cased = " (upper and lower case as written)" if test.cased else ""
    texts = [part for part in parts if isinstance(part, str)]
    if not parts:
        return "is empty"
    if ONE not in parts and len(texts) == 1:
        verbs = {1: "is", 2: "begins with" if parts[-1] == MANY else "ends with", 3: "contains"}
        if len(parts) in verbs:
            return f"{verbs[len(parts)]} {texts[0]}{cased}"
    if all(part == MANY for part in parts):
        return "is any text"
    spelt = "".join("*" if part == MANY else "?" if part == ONE else str(part) for part in parts)
    return f"is like {spelt}{cased}"


def correlation_in_words(rule: Correlation, names: dict[int, str]) -> str:
    """What a correlation asks for, in one sentence; `names` are the titles of its members."""
    members = [names.get(number, "?") for number in rule.members]
    within = f"within {show_span(rule.timespan)}"
    per = f", for the same {', '.join(rule.group_by)}" if rule.group_by else ""
    asked = rule.kind.asked.format(
        bound=words(bounds_of(rule)),
        fields=", ".join(rule.field),
        percentile=rule.percentile,
        of=f"of {' or '.join(members)}",
        each=", ".join(members),
        then=", then ".join(members),
    )
    what = f"{rule.expression} (of {', '.join(members)})" if rule.expression else asked
    return f"{what} {within}{per}"
