"""What became of the rules of a run: which took part, which could not be loaded, which could not match, and why.

A rule that says nothing may have had nothing to look at. So each is asked afterwards: was there any event of the types it
names, were its fields ever seen, have its placeholders values, is its condition one that can fail?
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from onesec_cli.knowledge.shelf import shipped_folder
from onesec_cli.model.report import DEGENERATE, RuleNote, RulesUse
from onesec_cli.sigma.chaining import in_order
from onesec_cli.sigma.limits import degenerate, unjudged
from onesec_cli.sigma.match import Matcher, Sheet, supposed
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.places import KIND, TYPES
from onesec_cli.sigma.rule import Atom, Card, Correlation, EventRule, Node, RuleBook
from onesec_cli.sigma.tree import leaves
from onesec_cli.sigma.values import Null, Text

Seen = tuple[str, str, int]
"""A log type of the trail, its kind, and how many events of it there are."""

ENOUGH: Final = 100
"""Events after which a rule that names no type and matched all of them is called degenerate."""
MOST_NAMED: Final = 6
"""Types or fields named in one reason."""


def rules_used(
    book: RuleBook, matcher: Matcher | None, histories: Sequence[Windows] = (), types: Sequence[Seen] = ()
) -> RulesUse:
    """The rules of a book after a run; `histories` are the windows of each tenant, `types` what the trail holds."""
    found = reasons(book, matcher, histories, types)
    remarks = {**_remarks(matcher, found), **_left_out(book, found, histories)}
    return RulesUse(
        loaded=_ordered(_note(member.card, remarks.get(index, "")) for index, member in enumerate(book.members)),
        skipped=_ordered(book.skipped),
        cannot_match=_ordered(_note(book.members[index].card, reason) for index, reason in found.items()),
    )


def _ordered(notes: Iterable[RuleNote]) -> tuple[RuleNote, ...]:
    return tuple(sorted(notes, key=lambda note: (note.file, note.line, note.id, note.reason)))


def _note(card: Card, reason: str = "") -> RuleNote:
    shipped = card.file.startswith(f"{shipped_folder()}{os.sep}")
    return RuleNote(file=card.file, line=card.line, id=card.id, reason=reason, shipped=shipped, title=card.title)


def reasons(
    book: RuleBook, matcher: Matcher | None, histories: Sequence[Windows] = (), types: Sequence[Seen] = ()
) -> dict[int, str]:
    """Why rules could not match, or match everything, by index in the book."""
    found: dict[int, str] = {}
    never: set[int] = set()
    if matcher is None:
        return found
    for sheet in matcher.sheets:
        for index, rule in sheet.rules:
            reason = _static(rule) or _unseen(sheet, index, rule, types)
            if reason:
                never.add(index)
            reason = reason or _degenerate(sheet, index, rule, matcher.matched.get(index, 0))
            if reason:
                found[index] = reason
    for index, member in _inside_out(book):
        reason = _starved(book, member, never)
        if reason:
            never.add(index)
        reason = reason or unjudged(member, histories)[1] or _degenerate_correlation(member)
        if reason:
            found[index] = reason
    return found


def _remarks(matcher: Matcher | None, found: dict[int, str]) -> dict[int, str]:
    """What is odd about rules that could match: exceptions that rest on fields which are never there except nothing."""
    told: dict[int, str] = {}
    for sheet in matcher.sheets if matcher else ():
        for index, rule in sheet.rules:
            shown, seen = sheet.judged(index)
            if index in found or not shown:
                continue
            if rule.filters:
                told[index] = f"narrowed by {_some(rule.filters, 'filter')}"
            denied = dict.fromkeys(leaf.field for leaf, below_not in leaves(rule.condition) if below_not)
            gone = [name for name in denied if name in sheet.columns and not sheet.columns[name].present & seen]
            if gone:
                narrowed = f"{told[index]}; " if index in told else ""
                told[index] = f"{narrowed}an exception rests on {_some(gone, 'field')}, never seen in {_events(shown)}"
    return told


def _left_out(book: RuleBook, found: dict[int, str], histories: Sequence[Windows]) -> dict[int, str]:
    """What correlations had to leave out of their windows."""
    told = (
        (index, unjudged(one, histories)[0]) for index, one in enumerate(book.members) if isinstance(one, Correlation)
    )
    return {index: "; ".join(said) for index, said in told if said and index not in found}


def _degenerate_correlation(member: Correlation) -> str:
    said = degenerate(member)
    return f"{DEGENERATE}{said}" if said else ""


def _inside_out(book: RuleBook) -> Iterator[tuple[int, Correlation]]:
    """Correlations, those that others watch first."""
    found = {index: one for index, one in enumerate(book.members) if isinstance(one, Correlation)}
    order, _ = in_order({index: one.members for index, one in found.items()})
    yield from ((index, found[index]) for index in order)


def _static(rule: EventRule) -> str:
    """Why no event at all could match."""
    if supposed(rule.condition, {}) is not False:
        return ""
    if rule.unfilled:
        return f"the policy gives no value for {_some(rule.unfilled, 'placeholder')} (rules.placeholders)"
    if rule.filters and supposed(rule.unfiltered().condition, {}) is not False:
        return f"nothing is left of it by {_some(rule.filters, 'filter')}"
    return "its condition can never hold"


def _unseen(sheet: Sheet, index: int, rule: EventRule, trail: Sequence[Seen]) -> str:
    """Why no event of this trail could match."""
    shown, seen = sheet.judged(index)
    if not shown:
        # records without a key that every match must have were not even decoded
        about = [(code, count) for code, kind, count in trail if sheet.may(rule, code, kind, "")]
        if rule.filters and not about:
            bare = rule.unfiltered()
            if any(sheet.may(bare, code, kind, "") for code, kind, _ in trail):
                return f"nothing is left of it by {_some(rule.filters, 'filter')}"
        lacked = dict.fromkeys(sheet.needed(rule, code) for code, _ in about) if sheet.product == "auth0" else {}
        if lacked and all(lacked):
            return (
                f"{_some(lacked, 'field')} never seen in the {_events(sum(count for _, count in about))} of its types"
            )
        types = types_of(rule.condition) if rule.product == "auth0" else kinds_of(rule)
        if not types and (empty := _emptied(rule.condition)):
            return f"{DEGENERATE}{_no_value(empty)}"
        what = "type" if rule.product == "auth0" else "kind"
        source = f" of {rule.service}" if rule.service else ""
        return f"no event of {_some(types, what)}{source} in the trail" if types else _no_events(rule)
    absent = {name for name, column in sheet.columns.items() if not column.present & seen}
    given: dict[str, list[Any]] = {name: [] for name in absent}
    if not absent or supposed(rule.condition, given) is not False:
        return ""
    named = dict.fromkeys(leaf.field for leaf, denied in leaves(rule.condition) if not denied and leaf.field in absent)
    return f"{_some(tuple(named), 'field')} never seen in the {_events(shown)} it was shown"


def _no_events(rule: EventRule) -> str:
    if rule.service:
        return f"no event of {rule.service} in the trail"
    return {"auth0": "no tenant log in the trail", "agent": "no agent log in the trail"}.get(
        rule.product, "no event that it could match in the trail"
    )


def _degenerate(sheet: Sheet, index: int, rule: EventRule, matched: int) -> str:
    """Why a rule says nothing although it matches."""
    if supposed(rule.condition, {}) is True:
        return f"{DEGENERATE}its condition holds for every event"
    empty = _emptied(rule.condition)
    if empty:
        return f"{DEGENERATE}{_no_value(empty)}"
    shown, _ = sheet.judged(index)
    if matched == shown >= ENOUGH and not any(name.strip("*") for name in (*types_of(rule.condition), *kinds_of(rule))):
        return f"{DEGENERATE}it matched every one of the {_events(shown)} it was shown"
    return ""


def _no_value(field: str) -> str:
    return f"{field} has no values (are all of them comments?), and no event is without it"


def _emptied(condition: Node) -> str:
    """A test of the type that asks for null: what a list whose lines are all comments becomes."""
    for leaf, _ in leaves(condition):
        if isinstance(leaf, Atom) and leaf.field in (*TYPES, KIND) and isinstance(leaf.test, Null):
            return leaf.field
    return ""


def types_of(condition: Node) -> tuple[str, ...]:
    """The log types a condition names."""
    return _named(condition, TYPES)


def kinds_of(rule: EventRule) -> tuple[str, ...]:
    """The kinds of events a rule names."""
    return tuple(sorted(rule.kinds)) or _named(rule.condition, (KIND,))


def _named(condition: Node, fields: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for leaf, denied in leaves(condition):
        if isinstance(leaf, Atom) and leaf.field in fields and isinstance(leaf.test, Text) and not denied:
            found.setdefault("".join(part if isinstance(part, str) else "*?"[part] for part in leaf.test.parts))
    return tuple(found)


def _starved(book: RuleBook, correlation: Correlation, never: set[int]) -> str:
    """Why a correlation has nothing to correlate."""
    gone = [index for index in dict.fromkeys(correlation.members) if index in never]
    if not gone:
        return ""
    able = len(set(correlation.members)) - len(gone)
    every = correlation.kind.temporal and not correlation.alternatives
    if able and not (every and correlation.operator in ("gte", "gt", "eq") and able < correlation.threshold):
        return ""
    card = book.members[gone[0]].card
    return f"its rule {card.name or card.title} cannot match"


def _some(names: Iterable[str], what: str) -> str:
    told = list(names)
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return f"{what}{'s' if len(told) > 1 else ''} {', '.join(told[:MOST_NAMED])}{more}"


def _events(count: int) -> str:
    return f"{count:,} event" + ("" if count == 1 else "s")
