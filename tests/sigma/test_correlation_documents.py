"""Correlation documents: what they ask for, and what is refused with which reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from onesec_cli.model.policy import Policy
from onesec_cli.pipeline import load_rules
from onesec_cli.sigma.correlations import Plan, plan_of
from onesec_cli.sigma.errors import RuleError
from onesec_cli.sigma.rule import Alternative, Bound, Correlation
from tests.run import DATA


def plan(kind: str = "event_count", **more: Any) -> Plan:
    asked = {"type": kind, "rules": ["a", "b", "c"], "timespan": "5m", "condition": {"gte": 2}, **more}
    return plan_of({name.replace("_", "-"): value for name, value in asked.items() if value is not None})


def test_units_of_time() -> None:
    spans = {"90s": 90, "2m": 120, "1h": 3600, "1d": 86400, "2w": 1_209_600, "1M": 2_629_746, "1y": 31_556_952}
    assert {text: plan(timespan=text).timespan // 1_000_000 for text in spans} == spans


@pytest.mark.parametrize("text", ["0s", "5", "5 m", "-5m", "5x", "1.5h", "m", "", 300, "9" * 5000 + "m", "99y", None])
def test_what_is_no_timespan_is_refused(text: Any) -> None:
    with pytest.raises(RuleError):
        plan(timespan=text)


def test_conditions_may_be_ranges() -> None:
    assert plan(condition={"gt": 2, "lte": 10}).bounds == (Bound("lte", 10), Bound("gt", 2))
    assert plan(condition={"gte": "1.5e1"}).bounds == (Bound("gte", 15),)


@pytest.mark.parametrize(
    ("kind", "more", "reason"),
    [
        ("event_count", {"condition": {"gte": True}}, "is no number"),
        ("event_count", {"condition": {"gte": "many"}}, "is no number"),
        ("event_count", {"condition": {"gte": float("nan")}}, "is no number"),
        ("event_count", {"condition": {"gte": 10**400}}, "is no number"),
        ("event_count", {"condition": {}}, "needs one of"),
        ("event_count", {"condition": {"atleast": 1}}, "unknown key atleast"),
        ("event_count", {"condition": {1: 1}}, "unknown key 1"),
        ("event_count", {"condition": None}, "without a condition"),
        ("event_count", {"condition": "a and b"}, "belongs to a temporal correlation"),
        ("event_count", {"condition": {"gte": 100_001}}, "threshold above 100,000"),
        ("value_count", {"condition": {"lte": 1e300, "field": "x"}}, "threshold above 100,000"),
        ("value_count", {"condition": {"gte": 2}}, "without a field"),
        ("value_sum", {"condition": {"gte": 2, "field": ["x", "y"]}}, "more than one field"),
        ("value_percentile", {"condition": {"gte": 2, "field": "x"}}, "without a percentile"),
        ("value_percentile", {"condition": {"gte": 2, "field": "x", "percentile": 101}}, "whole number from 0 to 100"),
        ("value_percentile", {"condition": {"gte": 2, "field": "x", "percentile": 99.9}}, "whole number from 0 to 100"),
        ("temporal_ordered", {"rules": [f"r{n}" for n in range(33)], "condition": None}, "more than 32 rules"),
        ("temporal_ordered", {"rules": [f"r{n}" for n in range(12)], "condition": {"gte": 6}}, "more than 64 orders"),
        ("temporal", {"condition": "a and (b"}, "condition"),
        ("temporal", {"condition": "a and d"}, "d, which is not among its rules"),
        ("temporal", {"condition": "not a"}, "holds where no rule matched"),
        ("temporal", {"condition": "a and not a"}, "can never hold"),
        ("temporal", {"condition": "(" * 300 + "a" + ")" * 300}, "nested too deeply"),
        ("temporal", {"condition": "not " * 300 + "a"}, "nested too deeply"),
        ("near", {}, "is none of"),
        ([], {}, "is none of"),
        ("event_count", {"rules": None}, "without rules"),
        ("event_count", {"rules": [{"a": 1}]}, "no name"),
        ("event_count", {"generate": "maybe"}, "neither true nor false"),
        ("event_count", {"aliases": ["x"]}, "aliases"),
    ],
)
def test_what_is_refused_has_a_reason(kind: Any, more: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        plan(kind, **more)


def test_ways_that_would_be_too_many_are_refused_at_once() -> None:
    names = [f"r{n}" for n in range(40)]
    pairs = " and ".join(f"({one} or {two})" for one, two in zip(names[::2], names[1::2], strict=True))
    with pytest.raises(RuleError, match="more than 200 ways"):
        plan("temporal", rules=names, condition=pairs)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("a and b", {Alternative((0, 1))}),
        ("a AND b AND NOT c", {Alternative((0, 1), (2,))}),
        ("a or b and not c", {Alternative((0,)), Alternative((1,), (2,))}),
        ("not (not a or c) or b", {Alternative((0,), (2,)), Alternative((1,))}),
    ],
)
def test_conditions_in_words_are_the_ways_in_which_they_hold(condition: str, expected: set[Alternative]) -> None:
    assert set(plan("temporal", condition=condition).alternatives) == expected


def test_generate_stands_beside_the_correlation_or_in_it_and_is_false_by_default() -> None:
    asked = {"type": "event_count", "rules": "a", "timespan": "1m", "condition": {"gte": 1}}
    assert (plan_of(asked).generate, plan_of(asked, True).generate) == (False, True)
    assert plan_of({**asked, "generate": True}).generate


CHAIN = """
title: Fail
name: fail
logsource: {product: auth0}
detection: {sel: {type: fp}, condition: sel}
---
title: Inner
name: inner
correlation: {type: event_count, rules: [fail], timespan: 1m, condition: {gte: 2}}
---
title: Outer
name: outer
correlation: {type: event_count, rules: [inner], timespan: 1d, condition: {gte: 2}}
"""


@pytest.mark.parametrize(("generate", "told"), [("", {"Outer"}), (", generate: true", {"Inner", "Outer"})])
def test_a_correlation_that_another_watches_tells_nothing_itself_unless_asked(
    generate: str, told: set[str], tmp_path: Path
) -> None:
    (tmp_path / "r.yml").write_text(CHAIN.replace("[inner], timespan: 1d", f"[inner]{generate}, timespan: 1d"))
    book = load_rules([str(tmp_path)], Policy())
    assert {member.card.title for member in book.members if member.told} == told


def test_correlations_in_a_circle_are_skipped_and_the_others_kept(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(CHAIN)
    (tmp_path / "round.yml").write_text(CHAIN.replace("[fail]", "[outer]").replace("title: ", "title: Round "))
    book = load_rules([str(tmp_path)], Policy())
    assert [member.card.title for member in book.members] == ["Fail", "Inner", "Outer", "Round Fail"]
    assert [note.reason for note in book.skipped] == [
        "it watches itself by way of other correlations, or one that does"
    ] * 2


@pytest.mark.skipif(not (DATA / "auth0-detection-catalog").is_dir(), reason="the vendor's catalog is not here")
def test_the_eight_correlations_of_the_catalog_keep_their_thresholds_and_watch_their_own_rule() -> None:
    book = load_rules([str(DATA / "auth0-detection-catalog")], Policy())
    found = [one for one in book.members if isinstance(one, Correlation)]
    asked = {Path(one.card.file).stem: (one.type, one.operator, one.threshold, one.timespan) for one in found}
    hour = 3_600_000_000
    assert asked == {
        "credential_stuffing_signals": ("event_count", "gt", 1, hour),
        "logins_or_signups_from_suspicious_ips": ("value_count", "gte", 2, 120 * hour),
        "many_unverified_accounts_created": ("value_count", "lte", 1, 720 * hour),
        "refresh_token_from_multiple_user_agent": ("value_count", "gte", 1, 720 * hour),
        "refresh_token_from_too_many_locations": ("value_count", "gte", 1, 720 * hour),
        "refresh_token_reuse": ("event_count", "gte", 1, 24 * hour),
        "risk_of_signup_fraud_by_disposable_domains": ("value_count", "gte", 0, hour),
        "risk_of_signup_fraud_by_volume": ("event_count", "gte", 1, hour),
    }
    assert all(book.members[one.members[0]].card.file == one.card.file for one in found)
