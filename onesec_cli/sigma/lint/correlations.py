"""Correlations that the first event meets, that nothing can meet, or that group by what their members never have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from onesec_cli.model.remark import Remark
from onesec_cli.sigma import event_schema
from onesec_cli.sigma.auth0_schema import schema
from onesec_cli.sigma.bounds import bounds_of, test_of, words
from onesec_cli.sigma.gauges import outcome
from onesec_cli.sigma.lint.cost import codes_of
from onesec_cli.sigma.lint.logic import worlds_of
from onesec_cli.sigma.lint.told import Written, listed
from onesec_cli.sigma.rule import Correlation, EventRule

_CONDITION: Final = ("correlation", "condition")


def correlations(rule: Written, members: Sequence[EventRule | Correlation]) -> Iterator[Remark]:
    """Remarks on a correlation that was loaded; `members` are those of the whole book."""
    if not isinstance(rule.member, Correlation):
        return
    yield from _threshold(rule, rule.member)
    yield from _dead(rule, rule.member, members)
    for number in rule.member.members:
        watched = members[number]
        if isinstance(watched, EventRule):
            yield from _fields(rule, rule.member, number, watched)


def _threshold(rule: Written, told: Correlation) -> Iterator[Remark]:
    if told.alternatives:
        return
    if told.kind.temporal and len(set(told.members)) < 2:
        yield rule.remark("degenerate-threshold", ("correlation", "rules"), "one rule alone is met by its first event")
        return
    bounds = bounds_of(told)
    met = outcome(told)
    if met == "nothing":
        sentence = f"no window is ever {words(bounds)}: a window holds at least one event"
        yield rule.remark("degenerate-threshold", _CONDITION, sentence)
    elif met or (told.kind.stops and test_of(bounds)(1)):
        sentence = f"{words(bounds)} is met by the first event of any group"
        yield rule.remark("degenerate-threshold", _CONDITION, sentence)


def _dead(rule: Written, told: Correlation, members: Sequence[EventRule | Correlation]) -> Iterator[Remark]:
    """A correlation that needs what can never be true."""
    watched = [members[number] for number in told.members]
    dead = [one for one in watched if isinstance(one, EventRule) and not worlds_of(one).possible(one.condition)]
    if dead and (told.kind.temporal or len(dead) == len(watched)):
        sentence = f"{dead[0].card.title} can never be true, so this never is"
        yield rule.remark("never-true", ("correlation", "rules"), sentence)


def _fields(rule: Written, told: Correlation, number: int, watched: EventRule) -> Iterator[Remark]:
    """Fields that events of a member are grouped by or counted on, and never have."""
    groups = [(("correlation", "group-by", place), name) for place, name in enumerate(told.group_by)]
    counted: list[tuple[tuple[str | int, ...], str]] = [
        (("correlation", "condition", "field"), name) for name in told.field
    ]
    for path, name in [*groups, *counted]:
        field = told.aliases.get(name, {}).get(number, name)
        what = "grouped" if path[1] == "group-by" else "counted"
        lacking, all_of_them = _lacking(watched, field)
        if all_of_them:
            shown = f"{listed(lacking)} never has" if lacking else "no event has"
            sentence = f"{shown} {field}: events of {watched.card.title} are not {what}"
            yield rule.remark("never-grouped", path, sentence)
        elif lacking:
            sentence = f"{listed(lacking)} never has {field}: those events of {watched.card.title} are not {what}"
            yield rule.remark("partly-grouped", path, sentence)


def _lacking(watched: EventRule, field: str) -> tuple[list[str], bool]:
    """The log types of a rule that lack a field, and whether none has it. No types: of whatever type it is."""
    if watched.product != "auth0":
        kinds = event_schema.kinds_having(field, watched.product)
        return [], not (kinds & watched.kinds if watched.kinds else kinds)
    having = schema().having(field)
    codes = codes_of(watched.condition)
    known = [code for code in codes or () if code in schema().types]
    lacking = [code for code in known if code not in having]
    if known:
        return lacking, lacking == known
    return [], not having and codes is None
