"""One message of an OpenClaw transcript as parts of the story."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import arguments, text_of
from onesec_cli.sources.agents.messages import Part, as_context, is_cut, parts, words
from onesec_cli.sources.values import obj, text

MAX_BLOCKS: Final = 16
"""Blocks and lines taken off the start of one message."""

NESTED: Final = "openclaw.nested-tool.v1"
"""A call that code made inside another call."""

_UNTRUSTED: Final = ("(untrusted metadata):", "(untrusted, for context):")
_SYSTEM: Final = ("System: [", "System (untrusted): ")
_TASK: Final = ("[Subagent Context]", "[Subagent Task]")
_SUMMARIES: Final = frozenset({"compactionSummary", "branchSummary"})


def told(message: dict[str, Any]) -> list[Part]:
    """What a message says."""
    role = text(message.get("role"))
    if role == "user":
        return _prompt(message)
    if role in ("assistant", "toolResult", "system"):
        return parts(message)
    if role == "bashExecution":
        typed = Part(kinds.GOAL_SET, "", {"text": "!" + text(message.get("command"))})
        return [typed, *words("context", text(message.get("output")))]
    if role in _SUMMARIES:
        return words("context", text(message.get("summary")) or text_of(message.get("content")))
    if message.get("customType") == NESTED:
        return _nested(message)
    return words("context", text_of(message.get("content")))


def child_of(tool: str, message: dict[str, Any]) -> str:
    """The session key of the agent that a result of `sessions_spawn` says it started."""
    if tool != "sessions_spawn":
        return ""
    key = text(obj(message.get("details")).get("childSessionKey"))
    return key or text(obj(text_of(message.get("content")).strip()).get("childSessionKey"))


def _prompt(message: dict[str, Any]) -> list[Part]:
    """A message in the role of the user. Its provenance says if it came from a person; metadata of the channel did not."""
    provenance = message.get("provenance")
    kind = text(provenance.get("kind")) if provenance.__class__ is dict else ""
    made = parts(message)
    if kind not in ("", "external_user") or any(_is_task(part) for part in made):
        return as_context(made)
    context = []
    for place, part in enumerate(made):
        if part.kind == kinds.GOAL_SET:
            beside, typed = _apart(part.fields["text"])
            if beside:
                context.append(Part(kinds.MESSAGE, "", {"text": beside, "author": "context"}))
                made[place] = Part(kinds.GOAL_SET, "", {"text": typed})
    return context + [part for part in made if part.kind != kinds.GOAL_SET or part.fields["text"].strip()]


def _is_task(part: Part) -> bool:
    """Whether the parent of a sub-agent wrote a prompt; a time may stand before the mark of it."""
    said = part.fields.get("text", "")[:200] if part.kind == kinds.GOAL_SET else ""
    return said.startswith(_TASK) or (said.startswith("[") and said[said.find("]") + 1 :].lstrip().startswith(_TASK))


def _apart(said: str) -> tuple[str, str]:
    """What the gateway put before a message, lines of the system and blocks of untrusted metadata; and the message."""
    position = 0
    for _ in range(MAX_BLOCKS):
        start = position
        while said[start : start + 1].isspace():
            start += 1
        end = said.find("\n", start)
        if said.startswith(_SYSTEM, start):
            position = len(said) if end < 0 else end
            continue
        if end < 0 or not said[start:end].rstrip().endswith(_UNTRUSTED) or not said.startswith("```", end + 1):
            break
        close = said.find("\n```", end + 4)
        if close < 0:
            break
        position = close + 4
    return said[:position].strip(), said[position:].lstrip() if position else said


def _nested(message: dict[str, Any]) -> list[Part]:
    """A call and its result, in the form of a receipt or as blocks."""
    details = message.get("details")
    if details.__class__ is not dict or not details.get("toolName"):
        return [part for part in parts({**message, "role": "assistant"}) if part.kind != kinds.MESSAGE]
    call, tool = text(details.get("toolCallId")), text(details.get("toolName"))
    result = obj(details.get("result"))
    failed = details.get("isError") is True
    fields = {
        "call": call,
        "text": text_of(result.get("content")),
        "error": failed,
        "cut": is_cut(result.get("details")),
    }
    return [
        Part(kinds.TOOL_CALL, tool, {"call": call, "args": arguments(details.get("input"))}),
        Part(kinds.TOOL_RESULT, tool, fields),
    ]
