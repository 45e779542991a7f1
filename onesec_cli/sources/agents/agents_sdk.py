"""Traces of the OpenAI Agents SDK: `trace` and `trace.span` objects, loose or as its exporter sends them.

A trace names the group it belongs to, its spans do not; a function span does not say which call of the model it carries out. So
nothing is told before every span was seen (`traced.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import (
    ARGUMENTS,
    GOALS,
    RESULTS,
    TIMES,
    Passed,
    Told,
    arguments,
    orjson_text,
    text_of,
)
from onesec_cli.sources.agents.messages import Part, parts, words
from onesec_cli.sources.agents.otlp_wire import Span
from onesec_cli.sources.agents.traced import ANSWERED, CALLED, OFFERED, SAID, SHOWN, Traced
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import obj, text

NAME: Final = "agents-sdk"
MAX_ITEMS: Final = 100_000
"""Spans of one batch, and messages of one span, that are read."""

_OBJECTS: Final = ("trace", "trace.span")
_SPAN: Final = {
    "object": "trace.span",
    "id": "span_2",
    "trace_id": "trace_1",
    "parent_id": "span_1",
    "started_at": "2026-03-01T09:00:00.100000+00:00",
    "ended_at": "2026-03-01T09:00:01.100000+00:00",
    "span_data": {"type": "function", "name": "read_file", "input": '{"path": "bill.txt"}', "output": "98.70 to UK12"},
    "error": None,
}


class AgentsSdk:
    """The traces of one run."""

    name: ClassVar[str] = NAME
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape("agents-sdk", "OpenAI Agents SDK spans, one a line or in an array", json.dumps(_SPAN), "documented"),
        Shape(
            "agents-sdk-batch",
            "OpenAI Agents SDK traces as its exporter sends them",
            json.dumps({"data": [{"object": "trace", "id": "trace_1", "workflow_name": "w", "group_id": "g1"}, _SPAN]}),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._traced = Traced(NAME)

    def recognises(self, record: dict[str, Any]) -> bool:
        """A trace or span, or a batch of them."""
        if "object" in record:
            return _is_item(record)
        batch = record.get("data")
        if batch.__class__ is not list or not batch:
            return False
        return all(one.__class__ is dict and _is_item(one) for one in batch[:4])

    def start_file(self, file: str) -> None:
        """Spans of one trace may stand in any file."""

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """Note traces and spans; what tells nothing is said at once."""
        told: Told = []
        for item in [record] if "object" in record else record["data"][:MAX_ITEMS]:
            if not isinstance(item, dict) or not _is_item(item):
                told.append("an element beside spans is no span")
            elif item["object"] == "trace":
                group = text(item.get("group_id"))
                if group:
                    self._traced.sessions[text(item.get("id"))] = group
                told.append("ignored:the head of a trace")
            elif not self._note(item, origin):
                told.append("ignored:a span that tells no action")
        return told

    def close(self) -> Sequence[Event | Gap | Passed]:
        """The conversations."""
        return list(self._traced.close())

    def _note(self, item: dict[str, Any], origin: Origin) -> int:
        """Note one span; how many parts it tells."""
        data = obj(item.get("span_data"))
        kind, name = text(data.get("type")), text(data.get("name"))
        start, end = to_time(item.get("started_at")), to_time(item.get("ended_at"))
        id = text(item.get("id")) or hashlib.sha256(orjson_text(item).encode()).hexdigest()[:16]
        trace = text(item.get("trace_id")) or id
        span = Span(trace, id, text(item.get("parent_id")), name, start, start if end is None else end, {})
        own = span.id if kind == "function" else ""
        self._traced.run(span, origin, agent=name if kind == "agent" else "", call=own)
        if kind == "function":
            return self._function(span, data, obj(item.get("error")), origin)
        if kind in ("generation", "response"):
            return self._model(span, data, origin)
        if kind == "handoff":
            child, agent = text(data.get("to_agent")), text(data.get("from_agent"))
            moved = [Part(kinds.AGENT_HANDOFF, "", {"child": child})] if child else []
            return self._traced.note(span, moved, span.end, SAID, origin, own=True, agent=agent)
        if kind == "guardrail" and data.get("triggered") is True:
            stopped = [Part(kinds.APPROVAL_DECISION, "", {"decision": "reject", "by": f"guardrail:{name}"})]
            return self._traced.note(span, stopped, span.end, SAID, origin, own=True)
        if kind == "transcription":
            return self._traced.note(span, words("user", text(data.get("output"))), span.end, SHOWN, origin)
        tools, server = (
            (data.get("result"), text(data.get("server"))) if kind == "mcp_tools" else (data.get("tools"), "")
        )
        if kind in ("mcp_tools", "agent") and isinstance(tools, list):
            offers = [Part(kinds.TOOL_OFFER, text(one), {"server": server}) for one in tools[:MAX_ITEMS] if text(one)]
            agent = name if kind == "agent" else ""
            return self._traced.note(span, offers, span.start, OFFERED, origin, agent=agent) or int(
                kind == "agent" and bool(name)
            )
        return int(kind == "agent" and bool(name))

    def _function(self, span: Span, data: dict[str, Any], error: dict[str, Any], origin: Origin) -> int:
        server = text(obj(data.get("mcp_data")).get("server"))
        given = data.get("input")
        fields = {"call": "", "args": arguments(given) if given is not None else None, "server": server}
        count = self._traced.note(
            span, [Part(kinds.TOOL_CALL, span.name, fields)], span.start, CALLED, origin, own=True
        )
        wrong = text(error.get("message"))
        if wrong and error.get("data") is not None:
            wrong = f"{wrong}\n{text_of(error['data'])}"
        if data.get("output") is not None or wrong:
            answer = {"call": "", "text": text_of(data.get("output")) or wrong, "error": bool(wrong)}
            count += self._traced.note(
                span, [Part(kinds.TOOL_RESULT, span.name, answer)], span.end, ANSWERED, origin, own=True
            )
        return count

    def _model(self, span: Span, data: dict[str, Any], origin: Origin) -> int:
        """What a model was shown and answered, where the trace holds it."""
        response = obj(data.get("response"))
        shown, said = data.get("input"), data.get("output", response.get("output"))
        count = self._traced.note(span, _messages(shown, "user"), span.start, SHOWN, origin)
        return count + self._traced.note(span, _messages(said, "assistant"), span.end, SAID, origin)


def _is_item(record: dict[str, Any]) -> bool:
    kind = record.get("object")
    if kind == "trace.span":
        return "span_data" in record
    return kind == "trace" and "workflow_name" in record


def _messages(value: Any, role: str) -> list[Part]:
    """What messages or items of the Responses API tell; a text is that of a role."""
    if isinstance(value, str):
        return words(role, value)
    told: list[Part] = []
    for one in value[:MAX_ITEMS] if isinstance(value, list) else ():
        if not isinstance(one, dict):
            continue
        kind = one.get("type")
        if "role" in one:
            told += parts(one)
        elif kind in (
            "function_call",
            "function_call_output",
            "custom_tool_call",
            "custom_tool_call_output",
            "mcp_call",
        ):
            told += parts({"role": role, "content": [one]})
    return told
