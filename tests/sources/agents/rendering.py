"""One conversation written in every format that this folder reads whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import zstandard

START = 1_772_355_600


class Call(NamedTuple):
    """A call and its answer."""

    id: str
    tool: str
    args: dict[str, Any]
    answer: str
    failed: bool


class Turn(NamedTuple):
    """What a person asks, if they do, what the model says, and its calls."""

    asked: str
    said: str
    calls: list[Call]


Talk = list[Turn]


def chat(talk: Talk) -> list[dict[str, Any]]:
    """Chat Completions messages."""
    found: list[dict[str, Any]] = []
    for turn in talk:
        if turn.asked:
            found.append({"role": "user", "content": turn.asked})
        calls = [
            {"id": c.id, "type": "function", "function": {"name": c.tool, "arguments": json.dumps(c.args)}}
            for c in turn.calls
        ]
        found.append({"role": "assistant", "content": turn.said or None, **({"tool_calls": calls} if calls else {})})
        found += [{"role": "tool", "tool_call_id": c.id, "content": c.answer} for c in turn.calls]
    return found


def anthropic(talk: Talk) -> list[dict[str, Any]]:
    """Anthropic messages."""
    found: list[dict[str, Any]] = []
    for turn in talk:
        if turn.asked:
            found.append({"role": "user", "content": turn.asked})
        found.append({"role": "assistant", "content": blocks(turn)})
        results = [
            {"type": "tool_result", "tool_use_id": c.id, "content": c.answer, "is_error": c.failed} for c in turn.calls
        ]
        if results:
            found.append({"role": "user", "content": results})
    return found


def blocks(turn: Turn) -> list[dict[str, Any]]:
    """What a model says and calls, as blocks."""
    said = [{"type": "text", "text": turn.said}] if turn.said else []
    return [*said, *({"type": "tool_use", "id": c.id, "name": c.tool, "input": c.args} for c in turn.calls)]


def lines(records: list[Any]) -> bytes:
    """JSON Lines."""
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def stamp(step: int) -> str:
    """The time of a step."""
    return f"2026-03-01T{9 + step // 3600:02d}:{step // 60 % 60:02d}:{step % 60:02d}.000Z"


def claude(talk: Talk) -> list[dict[str, Any]]:
    """A Claude Code session, whose answers are split as Claude Code splits them."""
    found: list[dict[str, Any]] = []

    def add(kind: str, message: dict[str, Any]) -> None:
        step = len(found)
        found.append({"type": kind, "uuid": f"u{step}", "parentUuid": None, "sessionId": "s", "isSidechain": False,
                      "timestamp": stamp(step), "message": message})  # fmt: skip

    for message in anthropic(talk):
        for content in message["content"] if message["role"] == "assistant" else [message["content"]]:
            one = [content] if message["role"] == "assistant" else content
            add(message["role"], {"role": message["role"], "content": one})
    return found


def openclaw(talk: Talk) -> list[dict[str, Any]]:
    """An OpenClaw transcript."""
    found: list[dict[str, Any]] = [{"type": "session", "version": 3, "id": "s", "timestamp": stamp(0), "cwd": "/w"}]

    def add(message: dict[str, Any]) -> None:
        step = len(found)
        found.append(
            {"type": "message", "id": f"e{step}", "parentId": None, "timestamp": stamp(step), "message": message}
        )

    for turn in talk:
        if turn.asked:
            add({"role": "user", "content": [{"type": "text", "text": turn.asked}]})
        said = [{"type": "text", "text": turn.said}] if turn.said else []
        calls = [{"type": "toolCall", "id": c.id, "name": c.tool, "arguments": c.args} for c in turn.calls]
        add({"role": "assistant", "content": [*said, *calls]})
        for c in turn.calls:
            content = [{"type": "text", "text": c.answer}]
            add({"role": "toolResult", "toolCallId": c.id, "toolName": c.tool, "content": content, "isError": c.failed})
    return found


def trajectory(talk: Talk) -> list[dict[str, Any]]:
    """An OpenClaw export."""
    kinds = {"user": "user.message", "assistant": "assistant.message", "toolResult": "tool.result"}
    common = {"traceSchema": "openclaw-trajectory", "schemaVersion": 1, "source": "transcript", "sessionId": "s"}
    return [
        {
            **common,
            "type": kinds[entry["message"]["role"]],
            "ts": entry["timestamp"],
            "data": {"message": entry["message"]},
        }
        for entry in openclaw(talk)[1:]
    ]


def store(talk: Talk, path: Path) -> None:
    """An OpenClaw SQLite store."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE transcript_events (session_id TEXT, seq INTEGER, event_json TEXT, event_zstd BLOB)"
    )
    for seq, entry in enumerate(openclaw(talk)):
        body = json.dumps(entry)
        row = (body, None) if seq % 2 else (None, zstandard.ZstdCompressor().compress(body.encode()))
        connection.execute("INSERT INTO transcript_events VALUES ('s', ?, ?, ?)", (seq, *row))
    connection.commit()
    connection.close()


def spans(talk: Talk, tools: bool = True) -> list[dict[str, Any]]:
    """GenAI spans: one a model call, with all messages so far, and one a tool."""
    found: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    step = 0

    def add(**given: str) -> None:
        attributes = [{"key": key.replace("__", "."), "value": {"stringValue": one}} for key, one in given.items()]
        found.append({"traceId": "t", "spanId": f"x{len(found):04d}", "name": "x",
                      "startTimeUnixNano": str((START + step) * 10**9), "endTimeUnixNano": str((START + step + 1) * 10**9),
                      "attributes": attributes})  # fmt: skip

    for turn in talk:
        if turn.asked:
            history.append({"role": "user", "parts": [{"type": "text", "content": turn.asked}]})
        said = [{"type": "text", "content": turn.said}] if turn.said else []
        calls = [{"type": "tool_call", "id": c.id, "name": c.tool, "arguments": c.args} for c in turn.calls]
        answer = {"role": "assistant", "parts": [*said, *calls]}
        add(gen_ai__input__messages=json.dumps(history), gen_ai__output__messages=json.dumps([answer]))
        history.append(answer)
        step += 2
        for c in turn.calls:
            if tools:
                add(gen_ai__operation__name="execute_tool", gen_ai__tool__name=c.tool, gen_ai__tool__call__id=c.id,
                    gen_ai__tool__call__arguments=json.dumps(c.args), gen_ai__tool__call__result=c.answer)  # fmt: skip
                if c.failed:
                    found[-1]["status"] = {"code": 2}
        for c in turn.calls:
            response = {"type": "tool_call_response", "id": c.id, "response": c.answer}
            history.append({"role": "tool", "parts": [response]})
        step += 2
    return found


def otlp(talk: Talk, tools: bool = True) -> dict[str, Any]:
    """A batch of spans."""
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans(talk, tools)}]}]}


WRITERS: dict[str, Callable[[Talk, Path], object]] = {
    "chat": lambda talk, folder: (folder / "a.json").write_bytes(lines([{"id": "s", "messages": chat(talk)}])),
    "chat lines": lambda talk, folder: (folder / "a.jsonl").write_bytes(lines(chat(talk))),
    "anthropic": lambda talk, folder: (folder / "a.json").write_text(
        json.dumps({"messages": anthropic(talk)}, indent=1)
    ),
    "claude": lambda talk, folder: (folder / "a.jsonl").write_bytes(lines(claude(talk))),
    "openclaw": lambda talk, folder: (folder / "a.jsonl").write_bytes(lines(openclaw(talk))),
    "trajectory": lambda talk, folder: (folder / "a.jsonl").write_bytes(lines(trajectory(talk))),
    "store": lambda talk, folder: store(talk, folder / "a.sqlite"),
    "otlp": lambda talk, folder: (folder / "a.json").write_text(json.dumps(otlp(talk))),
    "spans": lambda talk, folder: (folder / "a.jsonl").write_bytes(
        lines([{"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]} for one in reversed(spans(talk))])
    ),
}
