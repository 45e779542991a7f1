"""Lines of an OpenClaw trajectory, as entries of a transcript.

The export tells the transcript (`source: transcript`) and what the gateway recorded while it ran (`source: runtime`). The second
repeats prompts and answers with context mixed in, so only its tools, calls and results are told, and only where the transcript does not.
"""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import arguments, text_of
from onesec_cli.sources.agents.messages import Part, is_cut
from onesec_cli.sources.values import text

SCHEMA: Final = "openclaw-trajectory"
MAX_TOOLS: Final = 1_000
"""Tools of one record that are told."""

_MESSAGES: Final = frozenset({"user.message", "assistant.message", "tool.result"})
_SESSION: Final = {"session.compaction": "compaction", "session.branch_summary": "branch_summary"}


def entry_of(record: dict[str, Any]) -> Any:
    """An entry, or why there is none."""
    kind, data = text(record.get("type")), record.get("data")
    if not kind:
        return "ignored:manifest of a trajectory"
    if data.__class__ is not dict:
        return "ignored:a record of the gateway"
    if kind == "trace.truncated":
        return "OpenClaw stopped recording here: events are missing"
    if data.get("truncated") is True and "limitBytes" in data:
        return "cut by OpenClaw: its content was larger than a line may be"
    time = record.get("ts")
    message = data.get("message")
    if (kind in _MESSAGES or kind.startswith("message.")) and message.__class__ is dict:
        return {"type": "message", "timestamp": time, "message": message}
    if kind in _SESSION:
        return {"type": _SESSION[kind], "timestamp": time, "summary": data.get("summary")}
    if kind == "session.custom_message":
        return {**data, "type": "custom_message", "timestamp": time}
    return {"type": "parts", "timestamp": time, "parts": _parts(kind, data)}


def _parts(kind: str, data: dict[str, Any]) -> list[Part]:
    call, tool = text(data.get("toolCallId")), text(data.get("name"))
    if kind == "tool.call" and tool:
        return [Part(kinds.TOOL_CALL, tool, {"call": call, "args": arguments(data.get("arguments"))})]
    if kind == "tool.result":
        given = next(
            (data[one] for one in ("result", "output", "contentItems", "content") if data.get(one) is not None), None
        )
        inner = given.get("content", given) if given.__class__ is dict else given
        failed = data.get("isError") is True or data.get("success") is False
        return [
            Part(kinds.TOOL_RESULT, tool, {"call": call, "text": text_of(inner), "error": failed, "cut": is_cut(given)})
        ]
    if kind == "context.compiled":
        tools = data.get("tools")
        return [offer for one in (tools[:MAX_TOOLS] if tools.__class__ is list else ()) if (offer := _offer(one))]
    return []


def _offer(tool: Any) -> Part | None:
    name = text(tool.get("name")) if tool.__class__ is dict else ""
    if not name:
        return None
    fields = {"description": text_of(tool.get("description")), "schema": tool.get("parameters")}
    return Part(kinds.TOOL_OFFER, name, fields)
