"""Rules that could say nothing about a trail are named, each with what it lacked."""

from __future__ import annotations

from typing import Any

import pytest

from onesec_cli.model.report import RulesUse
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.unmatched import rules_used
from tests.sigma.rulebook import HEAD, agent_event, book, tenant_event


def lacking(detection: str, *records: dict[str, Any], head: str = HEAD, **placeholders: tuple[str, ...]) -> list[str]:
    """Reasons why a rule could not match the trail these records are."""
    rules = book(f"{head}detection:\n{detection}", placeholders)
    assert not rules.skipped, rules.skipped
    matcher = Matcher(rules)
    for record in records:
        matcher.hits(tenant_event(record))
    return [note.reason for note in rules_used(rules, matcher).cannot_match]


def test_a_type_that_never_came() -> None:
    detection = "  s:\n    data.type: [limit_wc, pla]\n    ip: 1.2.3.4\n  condition: s\n"
    assert lacking(detection, {"type": "s"}) == ["no event of types limit_wc, pla in the trail"]
    assert lacking(detection, {"type": "pla", "ip": "9.9.9.9"}) == []


def test_a_field_that_never_came() -> None:
    detection = "  s:\n    type: s\n    details.a.b: x\n  condition: s\n"
    assert lacking(detection, {"type": "s", "details": {"a": {"c": 1}}}) == [
        "field details.a.b never seen in the 1 event it was shown"
    ]
    assert lacking(detection, {"type": "s", "details": {"a": {"b": 1}}}) == []


def test_a_field_that_may_be_missing_is_not_missed() -> None:
    assert lacking("  s:\n    type: s\n  f:\n    gone: x\n  condition: s and not f\n", {"type": "s"}) == []
    assert lacking("  s:\n    type: s\n    gone: null\n  condition: s\n", {"type": "s"}) == []
    assert lacking("  a:\n    gone: x\n  b:\n    type: s\n  condition: a or b\n", {"type": "s"}) == []


def test_an_exception_that_excepts_nothing_is_remarked() -> None:
    rules = book(f"{HEAD}detection:\n  s:\n    type: s\n  f:\n    gone: x\n  condition: s and not f\n")
    matcher = Matcher(rules)
    matcher.hits(tenant_event({"type": "s"}))
    assert [note.reason for note in rules_used(rules, matcher).loaded] == [
        "an exception rests on field gone, never seen in 1 event"
    ]


@pytest.mark.parametrize(
    "test", ["data.client_id|expand", "data.client_id|contains|expand", "data.client_id|re|expand"]
)
def test_an_empty_text_is_no_value_of_a_placeholder(test: str) -> None:
    detection = f'  selection:\n    {test}: "%admin%"\n  condition: selection\n'
    said = ["the policy gives no value for placeholder admin (rules.placeholders)"]
    assert lacking(detection, {"type": "s", "client_id": "c"}, admin=("",)) == said


def test_a_placeholder_without_values() -> None:
    detection = "  s:\n    type: s\n    user_id: '{admin}'\n  condition: s\n"
    record = {"type": "s", "user_id": "eve"}
    assert lacking(detection, record) == ["the policy gives no value for placeholder admin (rules.placeholders)"]
    assert lacking(detection, record, admin=("eve",)) == []


def test_an_unfilled_exception_never_lets_a_rule_match() -> None:
    detection = "  s:\n    type: s\n  f:\n    user_id|expand: '%admin%'\n  condition: s and not f\n"
    assert len(lacking(detection, {"type": "s", "user_id": "eve"})) == 1


def test_a_condition_that_holds_for_everything() -> None:
    whole = "  s:\n    ip|exists: true\n  condition: s\n"
    told = lacking(whole, *({"type": "s", "ip": str(number)} for number in range(100)))
    assert told == ["degenerate: it matched every one of the 100 events it was shown"]
    assert lacking("  s:\n    type:\n      # - pla\n  t:\n    type: s\n  condition: s or t\n", {"type": "s"}) == [
        "degenerate: type has no values (are all of them comments?), and no event is without it"
    ]


def test_any_type_is_everything() -> None:
    told = lacking("  s:\n    type: '*'\n  condition: s\n", *({"type": "s", "ip": str(n)} for n in range(100)))
    assert told == ["degenerate: it matched every one of the 100 events it was shown"]


def test_a_type_asked_for_null_is_not_a_trail_without_tenant_logs() -> None:
    told = lacking("  s:\n    type:\n  condition: s\n", {"type": "s"})
    assert told == ["degenerate: type has no values (are all of them comments?), and no event is without it"]


def test_a_correlation_that_one_event_is_enough_for() -> None:
    text = f"{HEAD}name: n\ndetection:\n  s:\n    type: s\n  condition: s\n---\ntitle: C\ncorrelation:\n"
    text += "  {type: event_count, rules: n, group-by: ip, timespan: 1h, condition: {gte: %d}}\n"
    for limit, reasons in (
        (1, ["degenerate: its condition (at least 1) holds at any event of its rules, whatever else is in the window"]),
        (2, []),
    ):
        rules = book(text % limit)
        assert not rules.skipped
        matcher = Matcher(rules)
        matcher.hits(tenant_event({"type": "s", "ip": "1"}))
        assert [note.reason for note in rules_used(rules, matcher).cannot_match] == reasons


def test_agents_that_never_came() -> None:
    rules = book(
        "title: T\nlogsource: {product: agent, category: tool.call}\ndetection: {s: {tool: Bash}, condition: s}\n"
    )
    matcher = Matcher(rules)
    assert [note.reason for note in rules_used(rules, matcher).cannot_match] == [
        "no event of kind tool.call in the trail"
    ]
    assert list(matcher.hits(agent_event(tool="bash"))) == [0]
    assert rules_used(rules, matcher).cannot_match == ()


def filtered(condition: str, *records: dict[str, Any]) -> RulesUse:
    """What became of a rule on type f that a filter narrows."""
    rule = f"{HEAD}detection:\n  s: {{data.type: f}}\n  condition: s\n"
    narrow = "title: away\nlogsource: {product: auth0}\nfilter:\n  rules: any\n  x: {data.type|exists: true}\n"
    narrow += f"  y: {{data.ip: 1.1.1.1}}\n  condition: {condition}\n"
    rules = book(f"{rule}---\n{narrow}")
    assert not rules.skipped, rules.skipped
    matcher = Matcher(rules)
    for record in records:
        matcher.hits(tenant_event(record))
    return rules_used(rules, matcher, types=(("f", "session.login_failed", len(records)),))


def test_a_filter_that_leaves_nothing_is_named_and_not_the_trail() -> None:
    (note,) = filtered("not x", {"type": "f"}).cannot_match
    assert note.reason.startswith("nothing is left of it by filter rules.yml:")
    (note,) = filtered("x and not x", {"type": "f"}).cannot_match
    assert note.reason.startswith("nothing is left of it by filter rules.yml:")


def test_a_rule_that_a_filter_narrows_says_so() -> None:
    told = filtered("not y", {"type": "f", "ip": "1.1.1.1"})
    assert not told.cannot_match
    assert told.loaded[0].reason.startswith("narrowed by filter rules.yml:")
