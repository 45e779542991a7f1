"""The events of a Codex rollout that the interface was told: what ran, what was asked, who was started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import orjson_text, text_of
from onesec_cli.sources.agents.codex_items import tell_call, tell_result, tell_spawn
from onesec_cli.sources.agents.codex_thread import Thread, said_by_user
from onesec_cli.sources.agents.telling import Scribe
from onesec_cli.sources.values import number, obj, text


def tell_event(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> str:
    """Tell one event; the reason why there is nothing to tell otherwise."""
    kind = text(event.get("type"))
    teller = _EVENTS.get(kind)
    if teller is None:
        return "an event that carries no action"
    if teller is _ran and event.get("source") in ("user_shell", "userShell"):
        return "a command that the person ran"
    before = len(scribe.told)
    teller(scribe, thread, event, time)
    return "" if len(scribe.told) > before else "told by another record"


def _user(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    said = text_of(event.get("message"))
    if said.strip():
        said_by_user(scribe, thread, said, time, 1)


def _assistant(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    said = text_of(event.get("message"))
    if said and thread.says(1, "assistant", said):
        scribe.tell(kinds.MESSAGE, time, author="assistant", text=said)


def _ran(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    """The begin or the end of a command."""
    call = text(event.get("call_id"))
    command = event.get("command")
    if command is not None:
        cwd = text(event.get("cwd")) or thread.cwd
        tell_call(scribe, thread, time, "event", call, "exec_command", {"command": command}, cwd=cwd)
    code = number(event.get("exit_code"))
    parts = [text(event.get("aggregated_output"))]
    if not parts[0]:
        parts = [text(event.get("stdout")), text(event.get("stderr"))]
    said = "\n".join(part for part in parts if part) or text(event.get("formatted_output"))
    if code is not None or said:
        tell_result(scribe, thread, time, "event", call, said, bool(code))


def _mcp(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    call = text(event.get("call_id"))
    invoked = obj(event.get("invocation")) or event
    tool = text(invoked.get("tool"))
    if tool:
        args = invoked.get("arguments")
        server = text(invoked.get("server"))
        tell_call(scribe, thread, time, "event", call, tool, {} if args is None else args, server=server)
    if "result" in event:
        result = event["result"]
        inner = result.get("Ok", result) if isinstance(result, dict) else result
        failed = isinstance(result, dict) and "Err" in result
        said = text_of(result["Err"]) if failed else text_of(obj(inner).get("content", inner))
        error = failed or obj(inner).get("is_error") is True or obj(inner).get("isError") is True
        tell_result(scribe, thread, time, "event", call, said, error)


def _patch(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    call = text(event.get("call_id"))
    if event.get("changes"):
        tell_call(scribe, thread, time, "event", call, "apply_patch", {"changes": event["changes"]}, cwd=thread.cwd)
    if event.get("auto_approved") is True:
        scribe.tell(kinds.APPROVAL_DECISION, time, tool="apply_patch", call=call, decision="auto", by="policy")
    if "success" in event:
        said = "\n".join(part for part in (text(event.get("stdout")), text(event.get("stderr"))) if part)
        tell_result(scribe, thread, time, "event", call, said, event["success"] is False)


def _searched(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    action = obj(event.get("action")) or {"type": "search", "query": text(event.get("query"))}
    if thread.says(1, "web", orjson_text(action)):
        tell_call(scribe, thread, time, "event", text(event.get("call_id")), "web_search", action)


def _asked(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    call = text(event.get("call_id"))
    command = event.get("command")
    said = text(event.get("reason"))
    if not said and command is not None:
        said = command if isinstance(command, str) else orjson_text(command)
    scribe.tell(kinds.APPROVAL_REQUEST, time, tool=thread.tool_of(call), call=call, text=said)


def _assessed(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    decision = {"approved": "accept", "denied": "reject", "timed_out": "reject", "aborted": "reject"}.get(
        text(event.get("status"))
    )
    call = text(event.get("target_item_id")) or text(event.get("call_id"))
    if decision:
        said = text(event.get("rationale"))
        tool = thread.tool_of(call)
        scribe.tell(kinds.APPROVAL_DECISION, time, tool=tool, call=call, decision=decision, by="guardian", text=said)


def _collab(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    child = text(event.get("new_thread_id")) or text(event.get("new_process_id"))
    role = text(event.get("new_agent_role"))
    tell_spawn(scribe, thread, text(event.get("call_id")), child, text(event.get("prompt")), role, time)


def _activity(scribe: Scribe, thread: Thread, event: dict[str, Any], time: int | None) -> None:
    if event.get("kind") == "started":
        child = text(event.get("agent_thread_id"))
        tell_spawn(scribe, thread, text(event.get("event_id")), child, "", text(event.get("agent_path")), time)


_Teller = Callable[[Scribe, Thread, dict[str, Any], int | None], None]

_EVENTS: Final[dict[str, _Teller]] = {
    "user_message": _user,
    "agent_message": _assistant,
    "exec_command_begin": _ran,
    "exec_command_end": _ran,
    "mcp_tool_call_begin": _mcp,
    "mcp_tool_call_end": _mcp,
    "patch_apply_begin": _patch,
    "patch_apply_end": _patch,
    "web_search_end": _searched,
    "exec_approval_request": _asked,
    "apply_patch_approval_request": _asked,
    "request_permissions": _asked,
    "guardian_assessment": _assessed,
    "collab_agent_spawn_end": _collab,
    "sub_agent_activity": _activity,
}
