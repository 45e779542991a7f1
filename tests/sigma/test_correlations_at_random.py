"""Correlations over generated trails: the windows that are kept small say what windows kept whole would say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from onesec_cli.sigma.rule import Alternative, Bound
from tests.sigma.windows import Book, Told, brute, correlation, places, rule, run

OPERATORS = st.sampled_from(["lt", "lte", "gt", "gte", "eq", "neq"])
NAMES = st.sampled_from(["a", "b", "c", None, ["a", "b"], ["c", "c"], ""])
NUMBERS = st.sampled_from([0, 1, 2, 3.5, -4, 1e308, None, [1, 2], 0.1, 10])
STORIES = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 2, 5, 11, 40]),
        st.sets(st.integers(0, 2), min_size=1),
        NAMES,
        NAMES,
        NUMBERS,
    ),
    max_size=25,
)


def told(story: list[Any]) -> list[Told]:
    minute, found = 0, []
    for gap, hits, user, ip, number in story:
        minute += gap
        found.append(Told(minute, tuple(sorted(hits)), {"user": user, "ip": ip, "n": number}))
    return found


@st.composite
def counted(draw: Any, kind: str, name: str = "c") -> Any:
    fields = {"value_count": draw(st.sampled_from([("ip",), ("ip", "n")]))}.get(kind, ("n",))
    threshold = draw(st.integers(0, 5) if kind.endswith("count") else st.sampled_from([0, 1, 1.5, 2, 3, 1e308]))
    also = draw(st.lists(st.builds(Bound, OPERATORS, st.integers(0, 5)), max_size=1))
    return correlation(
        kind,
        draw(st.lists(st.integers(0, 2), min_size=1, max_size=3)),
        draw(st.sampled_from([1, 2, 5, 11, 60])),
        name,
        group_by=draw(st.sampled_from([(), ("user",), ("user", "ip")])),
        operator=draw(OPERATORS),
        threshold=threshold,
        also=tuple(also),
        field=() if kind == "event_count" else fields,
        percentile=draw(st.integers(0, 100)),
        aliases=draw(st.sampled_from([{}, {"user": {1: "ip"}}])),
    )


@st.composite
def sequenced(draw: Any, kind: str, name: str = "c") -> Any:
    members = draw(st.lists(st.integers(0, 2), min_size=1, max_size=4))
    firsts = {members.index(member) for member in members} if kind == "temporal" else set(range(len(members)))
    steps = st.sets(st.sampled_from(sorted(firsts)), min_size=1)
    ways = st.builds(
        lambda yes, no: Alternative(tuple(sorted(yes)), tuple(sorted(no - yes))), steps.filter(bool), steps
    )
    return correlation(
        kind,
        members,
        draw(st.sampled_from([1, 2, 5, 60])),
        name,
        group_by=draw(st.sampled_from([(), ("user",), ("user", "ip")])),
        operator=draw(OPERATORS),
        threshold=draw(st.integers(0, 4)),
        alternatives=tuple(draw(st.lists(ways, max_size=2))),
    )


@st.composite
def chained(draw: Any) -> Any:
    """A correlation of a correlation, and a third on top."""
    low = draw(counted("event_count", "low"))
    seen = [0, 1, 3]
    middle = correlation(
        draw(st.sampled_from(["temporal", "temporal_ordered", "event_count", "value_count"])),
        draw(st.lists(st.sampled_from(seen), min_size=1, max_size=3)),
        draw(st.sampled_from([1, 2, 5, 60])),
        "middle",
        group_by=draw(st.sampled_from([(), ("user",), ("ip",)])),
        threshold=draw(st.integers(1, 3)),
        field=("ip",),
    )
    if middle.type.startswith("temporal") or middle.type == "event_count":
        middle = replace(middle, field=())
    top = correlation("event_count", [4, 2], 60, "top", group_by=("ip",), threshold=draw(st.integers(1, 3)))
    return low, middle, top


def check(*correlations: Any, story: list[Any]) -> None:
    book, events = Book((rule("x"), rule("y"), rule("z"), *correlations)), told(story)
    assert places(book, events) == brute(book, events)
    assert run(book, events, cut=True) == run(book, events)


MANY = settings(max_examples=120, deadline=None)


@MANY
@given(counted("event_count"), STORIES)
def test_events_are_counted_as_when_every_window_is_looked_through(one: Any, story: list[Any]) -> None:
    check(one, story=story)


@MANY
@given(counted("value_count"), STORIES)
def test_values_are_counted_as_when_every_window_is_looked_through(one: Any, story: list[Any]) -> None:
    check(one, story=story)


@pytest.mark.parametrize("kind", ["value_sum", "value_avg", "value_median", "value_percentile"])
@MANY
@given(data=st.data(), story=STORIES)
def test_numbers_amount_to_what_they_do_when_every_window_is_looked_through(
    kind: str, data: Any, story: list[Any]
) -> None:
    check(data.draw(counted(kind)), story=story)


@pytest.mark.parametrize("kind", ["temporal", "temporal_ordered"])
@MANY
@given(data=st.data(), story=STORIES)
def test_rules_are_found_together_as_when_every_window_is_looked_through(
    kind: str, data: Any, story: list[Any]
) -> None:
    check(data.draw(sequenced(kind)), story=story)


@MANY
@given(chained(), STORIES)
def test_correlations_of_correlations_fire_as_when_every_window_is_looked_through(
    several: Any, story: list[Any]
) -> None:
    check(*several, story=story)
