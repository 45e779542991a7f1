"""OpenTelemetry spans and log records under all their names, put together to one story."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from tests.run import scan
from tests.sources.agents.reading import read
from tests.sources.agents.stories import story

START = 1_772_355_600_000_000_000
GOAL = (kinds.GOAL_SET, "", {"text": "Pay the bill"})
SYSTEM = (kinds.MESSAGE, "", {"text": "Be nice", "author": "system"})
CALL = (kinds.TOOL_CALL, "read", {"call": "c1", "args": {"path": "bill.txt"}})
RESULT = (kinds.TOOL_RESULT, "read", {"call": "c1", "text": "98.70"})
DONE = (kinds.MESSAGE, "", {"text": "Paid.", "author": "assistant"})
WHOLE = [SYSTEM, GOAL, CALL, RESULT, DONE]


def value(given: Any) -> dict[str, Any]:
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, list):
        return {"arrayValue": {"values": [value(one) for one in given]}}
    if isinstance(given, dict):
        return {"kvlistValue": {"values": pairs(given)}}
    return {"stringValue": given}


def pairs(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(one)} for key, one in given.items()]


def span(
    key: str, parent: str, second: int, until: int, name: str = "x", events: Any = (), **given: Any
) -> dict[str, Any]:
    named = {name.replace("__", "."): one for name, one in given.pop("named", {}).items()}
    return {
        "traceId": "t1",
        "spanId": key,
        "parentSpanId": parent,
        "name": name,
        "startTimeUnixNano": str(START + second * 1_000_000_000),
        "endTimeUnixNano": str(START + until * 1_000_000_000),
        "attributes": pairs({**named, **given}),
        "events": [{"name": one, "attributes": pairs(inside)} for one, inside in events],
    }


def batch(*spans: dict[str, Any], **resource: Any) -> dict[str, Any]:
    return {"resourceSpans": [{"resource": {"attributes": pairs(resource)}, "scopeSpans": [{"spans": list(spans)}]}]}


def lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def told(tmp_path: Path, *records: Any) -> list[Event]:
    return read(tmp_path, lines(*records))


def of(events: list[Event], *wanted: str) -> list[tuple[Any, ...]]:
    return story(events, wanted)


IN = [
    {"role": "user", "parts": [{"type": "text", "content": "Pay the bill"}]},
    {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "c1", "name": "read", "arguments": {"path": "bill.txt"}}],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "98.70"}]},
]
OUT = [{"role": "assistant", "parts": [{"type": "text", "content": "Paid."}], "finish_reason": "stop"}]


def chat(key: str, second: int, shown: Any, answered: Any, dump: Any) -> dict[str, Any]:
    return span(key, "root", second, second + 1, named={
        "gen_ai__operation__name": "chat",
        "gen_ai__system_instructions": dump([{"type": "text", "content": "Be nice"}]),
        "gen_ai__input__messages": dump(shown),
        "gen_ai__output__messages": dump(answered),
    })  # fmt: skip


ROOT = span("root", "", 0, 9, named={"gen_ai__operation__name": "invoke_agent", "gen_ai__agent__name": "bank",
                                     "gen_ai__conversation__id": "s1"})  # fmt: skip
TOOL = span("tool", "root", 2, 3, "execute_tool read", named={
    "gen_ai__operation__name": "execute_tool",
    "gen_ai__tool__name": "read",
    "gen_ai__tool__call__id": "c1",
    "gen_ai__tool__call__arguments": '{"path":"bill.txt"}',
    "gen_ai__tool__call__result": "98.70",
})  # fmt: skip


@pytest.mark.parametrize("dump", [json.dumps, lambda given: given], ids=["text", "structured"])
@pytest.mark.parametrize("tool", [(TOOL,), ()], ids=["span", "messages only"])
def test_a_trace_tells_each_act_once(tmp_path: Path, dump: Any, tool: Any) -> None:
    spans = [ROOT, chat("m1", 1, IN[:1], [IN[1]], dump), *tool, chat("m2", 4, IN, OUT, dump)]
    events = told(tmp_path, batch(*spans))
    assert story(events) == WHOLE
    assert {event.session for event in events} == {"s1"}
    assert {event.agent for event in events} == {"bank"}


def test_the_order_of_spans_in_files_changes_nothing(tmp_path: Path) -> None:
    spans = [ROOT, chat("m1", 1, IN[:1], [IN[1]], json.dumps), TOOL, chat("m2", 4, IN, OUT, json.dumps)]
    names = []
    for seed in range(3):
        random.Random(seed).shuffle(spans)
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "a.jsonl").write_text(lines(*(batch(one) for one in spans[:2])))
        (folder / "b.jsonl").write_text(lines(*(batch(one) for one in spans[1:])))
        names.append([event.id for event in read(folder)])
        for one in scan(folder)["inputs"]:
            assert one["gaps"] == 0
    assert names[0] == names[1] == names[2]
    assert len(names[0]) == 6


def test_content_that_is_not_captured_is_said_so(tmp_path: Path) -> None:
    bare = span(
        "tool",
        "root",
        2,
        3,
        "execute_tool read",
        named={"gen_ai__operation__name": "execute_tool", "gen_ai__tool__name": "read"},
    )
    events = told(tmp_path, batch(ROOT, bare))
    assert of(events, kinds.TOOL_CALL, kinds.TOOL_RESULT) == [
        (kinds.TOOL_CALL, "read", {"call": "tool"}),
        (kinds.TOOL_RESULT, "read", {"call": "tool"}),
    ]
    notes = [note for note in scan(tmp_path)["coverage"]["notes"] if "format otlp" in note]
    assert len(notes) == 3


def test_one_event_a_message_is_read_from_spans_and_logs(tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": '{"path":"bill.txt"}'}}
    first = [("gen_ai.system.message", {"content": "Be nice"}), ("gen_ai.user.message", {"content": "Pay the bill"}),
             ("gen_ai.choice", {"index": 0, "message": {"role": "assistant", "tool_calls": [call]}})]  # fmt: skip
    second = [*first[:2], ("gen_ai.assistant.message", {"tool_calls": [call]}), ("gen_ai.tool.message", {"id": "c1", "content": "98.70"}),
              ("gen_ai.choice", {"index": 0, "message": {"role": "assistant", "content": "Paid."}})]  # fmt: skip
    spans = [span("m1", "", 1, 2, events=first), span("m2", "", 4, 5, events=second)]
    assert [part if part[0] != kinds.TOOL_RESULT else RESULT for part in story(told(tmp_path, batch(*spans)))] == WHOLE
    logs = [
        {
            "timeUnixNano": str(START + at * 1_000_000_000),
            "traceId": "t1",
            "spanId": f"m{at}",
            "eventName": name,
            "body": value(body),
        }
        for at, events in ((1, first), (4, second))
        for name, body in events
    ]
    record = {"resourceLogs": [{"scopeLogs": [{"logRecords": logs}]}]}
    again = tmp_path / "logs"
    again.mkdir()
    assert sorted(map(str, story(told(again, record)))) == sorted(map(str, story(read(tmp_path))))


OPENLLMETRY = [
    span("m1", "root", 1, 2, "openai.chat", named={
        "gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "Be nice",
        "gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "Pay the bill",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.tool_calls.0.id": "c1",
        "gen_ai.completion.0.tool_calls.0.name": "read",
        "gen_ai.completion.0.tool_calls.0.arguments": '{"path":"bill.txt"}',
    }),
    span("tool", "root", 2, 3, "read.tool", named={
        "traceloop.span.kind": "tool", "traceloop.entity.name": "read",
        "traceloop.entity.input": '{"inputs": {"path": "bill.txt"}, "tags": []}',
        "traceloop.entity.output": '{"output": "98.70"}',
    }),
    span("m2", "root", 4, 5, "openai.chat", named={"gen_ai.completion.0.content": "Paid."}),
]  # fmt: skip
OPENINFERENCE = [
    span("m1", "root", 1, 2, named={
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "Be nice",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.contents.0.message_content.type": "text",
        "llm.input_messages.1.message.contents.0.message_content.text": "Pay the bill",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "read",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"path":"bill.txt"}',
    }),
    span("tool", "root", 2, 3, named={"openinference.span.kind": "TOOL", "tool.name": "read", "tool_call.id": "c1",
                                      "input.value": '{"path":"bill.txt"}', "output.value": "98.70"}),
    span("m2", "root", 4, 5, named={"openinference.span.kind": "LLM", "llm.output_messages.0.message.role": "assistant",
                                    "llm.output_messages.0.message.content": "Paid."}),
]  # fmt: skip
VERCEL = [
    span("m1", "root", 1, 2, "ai.generateText", named={
        "ai.prompt.messages": json.dumps([{"role": "system", "content": "Be nice"}, {"role": "user", "content": "Pay the bill"}]),
        "ai.response.toolCalls": json.dumps([{"toolCallId": "c1", "toolName": "read", "input": {"path": "bill.txt"}}]),
    }),
    span("tool", "root", 2, 3, "ai.toolCall", named={"ai.toolCall.name": "read", "ai.toolCall.id": "c1",
                                                     "ai.toolCall.args": '{"path":"bill.txt"}', "ai.toolCall.result": "98.70"}),
    span("m2", "root", 4, 5, named={"ai.response.text": "Paid."}),
]  # fmt: skip


@pytest.mark.parametrize("spans", [OPENINFERENCE, OPENLLMETRY, VERCEL], ids=["OpenInference", "OpenLLMetry", "Vercel"])
def test_other_conventions_tell_the_same(tmp_path: Path, spans: list[Any]) -> None:
    events = told(tmp_path, batch(*spans, **{"session.id": "s1"}))
    assert story(events) == WHOLE
    assert {event.session for event in events} == {"s1"}


def test_a_span_that_names_no_call_is_its_own_call_where_none_fits(tmp_path: Path) -> None:
    tools = [{**OPENLLMETRY[1], "spanId": key} for key in ("tool", "more")]
    events = told(tmp_path, batch(OPENLLMETRY[0], *tools))
    assert {fields["call"] for _, _, fields in of(events, kinds.TOOL_CALL)} == {"c1", "more"}
    assert {fields["call"] for _, _, fields in of(events, kinds.TOOL_RESULT)} == {"c1", "more"}


def plain(one: dict[str, Any], wrap: str) -> dict[str, Any]:
    """A span as an SDK prints it, or as Phoenix exports it."""
    given = {pair["key"]: next(iter(pair["value"].values())) for pair in one["attributes"]}
    times = {"start_time": "2026-03-01T09:00:02.000000Z", "end_time": "2026-03-01T09:00:03.000000Z"}
    if wrap == "row":
        return {"name": "x", "span_kind": "TOOL", "context.trace_id": "t1", "context.span_id": one["spanId"], "parent_id": None,
                **times, **{f"attributes.{key}": one for key, one in given.items()}}  # fmt: skip
    if wrap == "node":
        return {"type": "span", "traceId": "t1", "spanId": one["spanId"], "name": "x", "startTime": [1772355602, 0],
                "endTime": [1772355603, 0], "attributes": given}  # fmt: skip
    return {
        "name": "x",
        "context": {"trace_id": "0xt1", "span_id": one["spanId"]},
        "parent_id": None,
        **times,
        "attributes": given,
    }


@pytest.mark.parametrize("wrap", ["sdk", "row", "node"])
def test_spans_one_by_one_are_read(tmp_path: Path, wrap: str) -> None:
    events = told(tmp_path, plain(OPENINFERENCE[1], wrap))
    assert story(events) == [CALL, RESULT]
    assert events[0].time == 1_772_355_602_000_000


def test_nested_agents_are_spawned_and_their_task_is_no_goal(tmp_path: Path) -> None:
    inner = span("sub", "tool", 2, 3, named={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "clerk"})
    model = span("m3", "sub", 2, 3, named={"gen_ai.input.messages": json.dumps([{"role": "user", "content": "Look"}])})
    events = told(tmp_path, batch(ROOT, chat("m1", 1, IN[:1], [IN[1]], json.dumps), TOOL, inner, model))
    spawn = next(event for event in events if event.kind == kinds.AGENT_SPAWN)
    assert (spawn.agent, spawn.fields) == ("bank", {"child": "clerk", "call": "c1", "text": "Look"})
    assert (kinds.MESSAGE, "", {"text": "Look", "author": "context"}) in story(events)
    assert of(events, kinds.GOAL_SET) == [GOAL]
    assert {
        event.fields["parent"] for event in events if event.kind == kinds.AGENT_START and event.agent == "clerk"
    } == {"bank"}


def test_a_tool_span_that_failed_is_an_error_and_repeated_ids_stay_apart(tmp_path: Path) -> None:
    failed = {**TOOL, "status": {"code": 2}}
    events = told(tmp_path, batch(TOOL, {**failed, "spanId": "t2", "startTimeUnixNano": str(START)}))
    assert [fields.get("error") for _, _, fields in of(events, kinds.TOOL_RESULT)] == [None, True]
    assert len(of(events, kinds.TOOL_CALL)) == 2


def test_offered_tools_are_told(tmp_path: Path) -> None:
    tools = json.dumps([{"type": "function", "name": "read", "description": "Reads", "parameters": {"a": 1}}])
    events = told(tmp_path, batch(span("m1", "", 1, 2, named={"gen_ai.tool.definitions": tools})))
    assert [(event.tool, event.fields) for event in events] == [("read", {"description": "Reads", "schema": {"a": 1}})]


def log(second: int, name: str, **given: Any) -> dict[str, Any]:
    common = {"event.name": name, "session.id": "s1", "user.email": "a@x", "tool_use_id": "t1", "tool_name": "Bash"}
    return {
        "timeUnixNano": str(START + second * 1_000_000_000),
        "body": {"stringValue": f"claude_code.{name}"},
        "attributes": pairs({**common, **given}),
    }


LOGS = {"resourceLogs": [{"scopeLogs": [{"logRecords": [
    log(1, "user_prompt", prompt="Pay the bill", prompt_length=12),
    log(2, "tool_decision", decision="accept", source="user_temporary"),
    log(3, "tool_result", success="false", error="no", tool_parameters='{"full_command":"ls"}'),
    log(4, "api_request", model="m"),
    log(5, "tool_decision", decision="accept", source="config", tool_use_id="t2"),
    log(6, "user_prompt", prompt="<REDACTED>"),
]}]}]}  # fmt: skip


def test_claude_code_telemetry_tells_prompts_decisions_and_tools(tmp_path: Path) -> None:
    events = told(tmp_path, LOGS)
    assert [(event.kind, event.fields) for event in events] == [
        (kinds.GOAL_SET, {"text": "Pay the bill"}),
        (kinds.APPROVAL_DECISION, {"call": "t1", "decision": "accept", "by": "user"}),
        (kinds.TOOL_CALL, {"call": "t1", "args": {"full_command": "ls", "command": "ls"}}),
        (kinds.TOOL_RESULT, {"call": "t1", "text": "no", "error": True}),
        (kinds.APPROVAL_DECISION, {"call": "t2", "decision": "auto", "by": "policy"}),
    ]
    assert {(event.session, event.user) for event in events} == {("s1", "a@x")}


def test_telemetry_beside_its_session_adds_the_decisions_alone(tmp_path: Path) -> None:
    line = {"sessionId": "s1", "uuid": "u", "parentUuid": None, "timestamp": "2026-03-01T09:00:01Z", "type": "user"}
    (tmp_path / "s1.jsonl").write_text(lines(
        {**line, "message": {"role": "user", "content": "Pay the bill"}},
        {**line, "type": "assistant", "message": {"content": [{"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}]}},
    ))  # fmt: skip
    events = told(tmp_path, LOGS)
    assert [(event.source, event.kind) for event in events if event.kind != kinds.AGENT_START] == [
        ("claude", kinds.GOAL_SET),
        ("claude", kinds.TOOL_CALL),
        ("otlp", kinds.APPROVAL_DECISION),
        ("otlp", kinds.APPROVAL_DECISION),
    ]
    for one in scan(tmp_path)["inputs"]:
        assert one["records"] == one["events"] + one["ignored"]


def test_log_records_of_others_are_left_alone(tmp_path: Path) -> None:
    body = json.dumps({"log_id": "x", "data": {"type": "seta", "date": "2026-03-01T09:00:00Z"}})
    record = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": body}}]}]}]}
    (tmp_path / "a.json").write_text(json.dumps(record))
    report = scan(tmp_path)
    assert report["gaps"][0]["reason"] == "a JSON object, but no event of a known shape (--map can tell what it is)"


def test_spans_of_other_software_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(batch(span("a", "", 1, 2, "GET /", named={"http.method": "GET"}))))
    report = scan(tmp_path)
    assert (report["inputs"][0]["ignored"], report["inputs"][0]["gaps"]) == (1, 0)
