"""Correlations by brute force: for every event, every earlier event of its group is looked at again.

Where the specification leaves a choice to the tool, the choice is:
- a window ends at an event and holds every event of the group that is at most `timespan` older;
- the condition is asked at every event of a group; an event that has no value to group by is in no group, one that
  has several values is in a group of each;
- a condition in words (`one and not two`) is about which rules occur in the window;
- a correlation that is a rule of another one has matched at the event at which it is told, and for a temporal one at
  every event at which its condition holds;
- groups and counted values are told apart by their text, letter case included; empty and null are no values.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.sigma.reference import Condition
from tests.sigma.reference_values import look_up, number, written

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
TESTS: Mapping[str, Callable[[float, float], bool]] = {
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "eq": lambda value, limit: value == limit,
    "neq": lambda value, limit: value != limit,
}


@dataclass(frozen=True)
class Seen:
    """One record in one group: when, which record, which of the rules it matched."""

    time: float
    record: int
    rules: frozenset[str]


Group = tuple[str, ...]


def span(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def texts(record: Any, field: str) -> list[str]:
    """What a record has in a field, as texts that can be told apart."""
    found = (written(value) for value in look_up(record, field)[1])
    return list(dict.fromkeys(text for text in found if text))


def groups_of(record: Any, fields: Sequence[str]) -> list[Group]:
    return list(itertools.product(*(texts(record, field) for field in fields)))


def holding(
    correlation: Mapping[str, Any],
    records: Sequence[tuple[float, Any]],
    matched: Mapping[str, Sequence[bool]],
) -> dict[Group, list[tuple[int, bool]]]:
    """For each group its events in order: which record, and whether the condition holds there.

    `records` are in order of time, `matched` says for each rule which of them it matches.
    """
    streams: dict[Group, list[Seen]] = {}
    for place, (time, record) in enumerate(records):
        rules = frozenset(name for name in correlation["rules"] if matched[name][place])
        keys: dict[Group, set[str]] = {}
        for name in rules:
            fields = [
                correlation.get("aliases", {}).get(field, {}).get(name, field)
                for field in correlation.get("group-by", [])
            ]
            for key in groups_of(record, fields):
                keys.setdefault(key, set()).add(name)
        for key, names in keys.items():
            if counts_for_something(correlation, record):
                streams.setdefault(key, []).append(Seen(time, place, frozenset(names)))
    return {key: judged(correlation, stream, records) for key, stream in streams.items()}


def counts_for_something(correlation: Mapping[str, Any], record: Any) -> bool:
    """An event without a value to count, or a number to sum, is not an event of the window."""
    kind = correlation["type"]
    if not kind.startswith("value_"):
        return True
    return bool(counted(kind, record, correlation["condition"]["field"]))


def counted(kind: str, record: Any, field: Any) -> list[Any]:
    fields = field if isinstance(field, list) else [field]
    if kind == "value_count":
        return list(groups_of(record, fields))
    return [got for value in look_up(record, fields[0])[1] if (got := number(value)) is not None]


def judged(
    correlation: Mapping[str, Any], stream: list[Seen], records: Sequence[tuple[float, Any]]
) -> list[tuple[int, bool]]:
    out = []
    for place, seen in enumerate(stream):
        since = seen.time - span(correlation["timespan"])
        window = [one for one in stream[: place + 1] if one.time >= since]
        out.append((seen.record, condition_holds(correlation, window, records)))
    return out


def condition_holds(correlation: Mapping[str, Any], window: list[Seen], records: Sequence[tuple[float, Any]]) -> bool:
    names = correlation["rules"]
    condition = correlation.get("condition", {"gte": len(names)})
    if isinstance(condition, str):
        seen = frozenset().union(*(one.rules for one in window))
        return Condition(condition, names, lambda name: name in seen).value()
    measure = measured(correlation, window, records)
    return all(TESTS[name](measure, limit) for name, limit in condition.items() if name in TESTS)


def measured(correlation: Mapping[str, Any], window: list[Seen], records: Sequence[tuple[float, Any]]) -> float:
    kind = correlation["type"]
    if kind == "event_count":
        return len(window)
    if kind == "temporal":
        return len(frozenset().union(*(seen.rules for seen in window)))
    if kind == "temporal_ordered":
        return longest(correlation["rules"], window)
    condition = correlation["condition"]
    values = [value for seen in window for value in counted(kind, records[seen.record][1], condition["field"])]
    if kind == "value_count":
        return len(set(values))
    if kind == "value_sum":
        return float(sum(values))
    if kind == "value_avg":
        return float(statistics.fmean(values))
    if kind == "value_median":
        return float(statistics.median(values))
    ranked = sorted(values)
    rank = -(-len(ranked) * condition.get("percentile", 50) // 100)
    return float(ranked[max(int(rank), 1) - 1])


def longest(names: Sequence[str], window: list[Seen]) -> int:
    """How many of the rules, as they are ordered, a walk through the window can meet one after another."""
    best = [0] * (len(names) + 1)  # best[n]: most steps of a walk whose last step is rule n
    for seen in window:
        before = list(best)
        for step, name in enumerate(names, 1):
            if name in seen.rules:
                best[step] = max(before[step], 1 + max(before[:step]))
    return max(best)
