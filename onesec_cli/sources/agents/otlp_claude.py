"""Claude Code's own telemetry: log records of prompts, decisions and tools; content only where the settings say so."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import arguments
from onesec_cli.sources.agents.messages import Part, server_of, words
from onesec_cli.sources.agents.otlp_wire import Span
from onesec_cli.sources.values import obj, text, truth

MARK: Final = "claude_code."
_REDACTED: Final = ("", "<REDACTED>", "[REDACTED]")
_BY: Final = {
    "user_permanent": "user",
    "user_temporary": "user",
    "user_reject": "user",
    "user_abort": "user",
    "config": "policy",
    "hook": "hook",
}


def event_name(span: Span) -> str:
    """The name of an event without its mark, or empty where it is none of Claude Code's."""
    if span.name.startswith(MARK):
        return span.name.removeprefix(MARK)
    session = span.attributes.get("session.id")
    return span.name if session is not None and span.name in ("tool_result", "tool_decision", "user_prompt") else ""


def told(span: Span, name: str) -> list[Part]:
    """What one event says."""
    given = span.attributes
    call, tool = text(given.get("tool_use_id")), text(given.get("tool_name"))
    if name == "user_prompt":
        said = text(given.get("prompt"))
        return [] if said.strip() in _REDACTED else words("user", said)
    if name == "tool_decision":
        return [_decision(given, call, tool, text(given.get("decision")), text(given.get("source")))]
    if name != "tool_result" or not tool:
        return []
    server = text(obj(given.get("tool_parameters")).get("mcp_server_name")) or server_of(tool)
    fields: dict[str, Any] = {"call": call, "args": _arguments(given), "server": server}
    failed = "success" in given and not truth(given["success"])
    answer = {"call": call, "text": text(given.get("tool_result")) or text(given.get("error")), "error": failed}
    return [Part(kinds.TOOL_CALL, tool, fields), Part(kinds.TOOL_RESULT, tool, answer)]


def _decision(given: dict[str, Any], call: str, tool: str, decision: str, source: str) -> Part:
    accepted = decision == "accept"
    by = _BY.get(source, source)
    word = "reject" if not accepted else "auto" if by == "policy" else "accept"
    return Part(kinds.APPROVAL_DECISION, tool, {"call": call, "decision": word, "by": by})


def _arguments(given: dict[str, Any]) -> Any:
    """The input of a tool, or what little the settings let through of it."""
    whole = given.get("tool_input")
    if whole is not None:
        return arguments(whole)
    shown = obj(given.get("tool_parameters"))
    command = text(shown.get("full_command")) or text(shown.get("bash_command"))
    if command:
        return {**shown, "command": command}
    rest = {key: value for key, value in shown.items() if not key.startswith("mcp_") and key != "skill_name"}
    return rest or None
