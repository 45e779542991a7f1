"""Gemini CLI telemetry: log records named `gemini_cli.*`, as the CLI writes them to a file or as OTLP has them.

The telemetry logs what was decided about a call, but neither its id nor its result.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.sources.agents.adapter import arguments, orjson_text
from onesec_cli.sources.agents.gemini_talk import Talk, tell_typed
from onesec_cli.sources.agents.telling import Scribe
from onesec_cli.sources.values import obj, text, truth

PREFIX: Final = "gemini_cli."
MAX_RECORDS: Final = 100_000
"""Log records of one batch that are read."""

_DECISIONS: Final = {
    "accept": ("accept", "user"),
    "modify": ("accept", "user"),
    "reject": ("reject", "user"),
    "auto_accept": ("auto", "policy"),
}
_VALUES: Final = ("stringValue", "intValue", "boolValue", "doubleValue")


def is_log(record: dict[str, Any]) -> bool:
    """Whether a record is a log record of Gemini CLI, or a batch that begins with one."""
    attributes = record.get("attributes")
    if attributes.__class__ is dict:
        return _named(attributes)
    if "resourceLogs" not in record:
        return False
    first = next(records_in(record), None)
    return first is not None and _named(first[0])


def _named(attributes: dict[str, Any]) -> bool:
    name = attributes.get("event.name")
    return name.__class__ is str and name.startswith(PREFIX)


def records_in(record: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int | None]]:
    """(attributes, time) of each log record."""
    if "resourceLogs" not in record:
        attributes = obj(record.get("attributes"))
        yield attributes, _time(attributes, record.get("hrTime"), record.get("timestamp"))
        return
    count = 0
    for resource in _list(record.get("resourceLogs")):
        beside = _flat(obj(obj(resource).get("resource")).get("attributes"))
        for scope in _list(obj(resource).get("scopeLogs")):
            for log in _list(obj(scope).get("logRecords")):
                attributes = {**beside, **_flat(obj(log).get("attributes"))}
                yield attributes, _time(attributes, None, obj(log).get("timeUnixNano"))
                count += 1
                if count >= MAX_RECORDS:
                    return


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _flat(pairs: Any) -> dict[str, Any]:
    """OTLP attributes as an object; values that are no scalars stay as they are."""
    found: dict[str, Any] = {}
    for pair in _list(pairs):
        value = pair.get("value") if isinstance(pair, dict) else None
        if isinstance(value, dict) and isinstance(pair.get("key"), str):
            found[pair["key"]] = next((value[name] for name in _VALUES if name in value), value)
    return found


def _time(attributes: dict[str, Any], precise: Any, other: Any) -> int | None:
    told = to_time(attributes.get("event.timestamp"))
    if told is None and isinstance(precise, list) and len(precise) == 2:
        seconds, nanos = precise
        if isinstance(seconds, int) and isinstance(nanos, int) and 0 <= nanos < 10**9:
            base = to_time(seconds)
            told = None if base is None else base + nanos // 1000
    return to_time(other) if told is None else told


def tell_log(scribe: Scribe, talk: Talk, attributes: dict[str, Any], time: int | None) -> str:
    """Tell one log record; the reason why there is nothing to tell otherwise."""
    name = text(attributes.get("event.name")).removeprefix(PREFIX)
    if name == "tool_call":
        _call(scribe, talk, attributes, time)
        return "a call that the recording tells"
    if name == "user_prompt":
        typed = text(attributes.get("prompt")).strip()
        if typed:
            tell_typed(scribe, talk, typed, time, 1)
        return "a prompt that was not logged, or that the recording tells"
    if name == "config" or "approval_mode" in name:
        mode = text(attributes.get("approval_mode")) or text(attributes.get("to_mode"))
        sandbox = "on" if truth(attributes.get("sandbox_enabled")) else ""
        scribe.tell(kinds.AGENT_START, time, approval=mode, sandbox=sandbox)
    elif name == "agent.start":
        child, role = text(attributes.get("agent_id")), text(attributes.get("agent_name"))
        if child and not talk.spawned.get(child):
            talk.spawned.put(child, True)
            scribe.tell(kinds.AGENT_SPAWN, time, child=child, role=role)
        scribe.tell(kinds.AGENT_START, time, agent=child, parent=talk.session, role=role)
    elif name == "agent.finish":
        child = text(attributes.get("agent_id"))
        scribe.tell(kinds.AGENT_END, time, agent=child, role=text(attributes.get("agent_name")))
    return "telemetry that tells no action"


def _call(scribe: Scribe, talk: Talk, attributes: dict[str, Any], time: int | None) -> None:
    """A call with what was decided about it. The record is written when the call ended; it began at `start_time`."""
    tool, args = text(attributes.get("function_name")), arguments(attributes.get("function_args"))
    if not tool:
        return
    began = to_time(attributes.get("start_time"))
    began = time if began is None else began
    content = orjson_text([tool, args])
    own = hashlib.sha256(orjson_text([began, attributes]).encode()).hexdigest()[:16]
    call, new = talk.twin(1, "call", content, own)
    if new:
        given = args if attributes.get("function_args") is not None else None
        server = text(attributes.get("mcp_server_name"))
        scribe.tell(kinds.TOOL_CALL, began, tool=tool, call=call, args=given, server=server)
    decision, by = _DECISIONS.get(text(attributes.get("decision")), ("", ""))
    if decision:
        scribe.tell(kinds.APPROVAL_DECISION, began, tool=tool, call=call, decision=decision, by=by)
    said = text(attributes.get("error")) or text(attributes.get("error.message"))
    if new and said:
        scribe.tell(kinds.TOOL_RESULT, time, tool=tool, call=call, text=said, error=True)
