"""Chat Completions messages: a conversation in one object, or one message a line."""

from __future__ import annotations

import json
from pathlib import Path

from onesec_cli.model import kinds
from onesec_cli.model.event import UNDATED
from tests.run import scan
from tests.sources.agents.reading import read

TALK = [
    {"role": "system", "content": "You are a bank's assistant."},
    {"role": "user", "content": "Pay the bill"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "function": {"name": "read_file", "arguments": '{"path": "bill.txt"}'}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "98.70 to UK12"}]},
    {"role": "assistant", "content": "Paid."},
]


def test_a_conversation_is_told_in_the_order_of_its_messages(tmp_path: Path) -> None:
    events = read(tmp_path, json.dumps({"id": "c9", "messages": TALK}))
    assert [event.kind for event in events] == [
        kinds.MESSAGE,
        kinds.GOAL_SET,
        kinds.TOOL_CALL,
        kinds.TOOL_RESULT,
        kinds.MESSAGE,
    ]
    assert {event.session for event in events} == {"c9"}
    assert all(event.time == UNDATED and not event.timed for event in events)
    call, result = events[2], events[3]
    assert (call.tool, call.fields) == ("read_file", {"call": "c1", "args": {"path": "bill.txt"}})
    assert (result.tool, result.fields) == ("read_file", {"call": "c1", "text": "98.70 to UK12"})


def test_lines_and_arrays_of_messages_tell_the_same(tmp_path: Path) -> None:
    lines = read(tmp_path, "\n".join(json.dumps(message) for message in TALK))
    array = read(tmp_path, json.dumps(TALK, indent=1))
    assert [(event.kind, event.seq, event.fields) for event in lines] == [
        (event.kind, event.seq, event.fields) for event in array
    ]
    assert len(lines) == 5


def test_a_conversation_read_twice_is_one(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps({"id": "c9", "messages": TALK}))
    report = scan(tmp_path)
    assert [(one["events"], one["duplicates"]) for one in report["inputs"]] == [(5, 0), (0, 5)]


def test_what_is_no_message_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"messages": [*TALK, 7, {"role": "tool"}]}))
    report = scan(tmp_path)
    assert report["inputs"][0]["gaps"] == 2
    assert report["inputs"][0]["events"] == 5


def test_arguments_of_any_depth_are_taken(tmp_path: Path) -> None:
    deep = {
        "role": "assistant",
        "tool_calls": [{"id": "x", "function": {"name": "t", "arguments": "[" * 900 + "]" * 900}}],
    }
    events = read(tmp_path, json.dumps({"messages": [*TALK, deep]}))
    assert len(events) == 6
