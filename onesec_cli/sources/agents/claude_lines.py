"""Lines of a Claude Code session that are neither a prompt nor an answer: what the harness put into the context."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import text_of
from onesec_cli.sources.agents.messages import Part, words
from onesec_cli.sources.values import text

SNAPSHOTS: Final = frozenset(
    {
        *("mode", "permission-mode", "ai-title", "custom-title", "agent-name", "agent-setting", "agent-color", "tag"),
        *("last-prompt", "file-history-snapshot", "queue-operation", "pr-link", "bridge-session", "worktree-state"),
        *("progress", "turn_end", "content-replacement", "speculation-accept", "attribution-snapshot", "task-summary"),
        *("stream_event", "rate_limit_event", "keep_alive", "control_request", "control_response", "last-model"),
    }
)
"""Lines that hold the state of the interface, not the conversation."""

_PERSON: Final = "prompt"


def attachment(given: Any) -> list[Part]:
    """What a line of type `attachment` put into the context. Only a queued prompt is a person's."""
    if given.__class__ is not dict:
        return []
    kind = text(given.get("type"))
    if kind == "queued_command":
        mode = text(given.get("commandMode")) or _PERSON
        return words("user" if mode == _PERSON else "context", text_of(given.get("prompt")))
    if kind == "nested_memory":
        content = given.get("content")
        memory = text(given.get("path")) or "memory"
        inner = content.get("content") if content.__class__ is dict else content
        return [Part(kinds.MEMORY_READ, "", {"memory": memory, "text": text_of(inner)})]
    return words("context", _attached(kind, given))


def _attached(kind: str, given: dict[str, Any]) -> str:
    """The text of an attachment, by what it is."""
    if kind == "file":
        content = given.get("content")
        inner = content.get("file") if content.__class__ is dict else None
        return text_of(inner.get("content")) if inner.__class__ is dict else text_of(content)
    if kind == "mcp_instructions_delta":
        return text_of(given.get("addedBlocks"))
    if kind == "invoked_skills":
        skills = given.get("skills")
        found = [one.get("content") for one in skills if one.__class__ is dict] if skills.__class__ is list else []
        return "\n".join(one for one in found if one.__class__ is str)
    for name in ("content", "snippet", "planContent", "stdout", "text"):
        said = given.get(name)
        if said.__class__ is str and said:
            return str(said)
        if said.__class__ is list and said:
            return "\n".join(one for one in said if one.__class__ is str)
    return ""


def system(record: dict[str, Any]) -> list[Part]:
    """What a line of type `system` put into the context: a command a person typed, its output, words of hooks."""
    kind = record.get("subtype")
    if kind == "local_command":
        return words("user", text_of(record.get("content")))
    if kind == "stop_hook_summary":
        return words("context", text_of(record.get("hookAdditionalContext")))
    return []


def answers(side: Any) -> list[Part]:
    """What a person answered to a question of the agent."""
    given = side.get("answers") if side.__class__ is dict else None
    if given.__class__ is not dict or "questions" not in side:
        return []
    said = "\n".join(text_of(one) for one in list(given.values())[:100])
    return [Part(kinds.GOAL_SET, "", {"text": said})] if said.strip() else []
