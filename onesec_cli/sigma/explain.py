"""A condition held against one event, part by part, with what the event really holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from onesec_cli.model.event import Event
from onesec_cli.model.explained import Clause
from onesec_cli.model.mask import mask
from onesec_cli.sigma.places import fields_of, path_of, record_of, route_of, walk
from onesec_cli.sigma.rule import KEYWORDS, Atom, EventRule, Node, Not, Product, Unfilled
from onesec_cli.sigma.tree import holds
from onesec_cli.sigma.values import Compare, Exists, Number, Same, Test, Text, Truth, text_of
from onesec_cli.sigma.words import MAX_LINES, node_in_words, parts_of, plain

VALUES: Final = 5
"""Values of one field that are shown."""
LONGEST: Final = 160
"""Characters of one value that are shown."""
MASKED: Final = 20_000
"""Characters of one value that are masked before it is cut: what is masked is longer than what is shown, so no secret is cut first."""
NAMES: Final = 12
"""Names of neighbours that are shown where a field is absent."""


def clauses(rule: EventRule, event: Event) -> tuple[Clause, ...]:
    """Every part of the condition in order, each with its outcome, and the values for those that look at a field."""

    def read(field: str) -> Sequence[Any]:
        return fields_of(event, rule.product, field)

    found: list[Clause] = []
    whole = plain(rule.condition)
    ahead: list[tuple[Node, int, bool]] = [(whole, 0, True)]
    while ahead and len(found) < MAX_LINES:
        node, depth, decisive = ahead.pop()
        outcome = holds(node, read)
        found.append(
            Clause(
                depth=depth,
                holds=outcome,
                text=node_in_words(node),
                seen=_seen(node, rule.product, event),
                decisive=decisive,
            )
        )
        for part in reversed(parts_of(node)):
            ahead.append((part, depth + 1, decisive and _decides(node, outcome, holds(part, read))))
    return tuple(found)


def _decides(node: Node, outcome: bool, its: bool) -> bool:
    """Whether a part of a node can have brought about the node's outcome."""
    if isinstance(node, Not):
        return True
    return its is outcome


def _seen(node: Node, product: Product, event: Event) -> str:
    """What the event holds where a test looks."""
    if isinstance(node, Unfilled):
        return "the placeholder has no values, so this is never met"
    if not isinstance(node, Atom):
        return ""
    if node.field == KEYWORDS:
        return f"{len(fields_of(event, product, KEYWORDS)):,} values in the event"
    values = fields_of(event, product, node.field)
    if not values:
        return "absent" if isinstance(node.test, Exists) else f"absent{_neighbours(product, event, node.field)}"
    told = shown(values)
    if isinstance(node.test, Same):
        return f"{told}; {node.test.field} is {shown(fields_of(event, product, node.test.field)) or 'absent'}"
    return told + "".join(_other_type(node.test, values))


def shown(values: Sequence[Any]) -> str:
    """The first values, secrets masked, each cut where it is long."""
    more = f" and {len(values) - VALUES:,} more" if len(values) > VALUES else ""
    return ", ".join(_value(one) for one in values[:VALUES]) + more


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = mask(text[:MASKED])
    cut = f"{text[:LONGEST]}..." if len(text) > LONGEST else text
    return f'"{cut}"' if isinstance(value, str) else cut


def _neighbours(product: Product, event: Event, field: str) -> str:
    """What stands beside a field that is absent: the deepest object on the way to it, and the names in it."""
    path = path_of(field)
    if product == "auth0":
        record: Any = record_of(event)
        path = path[1:] if len(path) > 1 and path[0] == "data" else path
    else:
        record = event.fields
        path = path[1:] if len(path) > 1 and path[0] == "fields" else path
    for length in range(len(path) - 1, 0, -1):
        found = walk(record, route_of(path[:length]))
        names = sorted({str(name) for one in found if isinstance(one, dict) for name in one})
        above = ".".join(map(str, path[:length]))
        if names:
            more = f" and {len(names) - NAMES:,} more" if len(names) > NAMES else ""
            return f"; {above} holds {', '.join(mask(name[:60]) for name in names[:NAMES])}{more}"
        if found:
            return f"; {above} is {shown(found)}"
    if len(path) > 1:
        return f"; the event has no {path[0]}"
    return ""


def _other_type(test: Test, values: Sequence[Any]) -> Iterator[str]:
    """Why a value of another type than the rule's is not met, where that is the reason."""
    if any(isinstance(value, dict) for value in values):
        yield "; an object, of which only single values are compared"
    elif isinstance(test, Truth) and not any(isinstance(value, bool) for value in values):
        yield "; the rule asks for a boolean"
    elif isinstance(test, (Number, Compare)) and not any(isinstance(value, (int, float)) for value in values):
        yield "; the rule asks for a number" if not isinstance(test, Compare) or test.part is None else ""
    elif isinstance(test, Text) and test.cased and any(text_of(value) is not None for value in values):
        yield "; upper and lower case count"
