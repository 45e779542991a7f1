"""One message of a conversation, in any of the forms that APIs and harnesses write, as parts of the story.

Forms: Chat Completions (`tool_calls`, `role: tool`), its legacy `function_call`, Anthropic blocks (`tool_use`,
`tool_result`), Responses items, OpenTelemetry GenAI parts (`tool_call`, `tool_call_response`) and OpenClaw (`toolCall`,
`role: toolResult`).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import arguments, text_of
from onesec_cli.sources.agents.authors import spoken
from onesec_cli.sources.values import text

MAX_PARTS: Final = 10_000
"""Blocks of one message that are told."""

_PEOPLE: Final = frozenset({"user", "human"})
_MODELS: Final = frozenset({"assistant", "model", "ai"})
_OPERATORS: Final = frozenset({"system", "developer"})
_TOOLS: Final = frozenset({"tool", "function", "toolResult", "tool_result"})
_WORDS: Final = frozenset({"text", "input_text", "output_text", "refusal"})
_CALLS: Final = frozenset(
    {
        *("tool_use", "server_tool_use", "mcp_tool_use", "tool_call", "toolCall", "toolcall", "toolUse", "tooluse"),
        *("function_call", "functionCall", "functioncall", "custom_tool_call"),
    }
)
_RESULTS: Final = frozenset(
    {"tool_call_response", "toolResult", "function_call_output", "function_response", "custom_tool_call_output"}
)


class Part(NamedTuple):
    """One event of a message, without the time, place and session that its record gives it."""

    kind: str
    tool: str
    fields: dict[str, Any]


def parts(message: dict[str, Any]) -> list[Part]:
    """What a message says, in its order."""
    role = message.get("role")
    if role.__class__ is not str:
        made = _made(message)
        return [] if made is None else [made]
    content = message.get("content")
    if content is None:
        content = message.get("parts")
    if role in _TOOLS:
        told = _tool_message(message, content)
    elif content.__class__ is str:
        told = words(role, content) if content else []
    else:
        told = _blocks(role, content)
    calls = message.get("tool_calls")
    if calls.__class__ is list:
        told += [made for call in calls[:MAX_PARTS] if (made := _call(call))]
    legacy = message.get("function_call")
    if legacy.__class__ is dict and (made := _call(legacy)):
        told.append(made)
    return told


def words(role: Any, said: str) -> list[Part]:
    """Text of a role, told by who wrote it."""
    if role in _PEOPLE:
        typed, context = spoken(said)
        told = [Part(kinds.MESSAGE, "", {"text": context, "author": "context"})] if context.strip() else []
        return [*told, Part(kinds.GOAL_SET, "", {"text": typed})] if typed.strip() else told
    if not said.strip():
        return []
    author = "assistant" if role in _MODELS else "system" if role in _OPERATORS else "context"
    return [Part(kinds.MESSAGE, "", {"text": said, "author": author})]


def as_context(told: list[Part]) -> list[Part]:
    """The same parts, where no person wrote what stands in the role of the user."""
    return [
        Part(kinds.MESSAGE, "", {"text": part.fields["text"], "author": "context"})
        if part.kind == kinds.GOAL_SET
        else part
        for part in told
    ]


def _tool_message(message: dict[str, Any], content: Any) -> list[Part]:
    """A message in the role of a tool: one result, or parts that are results."""
    if content.__class__ is list and any(block.__class__ is dict and _is_result(block) for block in content):
        return _blocks("tool", content)
    return [_result(message, content)]


def _blocks(role: Any, content: Any) -> list[Part]:
    if content.__class__ is dict:
        content = [content]
    if content.__class__ is not list:
        return [] if content is None else words(role, text_of(content))
    told: list[Part] = []
    said: list[str] = []
    for block in content[:MAX_PARTS]:
        if block.__class__ is str:
            said.append(block)
            continue
        if block.__class__ is not dict:
            continue
        kind = block.get("type")
        made = None if kind.__class__ is str and kind in _WORDS else _made(block)
        if made is not None:
            if said:
                told += words(role, "\n".join(said))
                said.clear()
            told.append(made)
        elif not _is_mute(kind):
            inner = block.get("text")
            said.append(inner if inner.__class__ is str else text(block.get("refusal")) or text_of(block))
    if said:
        told += words(role, "\n".join(said))
    return told


def _made(block: dict[str, Any]) -> Part | None:
    """The call or result that a block is, or None."""
    kind = block.get("type")
    if kind.__class__ is str and kind in _CALLS:
        return _call(block)
    if _is_result(block):
        inner: Any = next(
            (block[name] for name in ("content", "output", "response", "result") if block.get(name) is not None), None
        )
        return _result(block, inner)
    if kind is None and isinstance(block.get("functionCall"), dict):
        return _call(block["functionCall"])
    return None


def _is_result(block: dict[str, Any]) -> bool:
    kind = block.get("type")
    return kind.__class__ is str and (kind in _RESULTS or kind.endswith("tool_result"))


def _is_mute(kind: Any) -> bool:
    """Whether a block of this type holds the model's thinking, which is not part of the story."""
    return kind.__class__ is str and ("thinking" in kind or "reasoning" in kind)


def _call(call: Any) -> Part | None:
    """A call in any of its forms; None where it names no tool."""
    if call.__class__ is not dict:
        return None
    key = call.get("id") or call.get("call_id") or call.get("tool_call_id") or call.get("toolCallId")
    inner = call.get("tool_call")
    if inner.__class__ is dict:  # OpenInference
        key, call = key or inner.get("id"), inner
    function: Any = call.get("function") or call.get("custom")
    if function.__class__ is not dict:
        function = {**call, "name": function} if function.__class__ is str else call
    name = text(function.get("name") or function.get("toolName"))
    if not name:
        return None
    given: Any = next(
        (function[one] for one in ("arguments", "input", "args", "parameters") if function.get(one) is not None), None
    )
    fields = {"call": text(key), "args": arguments(given)}
    server = text(call.get("server_name")) or server_of(name)
    if server:
        fields["server"] = server
    return Part(kinds.TOOL_CALL, name, fields)


def server_of(tool: str) -> str:
    """The MCP server in the name of a tool: `mcp__<server>__<tool>`."""
    return tool.split("__", 2)[1] if tool.startswith("mcp__") and tool.count("__") > 1 else ""


def _result(holder: dict[str, Any], content: Any) -> Part:
    """A result; `holder` names its call and whether it failed."""
    key: Any = next(
        (
            holder[name]
            for name in ("tool_use_id", "tool_call_id", "toolCallId", "call_id", "toolUseId", "id")
            if holder.get(name)
        ),
        "",
    )
    failed = holder.get("is_error") is True or holder.get("isError") is True or holder.get("status") == "error"
    tool = text(holder.get("name") or holder.get("toolName") or holder.get("tool_name"))
    return Part(
        kinds.TOOL_RESULT,
        tool,
        {"call": text(key), "text": text_of(content), "error": failed, "cut": is_cut(holder.get("details"))},
    )


def is_cut(details: Any) -> bool:
    """Whether details beside a result say that it was cut."""
    if details.__class__ is not dict:
        return False
    inner = details.get("truncation")
    return details.get("truncated") is True or (inner.__class__ is dict and inner.get("truncated") is True)
