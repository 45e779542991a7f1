"""What each type of correlation counts, when it fires, and when it does not."""

from __future__ import annotations

import json
from math import inf, nan
from typing import Any

import msgspec
import pytest

from onesec_cli.sigma.chaining import in_order
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.limits import degenerate, unjudged
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.rule import Alternative, Bound
from onesec_cli.sigma.view import View, lines
from tests.sigma.windows import MINUTE, Book, Told, correlation, event_of, places, rule, run, values

HOUR = 60
X, Y, Z = rule("x"), rule("y"), rule("z")


def at(minute: float, *hits: int, **fields: Any) -> Told:
    return Told(minute, hits or (0,), fields)


def fires(one: Any, *story: Told) -> list[float]:
    """The minutes at which a correlation fires; also at every cut of the state."""
    book = Book((X, Y, Z, one))
    assert run(book, story, cut=True) == run(book, story)
    return [story[place].minute for place, _, _ in places(book, story)]


def facts(one: Any, *story: Told) -> list[dict[str, Any]]:
    found = [fired.facts for _, fired in run(Book((X, Y, Z, one)), story)]
    json.dumps(found, allow_nan=False)
    return found


def count(kind: str = "event_count", minutes: float = HOUR, **more: Any) -> Any:
    return correlation(kind, [0], minutes, **more)


# when a window fires


def test_it_fires_at_the_event_that_reaches_the_threshold_and_not_again_while_it_lasts() -> None:
    assert fires(count(threshold=3), *[at(minute) for minute in range(30)]) == [2]


def test_events_exactly_a_timespan_apart_are_in_one_window_and_a_microsecond_more_is_too_far() -> None:
    for kind, more in (
        ("event_count", {}),
        ("value_count", {"field": ("v",)}),
        ("value_sum", {"field": ("n",)}),
        ("value_percentile", {"field": ("n",), "percentile": 0, "operator": "lt", "threshold": 1}),
        ("temporal", {}),
        ("temporal_ordered", {}),
    ):
        one = correlation(kind, [0, 1], 10, **{"threshold": 2, **more})
        lowest = kind == "value_percentile"
        for gap, expected in ((10, [10]), (10 + 1 / MINUTE, [])):
            story = [at(0, 0, v="a", n=0.5 if lowest else 1), at(gap, 1, v="b", n=1)]
            assert fires(one, *story) == ([0] if lowest else expected), kind
            if lowest:
                view = laid_open(one, *story)[-1]
                assert (view.measure, view.holds) == ((0.5, True) if expected else (1, False))


def laid_open(one: Any, *story: Told) -> list[View]:
    book, state, views = Book((X, Y, Z, one)), Windows(), []
    for place, told in enumerate(story):
        event = event_of(place, told)
        shown = Correlator(book).explain(
            state, event, told.hits, lambda _, field, event=event: values(event, field), frozenset({3})
        )
        views += [view for _, view in shown]
    return views


def test_the_window_slides_and_knows_no_full_hours() -> None:
    assert fires(count(threshold=3, minutes=10), at(55), at(59), at(61)) == [61]


def test_it_fires_again_when_it_had_fallen_below() -> None:
    story = [at(0), at(1), at(2), at(30), at(31), at(32)]
    assert fires(count(threshold=3, minutes=10), *story) == [2, 32]


def test_what_goes_on_is_told_once_in_a_timespan() -> None:
    """The window of the event at minute 13 no longer reaches back to the event that fired at minute 2."""
    assert fires(count(threshold=3, minutes=10), *[at(minute) for minute in range(40)]) == [2, 13, 24, 35]


def test_groups_are_counted_apart() -> None:
    one = count(threshold=2, group_by=("ip",))
    story = [at(0, ip="1"), at(1, ip="2"), at(2, ip="2"), at(3, ip="1")]
    assert fires(one, *story) == [2, 3]


def test_several_fields_make_one_group() -> None:
    one = count(threshold=2, group_by=("ip", "user"))
    assert fires(one, at(0, ip="1", user="a"), at(1, ip="1", user="b"), at(2, ip="1", user="a")) == [2]
    assert fires(one, at(0, ip="1\x00a", user="b"), at(1, ip="1", user="a\x00b")) == []


@pytest.mark.parametrize("missing", [None, "", [], {}, [None, ""], nan])
def test_an_event_without_a_value_to_group_by_is_in_no_group_and_is_counted(missing: Any) -> None:
    one = count(threshold=2, group_by=("user", "ip"))
    state, story = Windows(), [at(0, user="a", ip=missing), at(1, user="a", ip=missing)]
    assert run(Book((X, one)), story, state=state) == []
    told, never = unjudged(one, [state])
    assert told == ("2 events lacked a value to group by (user, ip)",)
    assert never == f"none of its events entered a window: {told[0]}"


def test_an_event_with_several_values_is_in_the_group_of_each_but_once() -> None:
    one = count(threshold=2, group_by=("ip",))
    assert fires(one, at(0, ip=["1", "2", "2"]), at(1, ip="3"), at(2, ip=["2", "3"])) == [2, 2]


def test_groups_of_one_event_are_bounded_and_the_rest_is_told() -> None:
    one, state = count(threshold=1, group_by=("ip", "user")), Windows()
    many = [str(number) for number in range(5_000)]
    assert len(run(Book((X, one)), [at(0, ip=many, user=many)], state=state)) == 64
    assert unjudged(one, [state])[0] == ("1 event had so many values to group by or to count that not all were judged",)


def test_values_of_one_event_are_bounded_over_all_its_groups() -> None:
    one = count("value_count", threshold=10_000, group_by=("ip",), field=("v",))
    many = [str(number) for number in range(5_000)]
    for ips, kept in ((["1"], 1 + 1_000), (["1", "2"], 2 + 2 * 128), (many, 64 + 64 * 4)):
        state = Windows()
        run(Book((X, one)), [at(0, ip=ips, v=many)], state=state)
        assert state.weight == kept
        assert unjudged(one, [state])[0] == (
            "1 event had so many values to group by or to count that not all were judged",
        )


def test_numbers_and_their_texts_are_one_value_and_letter_case_is_kept() -> None:
    one = count(threshold=2, group_by=("v",))
    assert fires(one, at(0, v=7), at(1, v="7")) == [1]
    assert fires(one, at(0, v=7.0), at(1, v=7)) == [1]
    assert fires(one, at(0, v=True), at(1, v="true")) == [1]
    assert fires(one, at(0, v="A"), at(1, v="a")) == []


def test_long_values_are_kept_short_and_apart() -> None:
    one, state = count(threshold=2, group_by=("v",)), Windows()
    long = "x" * 5_000_000
    story = [at(0, v=long + "a"), at(1, v=long + "b"), at(2, v=long + "a"), at(3, v=10**5000), at(4, v=10**5000)]
    assert [place for place, _ in run(Book((X, one)), story, state=state)] == [2, 4]
    assert len(msgspec.msgpack.encode(state)) < 3_000


def test_an_alias_reads_another_field_for_each_rule() -> None:
    one = correlation("temporal", [0, 1], 10, group_by=("who",), threshold=2, aliases={"who": {0: "src", 1: "dst"}})
    assert fires(one, at(0, 0, src="1", dst="2"), at(1, 1, src="1", dst="2")) == []
    assert fires(one, at(0, 0, src="1", dst="2"), at(1, 1, src="2", dst="1")) == [1]


def test_an_event_that_matches_two_rules_counts_once() -> None:
    assert fires(correlation("event_count", [0, 1], 10, threshold=2), at(0, 0, 1), at(1, 1)) == [1]


def test_an_event_of_unknown_time_is_in_no_window() -> None:
    one, state = count(threshold=1), Windows()
    event = event_of(0, at(0))
    event.timed = False
    assert list(Correlator(Book((X, one))).observe(state, event, [0], lambda *_: [])) == []
    assert unjudged(one, [state])[0] == ("1 event had no time of its own",)


def test_a_hit_that_no_correlation_watches_leaves_no_trace() -> None:
    state = Windows()
    assert run(Book((X, Y, count(threshold=1))), [at(0, 1)], state=state) == []
    assert state == Windows()


# operators


@pytest.mark.parametrize(
    ("operator", "threshold", "expected"),
    [
        ("gte", 3, [2]),
        ("gt", 3, [3]),
        ("eq", 3, [2]),
        ("neq", 3, [0, 3]),
        ("lt", 3, [0]),
        ("lte", 3, [0]),
        ("gte", 2.5, [2]),
        ("eq", 2.5, []),
        ("gte", 0, [0]),
        ("gt", 0, [0]),
        ("lte", 0, []),
        ("neq", 0, [0]),
    ],
)
def test_operators_are_asked_at_every_event_of_the_window_that_ends_there(
    operator: str, threshold: float, expected: list[float]
) -> None:
    story = [at(minute) for minute in range(6)]
    assert fires(count(operator=operator, threshold=threshold), *story) == expected
    named = [at(minute, v=str(minute)) for minute in range(6)]
    assert fires(count("value_count", field=("v",), operator=operator, threshold=threshold), *named) == expected


def test_a_range_holds_between_its_bounds() -> None:
    one = count(operator="gt", threshold=2, also=(Bound("lte", 4),))
    assert fires(one, *[at(minute) for minute in range(8)]) == [2]
    assert facts(one, at(0), at(1), at(2))[0]["condition"] == "more than 2 and at most 4"


@pytest.mark.parametrize(
    ("kind", "operator", "threshold", "answer"),
    [
        ("event_count", "gte", 1, "any"),
        ("event_count", "gte", 0, "any"),
        ("event_count", "gt", 0, "any"),
        ("event_count", "neq", 0, "any"),
        ("event_count", "gt", -5, "any"),
        ("event_count", "lte", 0, "never"),
        ("event_count", "lt", 1, "never"),
        ("event_count", "eq", 0, "never"),
        ("event_count", "eq", 2.5, "never"),
        ("event_count", "gte", 2, ""),
        ("event_count", "lte", 1, ""),
        ("temporal", "gte", 1, "any"),
        ("temporal", "gte", 4, "never"),
        ("temporal", "lte", 3, "any"),
        ("temporal", "gte", 3, ""),
        ("temporal_ordered", "gt", 3, "never"),
        ("value_sum", "gte", 0, ""),
    ],
)
def test_a_condition_that_says_nothing_is_known(kind: str, operator: str, threshold: float, answer: str) -> None:
    one = correlation(kind, [0, 1, 2], 60, operator=operator, threshold=threshold, field=("v",))
    said = degenerate(one)
    assert said == "" if not answer else "holds at any event" in said if answer == "any" else "can never hold" in said


def test_bounds_that_shut_each_other_out_are_known() -> None:
    assert "never" in degenerate(count("value_sum", field=("n",), operator="gt", threshold=5, also=(Bound("lt", 5),)))
    assert "never" in degenerate(count(operator="gt", threshold=2, also=(Bound("lt", 3),)))
    assert degenerate(count("value_sum", field=("n",), operator="gt", threshold=2, also=(Bound("lt", 3),))) == ""


# values


def test_only_different_values_count() -> None:
    one = count("value_count", field=("v",), threshold=3)
    assert fires(one, at(0, v="a"), at(1, v="b"), at(2, v="a"), at(3, v="b"), at(4, v="c")) == [4]
    assert fires(one, at(0, v=["a", "b", "c"])) == [0]


def test_a_value_stays_as_long_as_its_last_event() -> None:
    one = count("value_count", field=("v",), threshold=2, minutes=10)
    assert fires(one, at(0, v="a"), at(8, v="a"), at(15, v="b")) == [15]
    assert fires(one, at(0, v="a"), at(8, v="c"), at(9, v="c"), at(20, v="b")) == [8]


def test_values_of_several_fields_count_as_pairs() -> None:
    one = count("value_count", field=("u", "v"), threshold=2)
    story = [at(0, u="a", v="1"), at(1, u="a", v="1"), at(2, u="a"), at(3, u="a", v="2")]
    assert fires(one, *story) == [3]
    assert facts(one, *story)[0]["values"] == ["a, 1", "a, 2"]


def test_an_event_without_the_value_is_not_in_the_window() -> None:
    one, state = count("value_count", field=("v",), operator="gte", threshold=0), Windows()
    assert run(Book((X, one)), [at(0), at(1, v="")], state=state) == []
    assert unjudged(one, [state])[0] == ("2 events had no value in v",)


@pytest.mark.parametrize("number", [10, 10.0, "10", " 1e1 ", "+10.", [4, "6"], [True] * 10])
def test_numerals_and_true_are_numbers(number: Any) -> None:
    assert fires(count("value_sum", field=("n",), operator="eq", threshold=10), at(0, n=number)) == [0]


@pytest.mark.parametrize("value", ["ten", "0x10", "1_0", "١٠", "nan", "inf", nan, inf, "9" * 399, 10**400, {"a": 1}])
def test_what_is_no_number_is_counted_and_left_out(value: Any) -> None:
    one, state = count("value_sum", field=("n",), operator="neq", threshold=-1), Windows()
    assert run(Book((X, one)), [at(0, n=value)], state=state) == []
    assert unjudged(one, [state])[0] == ("1 event had no number in n",)


def test_sums_are_exact_and_never_overflow() -> None:
    one = count("value_sum", field=("n",), operator="gt", threshold=1e308, minutes=10)
    story = [at(0, n=1e308), at(1, n=1e308), at(2, n=-1e308), at(3, n=1)]
    assert fires(one, *story) == [1]
    assert facts(one, *story)[0]["measure"] == "above 1.8e308"
    low = count("value_sum", field=("n",), operator="lt", threshold=-1e308)
    assert facts(low, at(0, n=-1e308), at(1, n="-1e308"))[0]["measure"] == "below -1.8e308"
    drift = count("value_sum", field=("n",), operator="eq", threshold=0, minutes=1)
    assert fires(drift, *[at(minute, n=0.1) for minute in range(0, 100, 2)], at(200, n=0)) == [200]


def test_averages_medians_and_percentiles() -> None:
    story = [at(place, n=number) for place, number in enumerate([1, 2, 3, 4, 100])]
    assert facts(count("value_avg", field=("n",), threshold=20), *story)[0]["measure"] == 22
    median = count("value_median", field=("n",), threshold=2.5)
    assert (fires(median, *story), facts(median, *story)[0]["measure"]) == ([3], 2.5)
    high = count("value_percentile", field=("n",), percentile=80, threshold=4)
    assert (fires(high, *story), facts(high, *story)[0]["measure"]) == ([3], 4)
    assert fires(count("value_percentile", field=("n",), percentile=100, threshold=100), *story) == [4]
    assert fires(count("value_percentile", field=("n",), percentile=0, operator="gt", threshold=0), *story) == [0]


# rules together, and in order


def test_all_rules_must_match_in_the_window_in_any_order() -> None:
    one = correlation("temporal", [0, 1, 2], 10, threshold=3)
    assert fires(one, at(0, 2), at(1, 0), at(2, 0), at(9, 1)) == [9]
    assert fires(one, at(0, 2), at(1, 0), at(11, 1)) == []
    assert fires(one, at(0, 0, 1, 2)) == [0]
    assert fires(correlation("temporal", [0, 1, 2], 10, threshold=2), at(0, 2), at(1, 0)) == [1]


def test_ordered_rules_must_match_in_the_order_they_are_named() -> None:
    one = correlation("temporal_ordered", [0, 1, 2], 10, threshold=3)
    assert fires(one, at(0, 2), at(1, 1), at(2, 0)) == []
    assert fires(one, at(0, 0), at(1, 1), at(2, 2)) == [2]
    assert fires(one, at(0, 0), at(1, 0), at(2, 1), at(3, 0), at(4, 2)) == [4]
    assert fires(one, at(0, 0), at(5, 0), at(6, 1), at(12, 2)) == [12], "begun anew at minute 5"
    assert fires(one, at(0, 0), at(6, 1), at(7, 0), at(12, 2)) == []
    assert fires(one, at(0, 0, 1, 2)) == [], "one event is one step"


def test_a_rule_may_be_a_step_twice() -> None:
    one = correlation("temporal_ordered", [0, 1, 0], 10, threshold=3)
    assert fires(one, at(0, 0), at(1, 1)) == []
    assert fires(one, at(0, 0), at(1, 1), at(2, 0)) == [2]


def test_some_of_the_rules_in_order_may_be_enough() -> None:
    one = correlation("temporal_ordered", [0, 1, 2], 10, threshold=2)
    assert fires(one, at(0, 1), at(1, 0)) == []
    assert fires(one, at(0, 0), at(1, 2)) == [1]


def test_a_condition_in_words_asks_for_rules_and_against_others() -> None:
    ways = (Alternative((0, 1), (2,)),)
    one = correlation("temporal", [0, 1, 2], 10, alternatives=ways, expression="x and y and not z")
    assert fires(one, at(0, 0), at(1, 1)) == [1]
    assert fires(one, at(0, 2), at(1, 0), at(2, 1)) == []
    assert fires(one, at(0, 2), at(5, 0), at(11, 1)) == [11]
    ordered = correlation("temporal_ordered", [0, 1, 2], 10, alternatives=ways)
    assert fires(ordered, at(0, 1), at(1, 0)) == []
    assert fires(ordered, at(0, 0), at(1, 1)) == [1]


# correlations of correlations


FAILED, LOGIN = 0, 1


def many_failures(name: str = "many", **more: Any) -> Any:
    return correlation("event_count", [FAILED], 10, name, group_by=("host",), threshold=3, **more)


def chain(outer: Any, *story: Told) -> list[float]:
    book = Book((X, Y, many_failures(), outer))
    assert run(book, story, cut=True) == run(book, story)
    return [story[place].minute for place, index, _ in places(book, story) if index == 3]


def test_a_burst_before_a_login_is_found_by_the_user_of_the_event_that_made_the_burst() -> None:
    outer = correlation("temporal_ordered", [2, LOGIN], 60, "outer", group_by=("user",), threshold=2)
    burst = [at(minute, FAILED, host="h", user="eve") for minute in range(3)]
    assert chain(outer, *burst, at(5, LOGIN, user="eve")) == [5]
    assert chain(outer, *burst, at(5, LOGIN, user="bob")) == []
    assert chain(outer, at(0, LOGIN, user="eve"), *[told._replace(minute=told.minute + 1) for told in burst]) == []


def test_a_burst_that_goes_on_is_still_there_long_after_it_was_told() -> None:
    outer = correlation("temporal_ordered", [2, LOGIN], 60, "outer", threshold=2)
    long = [at(minute, FAILED, host="h") for minute in range(0, 300, 3)]
    assert chain(outer, *long, at(340, LOGIN)) == [340]


def test_bursts_are_counted_by_how_often_they_are_told() -> None:
    outer = correlation("event_count", [2], 600, "outer", threshold=2)
    assert chain(outer, *[at(minute / 10, FAILED, host="h") for minute in range(20)]) == []
    assert chain(outer, *[at(start + step, FAILED, host="h") for start in (0, 30) for step in range(3)]) == [32]


def test_the_group_of_the_inner_correlation_is_known_to_the_outer() -> None:
    outer = correlation("event_count", [2], 60, "outer", group_by=("host",), threshold=1)
    story = [at(minute, FAILED, host=["a", f"b{minute}"]) for minute in range(3)]
    found = run(Book((X, Y, many_failures(), outer)), story)
    assert [one.group for _, one in found if one.correlation == 3] == [(("host", "a"),)]


def test_the_group_is_known_through_a_correlation_that_does_not_group() -> None:
    between = correlation("event_count", [2], 60, "between", threshold=1)
    top = correlation("event_count", [3], 60, "top", group_by=("host",), threshold=1)
    story = [at(minute, FAILED, host=["a", f"b{minute}"]) for minute in range(3)]
    found = run(Book((X, Y, many_failures(), between, top)), story)
    assert [one.group for _, one in found if one.correlation == 4] == [(("host", "a"),)]


def test_correlations_that_watch_each_other_cannot_be_ordered() -> None:
    order, rest = in_order({5: (4, 0), 4: (5,), 3: (2,), 2: (0,), 6: (4,), 7: (7,)})
    assert (order, rest) == ([2, 3], {4, 5, 6, 7})
    long = {at: (at - 1,) for at in range(1, 50_000)}
    assert in_order(dict(reversed(long.items()))) == (list(range(1, 50_000)), frozenset())


# what is told


def test_the_event_that_fires_is_cited_first_and_then_the_ends_of_the_window() -> None:
    (_, one), *_ = run(Book((X, count(threshold=50, group_by=("ip",)))), [at(m / 10, ip="1") for m in range(60)])
    assert [proof.origin.line for proof in one.evidence] == [50, 1, 2, 3, 48, 49]
    assert [proof.role for proof in one.evidence][:2] == ["the event that completed it", "Rule x"]
    assert (one.first, one.last, one.group) == (0, 294_000_000, (("ip", "1"),))
    assert one.told == "50 or more events within 1 h"
    assert one.facts == {
        "condition": "at least 50",
        "timespan": "1 h",
        "group": {"ip": "1"},
        "measure": "50 or more",
    }


def test_every_type_says_what_it_saw() -> None:
    story = [at(0, 0, v="a", n=1), at(1, 1, v="b", n=2.5)]
    said = {
        "value_count": "2 or more different values of v within 1 h",
        "value_sum": "the sum of v was 3.5 within 1 h",
        "value_avg": "the average of v was 1.75 within 1 h",
        "value_median": "the median of v was 1.75 within 1 h",
        "value_percentile": "percentile 100 of v was 2.5 within 1 h",
        "temporal": "Rule x, Rule y within 1 h",
        "temporal_ordered": "Rule x, then Rule y within 1 h",
    }
    for kind, sentence in said.items():
        threshold = {"value_sum": 3, "value_count": 2, "value_percentile": 2}.get(
            kind, 2 if kind.startswith("temporal") else 1.5
        )
        told = story if kind == "value_count" else [one._replace(fields={"v": one.fields["n"]}) for one in story]
        one = correlation(kind, [0, 1], HOUR, field=("v",), threshold=threshold, percentile=100)
        ((_, fired),) = run(Book((X, Y, one)), told)
        assert fired.told == sentence
        assert [proof.origin.line for proof in fired.evidence] == [2, 1]
    assert facts(correlation("value_count", [0, 1], HOUR, field=("v",), threshold=2), *story)[0]["values"] == ["a", "b"]
    ((_, bare),) = run(Book((X, count(threshold=1))), [at(0)])
    assert bare.told == "one event, which is enough for its condition (at least 1)"


def test_a_window_can_be_laid_open_at_an_event_that_does_not_fire() -> None:
    one = count("value_count", field=("v",), threshold=3, group_by=("ip",))
    views = laid_open(one, at(0, ip="1", v="a"), at(1, ip="2", v="z"), at(2, ip="1", v="b"), at(3, ip="1", v="c"))
    assert [(one.measure, one.holds, one.fires) for one in views] == [
        (1, False, False),
        (1, False, False),
        (2, False, False),
        ("3 or more", True, True),
    ]
    assert lines(views[2]) == [
        "group: ip = 1",
        "window: 1 h up to this event",
        "condition: at least 3; the window comes to 2",
        "does not hold",
        "  1970-01-01T00:00:00.000Z  log.jsonl:1  a",
        "  1970-01-01T00:02:00.000Z  log.jsonl:3  b",
    ]
    assert "holds and fires here" in lines(views[3])
