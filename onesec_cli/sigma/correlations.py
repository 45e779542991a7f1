"""Correlation documents as plain data, their rules named as the author names them; `load.py` finds those rules."""

from __future__ import annotations

import re
from typing import Any, Final, get_args

from msgspec import Struct

from onesec_cli.model.clock import DAY, HOUR, MINUTE, SECOND, WEEK
from onesec_cli.sigma.bounds import enough
from onesec_cli.sigma.card import text
from onesec_cli.sigma.correlation_types import KINDS, CorrelationType
from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.expressions import alternatives_of, names_in
from onesec_cli.sigma.readings import number_of
from onesec_cli.sigma.rule import Alternative, Bound, Operator
from onesec_cli.sigma.sequences import MAX_TRACKS, orders

MAX_MEMBERS: Final = 200
MAX_COUNT: Final = 100_000
"""The highest count that a condition may need: so many events, or values, are kept of a window."""
MAX_STEPS: Final = 32
"""Rules that may be asked for in order."""
MAX_TIMESPAN: Final = 3_660 * DAY
_YEAR: Final = 31_556_952 * SECOND
_UNITS: Final = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK, "M": _YEAR // 12, "y": _YEAR}
"""A month and a year are as long as they are on average, as in pySigma."""
_TIMESPAN = re.compile(r"(\d{1,9})([smhdwMy])")
_OPERATORS: Final = get_args(Operator)


class Plan(Struct, frozen=True, kw_only=True):
    """A correlation whose members are still names or ids."""

    type: CorrelationType
    rules: tuple[str, ...]
    group_by: tuple[str, ...]
    aliases: dict[str, dict[str, str]]
    timespan: int
    bounds: tuple[Bound, ...]
    alternatives: tuple[Alternative, ...]
    expression: str
    field: tuple[str, ...]
    percentile: int
    generate: bool


def plan_of(correlation: Any, generate: Any = None) -> Plan:
    """What a `correlation` asks for; `generate` may stand beside it or in it. Raises RuleError."""
    if not isinstance(correlation, dict):
        raise RuleError("correlation is no mapping")
    kind = _type(correlation.get("type"))
    condition = correlation.get("condition")
    rules = _names(correlation.get("rules"), "rules")
    expression = condition.strip() if isinstance(condition, str) else ""
    if expression:
        rules, condition = _expressed(kind, rules, expression), None
    if not rules:
        raise RuleError("a correlation without rules")
    generate = correlation.get("generate", generate) or False
    if not isinstance(generate, bool):
        raise RuleError("generate is neither true nor false")
    bounds, field, percentile = _threshold(kind, condition, len(rules if KINDS[kind].ordered else set(rules)))
    plan = Plan(
        type=kind,
        rules=rules,
        group_by=_names(correlation.get("group-by"), "group-by"),
        aliases=_aliases(correlation.get("aliases")),
        timespan=_span(correlation.get("timespan", correlation.get("timeframe"))),
        bounds=bounds,
        alternatives=alternatives_of(expression, rules) if expression else (),
        expression=expression,
        field=field,
        percentile=percentile,
        generate=generate,
    )
    _check(plan)
    return plan


def _type(value: Any) -> CorrelationType:
    for kind in KINDS:
        if value == kind:
            return kind
    raise RuleError(f"correlation type {repr(value)[:60]} is none of {', '.join(KINDS)}")


def _check(plan: Plan) -> None:
    """Refuse what would need too much to be remembered."""
    if KINDS[plan.type].stops and enough(plan.bounds) > MAX_COUNT:
        raise RuleError(f"a threshold above {MAX_COUNT:,}")
    if KINDS[plan.type].ordered:
        if len(plan.rules) > MAX_STEPS:
            raise RuleError(f"more than {MAX_STEPS} rules in order")
        if not orders(len(plan.rules), plan.bounds, plan.alternatives):
            raise RuleError(f"a condition that more than {MAX_TRACKS} orders of its rules could meet")


def _names(value: Any, what: str) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [] if value is None else [value]
    found = tuple(text(one) for one in values)
    if not all(found):
        raise RuleError(f"{what} holds something that is no name")
    if len(found) > MAX_MEMBERS:
        raise RuleError(f"{what} holds more than {MAX_MEMBERS} names")
    return found


def _expressed(kind: CorrelationType, rules: tuple[str, ...], condition: str) -> tuple[str, ...]:
    """The rules of a condition in words, which only temporal correlations may have."""
    if not KINDS[kind].temporal:
        raise RuleError(f"a condition in words belongs to a temporal correlation, not to {kind}")
    named = names_in(condition)
    lost = [name for name in named if rules and name not in rules]
    if lost:
        raise RuleError(f"the condition names {lost[0]}, which is not among its rules")
    return rules or named


def _threshold(kind: CorrelationType, condition: Any, count: int) -> tuple[tuple[Bound, ...], tuple[str, ...], int]:
    """The comparisons, fields and percentile of a condition."""
    if condition is None:
        if KINDS[kind].temporal:
            return (Bound("gte", count),), (), 50
        raise RuleError(f"a {kind} correlation without a condition")
    if not isinstance(condition, dict):
        raise RuleError("condition is no mapping")
    unknown = sorted(str(name) for name in set(condition) - {*_OPERATORS, "field", "percentile"})
    if unknown:
        raise RuleError(f"condition has an unknown key {unknown[0][:60]}")
    bounds = tuple(Bound(name, _limit(name, condition[name])) for name in _OPERATORS if name in condition)
    if not bounds:
        raise RuleError(f"condition needs one of {', '.join(_OPERATORS)}")
    field = _names(condition.get("field"), "field")
    if KINDS[kind].needs_field and not field:
        raise RuleError(f"a {kind} correlation without a field")
    if KINDS[kind].numeric and len(field) > 1:
        raise RuleError(f"a {kind} correlation of more than one field")
    percentile = condition.get("percentile") if KINDS[kind].statistic == "percentile" else 50
    if percentile is None:
        raise RuleError("a value_percentile correlation without a percentile")
    if type(percentile) is not int or not 0 <= percentile <= 100:
        raise RuleError("percentile is no whole number from 0 to 100")
    return bounds, field if KINDS[kind].needs_field else (), percentile


def _limit(name: str, value: Any) -> float:
    number = None if isinstance(value, bool) else number_of(value)
    if number is None:
        raise RuleError(f"{name}: {repr(value)[:60]} is no number")
    return number


def _span(value: Any) -> int:
    match = _TIMESPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        if value is None:
            raise RuleError("a correlation without a timespan such as 10m")
        raise RuleError(
            f"timespan {value!r:.60} is no whole number with one of s, m, h, d, w, M, y behind it, such as 10m"
        )
    span = int(match[1]) * _UNITS[match[2]]
    if not 0 < span <= MAX_TIMESPAN:
        raise RuleError(f"timespan {value} is nothing, or longer than ten years")
    return span


def _aliases(value: Any) -> dict[str, dict[str, str]]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise RuleError("aliases is no mapping of mappings")
    return {
        alias: {rule: text(field) for rule, field in fields.items() if text(field)} for alias, fields in value.items()
    }
