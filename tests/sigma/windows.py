"""Correlations held against the plainest reading of them: every window looked through from the whole list of events."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from math import inf
from statistics import median
from typing import Any, NamedTuple

import msgspec

from onesec_cli.model.event import Event, Origin
from onesec_cli.sigma.correlate import Correlator, Fired
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.rule import Card, Correlation

MINUTE = 60_000_000


class Plain(NamedTuple):
    """A rule on single events, of which only the name matters here."""

    card: Card


class Book(NamedTuple):
    members: tuple[Any, ...]


class Told(NamedTuple):
    """One event, the rules it matched, and when."""

    minute: float
    hits: tuple[int, ...]
    fields: dict[str, Any]


def rule(name: str) -> Plain:
    return Plain(Card(file="r.yml", line=1, id=name, name=name, title=f"Rule {name}"))


def correlation(kind: str, members: Sequence[int], minutes: float, name: str = "c", **more: Any) -> Correlation:
    card = Card(file="r.yml", line=1, id=name, name=name, title=f"Correlation {name}")
    return Correlation(card=card, type=kind, members=tuple(members), timespan=int(minutes * MINUTE), **more)  # type: ignore[arg-type]  # tests spell types as text


def event_of(place: int, told: Told) -> Event:
    origin = Origin("log.jsonl", place + 1, place * 100, 99)
    return Event(time=int(told.minute * MINUTE), kind="x", origin=origin, id=f"{place:05d}", fields=told.fields)


def values(event: Event, field: str) -> list[Any]:
    found = event.fields.get(field)
    return found if isinstance(found, list) else [] if found is None else [found]


def run(book: Book, story: Sequence[Told], cut: bool = False, state: Windows | None = None) -> list[tuple[int, Fired]]:
    """Place of the event and what fired there; with `cut`, through saved state after every event."""
    correlator, state = Correlator(book), state or Windows()
    found = []
    for place, told in enumerate(story):
        event = event_of(place, told)
        for one in correlator.observe(state, event, told.hits, lambda _, field, event=event: values(event, field)):
            found.append((place, one))
        if cut:
            state = msgspec.convert(msgspec.msgpack.decode(msgspec.msgpack.encode(state)), Windows)
            correlator = Correlator(book)
    return found


def places(book: Book, story: Sequence[Told]) -> list[tuple[int, int, tuple[str, ...]]]:
    """Where which correlation fired for which group."""
    return [(place, one.correlation, tuple(value for _, value in one.group)) for place, one in run(book, story)]


class Match(NamedTuple):
    member: int
    bound: dict[str, str]
    fires: bool


class Row(NamedTuple):
    """An event in a group."""

    place: int
    minute: float
    steps: set[int]
    values: list[Any]


def brute(book: Book, story: Sequence[Told]) -> list[tuple[int, int, tuple[str, ...]]]:
    """The reference: for each correlation and group, each window looked through again at every event."""
    holding: dict[tuple[int, int], list[Match]] = {}
    for place, told in enumerate(story):
        for hit in told.hits:
            holding[place, hit] = [Match(hit, {}, True)]
    found = []
    for index, one in enumerate(book.members):  # members stand before those that watch them
        if isinstance(one, Correlation):
            found += [(place, index, group) for place, group in _brute_one(index, one, story, holding)]
    order = {index: rank for rank, index in enumerate(_ranks(book))}
    return sorted(found, key=lambda row: (row[0], order[row[1]]))


def _ranks(book: Book) -> list[int]:
    return [slot.index for slot in Correlator(book)._slots]


def _brute_one(
    index: int, one: Correlation, story: Sequence[Told], holding: dict[tuple[int, int], list[Match]]
) -> list[tuple[int, tuple[str, ...]]]:
    rows: dict[tuple[str, ...], list[Row]] = {}
    fired: dict[tuple[str, ...], float | None] = {}
    found = []
    for place, told in enumerate(story):
        here: dict[tuple[str, ...], tuple[Row, Match]] = {}
        for step, member in enumerate(one.members):
            if one.type == "temporal":
                step = one.members.index(member)
            for match in holding.get((place, member), []):
                if not match.fires and not one.type.startswith("temporal"):
                    continue
                for group in _groups(one, member, match, told):
                    if group in here:
                        here[group][0].steps.add(step)
                        continue
                    read = _read(one, member, match, told)
                    if one.field and not read:
                        continue
                    here[group] = (Row(place, told.minute, {step}, read), match)
        for group, (row, match) in here.items():
            rows.setdefault(group, []).append(row)
            window = [row for row in rows[group] if row.minute >= told.minute - one.timespan / MINUTE]
            if not _holds(one, window):
                fired[group] = None
                continue
            last = fired.get(group)
            fires = last is None or last < told.minute - one.timespan / MINUTE
            bound = {**match.bound, **dict(zip(one.group_by, group, strict=True))}
            holding.setdefault((place, index), []).append(Match(index, bound, fires))
            if fires:
                fired[group] = told.minute
                found.append((place, group))
    return found


def _field(one: Correlation, member: int, name: str) -> str:
    return one.aliases.get(name, {}).get(member, name)


def _look(match: Match, told: Told, field: str) -> list[Any]:
    if field in match.bound:
        return [match.bound[field]]
    value = told.fields.get(field)
    return [one for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]


def _groups(one: Correlation, member: int, match: Match, told: Told) -> list[tuple[str, ...]]:
    told_values = [[str(v) for v in _look(match, told, _field(one, member, name))] for name in one.group_by]
    return list(dict.fromkeys(product(*told_values)))


def _read(one: Correlation, member: int, match: Match, told: Told) -> list[Any]:
    found = [_look(match, told, _field(one, member, name)) for name in one.field]
    if not found or one.type == "value_count":
        return list(product(*[[str(v) for v in values] for values in found])) if found else []
    return [Fraction(value) for value in found[0] if isinstance(value, int | float)]


def _holds(one: Correlation, window: list[Row]) -> bool:
    measure: Any
    numbers = sorted(value for row in window for value in row.values)
    if one.alternatives:
        return any(_meets(one, alternative, window) for alternative in one.alternatives)
    if one.type == "event_count":
        measure = len(window)
    elif one.type == "value_count":
        measure = len(set(numbers))
    elif one.type == "value_sum":
        measure = sum(numbers)
    elif one.type == "value_avg":
        measure = Fraction(sum(numbers), len(numbers))
    elif one.type == "value_median":
        measure = median(numbers)
    elif one.type == "value_percentile":
        shares = (
            number for number in numbers if 100 * sum(n <= number for n in numbers) >= one.percentile * len(numbers)
        )
        measure = next(shares)
    elif one.type == "temporal":
        measure = len({step for row in window for step in row.steps})
    else:
        sizes = range(len(one.members), 0, -1)
        ways = ((size, way) for size in sizes for way in combinations(range(len(one.members)), size))
        measure = next((size for size, way in ways if _ordered(way, window)), 0)
    tests = [(one.operator, one.threshold), *((bound.operator, bound.value) for bound in one.also)]
    return all(_compare(_rounded(measure), operator, value) for operator, value in tests)


def _rounded(measure: Any) -> float:
    try:
        return float(measure)
    except OverflowError:
        return inf if measure > 0 else -inf


def _meets(one: Correlation, alternative: Any, window: list[Row]) -> bool:
    seen = {step for row in window for step in row.steps}
    if seen & set(alternative.absent):
        return False
    if one.type == "temporal":
        return seen >= set(alternative.present)
    return _ordered(tuple(sorted(alternative.present)), window)


def _ordered(way: tuple[int, ...], window: list[Row]) -> bool:
    left = list(way)
    for row in window:
        if left and left[0] in row.steps:
            del left[0]
    return not left


def _compare(measure: float, operator: str, value: float) -> bool:
    return {
        "lt": measure < value,
        "lte": measure <= value,
        "gt": measure > value,
        "gte": measure >= value,
        "eq": measure == value,
        "neq": measure != value,
    }[operator]
