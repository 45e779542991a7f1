"""Sigma filters: exceptions that a site adds to rules without editing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.card import folded, text
from onesec_cli.sigma.detection import Reading, condition_of
from onesec_cli.sigma.documents import Document
from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.logsource import Source, source_of
from onesec_cli.sigma.rule import All, Card, EventRule, Node
from onesec_cli.sigma.tree import around_of, fields_of, placeholders_of


class Filter(Struct, frozen=True):
    """One filter: the condition it adds, and the rules it speaks of."""

    file: str
    line: int
    id: str
    source: Source
    rules: tuple[str, ...] | None
    """Ids or names; None: every rule of the source."""
    condition: Node


class Draft(Protocol):
    """A rule that is read."""

    card: Card
    rule: Any


def filter_of(document: Document, placeholders: Mapping[str, tuple[str, ...]]) -> Filter:
    """The filter of a document. Raises RuleError."""
    data, told = document.data, document.data["filter"]
    if not isinstance(told, dict):
        raise RuleError("filter is no mapping")
    rules = told.get("rules")
    named: tuple[str, ...] | None
    if rules == [] or (isinstance(rules, str) and rules.lower() == "any"):
        named = None
    elif isinstance(rules, str) or (isinstance(rules, list) and all(isinstance(one, str) for one in rules)):
        named = (rules,) if isinstance(rules, str) else tuple(rules)
    else:
        raise RuleError("a filter needs rules: any, or the names or ids of rules")
    if not isinstance(told.get("condition"), str):
        raise RuleError("a filter needs one condition")
    source = source_of(data.get("logsource"))
    detection = {name: one for name, one in told.items() if name != "rules"}
    condition = condition_of(detection, Reading(placeholders, source.product == "auth0"))
    return Filter(document.file, document.line, text(data.get("id")), source, named, condition)


def applied(filters: Sequence[Filter], drafts: Sequence[Draft]) -> list[RuleNote]:
    """Add each filter to the rules it speaks of; notes on filters that speak of none."""
    notes = []
    for one in filters:
        found = [
            draft for draft in drafts if isinstance(draft.rule, EventRule) and _speaks(one, draft.card, draft.rule)
        ]
        for draft in found:
            condition = All((draft.rule.condition, one.condition))
            draft.rule = replace(
                draft.rule,
                condition=condition,
                filters=(*draft.rule.filters, f"{one.file}:{one.line}"),
                fields=fields_of(condition),
                around=around_of(condition),
                unfilled=placeholders_of(condition),
            )
        if not found:
            reason = "a filter for rules that were not loaded"
            notes.append(RuleNote(file=one.file, line=one.line, id=one.id, reason=reason))
    return notes


def _speaks(one: Filter, card: Card, rule: EventRule) -> bool:
    if one.source.product != rule.product or (one.source.service and one.source.service != rule.service):
        return False
    if one.source.kinds and not (rule.kinds and rule.kinds <= one.source.kinds):
        return False
    return (
        one.rules is None or folded(card.id) in map(folded, one.rules) or (bool(card.name) and card.name in one.rules)
    )
