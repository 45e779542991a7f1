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

SAMPLES: list[dict[str, Any]] = [*CHAT, *CLAUDE]
