"""The items of a Codex rollout that the model saw or made: messages, calls, outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import arguments, orjson_text, text_of
from onesec_cli.sources.agents.codex_thread import Thread, is_cut, said_by_user
from onesec_cli.sources.agents.telling import Scribe
from onesec_cli.sources.values import number, obj, text

_REFUSED: Final = ("exec command rejected by user", "patch rejected by user", "rejected by user")
_SPAWN: Final = "spawn_agent"
_AUTHORS: Final = {"assistant": "assistant", "system": "system", "developer": "system"}


def tell_item(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> str:
    """Tell one item; the reason why there is nothing to tell otherwise."""
    kind = text(item.get("type"))
    teller = _ITEMS.get(kind)
    if teller is None:
        return _SILENT.get(kind, "an item that carries no action")
    before = len(scribe.told)
    teller(scribe, thread, item, time)
    return "" if len(scribe.told) > before else "an item without content, or told before"


def tell_call(
    scribe: Scribe, thread: Thread, time: int | None, way: str, call: str, tool: str, args: Any, **more: Any
) -> None:
    """A call, once."""
    if thread.calls(way, call, tool, args, time):
        scribe.tell(kinds.TOOL_CALL, time, tool=tool, call=call, args=args, **more)


def tell_result(
    scribe: Scribe, thread: Thread, time: int | None, way: str, call: str, said: str, error: bool = False
) -> None:
    """A result, once; a refusal by the person is a decision too."""
    if not thread.answers(way, call):
        return
    tool = thread.tool_of(call)
    if said.startswith(_REFUSED):
        scribe.tell(kinds.APPROVAL_DECISION, time, tool=tool, call=call, decision="reject", by="user")
        error = True
    scribe.tell(kinds.TOOL_RESULT, time, tool=tool, call=call, text=said, error=error, cut=is_cut(said))


def tell_spawn(scribe: Scribe, thread: Thread, call: str, child: str, task: str, role: str, time: int | None) -> None:
    """A sub-agent was started: told at the moment of the call, for the child begins before the call is answered."""
    if not child or thread.talk.spawned.get(child):
        return
    thread.talk.spawned.put(child, True)
    known = thread.talk.calls.get(call) if call else None
    at = known[3] if known and known[3] is not None else time
    given = (thread.talk.tasks.get(call) if call else None) or ("", "")
    scribe.tell(kinds.AGENT_SPAWN, at, child=child, call=call, text=task or given[0], role=role or given[1])


def offer(scribe: Scribe, time: int | None, tools: Any, server: str = "") -> None:
    """Tools described to the model."""
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, dict):
            continue
        inner = tool.get("tools")
        if tool.get("type") == "namespace" and isinstance(inner, list):
            for one in inner:
                _offer_one(scribe, time, obj(one), text(tool.get("name")))
        else:
            _offer_one(scribe, time, tool, server)


def _offer_one(scribe: Scribe, time: int | None, tool: dict[str, Any], server: str) -> None:
    described = obj(tool.get("function")) or tool
    name = text(described.get("name"))
    schema = described.get("parameters", described.get("input_schema", described.get("inputSchema")))
    if name:
        scribe.tell(
            kinds.TOOL_OFFER,
            time,
            tool=name,
            server=server,
            description=text(described.get("description")),
            schema=schema,
        )


def server_of(tool: str, namespace: str = "") -> tuple[str, str]:
    """(tool, server) of a name such as `mcp__server__tool`, whole or in two parts."""
    if namespace.startswith("mcp__") and not tool.startswith("mcp__"):
        tool = f"{namespace.removesuffix('__')}__{tool}"
    if tool.startswith("mcp__"):
        return tool, tool.removeprefix("mcp__").partition("__")[0]
    return tool, ""


def _message(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    role = text(item.get("role"))
    if role == "user":
        content = item.get("content")
        for block in content if isinstance(content, list) else [content]:
            said = text_of(block)
            if said.strip():
                said_by_user(scribe, thread, said, time, 0)
        return
    said = text_of(item.get("content"))
    author = _AUTHORS.get(role, "context")
    if said and (author != "assistant" or thread.says(0, "assistant", said)):
        scribe.tell(kinds.MESSAGE, time, author=author, text=said)


def _agent_message(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    said = text_of(item.get("content", item.get("message")))
    if said:
        scribe.tell(kinds.MESSAGE, time, author="context", text=said)


def _call(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    call = text(item.get("call_id")) or text(item.get("id"))
    tool, server = server_of(text(item.get("name")), text(item.get("namespace")))
    args = arguments(item.get("arguments", item.get("input")))
    cwd = text(args.get("workdir")) if isinstance(args, dict) else ""
    before = len(scribe.told)
    tell_call(scribe, thread, time, "item", call, tool, args, server=server, cwd=cwd or thread.cwd)
    if len(scribe.told) == before or not isinstance(args, dict):
        return
    if _escalates(args):
        scribe.tell(kinds.APPROVAL_REQUEST, time, tool=tool, call=call, text=text(args.get("justification")))
    if tool == _SPAWN and call:
        task = text_of(args.get("message", args.get("prompt", args.get("items"))))
        thread.talk.tasks.put(call, (task, text(args.get("agent_type"))))


def _escalates(args: dict[str, Any]) -> bool:
    return args.get("sandbox_permissions") == "require_escalated" or args.get("with_escalated_permissions") is True


def _shell(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    action = obj(item.get("action"))
    call = text(item.get("call_id")) or text(item.get("id"))
    args = {name: action[name] for name in ("command", "working_directory", "env", "user") if action.get(name)}
    cwd = text(action.get("working_directory")) or thread.cwd
    tell_call(scribe, thread, time, "item", call, "local_shell", args, cwd=cwd)


def _search(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    action = obj(item.get("action"))
    if action and thread.says(0, "web", orjson_text(action)):
        tell_call(scribe, thread, time, "item", text(item.get("id")), "web_search", action)


def _tool_search(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    args = arguments(item.get("arguments"))
    tell_call(scribe, thread, time, "item", text(item.get("call_id")), "tool_search", args)


def _found_tools(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    offer(scribe, time, item.get("tools"))


def _output(scribe: Scribe, thread: Thread, item: dict[str, Any], time: int | None) -> None:
    call = text(item.get("call_id"))
    said, error = _unpacked(item.get("output"))
    tell_result(scribe, thread, time, "item", call, said, error or item.get("success") is False)
    if thread.tool_of(call) == _SPAWN and said.lstrip()[:1] == "{":
        _spawned(scribe, thread, call, said, time)


def _spawned(scribe: Scribe, thread: Thread, call: str, said: str, time: int | None) -> None:
    answer = obj(said.strip())
    child = text(answer.get("agent_id")) or text(answer.get("thread_id")) or text(answer.get("new_thread_id"))
    tell_spawn(scribe, thread, call, child, "", "", time)


def _unpacked(output: Any) -> tuple[str, bool]:
    """(text, failed) of an output: a text, a text with the output of a shell in JSON, blocks, or an object."""
    inner = output
    if isinstance(output, str):
        if not (output.startswith('{"output"') and output.endswith("}")):
            return output, False
        try:
            inner = orjson.loads(output)
        except orjson.JSONDecodeError:
            return output, False
    if isinstance(inner, dict):
        code = number(obj(inner.get("metadata")).get("exit_code"))
        failed = inner.get("success") is False or (code is not None and code != 0)
        for name in ("output", "content"):
            if inner.get(name) is not None:
                return text_of(inner[name]), failed
        return orjson_text(inner), failed
    return text_of(inner), False


_Teller = Callable[[Scribe, Thread, dict[str, Any], int | None], None]

_ITEMS: Final[dict[str, _Teller]] = {
    "message": _message,
    "agent_message": _agent_message,
    "function_call": _call,
    "custom_tool_call": _call,
    "local_shell_call": _shell,
    "web_search_call": _search,
    "tool_search_call": _tool_search,
    "tool_search_output": _found_tools,
    "additional_tools": _found_tools,
    "function_call_output": _output,
    "custom_tool_call_output": _output,
    "mcp_tool_call_output": _output,
}
_SILENT: Final = {
    "reasoning": "reasoning of the model",
    "compaction": "an encrypted summary",
    "compaction_summary": "an encrypted summary",
    "context_compaction": "an encrypted summary",
    "ghost_snapshot": "a snapshot of the working tree",
    "image_generation_call": "a generated image",
}
ITEMS: Final = frozenset((*_ITEMS, *_SILENT))
"""Types of items, also of those that tell nothing."""
