"""Messages as LangChain writes them: constructors, plain, under `data`, as pairs; and as text of Python."""

from __future__ import annotations

import ast
import re
from typing import Any, Final

from onesec_cli.sources.agents.adapter import arguments
from onesec_cli.sources.agents.messages import Part, parts
from onesec_cli.sources.values import obj, text

MAX_MESSAGES: Final = 100_000
"""Messages of one list that are read."""
MAX_LITERAL: Final = 100_000
"""Longest text that is read as a literal of Python."""

_ROLES: Final = {
    "human": "user",
    "user": "user",
    "ai": "assistant",
    "assistant": "assistant",
    "aimessagechunk": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "function",
    "chat": "context",
}
_REPR: Final = re.compile(r"""content=('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.DOTALL)
_REPR_ID: Final = re.compile(r"""tool_call_id='([^'\\]{1,200})'""")


def message(value: Any) -> dict[str, Any] | None:
    """A message in any of these forms, as one with a role; None where it is none."""
    if isinstance(value, list):
        pair = len(value) == 2 and isinstance(value[0], str) and value[0].lower() in _ROLES
        return {"role": _ROLES[value[0].lower()], "content": value[1]} if pair else None
    if not isinstance(value, dict):
        return None
    body, kind = value, text(value.get("type"))
    if isinstance(value.get("kwargs"), dict):
        body, named = value["kwargs"], value.get("id")
        kind = text(body.get("type")) or (text(named[-1]) if isinstance(named, list) and named else "")
    elif isinstance(value.get("data"), dict):
        body = value["data"]
    elif isinstance(value.get("role"), str):
        return {**value, "role": _ROLES.get(value["role"].lower(), value["role"])}
    kind = kind.lower()
    role = _ROLES.get(kind) or _ROLES.get(kind.removesuffix("chunk").removesuffix("message"))
    if role is None:
        return None
    told = {**body, "role": role}
    told.pop("type", None)
    if role != "tool":
        told.pop("id", None)
    beside = obj(body.get("additional_kwargs")).get("tool_calls")
    if not told.get("tool_calls") and isinstance(beside, list):
        told["tool_calls"] = beside
    return told


def said_by(value: Any) -> list[Part]:
    """What messages tell: one, a list, or a list of lists."""
    told: list[Part] = []
    stack = [value]
    steps = 0
    while stack and steps < MAX_MESSAGES:
        item = stack.pop()
        steps += 1
        found = message(item)
        if found is not None:
            told += parts(found)
        elif isinstance(item, list):
            stack += reversed(item)
    return told


def generated(outputs: dict[str, Any]) -> list[Part]:
    """What a model answered."""
    told: list[Part] = []
    stack = [outputs.get("generations")]
    steps = 0
    while stack and steps < MAX_MESSAGES:
        item = stack.pop()
        steps += 1
        if isinstance(item, list):
            stack += reversed(item)
        elif isinstance(item, dict):
            found = message(item.get("message"))
            told += parts(found if found is not None else {"role": "assistant", "content": text(item.get("text"))})
    if told:
        return told
    choices = outputs.get("choices")
    for choice in choices[:MAX_MESSAGES] if isinstance(choices, list) else ():
        told += said_by(obj(choice).get("message"))
    return told or said_by(
        outputs if "role" in outputs else outputs.get("message", outputs.get("messages", outputs.get("output")))
    )


def given(inputs: dict[str, Any]) -> tuple[Any, str]:
    """(arguments, call id) of the run of a tool."""
    if inputs.get("type") == "tool_call" and "args" in inputs:
        return arguments(inputs["args"]), text(inputs.get("id"))
    if len(inputs) != 1 or not isinstance(inputs.get("input"), str):
        only = inputs.get("input") if len(inputs) == 1 and isinstance(inputs.get("input"), dict) else inputs
        return only, ""
    said = arguments(inputs["input"])
    if isinstance(said, str) and said.lstrip()[:1] in ("{", "[") and len(said) <= MAX_LITERAL:
        found = literal(said.strip())
        return (said if found is None else found), ""
    return said, ""


def literal(said: str) -> Any:
    """A literal of Python, or None."""
    try:
        return ast.literal_eval(said)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None


def answered(outputs: Any) -> tuple[Any, str, bool]:
    """(content, call id, failed) of what a tool answered."""
    if isinstance(outputs, dict):
        outputs = next((outputs[name] for name in ("output", "result") if outputs.get(name) is not None), outputs)
    found = message(outputs)
    if found is not None and found["role"] in ("tool", "function"):
        return found.get("content"), text(found.get("tool_call_id")), found.get("status") == "error"
    if isinstance(outputs, str) and outputs.startswith("content="):
        body = _REPR.match(outputs)
        call = _REPR_ID.search(outputs, body.end()) if body else None
        said = literal(body[1]) if body and len(body[1]) <= MAX_LITERAL else None
        if isinstance(said, str):
            return said, call[1] if call else "", " status='error'" in outputs[body.end() if body else 0 :]
    return outputs, "", False
