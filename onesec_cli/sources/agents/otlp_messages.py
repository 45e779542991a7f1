"""Messages, tools and calls out of the attributes of a span, under their newer and older names.

Read: the GenAI conventions (attributes, and one event a message), OpenInference, OpenLLMetry (`gen_ai.prompt.0.content`,
`traceloop.*`), the Vercel AI SDK (`ai.*`), and Google ADK (`gcp.vertex.agent.*`).
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adapter import arguments, text_of
from onesec_cli.sources.agents.messages import Part, parts, server_of, words
from onesec_cli.sources.agents.otlp_wire import Attributes, Span
from onesec_cli.sources.values import text

MAX_INDEX: Final = 10_000
"""Messages of one flattened list that are read."""

TOOL: Final = "tool"
AGENT: Final = "agent"
MODEL: Final = "model"

_TOOL_NAMES: Final = ("gen_ai.tool.name", "tool.name", "ai.toolCall.name", "tool_name")
_CALL_IDS: Final = (
    "gen_ai.tool.call.id",
    "gen_ai.tool.call_id",
    "tool_call.id",
    "ai.toolCall.id",
    "tool_use_id",
    "tool.id",
)
_ARGUMENTS: Final = (
    *("gen_ai.tool.call.arguments", "gen_ai.tool.arguments", "tool_call.function.arguments", "ai.toolCall.args"),
    *("gcp.vertex.agent.tool_call_args", "tool_arguments", "traceloop.entity.input", "input.value", "tool.parameters"),
)
_RESULTS: Final = (
    *("gen_ai.tool.call.result", "gen_ai.tool.result", "ai.toolCall.result", "gcp.vertex.agent.tool_response"),
    *("tool_response", "traceloop.entity.output", "output.value"),
)
_INPUTS: Final = (
    "gen_ai.input.messages",
    "llm.input_messages",
    "ai.prompt.messages",
    "gen_ai.prompt",
    "gen_ai.content.prompt",
)
_OUTPUTS: Final = ("gen_ai.output.messages", "llm.output_messages", "gen_ai.completion", "gen_ai.content.completion")
_INPUT_ROLES: Final = {
    "gen_ai.user.message": "user",
    "gen_ai.system.message": "system",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


def kind_of(span: Span) -> str:
    """Whether a span is a tool, an agent, or a model at work."""
    given = span.attributes
    operation = text(given.get("gen_ai.operation.name"))
    inference, traceloop = text(given.get("openinference.span.kind")).upper(), text(given.get("traceloop.span.kind"))
    if operation == "execute_tool" or inference == "TOOL" or traceloop == "tool" or "ai.toolCall.name" in given:
        return TOOL
    if given.get("mcp.method.name") == "tools/call" or (not operation and "gen_ai.tool.name" in given):
        return TOOL
    if operation in ("invoke_agent", "create_agent") or inference == "AGENT" or traceloop == "agent":
        return AGENT
    return MODEL


def tool_name(span: Span) -> str:
    """The tool that a span runs."""
    named = first(span.attributes, (*_TOOL_NAMES, "traceloop.entity.name"))
    return text(named) or span.name.removeprefix("execute_tool ").strip()


def call_of(span: Span) -> tuple[Part, Part | None]:
    """The call that a tool span is, and its result once it ended. The span pairs them where no call id does."""
    given, tool = span.attributes, tool_name(span)
    call = text(first(given, _CALL_IDS)) or span.id
    args = _unwrapped(first(given, _ARGUMENTS), "inputs")
    result = _unwrapped(first(given, _RESULTS), "output")
    for name, _, inside in span.events:
        if name == "gen_ai.tool.message" and args is None:
            args = inside.get("content")
        elif name == "gen_ai.choice" and result is None:
            result = inside.get("message") or inside.get("content")
    fields: dict[str, Any] = {"call": call, "args": None if args is None else arguments(args)}
    server = given.get("mcp.server.name") or given.get("server.address") if "mcp.method.name" in given else None
    fields["server"] = text(server) or server_of(tool)
    if span.end is None:
        return Part(kinds.TOOL_CALL, tool, fields), None
    answer = {"call": call, "text": result_text(result), "error": span.failed}
    return Part(kinds.TOOL_CALL, tool, fields), Part(kinds.TOOL_RESULT, tool, answer)


def result_text(given: Any) -> str:
    """The text of a result, also where its blocks were written as JSON text."""
    if given.__class__ is str and given[:2] in ("[{", '{"') and '"type"' in given[:200]:
        inner = _json(given)
        blocks = inner.get("content") if inner.__class__ is dict else inner
        if blocks.__class__ is list and all(one.__class__ is dict and "type" in one for one in blocks):
            return text_of(blocks)
    return text_of(given)


def inputs(given: Attributes) -> list[Part]:
    """What a model was shown."""
    told: list[Part] = []
    system = _json(given.get("gen_ai.system_instructions"))
    if system:
        told += words("system", text_of([_part_text(one) for one in system] if system.__class__ is list else system))
    found = _listed(given, _INPUTS, "gen_ai.prompt.")
    return told + [part for message in found for part in parts(message)]


def outputs(given: Attributes) -> list[Part]:
    """What a model answered."""
    told = [part for message in _listed(given, _OUTPUTS, "gen_ai.completion.") for part in parts(_as_model(message))]
    said = given.get("ai.response.text")
    if said.__class__ is str:
        told += words("assistant", said)
    calls = _json(given.get("ai.response.toolCalls"))
    if calls.__class__ is list:
        renamed = [{"id": one.get("toolCallId"), "name": one.get("toolName"), "args": one.get("args", one.get("input"))}
                   for one in calls if one.__class__ is dict]  # fmt: skip
        told += parts({"role": "assistant", "tool_calls": renamed})
    return told


def offers(given: Attributes) -> list[Part]:
    """The tools a model was offered."""
    listed = _json(given.get("gen_ai.tool.definitions"))
    found = listed if listed.__class__ is list else []
    found = found or [one.get("tool", {}).get("json_schema") for one in unflatten(given, "llm.tools.") if _holds(one)]
    told = []
    for one in found[:MAX_INDEX]:
        given_tool = _json(one)
        tool: Any = given_tool.get("function", given_tool) if given_tool.__class__ is dict else {}
        name = text(tool.get("name")) if tool.__class__ is dict else ""
        if name:
            schema = tool.get("parameters") or tool.get("input_schema")
            told.append(
                Part(kinds.TOOL_OFFER, name, {"description": text_of(tool.get("description")), "schema": schema})
            )
    return told


def event_parts(name: str, given: Attributes, body: Any = None) -> tuple[list[Part], bool]:
    """What one event of a span or one log record says, and whether it is an answer."""
    inside: dict[str, Any] = {**given, **body} if body.__class__ is dict else dict(given)
    role = _INPUT_ROLES.get(name)
    if role is not None:
        calls = _json(inside.get("tool_calls"))
        message = {"role": role, "content": _content(inside.get("content")), "tool_calls": calls}
        if role == "tool":
            message["tool_call_id"] = inside.get("id")
        return parts(message), role == "assistant"
    if name == "gen_ai.choice":
        message = _json(inside.get("message"))
        if message.__class__ is not dict:
            message = {"content": _content(message if message is not None else inside.get("content"))}
        calls = message.get("tool_calls") or _json(inside.get("tool_calls"))
        return parts({**message, "role": "assistant", "tool_calls": calls}), True
    return [], False


def first(given: Attributes, names: tuple[str, ...]) -> Any:
    """The first attribute that is there."""
    for name in names:
        value = given.get(name)
        if value is not None and value != "":
            return value
    return None


def _listed(given: Attributes, names: tuple[str, ...], flattened: str) -> list[dict[str, Any]]:
    """Messages: a list, JSON text of one, or one attribute a leaf."""
    for name in names:
        value = _json(given.get(name))
        if value.__class__ is dict:
            value = value.get("messages", [value])
        if value.__class__ is list:
            return [_plain(one) for one in value if one.__class__ is dict]
        if value.__class__ is str and value:
            role = "assistant" if name in _OUTPUTS else "user"
            return [{"role": role, "content": value}]
        found = unflatten(given, name + ".") if name.startswith("llm.") else []
        if found:
            return [_plain(one) for one in found]
    return [_plain(one) for one in unflatten(given, flattened)]


def _plain(message: dict[str, Any]) -> dict[str, Any]:
    """A message whose names may carry OpenInference's prefixes."""
    inner = message.get("message")
    if inner.__class__ is not dict:
        if not any(key.startswith("message.") for key in message):
            return message
        inner = {key.removeprefix("message."): value for key, value in message.items()}
    contents = inner.get("contents")
    if contents.__class__ is list and not inner.get("content"):
        blocks = [one.get("message_content", one) for one in contents if one.__class__ is dict]
        return {**inner, "content": [_block(one) for one in blocks if one.__class__ is dict]}
    return dict(inner)


def _block(block: dict[str, Any]) -> dict[str, Any]:
    return {key.removeprefix("message_content."): value for key, value in block.items()}


def _as_model(message: dict[str, Any]) -> dict[str, Any]:
    return message if message.get("role") else {**message, "role": "assistant"}


def _part_text(part: Any) -> str:
    return text_of(part.get("content", part.get("text"))) if part.__class__ is dict else text_of(part)


def _content(given: Any) -> Any:
    """Content of an event: text, or blocks that were written as JSON text."""
    inner = _json(given) if given.__class__ is str and given[:1] == "[" else given
    if inner.__class__ is not list:
        return given
    return [{"type": "text", **one} if one.__class__ is dict and "text" in one else one for one in inner]


def _unwrapped(given: Any, name: str) -> Any:
    """OpenLLMetry wraps what goes in and out once more."""
    inner = _json(given) if given.__class__ is str and given[:2] == '{"' and f'"{name}"' in given[:400] else given
    return inner[name] if inner.__class__ is dict and name in inner and len(inner) <= 6 else given


def _json(given: Any) -> Any:
    """The value that a text holds, if it is JSON; else as it is."""
    if given.__class__ is not str or given.lstrip()[:1] not in ("{", "["):
        return given
    try:
        return orjson.loads(given)
    except orjson.JSONDecodeError:
        return given


def _holds(one: Any) -> bool:
    return one.__class__ is dict and one.get("tool").__class__ is dict


def unflatten(given: Attributes, prefix: str) -> list[dict[str, Any]]:
    """A list that was written as one attribute a leaf: `<prefix>0.message.role`. In order of its numbers."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in given.items():
        if not key.startswith(prefix):
            continue
        path = key[len(prefix) :].split(".")
        if len(path) > 1 and path[0].isdecimal() and len(path[0]) < 6 and len(path) < 16:
            _put(found.setdefault(int(path[0]), {}), path[1:], value)
    return [_lists(found[index]) for index in sorted(found)][:MAX_INDEX]


def _put(holder: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        inner = holder.get(name)
        if inner.__class__ is not dict:
            inner = holder[name] = {}
        holder = inner
    holder[path[-1]] = value


def _lists(value: Any, depth: int = 0) -> Any:
    """Objects whose names are all numbers, as lists."""
    if value.__class__ is not dict or depth > 16:
        return value
    inner = {key: _lists(one, depth + 1) for key, one in value.items()}
    if inner and depth and all(key.isdecimal() and len(key) < 6 for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
