"""Records with every field that the adapters look at, to be broken in every place."""

from __future__ import annotations

from typing import Any

_CALL = {"type": "tool_use", "id": "t1", "name": "Task", "input": {"prompt": "Look", "subagent_type": "x"}}
_LINE: dict[str, Any] = {
    "sessionId": "s",
    "uuid": "u",
    "parentUuid": None,
    "timestamp": "2026-03-01T09:00:00.100Z",
    "cwd": "/w",
    "isSidechain": True,
    "agentId": "a",
    "permissionMode": "plan",
}
_RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "x"}], "is_error": True}

CHAT: list[dict[str, Any]] = [
    {
        "session_id": "s",
        "agent": "bot",
        "user": "u",
        "metadata": {"thread_id": "t"},
        "timestamp": 1_772_355_600,
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "Go"}], "timestamp": "2026-03-01T09:00:00Z"},
            {"role": "assistant", "content": [_CALL, {"type": "refusal", "refusal": "no"}]},
            {"role": "user", "content": [_RESULT]},
            {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "t", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "c", "content": "ok", "details": {"truncation": {"truncated": True}}},
            {"role": "assistant", "content": None, "function_call": {"name": "t", "arguments": "{"}},
            {"role": "function", "name": "t", "content": {"a": 1}},
        ],
    },
    {
        "request": {
            "model": "m",
            "system": "s",
            "messages": [{"role": "user", "content": "Go"}],
            "tools": [{"type": "function", "function": {"name": "t", "description": "d", "parameters": {}}}],
        },
        "response": {"id": "r", "choices": [{"message": {"role": "assistant", "content": "ok"}}]},
    },
    {
        "request": {"model": "m", "instructions": "s", "input": "Go", "previous_response_id": "r"},
        "response": {
            "id": "r2",
            "object": "response",
            "output": [{"type": "message", "role": "assistant", "content": "x"}],
        },
    },
]

CLAUDE: list[dict[str, Any]] = [
    {**_LINE, "type": "user", "message": {"role": "user", "content": "Go"}, "origin": {"kind": "human"}},
    {**_LINE, "type": "assistant", "message": {"role": "assistant", "model": "m", "content": [_CALL]}},
    {
        **_LINE,
        "type": "user",
        "message": {"role": "user", "content": [_RESULT]},
        "toolDenialKind": "user-rejected",
        "toolUseResult": {
            "status": "completed",
            "agentId": "b",
            "questions": [],
            "answers": {"q": "a"},
            "truncated": True,
        },
    },
    {
        **_LINE,
        "type": "user",
        "message": {"content": [_RESULT]},
        "toolUseResult": {"persistedOutputPath": "/s/tool-results/x"},
    },
    {**_LINE, "type": "attachment", "attachment": {"type": "queued_command", "prompt": "x", "commandMode": "prompt"}},
    {**_LINE, "type": "attachment", "attachment": {"type": "nested_memory", "path": "m", "content": {"content": "x"}}},
    {**_LINE, "type": "attachment", "attachment": {"type": "invoked_skills", "skills": [{"content": "x"}]}},
    {**_LINE, "type": "attachment", "attachment": {"type": "file", "content": {"file": {"content": "x"}}}},
    {**_LINE, "type": "attachment", "attachment": {"type": "mcp_instructions_delta", "addedBlocks": ["x"]}},
    {**_LINE, "type": "system", "subtype": "local_command", "content": "x"},
    {**_LINE, "type": "system", "subtype": "stop_hook_summary", "hookAdditionalContext": ["x"]},
    {**_LINE, "type": "progress", "data": {"agentId": "a"}, "parentToolUseID": "t1"},
    {"type": "permission-mode", "permissionMode": "plan", "sessionId": "s"},
    {"agentType": "x", "description": "d", "toolUseId": "t1", "parentAgentId": "p"},
    {"type": "result", "session_id": "s", "subtype": "success", "permission_denials": [{"tool_use_id": "t"}]},
]

_ENTRY: dict[str, Any] = {"type": "message", "id": "e", "parentId": None, "timestamp": "2026-03-01T09:00:00Z"}
_SPAWN = {"type": "toolCall", "id": "c", "name": "sessions_spawn", "arguments": {"task": "t", "agentId": "a"}}
_NESTED = {"toolCallId": "n", "toolName": "t", "input": {}, "result": {"content": [], "details": {"truncated": True}}}
_TRACE: dict[str, Any] = {
    "traceSchema": "openclaw-trajectory",
    "source": "runtime",
    "ts": "2026-03-01T09:00:00Z",
    "sessionId": "s",
    "sessionKey": "agent:main:main",
}
_META = "Sender (untrusted metadata):\n```json\n{}\n```\nGo"

OPENCLAW: list[dict[str, Any]] = [
    {"type": "session", "version": 3, "id": "s", "timestamp": "2026-03-01T09:00:00Z", "cwd": "/w"},
    {**_ENTRY, "message": {"role": "user", "content": _META, "provenance": {"kind": "external_user"}, "timestamp": 1}},
    {**_ENTRY, "message": {"role": "assistant", "content": [_SPAWN]}},
    {
        **_ENTRY,
        "message": {
            "role": "toolResult",
            "toolCallId": "c",
            "toolName": "sessions_spawn",
            "content": [{"type": "text", "text": "{}"}],
            "details": {"childSessionKey": "agent:main:subagent:x"},
        },
    },
    {**_ENTRY, "message": {"role": "bashExecution", "command": "ls", "output": "x"}},
    {
        **_ENTRY,
        "message": {"role": "custom", "customType": "openclaw.nested-tool.v1", "content": "", "details": _NESTED},
    },
    {**_ENTRY, "type": "compaction", "summary": "x"},
    {**_TRACE, "type": "context.compiled", "data": {"tools": [{"name": "t", "description": "d", "parameters": {}}]}},
    {**_TRACE, "type": "tool.call", "data": {"toolCallId": "c", "name": "t", "arguments": {}}},
    {**_TRACE, "type": "tool.result", "data": {"toolCallId": "c", "name": "t", "result": {"content": []}}},
    {
        "openclaw_row": {"table": "transcript_events", "session": "s", "key": "agent:a:b", "created_at": 1},
        "event": _ENTRY,
    },
    {"kind": "event", "row": {"event_json": "{}", "seq": 1}},
    {
        "events": [
            {
                "redaction": "metadata_only",
                "action": "tool.action.finished",
                "occurredAt": 1_772_355_600_000,
                "status": "blocked",
                "runId": "r",
                "sessionKey": "agent:main:main",
                "toolCallId": "c",
                "toolName": "t",
            }
        ]
    },
]

_SPAN: dict[str, Any] = {
    "traceId": "t",
    "spanId": "a",
    "parentSpanId": "b",
    "name": "execute_tool x",
    "startTimeUnixNano": "1772355600000000000",
    "endTimeUnixNano": "1772355601000000000",
    "status": {"code": 2},
    "events": [{"name": "gen_ai.choice", "timeUnixNano": "1772355600000000000", "attributes": []}],
}


def _attributes(**given: Any) -> list[dict[str, Any]]:
    return [{"key": key.replace("__", "."), "value": {"stringValue": one}} for key, one in given.items()]


_KEYVALUES = {"kvlistValue": {"values": [{"key": "a", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}}]}}
_TOOL = _attributes(gen_ai__operation__name="execute_tool", gen_ai__tool__name="x", gen_ai__tool__call__id="c")
_MODEL = _attributes(
    gen_ai__input__messages='[{"role":"user","parts":[{"type":"text","content":"Go"}]}]',
    gen_ai__system_instructions='[{"type":"text","content":"s"}]',
    gen_ai__tool__definitions='[{"name":"x"}]',
    llm__input_messages__0__message__role="user",
    gen_ai__completion__0__content="x",
)
_AGENT = _attributes(gen_ai__operation__name="invoke_agent", gen_ai__agent__id="a", session__id="s", input__value="Go")
_LOG = {
    "timeUnixNano": "1772355600000000000",
    "body": {"stringValue": "claude_code.tool_result"},
    "attributes": _attributes(session__id="s", tool_name="x", tool_parameters='{"full_command":"ls"}', success="false"),
}

OTLP: list[dict[str, Any]] = [
    {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(service__name="x")},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                **_SPAN,
                                "attributes": [*_TOOL, {"key": "gen_ai.tool.call.arguments", "value": _KEYVALUES}],
                            },
                            {**_SPAN, "spanId": "b", "parentSpanId": "a", "attributes": _AGENT},
                            {**_SPAN, "spanId": "c", "attributes": _MODEL},
                        ]
                    }
                ],
            }
        ]
    },
    {
        "resourceLogs": [
            {
                "scopeLogs": [
                    {"logRecords": [_LOG, {"eventName": "gen_ai.choice", "body": _KEYVALUES, "attributes": _MODEL}]}
                ]
            }
        ]
    },
    {
        "name": "x",
        "span_kind": "LLM",
        "context": {"trace_id": "t", "span_id": "a"},
        "parent_id": "b",
        "start_time": "2026-03-01T09:00:00Z",
        "status_code": "ERROR",
        "attributes": {
            "llm.input_messages": [{"message": {"role": "user", "contents": [{"message_content": {"text": "x"}}]}}],
            "llm.output_messages": [{"message.role": "assistant", "message.content": "x"}],
            "llm.tools.0.tool.json_schema": "{}",
            "ai.response.toolCalls": [{"toolCallId": "c", "toolName": "x", "input": {}}],
        },
    },
]

SAMPLES: list[dict[str, Any]] = [*CHAT, *CLAUDE, *OPENCLAW, *OTLP]
