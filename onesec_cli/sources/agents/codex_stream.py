"""What `codex exec --json` prints, and the lines of Codex's prompt history."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import orjson_text, text_of
from onesec_cli.sources.agents.codex_items import tell_call, tell_result
from onesec_cli.sources.agents.codex_thread import Thread, said_by_user
from onesec_cli.sources.agents.telling import Scribe
from onesec_cli.sources.values import number, obj, text

_ITEMS: Final = frozenset({"item.started", "item.updated", "item.completed"})
_TURNS: Final = frozenset({"turn.started", "turn.completed", "turn.failed"})
_HISTORY: Final = frozenset({"session_id", "ts", "text"})


def is_printed(record: dict[str, Any], kind: str) -> bool:
    """Whether a record is one that `codex exec --json` prints."""
    if kind in _ITEMS:
        return isinstance(record.get("item"), dict) and isinstance(
            record["item"].get("type", record["item"].get("item_type")), str
        )
    if kind == "thread.started":
        return "thread_id" in record
    return kind in _TURNS and set(record) <= {"type", "usage", "error"}


def is_history(record: dict[str, Any]) -> bool:
    """Whether a record is a line of the prompt history."""
    return len(record) == 3 and record.keys() == _HISTORY and isinstance(record["text"], str)


def tell_history(scribe: Scribe, thread: Thread, record: dict[str, Any], time: int | None) -> str:
    """A prompt, where its rollout does not tell it."""
    said_by_user(scribe, thread, record["text"], time, 1)
    return "a prompt that the rollout tells"


def tell_printed(scribe: Scribe, thread: Thread, record: dict[str, Any]) -> str:
    """Tell one printed record; the reason why there is nothing to tell otherwise."""
    if record.get("type") not in _ITEMS:
        return "a turn of a printed run"
    item = obj(record.get("item"))
    done = record["type"] == "item.completed"
    kind, call = text(item.get("type")) or text(item.get("item_type")), text(item.get("id"))
    failed = item.get("status") in ("failed", "declined")
    if kind == "command_execution":
        tell_call(scribe, thread, None, "event", call, "exec_command", {"command": item.get("command")}, cwd=thread.cwd)
        if done:
            wrong = failed or bool(number(item.get("exit_code")))
            tell_result(scribe, thread, None, "event", call, text(item.get("aggregated_output")), wrong)
    elif kind == "mcp_tool_call":
        args = item.get("arguments")
        server = text(item.get("server"))
        tell_call(
            scribe, thread, None, "event", call, text(item.get("tool")), {} if args is None else args, server=server
        )
        if done:
            error, result = item.get("error"), obj(item.get("result"))
            said = text_of(result.get("content")) or text_of(
                obj(error).get("message") if isinstance(error, dict) else error
            )
            tell_result(scribe, thread, None, "event", call, said, failed or bool(error))
    elif kind == "file_change":
        tell_call(scribe, thread, None, "event", call, "apply_patch", {"changes": item.get("changes")}, cwd=thread.cwd)
        if done:
            tell_result(scribe, thread, None, "event", call, text(item.get("status")), failed)
    elif kind == "web_search" and thread.says(1, "web", orjson_text(item.get("query"))):
        tell_call(scribe, thread, None, "event", call, "web_search", {"query": text(item.get("query"))})
    elif kind in ("agent_message", "assistant_message") and done and text(item.get("text")):
        scribe.tell(kinds.MESSAGE, None, author="assistant", text=text(item.get("text")))
    return "an item that carries no action, or told before"
