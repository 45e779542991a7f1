"""What makes a rule expensive, and what keeps it from matching on this site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from onesec_cli.model.remark import Remark
from onesec_cli.sigma.auth0_schema import UNPUBLISHED, schema
from onesec_cli.sigma.lint.fields import TYPE_FIELDS
from onesec_cli.sigma.lint.items import Item, items
from onesec_cli.sigma.lint.told import Written
from onesec_cli.sigma.rule import All, Atom, EventRule, Node, Some
from onesec_cli.sigma.values import MANY, Text, fold

_EXAMPLE: Final = re.compile(
    r"(?i)\byour[-_ ]|(?<![\w-])example\.(?:com|org|net)\b|\b(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d|<[a-z][\w -]{2,40}>"
)
_INSIDE: Final = frozenset({"contains", "endswith", "re"})


def codes_of(node: Node) -> frozenset[str] | None:
    """The log types without one of which the condition cannot be true; None where any will do."""
    if isinstance(node, Atom):
        if node.field not in TYPE_FIELDS or not isinstance(node.test, Text):
            return None
        test = node.test
        if set(test.parts) == {MANY}:
            return None
        if len(test.parts) == 1 and isinstance(test.parts[0], str):
            return frozenset({test.parts[0]})
        return frozenset(
            code for code in (*schema().types, *UNPUBLISHED) if test.fits(code if test.cased else fold(code))
        )
    if isinstance(node, All):
        told = [codes for part in node.of if (codes := codes_of(part)) is not None]
        return frozenset.intersection(*told) if told else None
    if isinstance(node, Some):
        every = [codes_of(part) for part in node.of]
        if None in every:
            return None
        return frozenset().union(*(codes for codes in every if codes is not None))
    return None


def cost(rule: Written, codes: frozenset[str] | None) -> Iterator[Remark]:
    """Remarks on a rule that was loaded."""
    if not isinstance(rule.member, EventRule):
        return
    found = list(items(rule.data.get("detection")))
    if rule.product == "auth0" and codes is None:
        told = "no log type is necessary, so this rule makes onesec decode every event; name the types in data.type"
        yield rule.remark("reads-everything", ("detection", "condition"), told)
        yield from _wild(rule, found)
    for item in found:
        if not item.field:
            yield rule.remark("keywords", item.path, "keywords are looked for in every value of an event")
            break
    yield from _site(rule, rule.member, found)


def _wild(rule: Written, found: list[Item]) -> Iterator[Remark]:
    for item in found:
        inside = _INSIDE.intersection(item.modifiers)
        starred = any(isinstance(value, str) and value.startswith("*") for value in item.values)
        if item.field and (inside or starred):
            told = f"{item.field} is searched from its start to its end in every event, since no log type is necessary"
            yield rule.remark("leading-wildcard", item.path, told)


def _site(rule: Written, member: EventRule, found: list[Item]) -> Iterator[Remark]:
    """Placeholders, examples and patterns that look around, each at its value."""
    for item in found:
        for index, value in enumerate(item.values):
            path = _at(rule, item, index)
            text = value if isinstance(value, str) else next(iter(value), "") if isinstance(value, dict) else ""
            empty = [name for name in member.unfilled if _names(text, name) or text == name]
            for name in empty:
                told = f"the placeholder {name} has no values (policy: rules.placeholders), so nothing matches it"
                yield rule.remark("empty-placeholder", path, told)
            if "re" in item.modifiers and text in member.around:
                told = "the regular expression looks around; it runs in a bounded matcher that is slower than RE2"
                yield rule.remark("look-around", path, told)
            elif not empty and "re" not in item.modifiers and _EXAMPLE.search(text):
                yield rule.remark(
                    "tenant-specific", path, f"{text} looks like an example; put the site's own value there"
                )


def _names(text: str, name: str) -> bool:
    return f"{{{name}}}" in text or f"%{name}%" in text


def _at(rule: Written, item: Item, index: int) -> tuple[str | int, ...]:
    held: Any = rule.data
    for step in item.path:
        held = held[step]
    return item.value_path(index, alone=not isinstance(held, list))
