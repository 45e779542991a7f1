"""What windows keep: no more than their condition needs, whatever comes, and what had to go is told."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from onesec_cli.sigma import panes, windows
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.limits import unjudged
from onesec_cli.sigma.panes import Windows
from tests.sigma.windows import Book, Told, correlation, event_of, rule, values

X, Y = rule("x"), rule("y")


def fed(one: Any, story: Any, *, check: Any = None) -> tuple[Windows, int]:
    """The state after a story, and how often it fired."""
    correlator, state, fired = Correlator(Book((X, Y, one))), Windows(), 0
    for place, told in enumerate(story):
        event = event_of(place, told)
        fired += len(
            list(correlator.observe(state, event, told.hits, lambda _, name, event=event: values(event, name)))
        )
        if check:
            check(state)
    return state, fired


def kept(state: Windows) -> int:
    """Groups and events in a state, counted anew."""
    layers = [layer for one in state.panes.values() for layer in (one.young, one.old)]
    return sum(1 + group.size() for layer in layers for group in layer.values())


def weighed(state: Windows) -> None:
    assert state.weight == kept(state) == sum(one.weight + one.old_weight for one in state.panes.values())


@pytest.mark.parametrize("kind", ["event_count", "value_count", "temporal", "temporal_ordered"])
def test_one_group_keeps_as_many_events_as_the_threshold_needs(kind: str) -> None:
    body = "x" * 5_000
    one = correlation(
        kind, [0, 1] if "temporal" in kind else [0], 60, threshold=5 if "count" in kind else 2, field=("v",)
    )
    story = [Told(place / 1_000, (place % 2,), {"v": str(place), "body": body}) for place in range(20_000)]
    state, _ = fed(one, [told._replace(hits=(0,)) for told in story] if "count" in kind else story)
    assert state.weight <= 6
    assert len(msgspec.msgpack.encode(state)) < 6_000


def test_what_comes_after_a_rule_that_never_matched_is_counted_and_not_kept() -> None:
    one = correlation("temporal_ordered", [0, 1], 60, threshold=2)
    late = [Told(place, (1,), {}) for place in range(1_000)]
    state, fired = fed(one, late, check=weighed)
    (panes_of_one,) = state.panes.values()
    assert (fired, kept(state), panes_of_one.entered) == (0, 0, 1_000)
    state, fired = fed(one, [*late, Told(1_001, (0,), {}), Told(1_002, (1,), {})], check=weighed)
    assert (fired, kept(state)) == (1, 1 + 3)


def test_a_condition_that_few_rules_fulfil_is_asked_of_the_rule_that_comes_second() -> None:
    fewer = correlation("temporal_ordered", [0, 1], 60, threshold=2, operator="lt")
    assert fed(fewer, [Told(0, (1,), {})])[1] == 1


def test_a_value_seen_over_and_over_is_kept_once() -> None:
    one = correlation("value_count", [0], 60, threshold=1_000, field=("v",))
    state, _ = fed(one, [Told(place / 1_000, (0,), {"v": str(place % 3)}) for place in range(20_000)])
    assert state.weight == 4
    assert len(msgspec.msgpack.encode(state)) < 6_000


def test_groups_unused_for_a_timespan_are_let_go() -> None:
    one = correlation("event_count", [0], 10, threshold=3, group_by=("user",))
    state, _ = fed(one, [Told(place / 10, (0,), {"user": str(place)}) for place in range(10_000)], check=None)
    assert state.weight <= 2 * 2 * 101
    assert state.panes["c"].forgotten == 0
    weighed(state)


def test_a_flood_of_groups_is_bounded_and_what_was_forgotten_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panes, "MOST", 1_000)
    one = correlation("event_count", [0], 600, threshold=3, group_by=("user",))
    story = [Told(place / 1_000, (0,), {"user": str(place)}) for place in range(10_000)]
    state, _ = fed(one, story, check=lambda state: state.weight <= 1_001 or pytest.fail(str(state.weight)))
    weighed(state)
    (sentence,), never = unjudged(one, [state])
    assert sentence.endswith(
        "groups of the last 10 h had to be forgotten, those that held least first (the fullest held 1): "
        "its windows may hold more than was counted"
    )
    assert state.panes["c"].forgotten >= 9_000 - 500
    assert never == ""


def test_in_a_flood_the_group_in_use_is_the_last_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panes, "MOST", 1_000)
    one = correlation("event_count", [0], 600, threshold=50, group_by=("user",))
    story = [Told(place / 1_000, (0,), {"user": str(place) if place % 50 else "eve"}) for place in range(3_000)]
    assert fed(one, story)[1] == 1


@pytest.mark.parametrize("kind", ["event_count", "value_count", "value_sum", "temporal", "temporal_ordered"])
def test_a_flood_of_groups_does_not_push_out_a_window_that_is_nearly_full(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panes, "MOST", 1_000)
    members = [0, 1, 2] if "temporal" in kind else [0]
    many = {"temporal": 3, "temporal_ordered": 3, "value_sum": 15}.get(kind, 5)
    one = correlation(kind, members, 600, threshold=many, field=("v",), group_by=("user",))
    steps = [Told(place, (place if len(members) > 1 else 0,), {"user": "v", "v": place + 1}) for place in range(5)]
    steps = steps[: len(members)] if len(members) > 1 else steps
    flood = [Told(10 + place / 1_000, (0,), {"user": str(place), "v": 0}) for place in range(20_000)]
    last = steps[-1]._replace(minute=60)

    def fires(story: list[Told]) -> int:
        state, correlator, fired = Windows(), Correlator(Book((X, Y, rule("z"), one))), 0
        for place, told in enumerate(story):
            event = event_of(place, told)
            fired += len(
                list(correlator.observe(state, event, told.hits, lambda _, name, event=event: values(event, name)))
            )
        weighed(state)
        assert state.panes["c"].forgotten
        return fired

    assert (fires([*flood, last]), fires([*steps[:-1], *flood, last])) == (0, 1)


def test_numbers_of_a_window_are_bounded_and_what_was_lost_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MAX_NUMBERS", 100)
    for kind in ("value_sum", "value_median"):
        one = correlation(kind, [0], 600, threshold=1e9, field=("n",))
        state, _ = fed(one, [Told(place / 1_000, (0,), {"n": 1}) for place in range(1_000)])
        assert state.weight == 101
        assert unjudged(one, [state])[0] == (
            "900 numbers of n had to be forgotten within 10 h: what they come to is that of the latest",
        )


@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_is_weighed_rightly_whatever_comes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panes, "MOST", 60)
    monkeypatch.setattr(windows, "MAX_NUMBERS", 5)
    dice, minute, story = random.Random(seed), 0.0, []
    for _ in range(400):
        minute += dice.choice([0, 1, 3, 30])
        fields = {"u": str(dice.randrange(30)), "v": [dice.randrange(9), dice.randrange(9)]}
        story.append(Told(minute, tuple(sorted({0, dice.randrange(2)})), fields))
    kinds = ("event_count", "value_count", "value_sum", "value_percentile", "temporal", "temporal_ordered")
    for kind in kinds:
        one = correlation(kind, [0, 1], 20, threshold=2, field=("v",), group_by=("u",))
        fed(one, story, check=weighed)
    for kind in ("event_count", "value_sum", "value_count"):
        one = correlation(kind, [0, 1], 20, threshold=4, field=("v",), group_by=("u",))
        fed(one, story, check=weighed)
