"""OpenTelemetry: OTLP-JSON batches of spans and log records, spans as SDKs print them, and Phoenix exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents import otlp_claude as claude
from onesec_cli.sources.agents import otlp_messages as read_messages
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Passed, Told
from onesec_cli.sources.agents.messages import Part, words
from onesec_cli.sources.agents.otlp_messages import AGENT, MODEL, TOOL, first
from onesec_cli.sources.agents.otlp_talks import AGAIN, Sighting, Talks
from onesec_cli.sources.agents.otlp_wire import Span, is_envelope, is_span, single, spans
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import text

_SESSIONS: Final = (
    *("gen_ai.conversation.id", "session.id", "session_id", "gcp.vertex.agent.session_id", "langfuse.session.id"),
    *("traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId", "thread.id"),
)
_AGENTS: Final = ("gen_ai.agent.id", "gen_ai.agent.name", "agent.id", "agent.name", "agent_name", "graph.node.id")
_USERS: Final = ("user.id", "enduser.id", "user.email", "user.account_uuid", "langfuse.user.id")
_IN, _OFFER, _OUT, _CALL, _RESULT = range(5)
"""The order of what happened at one time: a tool begins when the model that ordered it ends."""
_ATTRIBUTES: Final = [
    {"key": "gen_ai.operation.name", "value": {"stringValue": "execute_tool"}},
    {"key": "gen_ai.tool.name", "value": {"stringValue": "read_file"}},
    {"key": "gen_ai.tool.call.arguments", "value": {"stringValue": '{"path": "bill.txt"}'}},
]
_SPAN: Final = {
    "traceId": "5b8efff798038103d269b633813fc60c",
    "spanId": "eee19b7ec3c1b174",
    "name": "execute_tool read_file",
    "startTimeUnixNano": "1772355600100000000",
    "endTimeUnixNano": "1772355601100000000",
    "attributes": _ATTRIBUTES,
}
_LOG: Final = {
    "timeUnixNano": "1772355600100000000",
    "body": {"stringValue": "claude_code.tool_decision"},
    "attributes": [
        {"key": "session.id", "value": {"stringValue": "s1"}},
        {"key": "tool_name", "value": {"stringValue": "Bash"}},
        {"key": "decision", "value": {"stringValue": "accept"}},
    ],
}
_PHOENIX: Final = {
    "name": "read_file",
    "span_kind": "TOOL",
    "context": {"trace_id": "5b8efff798038103d269b633813fc60c", "span_id": "eee19b7ec3c1b174"},
    "parent_id": None,
    "start_time": "2026-03-01T09:00:00.100000+00:00",
    "end_time": "2026-03-01T09:00:01.100000+00:00",
    "attributes": {"tool.name": "read_file", "input.value": '{"path": "bill.txt"}', "output.value": "98.70"},
}


class Otlp:
    """The telemetry of one run."""

    name: ClassVar[str] = "otlp"
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape(
            "otlp",
            "OTLP-JSON spans of the GenAI conventions, OpenInference or OpenLLMetry",
            json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [_SPAN]}]}]}),
            "documented",
        ),
        Shape(
            "otlp-logs",
            "OTLP-JSON log records: one message an event, Claude Code telemetry",
            json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [_LOG]}]}]}),
            "documented",
        ),
        Shape("spans", "one span a record, as SDKs print it or Phoenix exports it", json.dumps(_PHOENIX), "documented"),
    )

    def __init__(self) -> None:
        self._talks = Talks(self.name)
        self.is_told: Callable[[str, str], bool] = lambda session, call: False
        """Whether another format of the run tells a call of a session, which its telemetry then only repeats."""

    def recognises(self, record: dict[str, Any]) -> bool:
        """A batch, or a span of an agent."""
        return is_envelope(record) or ("name" in record and is_span(record))

    def start_file(self, file: str) -> None:
        """Spans of one trace may stand in any file."""

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """Nothing is told before every span was seen, but for spans that tell nothing."""
        batch = "resourceSpans" in record or "resourceLogs" in record
        told: Told = []
        any_span = False
        for span in spans(record) if batch else (single(record),):
            any_span = True
            told += self._log(span, origin) if span.log else self._span(span, origin)
        return told if any_span else ["ignored:an empty batch"]

    def close(self) -> Sequence[Event | Gap | Passed]:
        """The conversations."""
        return [
            Passed(one.origin.file, "told by the session itself")
            if isinstance(one, Event) and self._repeats(one)
            else one
            for one in self._talks.close()
        ]

    def _repeats(self, event: Event) -> bool:
        """Whether Claude Code's telemetry tells what its session file tells with more content. Decisions are only here."""
        if event.kind in (kinds.TOOL_CALL, kinds.TOOL_RESULT):
            return self.is_told(event.session, event.fields.get("call", ""))
        return event.kind == kinds.GOAL_SET and self.is_told(event.session, "")

    def _names(self, span: Span) -> dict[str, str]:
        return {"session": text(first(span.attributes, _SESSIONS)), "user": text(first(span.attributes, _USERS))}

    def _log(self, span: Span, origin: Origin) -> Told:
        """Note a log record; what of it will not be told, and why."""
        name = claude.event_name(span)
        if name:
            return self._note(
                span, [(part, _rank(part), span.start, False) for part in claude.told(span, name)], origin
            )
        made, out = read_messages.event_parts(span.name, span.attributes, span.body)
        if not made:
            beside = {**span.attributes, **(span.body if isinstance(span.body, dict) else {})}
            return self._note(span, self._model(span, beside), origin)
        return self._note(span, [(part, _OUT if out else _IN, span.start, False) for part in made], origin)

    def _span(self, span: Span, origin: Origin) -> Told:
        """Note a span; what of it will not be told, and why."""
        kind, names = read_messages.kind_of(span), self._names(span)
        agent = text(first(span.attributes, _AGENTS)) if kind == AGENT else ""
        role = text(first(span.attributes, ("gen_ai.agent.name", "agent.name"))) if agent else ""
        call = ""
        found: list[tuple[Part, int, int | None, bool]] = []
        if kind == TOOL:
            ordered, answer = read_messages.call_of(span)
            call = text(ordered.fields["call"])
            found.append((ordered, _CALL, span.start, True))
            if answer is not None:
                found.append((answer, _RESULT, span.end, True))
        else:
            found += self._model(span, span.attributes)
            for name, time, inside in span.events:
                made, out = read_messages.event_parts(name, inside)
                at = time if time is not None else span.end if out else span.start
                found += [(part, _OUT if out else _IN, at, False) for part in made]
            if not found and not span.parent and kind != MODEL:
                found += [(part, _IN, span.start, False) for part in _asked(span)]
        self._talks.node(span, agent, role, names["session"], names["user"], call, origin)
        return self._note(span, found, origin)

    def _model(self, span: Span, given: dict[str, Any]) -> list[tuple[Part, int, int | None, bool]]:
        """What a model was shown and answered."""
        shown = [(part, _IN, span.start, False) for part in read_messages.inputs(given)]
        offered = [(part, _OFFER, span.start, False) for part in read_messages.offers(given)]
        answered = [(part, _OUT, span.end, False) for part in read_messages.outputs(given)]
        return [*shown, *offered, *answered]

    def _note(self, span: Span, found: list[tuple[Part, int, int | None, bool]], origin: Origin) -> Told:
        names, at = self._names(span), span.id or span.parent
        agent = text(first(span.attributes, _AGENTS)) if span.log else ""
        told: Told = [] if found else ["ignored:a span or log record without an act"]
        said: dict[tuple[str, Any, Any], int] = {}
        for order, (part, rank, time, own) in enumerate(found):
            what = (part.kind, part.fields.get("author"), part.fields.get("text"))
            nth = said[what] = said.get(what, -1) + 1
            place = (rank, span.place, at, order)
            noted = self._talks.see(Sighting(part, time, place, origin, at, own, nth, agent, **names), span)
            if noted is None:
                told.append("more spans than are kept")
            elif not noted:
                told.append("ignored:" + AGAIN)
        return told


def _rank(part: Part) -> int:
    return {kinds.TOOL_CALL: _CALL, kinds.TOOL_RESULT: _RESULT}.get(part.kind, _IN)


def _asked(span: Span) -> list[Part]:
    """What the first span of a trace was given, if it is words rather than data."""
    said = first(span.attributes, ("input.value", "traceloop.entity.input"))
    return words("user", said) if said.__class__ is str and said.lstrip()[:1] not in ("{", "[") else []
