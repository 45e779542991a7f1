"""Traces of the OpenAI Agents SDK: functions find the calls of the model, agents their parents, handoffs both."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import given

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.sources.agents.adapter import Passed
from onesec_cli.sources.agents.agents_sdk import AgentsSdk
from tests.run import scan
from tests.sources.agents.hostile import HERE, disturbed
from tests.sources.agents.reading import read


def span(
    id: str, start: int, end: int, kind: str, parent: str | None = None, error: Any = None, **data: Any
) -> dict[str, Any]:
    return {
        "object": "trace.span",
        "id": id,
        "trace_id": "trace_1",
        "parent_id": parent,
        "started_at": f"2026-03-01T09:00:{start:02d}.000000+00:00",
        "ended_at": f"2026-03-01T09:00:{end:02d}.000000+00:00",
        "span_data": {"type": kind, **data},
        "error": error,
    }


def order(id: str, name: str, args: Any) -> dict[str, Any]:
    call = {"id": id, "type": "function", "function": {"name": name, "arguments": json.dumps(args)}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


ASKED = [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Refund me"}]
HEAD = {"object": "trace", "id": "trace_1", "workflow_name": "Shop", "group_id": "chat-7", "metadata": None}
SPANS = [
    span("s1", 0, 20, "agent", name="triage", tools=["look_up"], handoffs=["refunds"], output_type="str"),
    span(
        "s2",
        1,
        2,
        "generation",
        "s1",
        input=ASKED,
        output=[order("c1", "look_up", {"id": 1}), order("c2", "look_up", {"id": 1})],
    ),
    span(
        "s3", 3, 4, "function", "s1", name="look_up", input='{"id": 1}', output="order 1", mcp_data={"server": "shop"}
    ),
    span(
        "s4",
        3,
        5,
        "function",
        "s1",
        name="look_up",
        input='{"id":1}',
        output=None,
        error={"message": "boom", "data": {"a": 1}},
    ),
    span("s5", 6, 7, "handoff", "s1", from_agent="triage", to_agent="refunds"),
    span("s6", 8, 15, "agent", name="refunds", tools=[]),
    span("s7", 9, 14, "function", "s6", name="ask_expert", input='{"q": "why"}', output="because"),
    span("s8", 10, 13, "agent", "s7", name="expert", tools=None),
    span("s9", 11, 12, "function", "s8", name="search", input="{}", output=""),
    span("s10", 11, 12, "guardrail", "s8", name="no_pii", triggered=True),
    span("s11", 11, 12, "guardrail", "s8", name="other", triggered=False),
    span("s12", 12, 12, "mcp_tools", "s1", server="shop", result=["look_up", "pay"]),
    span("s13", 12, 13, "response", "s1", response_id="resp_1", usage=None),
]


def lines(*records: Any) -> str:
    return "\n".join(json.dumps(record) for record in records)


def test_a_trace_is_told_once_whatever_order_its_spans_stand_in(tmp_path: Path) -> None:
    events = read(tmp_path, lines(HEAD, *SPANS))
    calls = [
        (one.kind, one.agent, one.tool, one.fields["call"])
        for one in events
        if one.kind in (kinds.TOOL_CALL, kinds.TOOL_RESULT)
    ]
    assert calls == [
        (kinds.TOOL_CALL, "triage", "look_up", "c1"),
        (kinds.TOOL_CALL, "triage", "look_up", "c2"),
        (kinds.TOOL_RESULT, "triage", "look_up", "c1"),
        (kinds.TOOL_RESULT, "triage", "look_up", "c2"),
        (kinds.TOOL_CALL, "refunds", "ask_expert", "s7"),
        (kinds.TOOL_CALL, "expert", "search", "s9"),
        (kinds.TOOL_RESULT, "expert", "search", "s9"),
        (kinds.TOOL_RESULT, "refunds", "ask_expert", "s7"),
    ]
    assert {event.session for event in events} == {"chat-7"}
    assert [one.fields["text"] for one in events if one.kind == kinds.GOAL_SET] == ["Refund me"]
    failed = [one for one in events if one.fields.get("error")]
    assert [one.fields["text"] for one in failed] == ['boom\n{"a":1}']
    handed = next(one for one in events if one.kind == kinds.AGENT_HANDOFF)
    assert (handed.agent, handed.fields["child"]) == ("triage", "refunds")
    spawned = [(one.agent, one.fields) for one in events if one.kind == kinds.AGENT_SPAWN]
    assert spawned == [("refunds", {"child": "expert", "call": "s7"})]
    assert sorted((one.agent, one.fields.get("parent", "")) for one in events if one.kind == kinds.AGENT_START) == [
        ("expert", "refunds"),
        ("refunds", ""),
        ("triage", ""),
    ]
    stopped = [one.fields for one in events if one.kind == kinds.APPROVAL_DECISION]
    assert stopped == [{"decision": "reject", "by": "guardrail:no_pii"}]
    offers = {(one.agent, one.tool, one.fields.get("server", "")) for one in events if one.kind == kinds.TOOL_OFFER}
    assert offers == {("triage", "look_up", ""), ("triage", "look_up", "shop"), ("triage", "pay", "shop")}
    for seed in range(5):
        shuffled = random.Random(seed).sample([HEAD, *SPANS], len(SPANS) + 1)
        again = read(tmp_path, json.dumps({"data": shuffled}) if seed % 2 else lines(*shuffled))
        assert [one.id for one in again] == [one.id for one in events]
    report = scan(tmp_path)["inputs"][0]
    assert report["gaps"] == 0
    assert report["ignored_reasons"]["the head of a trace"] == 1


def test_a_trace_without_a_group_is_its_own_conversation(tmp_path: Path) -> None:
    items = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "function_call_output", "call_id": "c0", "output": "earlier"},
    ]
    said = {"output": [{"type": "function_call", "call_id": "c1", "name": "t", "arguments": "{}"}]}
    events = read(
        tmp_path,
        lines(span("s1", 1, 2, "response", input=items, response=said), span("s2", 3, 4, "response", input="Go")),
    )
    assert [(one.kind, one.session) for one in events] == [
        (kinds.GOAL_SET, "trace_1"),
        (kinds.TOOL_RESULT, "trace_1"),
        (kinds.TOOL_CALL, "trace_1"),
        (kinds.GOAL_SET, "trace_1"),
    ]


@given(disturbed([HEAD, *SPANS, {"data": [HEAD, *SPANS]}]))
def test_no_record_of_any_form_raises(records: list[dict[str, Any]]) -> None:
    adapter = AgentsSdk()
    for record in records:
        if adapter.recognises(record):
            assert all(isinstance(one, str) for one in adapter.read(record, HERE))
    for one in adapter.close():
        assert isinstance(one, (Event, Passed))
        if isinstance(one, Event):
            assert all(isinstance(text, str) for text in (one.session, one.agent, one.tool, one.user))
