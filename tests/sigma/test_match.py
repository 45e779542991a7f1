"""All rules at once say what each says alone, whatever the rules and the records hold."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.model.event import Event, Origin, Record
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sigma import columns
from onesec_cli.sigma.detector import SigmaRules
from onesec_cli.sigma.documents import Document
from onesec_cli.sigma.load import book_of
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.places import fields_of
from onesec_cli.sigma.rule import Correlation
from onesec_cli.sigma.tree import holds
from onesec_cli.sigma.unmatched import rules_used
from tests.sigma.rulebook import HEAD, agent_event, book, hits, tenant_event

FIELDS = st.sampled_from(
    ["a", "a.b", "data.a", "type", "data.type", "a{}.b", "b[]", "b[0]", "a.b.c", "c", "", "kind", "tool"]
)
WORDS = st.sampled_from(
    ["x", "X", "xy", "*x", "x*", "x?", "", "1", "1.0", "true", "False", "ß", "SS", "a.b", "10.0.0.1", "{p}", "%p%"]
)
SCALARS = st.one_of(WORDS, st.sampled_from([1, 1.0, 0, -1, 2**70, 1e300, True, False, None]))
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
MODIFIERS = st.sampled_from(
    [
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|all",
        "|contains|all",
        "|cased",
        "|neq",
        "|exists",
        "|re",
        "|re|i",
        "|gt",
        "|lte",
        "|cidr",
        "|fieldref",
        "|expand",
        "|base64",
        "|base64offset|contains",
        "|windash",
        "|wide",
        "|hour",
        "|week|gte",
    ]
)
LINES = st.dictionaries(st.builds("{}{}".format, FIELDS, MODIFIERS), VALUES, min_size=1, max_size=3)
SELECTIONS = st.one_of(LINES, st.lists(LINES, min_size=1, max_size=2), st.lists(WORDS, min_size=1, max_size=2))
CONDITIONS = st.sampled_from(
    ["s", "not s", "s and not t", "s or t", "1 of s*", "all of them", "not (s or t)", "s and t"]
)
KEYS = st.sampled_from(["a", "b", "c", "a.b", "type", "tool", "b.c"])
RECORDS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def _rule(product: str, selections: tuple[Any, Any], condition: str, number: int) -> Document:
    detection = {"s": selections[0], "t": selections[1], "condition": condition}
    data = {"title": f"T{number}", "id": str(number), "logsource": {"product": product}, "detection": detection}
    return Document("f", number + 1, data)


RULES = st.lists(
    st.tuples(st.sampled_from(["auth0", "agent", "onesec"]), st.tuples(SELECTIONS, SELECTIONS), CONDITIONS), max_size=5
)


@settings(max_examples=400, deadline=None)
@given(RULES, st.lists(st.dictionaries(KEYS, RECORDS, max_size=4), max_size=4), st.sampled_from([1, 4]))
def test_all_at_once_say_what_each_says_alone(rules: list[Any], records: list[dict[str, Any]], several: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "SEVERAL", several)  # one after another, or all patterns of a field as a set
        _hold(rules, records)


def _hold(rules: list[Any], records: list[dict[str, Any]]) -> None:
    told = book_of([_rule(*rule, number) for number, rule in enumerate(rules)], {"p": ("x", "y*")})
    assert len(told.members) + len(told.skipped) == len(rules)
    matcher = Matcher(told)
    for record in records:
        for event in (_tenant(record), agent_event(tool="X", fields=_known(record))):
            found = set(matcher.hits(event))
            for index, rule in enumerate(told.members):
                assert not isinstance(rule, Correlation)
                shown = (
                    event.record is not None
                    if rule.product == "auth0"
                    else rule.product == "onesec" or event.record is None
                )
                alone = shown and holds(rule.condition, partial(fields_of, event, rule.product))
                assert (index in found) == alone, rule
                if alone and event.record is not None:
                    assert matcher.wants(event.code, event.kind)
                    keys = matcher.keys(event.code, event.kind)
                    assert not keys or any(f'{key}"'.encode() in event.record.raw for key in keys)
    rules_used(told, matcher)


def _known(record: dict[str, Any]) -> dict[str, Any]:
    """What the canonical reader would have read: numbers that JSON can hold."""
    read: dict[str, Any] = orjson.loads(_json(record))
    return read


def _json(record: Any) -> bytes:
    return orjson.dumps(record, default=str) if not _large(record) else orjson.dumps({})


def _large(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_large, value.values()))
    if isinstance(value, list):
        return any(map(_large, value))
    return isinstance(value, int) and abs(value) >= 2**63


def _tenant(record: dict[str, Any]) -> Event:
    event = tenant_event({})
    event.code = str(record["type"]) if isinstance(record.get("type"), str) else "unknown"
    event.record = Record(_json({"data": record}), ("data",))
    return event


JUNK = st.recursive(
    st.one_of(SCALARS, st.text(max_size=5), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=10,
)
NAMES = ["title", "id", "name", "level", "logsource", "detection", "correlation", "filter", "tags", "related", "action"]


@settings(max_examples=600, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), JUNK, max_size=8), max_size=3), st.booleans())
def test_no_document_breaks_the_book(documents: list[dict[str, Any]], plausible: bool) -> None:
    for data in documents if plausible else ():
        data |= {"title": "T", "logsource": {"product": "auth0"}}
        data["detection"] = {"s": data.get("detection"), "condition": data.get("name") or "s"}
    told = book_of([Document("f", 1, data) for data in documents], {})
    assert len(told.members) + len(told.skipped) >= len(documents)
    Matcher(told).hits(tenant_event({"type": "s", "a": [1]}))
    SigmaRules(Policy(), told)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"data":{"type":"s","a":1e999,"b":"x"}}',
        b'{"data":{"type":"s","n":' + b"9" * 5000 + b',"a":1e999,"b":"x"}}',
        b'{"data":{"type":"s","b":"x","deep":' + b"[" * 900 + b"]" * 900 + b"}}",
        b'{"data":{"b":"y","type":"s","b":"x"}}',
    ],
)
def test_a_record_that_some_decoder_refuses_is_judged_all_the_same(raw: bytes) -> None:
    rules = book(f"{HEAD}detection:\n  s:\n    b: x\n  condition: s\n")
    event = Event(
        time=1, kind="k", origin=Origin("f", 1, 0, 1), source="auth0", code="s", record=Record(raw, ("data",))
    )
    assert list(Matcher(rules).hits(event)) == [0]


def test_a_rule_sees_no_record_that_is_none() -> None:
    rules = book(f"{HEAD}detection:\n  s:\n    b: null\n  condition: s\n")
    event = Event(
        time=1, kind="k", origin=Origin("f", 1, 0, 1), source="auth0", code="s", record=Record(b"[1]", ("data",))
    )
    assert list(Matcher(rules).hits(event)) == [0]


def test_types_made_up_by_a_log_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onesec_cli.sigma.match.MOST_PLANS", 3)
    matcher = Matcher(book(f"{HEAD}detection:\n  s:\n    type: s*\n    a: 1\n  condition: s\n"))
    for number in range(20):
        assert bool(matcher.hits(tenant_event({"type": f"s{number}", "a": 1})))
        assert not matcher.hits(tenant_event({"type": f"x{number}", "a": 1}))
    assert len(matcher.sheets[0].plans) <= 3


def test_events_without_time_and_of_two_tenants_are_kept_apart() -> None:
    rules = book(
        "title: T\nid: t\nname: t\nlogsource: {product: agent}\ndetection: {s: {tool: x}, condition: s}\n---\n"
        "title: C\nid: c\ncorrelation: {type: event_count, rules: t, timespan: 1h, condition: {gte: 2}}\n"
    )
    replay = Replay([SigmaRules(Policy(), rules)])
    events = [agent_event(tool="x", tenant=name, id=name) for name in ("a", "b")]
    assert [*replay.feed(events), *replay.finish()] == []
    events = [agent_event(tool="x", tenant="a", id=str(number)) for number in range(2)]
    assert [finding.rule for finding in replay.feed(events)] == ["c"]


def test_a_dotted_key_and_a_nested_one_are_both_found() -> None:
    detection = "  s:\n    details.a.b: x\n  condition: s\n"
    records = [
        {"details": {"a": {"b": "x"}}},
        {"details": {"a.b": "X"}},
        {"details.a": {"b": ["y", "x"]}},
        {"details.a.b": "x"},
        {"details": [{"a": [{"b": [["x"]]}]}]},
        {"details": {"a": {"b": "y"}, "a.b": "x"}},
        {"details": {"a": {"c": "x"}}},
        {"details": "a.b"},
    ]
    assert hits(detection, *records) == [True] * 6 + [False] * 2
