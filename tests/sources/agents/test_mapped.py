"""Mapping files: any other JSON log becomes events, and what a mapping gets wrong is said with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model import kinds
from onesec_cli.model.errors import MapError
from onesec_cli.model.event import UNDATED, Event
from onesec_cli.model.kinds import KINDS
from onesec_cli.model.mapping import Mapping
from onesec_cli.sources.agents.mapped import MISSING, Mapped, at, pick
from onesec_cli.sources.mapping_file import load_map
from tests.reading import Reading, read
from tests.run import ROOT, SAMPLES, onesec, scan
from tests.sources.agents.hostile import HERE, JUNK, disturbed, fresh

ACME = ROOT / "docs" / "map" / "acme.yaml"
LOG = ROOT / "docs" / "map" / "acme.jsonl"
SIMPLE = "version: 1\nsession: s\nkind: {from: k, values: {call: tool.call, said: message}}\ntool: t\ntext: x\n"


def told(tmp_path: Path, mapping: str, *records: Any) -> Reading:
    (tmp_path / "map.yaml").write_text(mapping)
    (tmp_path / "log.jsonl").write_text("\n".join(json.dumps(record) for record in records))
    return read(tmp_path / "log.jsonl", frozenset(KINDS), (load_map(str(tmp_path / "map.yaml")),))


def test_the_worked_sample_is_read_whole() -> None:
    reading = read(LOG, frozenset(KINDS), (load_map(str(ACME)),))
    assert not reading.gaps
    assert [event.kind for event in reading.events] == [
        *(kinds.GOAL_SET, kinds.TOOL_CALL, kinds.TOOL_RESULT),
        *(kinds.TOOL_CALL, kinds.APPROVAL_DECISION, kinds.MESSAGE),
    ]
    goal, call, result, _, decision, reply = reading.events
    assert (goal.user, goal.client, goal.session, goal.agent) == ("auth0|alice", "bot", "r1", "")
    assert (call.tool, call.agent, call.fields) == ("read_file", "payer", {"call": "c1", "args": {"path": "bill.txt"}})
    assert result.fields == {"call": "c1", "text": "98.70 to UK12"}
    assert decision.fields == {"call": "c2", "decision": "accept", "by": "user"}
    assert (reply.agent, reply.fields) == ("payer", {"text": "Paid.", "author": "assistant"})
    assert {event.source for event in reading.events} == {"acme"}


def test_the_command_line_reads_it_and_counts_add_up() -> None:
    report = scan(LOG, options=("--map", str(ACME)))
    file = report["inputs"][0]
    assert (file["events"], file["ignored_reasons"], file["gaps"]) == (6, {"left out by the mapping": 1}, 0)
    assert "acme" in file["format"]
    assert scan(LOG)["inputs"][0]["gaps"] == 6


def test_what_a_mapping_does_not_map_is_a_gap_with_its_reason(tmp_path: Path) -> None:
    mapping = SIMPLE + "time: at\n"
    good = {"k": "call", "t": "ls", "at": "2026-03-01T09:00:00Z"}
    reading = told(tmp_path, mapping, good, {"k": "boom", "at": 1772355600}, {"k": "call"}, {"t": "x"}, {"k": {"a": 1}})
    assert [gap.reason for gap in sorted(reading.gaps, key=lambda gap: gap.offset)] == [
        "the mapping gives no kind for 'boom'",
        "the mapping finds no usable time",
        "the mapping finds no kind",
        "the mapping finds no kind",
    ]
    assert [event.tool for event in reading.events] == ["ls"]


def test_records_without_a_clock_keep_their_order(tmp_path: Path) -> None:
    records = [{"k": "said", "x": str(number), "s": "a"} for number in range(12)]
    events = told(tmp_path, SIMPLE, *records).events
    assert [event.fields["text"] for event in events] == [str(number) for number in range(12)]
    assert {(event.time, event.timed, event.fields["author"]) for event in events} == {(UNDATED, False, "context")}


def test_a_log_without_sessions_has_one_name_whatever_line_comes_first(tmp_path: Path) -> None:
    mapping = SIMPLE.replace("session: s\n", "")
    records = [{"k": "said", "x": "hello", "n": number} for number in range(5)]
    names = set()
    for turn in range(5):
        reading = told(tmp_path, mapping, *records[turn:], *records[:turn])
        assert len(reading.events) == 5
        names |= {event.session for event in reading.events}
    assert len(names) == 1
    assert {event.session for event in told(tmp_path, mapping, *records[:4]).events} != names


def test_a_mapping_with_match_comes_before_known_formats_and_one_without_after(tmp_path: Path) -> None:
    chat = {"role": "user", "content": "Pay"}
    mine = {"app": "x", "role": "user", "content": "From a template", "s": "1"}
    plain = "version: 1\nkind: {value: message}\nsession: s\ntext: content\n"
    after = told(tmp_path, plain, chat, mine, {"content": "loose"})
    assert [event.source for event in after.events].count("map") == 1
    before = told(tmp_path, plain + "name: tmpl\nmatch: {app: [x, y]}\n", chat, mine)
    assert sorted((event.source, event.kind) for event in before.events) == [
        ("chat", kinds.GOAL_SET),
        ("tmpl", kinds.MESSAGE),
    ]


def test_a_mapping_takes_no_tenant_log() -> None:
    trail = SAMPLES / "rapid-exchange" / "attack.jsonl"
    mapping = msgspec.convert({"version": 1, "kind": {"value": "message"}}, Mapping)
    assert [event.id for event in read(trail, frozenset(KINDS), (mapping,)).events] == [
        event.id for event in read(trail, frozenset(KINDS)).events
    ]


def test_the_identity_trail_can_be_mapped_too(tmp_path: Path) -> None:
    mapping = """
version: 1
time: when
kind: {from: action, values: {swap: token.exchange}}
user: who
client: app
connection: {value: google-oauth2}
scopes: grants
id: no
flow: {value: vault}
"""
    record = {"when": 1772355600, "action": "swap", "who": "u1", "app": "bot", "grants": ["a", "b"], "no": 7}
    event = told(tmp_path, mapping, record).events[0]
    assert (event.kind, event.user, event.client, event.connection) == (
        kinds.TOKEN_EXCHANGE,
        "u1",
        "bot",
        "google-oauth2",
    )
    assert (event.scopes, event.id, event.flow, event.source) == (frozenset({"a", "b"}), "7", "vault", "map")


def test_events_that_differ_only_in_what_joins_them_are_two(tmp_path: Path) -> None:
    mapping = SIMPLE + "time: at\ntenant: org\n"
    record = {"k": "call", "t": "ls", "s": "1", "at": 1772355600}
    events = told(tmp_path, mapping, {**record, "org": "a"}, {**record, "org": "b"}, {**record, "org": "b"}).events
    assert sorted(event.tenant for event in events) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 1\nkind: k\nsesion: s\n", ":3:1: unknown key 'sesion'; did you mean 'session'?"),
        ("version: 2\nkind: k\n", ":1:1: Invalid enum value 2"),
        ("version: 1\nsession: s\n", ":1:1: a mapping names where the kind stands: kind"),
        (
            "version: 1\nkind:\n  from: k\n  values:\n    a: tool.cal\n",
            ":5:5: 'tool.cal' is no kind; did you mean 'tool.call'?",
        ),
        (
            "version: 1\nkind: {from: k, values: {a: token.exchange}}\n",
            ":2:26: events of kind token.exchange need a time",
        ),
        ("version: 1\nkind: {from: k, form: x}\n", ":2:17: unknown key 'form'; did you mean 'from'?"),
        ("version: 1\nkind: k\ntool: {from: t, value: x}\n", ":3:17: from and value exclude each other"),
        ("version: 1\nkind: k\ntool: {values: {a: b}}\n", ":3:1: neither from nor value is given"),
        ("version: 1\nkind: k\nalso:\n  - kind: {value: trail.activity}\n", ":4:12: 'trail.activity' is no kind"),
        ("version: 1\nkind: [k]\n", ":2:1: "),
        ("version: 1\nkind: &a k\n", ":2:7: anchors and aliases are not allowed"),
        ("", ":1:1: "),
        ("- a\n", ":1:1: "),
    ],
)
def test_what_is_wrong_in_a_mapping_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(MapError) as caught:
        load_map(str(path))
    assert str(caught.value).startswith(f"{path}{said}")
    code, _, err = onesec("scan", "--map", path, LOG)
    assert code == 2
    assert err.count("\n") == 1


def test_two_mappings_for_what_is_left_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SIMPLE)
    (tmp_path / "b.yaml").write_text(SIMPLE)
    code, _, err = onesec("scan", "--map", tmp_path / "a.yaml", "--map", tmp_path / "b.yaml", LOG)
    assert (code, "only one mapping" in err) == (2, True)
    assert onesec("scan", "--map", tmp_path / "none.yaml", LOG)[0] == 2


def test_the_schema_describes_the_worked_sample() -> None:
    from ruamel.yaml import YAML

    schema = json.loads((ROOT / "docs" / "map.schema.json").read_text())
    jsonschema.validate(YAML(typ="safe", pure=True).load(ACME.read_text()), schema)


def test_paths_find_keys_with_dots_places_and_constants() -> None:
    record = {"a": {"b.c": [{"d": 1}], "b": {"c": 2}}, "e": None, "f": [], "g": False}
    assert at(record, "a.b.c") is not MISSING
    assert at({"event.name": "x"}, "event.name") == "x"
    assert at(record, "a.b.c.0.d") is MISSING
    assert at({"a": [{"b": 3}]}, "a.0.b") == 3
    assert [at(record, path) for path in ("e", "f.0", "x.y", "a.b.c.d", "g.h", "f.²", "f.-1")] == [MISSING] * 7
    assert at(record, "g") is False
    table = load_pick({"from": ["x", "g"], "values": {"false": "no"}, "default": "other"})
    assert (pick(record, table), pick({"x": 5}, table), pick({}, table)) == ("no", "other", "other")
    assert pick({}, load_pick({"value": 0})) == 0


def load_pick(value: dict[str, Any]) -> Any:
    return msgspec.convert({"version": 1, "kind": value}, Mapping).kind


RECORDS = [json.loads(line) for line in LOG.read_text().splitlines()]


@given(disturbed(RECORDS), st.sampled_from(JUNK))
def test_no_record_of_any_form_raises(records: list[dict[str, Any]], junk: Any) -> None:
    mapped = Mapped(load_map(str(ACME)))
    for record in [
        *records,
        {"app": "acme-assistant", "event": "tool_start", "ts": 1772355600, "tool": fresh(junk), "to": junk},
    ]:
        if mapped.recognises(record):
            for one in mapped.read(record, HERE):
                assert isinstance(one, (Event, str))
