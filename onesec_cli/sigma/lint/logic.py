"""Conditions that can never be true, are always true, or have parts that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from onesec_cli.model.remark import Remark
from onesec_cli.sigma import event_schema
from onesec_cli.sigma.auth0_schema import ANY, bare, schema
from onesec_cli.sigma.lint.fields import TYPE_FIELDS
from onesec_cli.sigma.lint.items import unused
from onesec_cli.sigma.lint.told import Written
from onesec_cli.sigma.lint.worlds import Worlds
from onesec_cli.sigma.rule import All, Atom, EventRule, Node, Not, Some, Unfilled
from onesec_cli.sigma.values import MANY, Exists, Null, Text

_CONDITION: Final = ("detection", "condition")
_ONE_VALUE: Final = frozenset(
    {"kind", "code", "source", "user", "agent", "client", "connection", "session", "tool", "ip"}
)


def logic(rule: Written) -> Iterator[Remark]:
    """Remarks on the condition of a rule that was loaded."""
    detection = rule.data.get("detection")
    if isinstance(detection, dict):
        for name in unused(detection):
            yield rule.remark("unused-selection", ("detection", name), f"the condition does not name {name}")
    if not isinstance(rule.member, EventRule):
        return
    whole = rule.member.condition
    worlds = worlds_of(rule.member)
    if not worlds.possible(whole):
        yield rule.remark("never-true", _CONDITION, _never(worlds, whole))
    elif not worlds.possible(Not(whole)):
        yield rule.remark("always-true", _CONDITION, "the condition is true whatever an event holds")
    else:
        if _holds_of_nothing(whole):
            told = "an event that has none of the fields matches: the condition says only what must not be there"
            yield rule.remark("negative-only", _CONDITION, told)
        yield from _parts(rule, worlds, whole)


def worlds_of(rule: EventRule) -> Worlds:
    """What is possible for the condition of a rule: every event has a type."""
    same = bare if rule.product == "auth0" else event_schema.bare
    return Worlds(rule.condition, lambda field: _single(rule.product, field), _never_holds, same, _always_holds)


def _never_holds(leaf: Atom | Unfilled) -> bool:
    if not isinstance(leaf, Atom) or leaf.field not in TYPE_FIELDS:
        return False
    return isinstance(leaf.test, Null) or (isinstance(leaf.test, Exists) and not leaf.test.there)


def _always_holds(leaf: Atom | Unfilled) -> bool:
    """Every event has a type, and `*` is any."""
    if not isinstance(leaf, Atom) or leaf.field not in TYPE_FIELDS:
        return False
    test = leaf.test
    return (isinstance(test, Text) and set(test.parts) == {MANY}) or (isinstance(test, Exists) and test.there)


def _single(product: str, field: str) -> bool:
    """Whether a field is known to hold one value, never an array."""
    if product != "auth0":
        return field in _ONE_VALUE
    known = schema()
    letters = "".join(seen.letters for code in known.types if (seen := known.find(code, field)) is not None)
    return bool(letters) and not set(letters) & {"a", "o", ANY}


def _never(worlds: Worlds, whole: Node) -> str:
    """Why it cannot be true: a filter that takes all away, or selections that exclude each other."""
    if isinstance(whole, All):
        kept = tuple(part for part in whole.of if not isinstance(part, Not))
        for part in whole.of:
            if (
                isinstance(part, Not)
                and kept
                and worlds.possible(All(kept))
                and not worlds.possible(All((*kept, part)))
            ):
                name = _name(part.of) or _name(part) or "what follows not"
                return f"the condition can never be true: {name} holds whenever the rest does"
        for part in kept:
            if not worlds.possible(part):
                return f"the condition can never be true: {_name(part) or 'a part of it'} contradicts itself"
    return "the condition can never be true: its parts exclude each other"


def _holds_of_nothing(node: Node) -> bool:
    """Whether the condition is true of an event that meets none of its tests."""
    if isinstance(node, Atom):
        return False
    if isinstance(node, Unfilled):
        return node.holds
    if isinstance(node, Not):
        return not _holds_of_nothing(node.of)
    told = [_holds_of_nothing(part) for part in node.of]
    return all(told) if isinstance(node, All) else any(told)


def _parts(rule: Written, worlds: Worlds, whole: Node) -> Iterator[Remark]:
    """Named parts that change nothing. The rest of the condition is true together with none of them."""
    if isinstance(whole, All):
        kept = tuple(part for part in whole.of if not isinstance(part, Not))
        for part in whole.of:
            name = _name(part.of) if isinstance(part, Not) else ""
            if isinstance(part, Not) and name and kept and not worlds.possible(All((*kept, part.of))):
                told = f"what {name} would leave out is ruled out already by the rest of the condition"
                yield rule.remark("dead-filter", ("detection", name), told)
    for name in _kept_filters(whole):
        told = f"{name} is called a filter and stands beside `or`: whatever it names matches"
        yield rule.remark("filter-kept", ("detection", name), told)
    for part in _alternatives(whole):
        name = _name(part)
        if name and not worlds.possible(part):
            yield rule.remark("dead-part", ("detection", name), f"{name} can never be true")


def _alternatives(whole: Node) -> Iterator[Node]:
    """What stands beside `or` at the top of a condition, or of one of its parts."""
    for part in whole.of if isinstance(whole, All) else (whole,):
        if isinstance(part, Some):
            yield from part.of


def _kept_filters(whole: Node) -> Iterator[str]:
    """Names of filters that stand beside something else under `or`."""
    ahead = [whole]
    while ahead:
        one = ahead.pop()
        if isinstance(one, Some):
            filters = [name for part in one.of if (name := _name(part)).startswith("filter")]
            yield from filters if len(filters) < len(one.of) else ()
        if isinstance(one, (All, Some)):
            ahead += one.of


def _name(node: Node) -> str:
    return getattr(node, "name", "")
