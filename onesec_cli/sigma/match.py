"""All rules at once: an event becomes a mask of the tests its values meet, a mask becomes the rules it satisfies.

Every distinct value of a field is tested once and remembered as bits; a rule is a few bit tests, and the rules that a
mask satisfies are remembered as well. Rules that the type (or kind) of an event excludes are not asked at all, and an
event that no rule is left for is not decoded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.sigma.columns import Column
from onesec_cli.sigma.places import KIND, TYPES, Place, Route, key_of, place_of, record_of, record_route, sole_key, walk
from onesec_cli.sigma.rule import All, Atom, Correlation, EventRule, Node, Not, Product, RuleBook, Some, Unfilled
from onesec_cli.sigma.tree import leaves
from onesec_cli.sigma.values import Same, meets

MEMO: Final = 4_096
"""Distinct masks remembered per type."""
MOST_PLANS: Final = 5_000
"""Types of events remembered; whoever writes a log can make up more."""
MOST_TYPES: Final = 500
"""Types whose rules are remembered: more than Auth0 has."""
NO_HITS: Final[tuple[int, ...]] = ()

Judge = Callable[[int], bool]


class Plan:
    """What events of one type are asked."""

    __slots__ = ("_columns", "_memo", "_pairs", "_rules", "places", "seen", "shown")

    def __init__(
        self,
        columns: Sequence[tuple[Column, Route | None, str]],
        pairs: Sequence[tuple[Place, Same, Place, int]],
        rules: Sequence[tuple[int, Judge]],
    ) -> None:
        self._columns = columns
        self._pairs = pairs
        self._rules = rules
        self._memo: dict[int, tuple[int, ...]] = {}
        self.places = tuple(place for place, _ in rules)
        """Indices of the rules that are asked."""
        self.shown = 0
        """Events that were asked."""
        self.seen = 0
        """Every bit that any of them had."""

    def hits(self, event: Event, mask: int) -> tuple[int, ...]:
        """Indices of the rules that an event satisfies; `mask` are the bits that its type has."""
        record = record_of(event)
        for column, route, key in self._columns:
            value = record.get(key) if key else None
            if value.__class__ is str and value in column.memo:
                mask |= column.memo[value]
                continue
            values = column.place(event) if route is None else walk(record, route)
            known = column.memo.get(values[0]) if len(values) == 1 and values[0].__class__ is str else None
            mask |= column.mask(values) if known is None else known
        for place, test, other, bit in self._pairs:
            if meets(test, place(event), other(event)):
                mask |= bit
        self.shown += 1
        self.seen |= mask
        found = self._memo.get(mask)
        return self._judged(mask) if found is None else found

    def _judged(self, mask: int) -> tuple[int, ...]:
        if len(self._memo) >= MEMO:
            self._memo.clear()
        found = self._memo[mask] = tuple(place for place, judge in self._rules if judge(mask))
        return found


class Sheet:
    """The rules of one product, their tests numbered."""

    def __init__(self, product: Product, rules: Sequence[tuple[int, EventRule]]) -> None:
        self.product = product
        self.rules = rules
        self.columns: dict[str, Column] = {}
        self.plans: dict[tuple[str, str, str], tuple[Plan, int] | None] = {}
        """By code, kind and source: what such events are asked, and the bits that they all have."""
        self._fixed = TYPES if product == "auth0" else (KIND, "code")
        """Fields whose values are those of the plan."""
        self._by_rules: dict[tuple[int, ...], Plan] = {}
        self._left: dict[tuple[str, str], list[tuple[int, EventRule]]] = {}
        self._bits: dict[tuple[str, Any], int] = {}
        self._next = 1
        for _, rule in rules:
            for leaf, _ in leaves(rule.condition):
                if isinstance(leaf, Atom):
                    self._number(leaf)
        self._judges = {place: self._judge(rule.condition) for place, rule in rules}

    def _number(self, atom: Atom) -> None:
        key = (atom.field, atom.test)
        if key in self._bits:
            return
        self._bits[key] = self._bit()
        column = self._column(atom.field)
        if isinstance(atom.test, Same):
            self._column(atom.test.field)
        else:
            column.add(atom.test, self._bits[key])

    def _bit(self) -> int:
        self._next <<= 1
        return self._next >> 1

    def _column(self, field: str) -> Column:
        if field not in self.columns:
            self.columns[field] = Column(place_of(self.product, field), self._bit())
        return self.columns[field]

    def bit_of(self, atom: Atom) -> int:
        """The bit that says whether an atom holds."""
        return self._bits[(atom.field, atom.test)]

    def _judge(self, node: Node) -> Judge:
        """A condition over masks."""
        if isinstance(node, Atom):
            bit = self.bit_of(node)
            return lambda mask: mask & bit != 0
        if isinstance(node, Unfilled):
            truth = node.holds
            return lambda mask: truth
        if isinstance(node, Not):
            inner = self._judge(node.of)
            return lambda mask: not inner(mask)
        bits = 0
        rest = []
        for one in node.of:
            if isinstance(one, Atom):
                bits |= self.bit_of(one)
            else:
                rest.append(self._judge(one))
        others = tuple(rest)
        if isinstance(node, All):
            return lambda mask: mask & bits == bits and all(judge(mask) for judge in others)
        return lambda mask: mask & bits != 0 or any(judge(mask) for judge in others)

    def hits(self, event: Event) -> tuple[int, ...]:
        """Indices of the rules that an event satisfies."""
        key = (event.code, event.kind, event.source)
        found = self.plans[key] if key in self.plans else self._looked_up(key, event)
        return NO_HITS if found is None else found[0].hits(event, found[1])

    def _looked_up(self, key: tuple[str, str, str], event: Event) -> tuple[Plan, int] | None:
        """What events of a type are asked; None if there is no rule they could satisfy."""
        plan = self._planned(*key)
        known = reduce(
            or_,
            (self.columns[name].mask(self.columns[name].place(event)) for name in self._fixed if name in self.columns),
            0,
        )
        found = None if plan is None else (plan, known)
        if len(self.plans) < MOST_PLANS:
            self.plans[key] = found
        return found

    def _planned(self, code: str, kind: str, source: str) -> Plan | None:
        left = [one for one in self.left(code, kind) if not one[1].service or not source or one[1].service == source]
        if not left:
            return None
        asked = tuple(place for place, _ in left)
        if asked not in self._by_rules:
            if len(self._by_rules) >= MOST_PLANS:
                return self._made(left)
            self._by_rules[asked] = self._made(left)
        return self._by_rules[asked]

    def always(self, rule: EventRule, code: str) -> bool:
        """Whether a rule of tenant logs is fulfilled by the log type alone."""
        return supposed(rule.condition, {name: [code] for name in TYPES}) is True

    def left(self, code: str, kind: str) -> list[tuple[int, EventRule]]:
        """The rules that an event of this type could satisfy, whatever its source."""
        found = self._left.get((code, kind))
        if found is None:
            found = [one for one in self.rules if self.may(one[1], code, kind, "")]
            if len(self._left) < MOST_TYPES:
                self._left[code, kind] = found
        return found

    def _made(self, left: Sequence[tuple[int, EventRule]]) -> Plan:
        fields: dict[str, None] = {}
        pairs: dict[int, tuple[Place, Same, Place, int]] = {}
        for _, rule in left:
            for leaf, _ in leaves(rule.condition):
                if isinstance(leaf, Atom):
                    fields.setdefault(leaf.field)
                    if isinstance(leaf.test, Same):
                        fields.setdefault(leaf.test.field)
                        bit, other = self.bit_of(leaf), self.columns[leaf.test.field]
                        pairs[bit] = (self.columns[leaf.field].place, leaf.test, other.place, bit)
        routed = record_route if self.product == "auth0" else (lambda field: None)
        routes = {field: routed(field) for field in fields if field not in self._fixed}
        columns = [(self.columns[field], route, sole_key(route)) for field, route in routes.items()]
        return Plan(columns, list(pairs.values()), [(place, self._judges[place]) for place, _ in left])

    def judged(self, place: int) -> tuple[int, int]:
        """How many events a rule was shown, and every bit that any of them had."""
        shown = seen = 0
        for plan in self._by_rules.values():
            if place in plan.places:
                shown += plan.shown
                seen |= plan.seen
        return shown, seen

    def needed(self, rule: EventRule, code: str) -> str:
        """A field that a record of a log type must have for a rule of tenant logs to match it, or empty."""
        given = {name: [code] for name in TYPES}
        needed = [
            field
            for field in rule.fields
            if field not in given and supposed(rule.condition, {**given, field: []}) is False
        ]
        return max(needed, key=lambda field: len(key_of(field)), default="")

    def may(self, rule: EventRule, code: str, kind: str, source: str) -> bool:
        """Whether an event of this type could satisfy a rule. An empty `source` may be any."""
        if rule.kinds and kind not in rule.kinds:
            return False
        if rule.service and source and rule.service != source:
            return False
        given = {name: [code] for name in TYPES} if self.product == "auth0" else {KIND: [kind], "code": [code]}
        return supposed(rule.condition, given) is not False


def supposed(node: Node, given: dict[str, list[Any]]) -> bool | None:
    """What a condition is, where only the values of some fields are given (none of a field that is absent); None if that
    depends on the others."""
    if isinstance(node, Atom):
        if isinstance(node.test, Same):
            return False if given.get(node.field) == [] or given.get(node.test.field) == [] else None
        return meets(node.test, given[node.field]) if node.field in given else None
    if isinstance(node, Unfilled):
        return node.holds
    if isinstance(node, Not):
        inner = supposed(node.of, given)
        return None if inner is None else not inner
    decides, unknown = isinstance(node, Some), False
    for one in node.of:
        part = supposed(one, given)
        if part is decides:
            return decides
        unknown = unknown or part is None
    return None if unknown else not decides


class Matcher:
    """The event rules of a book, ready for events."""

    def __init__(self, book: RuleBook) -> None:
        by_product: dict[Product, list[tuple[int, EventRule]]] = {}
        for index, member in enumerate(book.members):
            if not isinstance(member, Correlation):
                by_product.setdefault(member.product, []).append((index, member))
        self.sheets = [Sheet(product, rules) for product, rules in by_product.items()]
        self._wanted: dict[tuple[str, str], bool] = {}
        self.matched: Counter[int] = Counter()
        """How many events each rule matched in this run; what the report says of the rules rests on it, no finding does."""

    def wants(self, code: str, kind: str) -> bool:
        """Whether an event of this log type and kind could satisfy a rule that reads its record or its attributes."""
        key = (code, kind)
        known = self._wanted.get(key)
        if known is None:
            if len(self._wanted) >= MOST_PLANS:
                self._wanted.clear()
            known = self._wanted[key] = self._asked(code, kind)
        return known

    def _asked(self, code: str, kind: str) -> bool:
        return any(
            sheet.left(code, kind) for sheet in self.sheets if sheet.product == "auth0" or _is_told(sheet.product, kind)
        )

    def keys(self, code: str, kind: str) -> tuple[str, ...]:
        """Keys of which a tenant log record of this type must have one for a rule to match it; none if it may have none."""
        found: dict[str, None] = {}
        for sheet in self.sheets:
            if sheet.product != "auth0" and not _is_told(sheet.product, kind):
                continue
            for _, rule in sheet.left(code, kind):
                field = sheet.needed(rule, code) if sheet.product == "auth0" else ""
                if not field:
                    return ()
                found.setdefault(key_of(field))
        return tuple(found)

    def whole(self, code: str, kind: str) -> bool:
        """Whether events of this type are to be read whole: a rule judges them by more than their record (attributes, or
        the kind), or matches all of them."""
        return any(
            sheet.product != "auth0" or bool(rule.kinds) or sheet.always(rule, code)
            for sheet in self.sheets
            if sheet.product == "auth0" or _is_told(sheet.product, kind)
            for _, rule in sheet.left(code, kind)
        )

    def glance(self, event: Event) -> bool:
        """Whether a rule matches an event of which only type and record are known yet; noted in the record."""
        found = self.hits(event)
        if event.record is not None:
            event.record.hits = found
        return bool(found)

    def hits(self, event: Event) -> Sequence[int]:
        """Indices in the book of the event rules that an event satisfies, in order."""
        if event.record is not None and event.record.hits is not None:
            return event.record.hits
        found = NO_HITS
        for sheet in self.sheets:
            if sheet.product == "auth0":
                if event.record is None:
                    continue
            elif not _is_told(sheet.product, event.kind):
                continue
            found += sheet.hits(event)
        if found:
            self.matched.update(found)
            if len(self.sheets) > 1:
                return tuple(sorted(found))
        return found


def _is_told(product: Product, kind: str) -> bool:
    """Whether canonical events of a kind are shown to the rules of a product; what onesec derived itself is not."""
    if product == "agent":
        return kind in kinds.BEHAVIOUR
    return not kind.startswith("trail.")
