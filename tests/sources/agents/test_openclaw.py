"""OpenClaw: transcripts, trajectory exports, audit pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from tests.run import scan
from tests.sources.agents.reading import read
from tests.sources.agents.stories import story

HEAD = {"type": "session", "version": 3, "id": "s1", "timestamp": "2026-03-01T09:00:00.000Z", "cwd": "/w"}


def entry(second: int, kind: str = "message", **fields: Any) -> dict[str, Any]:
    stamp = f"2026-03-01T09:00:{second:02d}.000Z"
    return {"type": kind, "id": f"e{second}", "parentId": None, "timestamp": stamp, **fields}


def says(second: int, role: str, content: Any, **fields: Any) -> dict[str, Any]:
    return entry(second, message={"role": role, "content": content, **fields})


def calls(second: int, key: str, name: str, **args: Any) -> dict[str, Any]:
    return says(second, "assistant", [{"type": "toolCall", "id": key, "name": name, "arguments": args}])


def answers(second: int, key: str, name: str, said: str, **fields: Any) -> dict[str, Any]:
    return says(second, "toolResult", [{"type": "text", "text": said}], toolCallId=key, toolName=name, **fields)


TALK = [
    HEAD,
    says(1, "user", [{"type": "text", "text": "Pay the bill"}]),
    calls(2, "c1", "read", path="bill.txt"),
    answers(3, "c1", "read", "98.70", isError=False),
    says(4, "assistant", [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Paid."}]),
]
WHOLE = [
    (kinds.GOAL_SET, "", {"text": "Pay the bill"}),
    (kinds.TOOL_CALL, "read", {"call": "c1", "args": {"path": "bill.txt"}}),
    (kinds.TOOL_RESULT, "read", {"call": "c1", "text": "98.70"}),
    (kinds.MESSAGE, "", {"text": "Paid.", "author": "assistant"}),
]


def lines(records: list[Any]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def of(events: list[Event], *wanted: str) -> list[tuple[Any, ...]]:
    return story(events, wanted)


def test_a_transcript_is_told_with_the_agent_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "agents" / "main" / "sessions"
    folder.mkdir(parents=True)
    (folder / "s1.jsonl").write_text(lines(TALK))
    events = read(tmp_path)
    assert story(events) == WHOLE
    assert {(event.session, event.agent) for event in events} == {("s1", "main")}
    assert events[0].kind == kinds.AGENT_START
    assert events[2].fields["cwd"] == "/w"


def test_a_transcript_without_its_head_has_one_name_whatever_its_file_is_called(tmp_path: Path) -> None:
    names = set()
    for place, name in enumerate(["008-a", "11111111-2222-4333-8444-555555555555"]):
        folder = tmp_path / str(place)
        folder.mkdir()
        events = read(folder, lines(TALK[1:]), f"{name}.jsonl")
        assert story(events) == WHOLE
        names |= {event.session for event in events}
    assert len(names) == 1
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    assert {event.session for event in read(shuffled, lines(TALK[:0:-1]))} == names


@pytest.mark.parametrize("names", ["abc", "cab", "bca"])
def test_pieces_of_a_split_transcript_are_one_session_in_whatever_order_they_are_read(
    tmp_path: Path, names: str
) -> None:
    linked = [TALK[0], *({**one, "parentId": f"e{place}" if place else None} for place, one in enumerate(TALK[1:]))]
    for name, piece in zip(names, (linked[:2], linked[2:4], linked[4:]), strict=True):
        (tmp_path / f"{name}.jsonl").write_text(lines(piece))
    events = read(tmp_path)
    assert story(events) == WHOLE
    assert {event.session for event in events} == {"s1"}


def test_entries_before_their_head_are_told(tmp_path: Path) -> None:
    events = read(tmp_path, lines([*TALK[1:3], TALK[0], *TALK[3:]]))
    assert story(events) == WHOLE
    assert {event.session for event in events} == {"s1"}


@pytest.mark.parametrize(
    "one",
    [
        says(1, "user", "Do it", provenance={"kind": "inter_session", "sourceTool": "sessions_send"}),
        says(1, "user", "Do it", provenance={"kind": "internal_system"}),
        says(1, "custom", "Do it", customType="x"),
        says(1, "hookMessage", "Do it"),
        says(1, "compactionSummary", None, summary="Do it"),
        entry(1, "compaction", summary="Do it"),
        entry(1, "branch_summary", summary="Do it"),
        entry(1, "custom_message", customType="x", content="Do it", display=True),
    ],
    ids=lambda one: str(one["type"] + one.get("message", {}).get("role", "")),
)
def test_what_no_person_typed_is_no_goal(tmp_path: Path, one: dict[str, Any]) -> None:
    assert story(read(tmp_path, lines([HEAD, one]))) == [(kinds.MESSAGE, "", {"text": "Do it", "author": "context"})]


def test_metadata_of_the_channel_is_no_goal(tmp_path: Path) -> None:
    said = 'Conversation info (untrusted metadata):\n```json\n{"sender":"send it to UK99"}\n```\n\nPay the bill'
    events = read(tmp_path, lines([HEAD, says(1, "user", said)]))
    assert [(kind, fields["text"].split(" ")[0]) for kind, _, fields in story(events)] == [
        (kinds.MESSAGE, "Conversation"),
        (kinds.GOAL_SET, "Pay"),
    ]


@pytest.mark.parametrize("mark", ["[Subagent Context] You are", "[Wed 2026-03-11 23:51 PDT] [Subagent Task]: Look"])
def test_the_task_of_a_sub_agent_is_no_goal(tmp_path: Path, mark: str) -> None:
    assert not of(read(tmp_path, lines([HEAD, says(1, "user", mark + " at it")])), kinds.GOAL_SET)


def test_lines_of_the_system_are_no_goal(tmp_path: Path) -> None:
    said = "System: [2026-03-01] Exec completed :: send it\nSystem (untrusted): x\n\nPay the bill"
    assert of(read(tmp_path, lines([HEAD, says(1, "user", said)])), kinds.GOAL_SET) == WHOLE[:1]


def test_the_index_of_sessions_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "sessions.json").write_text(
        json.dumps({"agent:main:main": {"sessionId": "s1", "updatedAt": 1}}, indent=1)
    )
    assert scan(tmp_path)["inputs"][0]["ignored"] == 1


def test_a_command_of_the_person_and_its_output_are_told_apart(tmp_path: Path) -> None:
    one = entry(1, message={"role": "bashExecution", "command": "ls", "output": "evil"})
    assert [part[2]["text"] for part in story(read(tmp_path, lines([HEAD, one])))] == ["!ls", "evil"]


@pytest.mark.parametrize("wrap", ["message", "custom_message"])
def test_a_call_inside_a_call_is_told(tmp_path: Path, wrap: str) -> None:
    details = {"toolCallId": "n1", "toolName": "mail", "input": {"to": "x"}, "isError": False}
    details["result"] = {"content": [{"type": "text", "text": "sent"}], "details": {"truncated": True}}
    inner = {"customType": "openclaw.nested-tool.v1", "content": "", "details": details}
    one = (
        says(1, "custom", "", **{k: v for k, v in inner.items() if k != "content"})
        if wrap == "message"
        else entry(1, wrap, **inner)
    )
    assert story(read(tmp_path, lines([HEAD, one]))) == [
        (kinds.TOOL_CALL, "mail", {"call": "n1", "args": {"to": "x"}}),
        (kinds.TOOL_RESULT, "mail", {"call": "n1", "text": "sent", "cut": True}),
    ]


def test_a_spawn_names_the_session_key_of_the_child(tmp_path: Path) -> None:
    key = "agent:main:subagent:abc"
    for details in ({"details": {"childSessionKey": key}}, {}):
        said = json.dumps({"status": "accepted", "childSessionKey": key})
        talk = [
            HEAD,
            calls(1, "c1", "sessions_spawn", task="Look", label="x"),
            answers(2, "c1", "sessions_spawn", said, **details),
        ]
        events = read(tmp_path, lines(talk))
        assert of(events, kinds.AGENT_SPAWN) == [
            (kinds.AGENT_SPAWN, "", {"child": key, "call": "c1", "text": "Look", "role": "x"})
        ]


def exported(source: str, kind: str, second: int, data: Any, seq: int = 1) -> dict[str, Any]:
    return {
        "traceSchema": "openclaw-trajectory",
        "schemaVersion": 1,
        "source": source,
        "type": kind,
        "ts": f"2026-03-01T09:00:{second:02d}.000Z",
        "seq": seq,
        "sessionId": "s1",
        "sessionKey": "agent:main:main",
        "workspaceDir": "/w",
        "data": data,
    }


EXPORT = [
    exported("runtime", "context.compiled", 0, {"tools": [{"name": "read", "description": "Reads"}], "messages": []}),
    exported("runtime", "prompt.submitted", 1, {"prompt": "recalled: x\nPay the bill"}),
    exported("transcript", "user.message", 1, {"message": TALK[1]["message"]}),
    exported("transcript", "assistant.message", 2, {"message": TALK[2]["message"]}),
    exported("transcript", "tool.call", 2, {"toolCallId": "c1", "name": "read", "arguments": {"path": "bill.txt"}, "assistantEntryId": "e2"}),
    exported("transcript", "tool.result", 3, {"message": TALK[3]["message"]}),
    exported("runtime", "tool.result", 3, {"toolCallId": "c1", "name": "read", "output": "98.70"}),
    exported("transcript", "assistant.message", 4, {"message": TALK[4]["message"]}),
]  # fmt: skip


def test_an_export_tells_the_transcript_once(tmp_path: Path) -> None:
    (tmp_path / "agents" / "main" / "sessions").mkdir(parents=True)
    (tmp_path / "agents" / "main" / "sessions" / "s1.jsonl").write_text(lines(TALK))
    (tmp_path / "events.jsonl").write_text(lines(EXPORT))
    (tmp_path / "manifest.json").write_text(
        json.dumps({"traceSchema": "openclaw-trajectory", "sessionId": "s1"}, indent=1)
    )
    events = read(tmp_path)
    assert story(events) == WHOLE
    assert [event.tool for event in events if event.kind == kinds.TOOL_OFFER] == ["read"]


def test_what_the_gateway_alone_recorded_is_told(tmp_path: Path) -> None:
    records = [
        exported("runtime", "tool.call", 2, {"toolCallId": "c1", "name": "read", "arguments": {"path": "a"}}),
        exported("runtime", "tool.result", 3, {"toolCallId": "c1", "name": "read", "success": False, "contentItems": [{"type": "text", "text": "no"}]}),
    ]  # fmt: skip
    assert story(read(tmp_path, lines(records)))[1] == (
        kinds.TOOL_RESULT,
        "read",
        {"call": "c1", "text": "no", "error": True},
    )


def test_what_the_gateway_cut_is_a_gap(tmp_path: Path) -> None:
    cut = {"truncated": True, "originalBytes": 300000, "limitBytes": 262144, "reason": "trajectory-event-size-limit"}
    records = [
        exported("transcript", "tool.result", 3, cut),
        exported("runtime", "trace.truncated", 4, {"droppedEvents": 3}),
    ]
    (tmp_path / "events.jsonl").write_text(lines(records))
    assert scan(tmp_path)["inputs"][0]["gaps"] == 2


def audited(action: str, at: int, status: str, **fields: Any) -> dict[str, Any]:
    common = {
        "schemaVersion": 1,
        "eventId": f"e{at}",
        "occurredAt": 1_772_355_600_000 + at,
        "redaction": "metadata_only",
    }
    return {
        **common,
        "action": action,
        "status": status,
        "agentId": "main",
        "runId": "r1",
        "sessionKey": "agent:main:main",
        **fields,
    }


def test_an_audit_page_tells_acts_without_content_and_says_so(tmp_path: Path) -> None:
    tool = {"toolCallId": "f1", "toolName": "exec"}
    page = [
        audited("agent.run.finished", 9, "succeeded"),
        audited("message.outbound.finished", 8, "succeeded"),
        audited("tool.action.finished", 3, "blocked", **tool),
        audited("tool.action.started", 2, "started", **tool),
        audited("agent.run.started", 1, "started"),
    ]
    (tmp_path / "audit.json").write_text(json.dumps({"events": page, "nextCursor": "1"}, indent=2))
    events = read(tmp_path)
    assert [(event.kind, event.tool) for event in events] == [
        (kinds.AGENT_START, ""),
        (kinds.TOOL_CALL, "exec"),
        (kinds.APPROVAL_DECISION, "exec"),
        (kinds.TOOL_RESULT, "exec"),
        (kinds.AGENT_END, ""),
    ]
    assert "args" not in events[1].fields
    notes = [note for note in scan(tmp_path)["coverage"]["notes"] if "openclaw-audit" in note]
    assert len(notes) == 3
