"""What the spans of a run tell, put together: which conversation, which agent, and what was told twice.

A trace repeats itself: each model span holds all messages so far, and a tool's span holds the call that a model span ordered. So
nothing is told before every span was seen. A call is told by its own span where it has one; a text once in its conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import UNDATED, Event, Gap, Origin
from onesec_cli.sources.agents.adapter import Instants, Passed, behaviour, orjson_text
from onesec_cli.sources.agents.messages import Part, as_context
from onesec_cli.sources.agents.otlp_wire import Span

MAX_DEPTH: Final = 64
"""Spans above a span that are looked through for an agent or a conversation."""
AGAIN: Final = "told by another span"
MAX_SIGHTINGS: Final = 5_000_000
"""Parts of spans kept until the end of a run."""


class Sighting(Struct, gc=False):
    """One part of one span."""

    part: Part
    time: int | None
    place: tuple[int, int, str, int]
    """Among what happened at one time: its rank; then the place of the span in its batch, the
    span, and the place in the span."""
    origin: Origin
    span: str
    own: bool = False
    """Whether a call or result is told by the span of the tool itself."""
    nth: int = 0
    """How often its span said the same before it: a text may be said twice in one conversation."""
    agent: str = ""
    session: str = ""
    user: str = ""


class _Node(Struct):
    """What is remembered of a span."""

    parent: str
    agent: str = ""
    session: str = ""
    user: str = ""
    call: str = ""
    start: int | None = None
    origin: Origin | None = None
    role: str = ""


class _Trace(Struct):
    nodes: dict[str, _Node] = field(default_factory=dict)
    seen: list[Sighting] = field(default_factory=list)
    known: dict[tuple[Any, ...], Sighting] = field(default_factory=dict)


class Talks:
    """Collects sightings, then tells them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._traces: dict[str, _Trace] = {}
        self._count = 0
        self._passed: list[Passed] = []
        self._tasks: dict[tuple[str, str], Sighting] = {}

    def node(self, span: Span, agent: str, role: str, session: str, user: str, call: str, origin: Origin) -> None:
        """Note a span, whether or not it tells anything."""
        trace = self._trace(span)
        if span.id and len(trace.nodes) < MAX_SIGHTINGS:
            trace.nodes[span.id] = _Node(span.parent, agent, session, user, call, span.start, origin, role)

    def see(self, one: Sighting, span: Span) -> bool | None:
        """Note a part of a span; False where the trace has told it earlier, None where there is no more room.

        Of what is told again only the earliest is kept: a trace holds as many copies of a message as it has steps.
        """
        trace = self._trace(span)
        if not one.own:
            key = _key(one)
            known = trace.known.get(key)
            if known is not None:
                if _moment(one) >= _moment(known):
                    return False
                self._passed.append(Passed(known.origin.file, AGAIN))
                for name in Sighting.__struct_fields__:
                    setattr(known, name, getattr(one, name))
                return True
            trace.known[key] = one
        if self._count >= MAX_SIGHTINGS:
            return None
        self._count += 1
        trace.seen.append(one)
        return True

    def _trace(self, span: Span) -> _Trace:
        found = self._traces.get(span.trace)
        if found is None:
            found = self._traces[span.trace] = _Trace()
        return found

    def close(self) -> Iterator[Event | Gap | Passed]:
        """Every conversation, its parts in their order."""
        yield from self._passed
        talks: dict[str, list[Sighting]] = {}
        starts: dict[str, dict[str, tuple[_Node, str]]] = {}
        for name, trace in self._traces.items():
            named = sorted({node.session for node in trace.nodes.values() if node.session})
            for one in trace.seen:
                self._place(one, trace, name, named[0] if named else "")
                talks.setdefault(one.session, []).append(one)
            for node in trace.nodes.values():
                if node.agent:
                    self._start(node, trace, starts.setdefault(self._home(node, trace, name, named), {}))
        for session in dict.fromkeys((*talks, *starts)):
            yield from self._talk(session, talks.get(session, []), starts.get(session, {}))

    def _home(self, node: _Node, trace: _Trace, name: str, named: list[str]) -> str:
        """The conversation of a span."""
        above = next((one.session for one in _above(trace, node.parent) if one.session), "")
        return node.session or above or (named[0] if named else name)

    def _place(self, one: Sighting, trace: _Trace, name: str, named: str) -> None:
        """Which conversation and agent a part belongs to: its span's, or those of the nearest span above."""
        agents = []
        for node in _above(trace, one.span):
            one.session = one.session or node.session
            one.user = one.user or node.user
            if node.agent and node.agent not in agents:
                agents.append(node.agent)
        one.session = one.session or named or name
        one.agent = one.agent or (agents[0] if agents else "")
        if len(agents) > 1 and one.part.kind == kinds.GOAL_SET:
            one.part = as_context([one.part])[0]  # another agent gave the task
            first = self._tasks.setdefault((one.session, one.agent), one)
            if _moment(one) < _moment(first):
                self._tasks[one.session, one.agent] = one

    def _start(self, node: _Node, trace: _Trace, starts: dict[str, tuple[_Node, str]]) -> None:
        """Note the first span of an agent in a conversation, and the agent above it."""
        parent = next((one.agent for one in _above(trace, node.parent) if one.agent not in ("", node.agent)), "")
        if not node.call:
            node.call = next((one.call for one in _above(trace, node.parent) if one.call or one.agent), "")
        known = starts.get(node.agent)
        if known is None or (node.start or 0, node.parent) < (known[0].start or 0, known[0].parent):
            starts[node.agent] = (node, parent)

    def _talk(
        self, session: str, seen: list[Sighting], starts: dict[str, tuple[_Node, str]]
    ) -> Iterator[Event | Passed]:
        instants = Instants()
        told, passed = _once(seen)
        for agent, (node, parent) in sorted(starts.items()):
            if node.origin is not None:
                fields: dict[str, Any] = {"agent": agent, "timed": node.start is not None}
                yield self._event(
                    kinds.AGENT_START, node.origin, session, node.start, 0, parent=parent, role=node.role, **fields
                )
                if parent:
                    task = self._tasks.get((session, agent))
                    fields |= {"agent": parent, "text": task.part.fields["text"] if task is not None else ""}
                    yield self._event(
                        kinds.AGENT_SPAWN, node.origin, session, node.start, 0, child=agent, call=node.call, **fields
                    )
        for one in told:
            seq = instants.next(UNDATED if one.time is None else one.time) + 1
            part = one.part
            yield self._event(
                part.kind,
                one.origin,
                session,
                one.time,
                seq,
                agent=one.agent,
                tool=part.tool,
                user=one.user,
                **part.fields,
            )
        for one in passed:
            yield Passed(one.origin.file, AGAIN)

    def _event(self, kind: str, origin: Origin, session: str, time: int | None, seq: int, **said: Any) -> Event:
        return behaviour(kind, origin, self._source, session, time, seq, **said)


def _above(trace: _Trace, span: str) -> Iterator[_Node]:
    """A span and those above it, nearest first."""
    for _ in range(MAX_DEPTH):
        node = trace.nodes.get(span)
        if node is None:
            return
        yield node
        span = node.parent


def _once(seen: list[Sighting]) -> tuple[list[Sighting], list[Sighting]]:
    """The sightings that tell the story, in its order, and those that only repeat it."""
    seen.sort(key=_moment)
    _adopt(seen)
    spans: dict[tuple[str, str], Sighting] = {}
    for one in seen:
        if one.own:
            spans.setdefault((one.part.kind, one.part.fields["call"]), one)
    told, passed, known = [], [], set()
    tools = {one.part.fields["call"]: one.part.tool for one in seen if one.part.kind == kinds.TOOL_CALL}
    for one in seen:
        if one.part.kind == kinds.TOOL_RESULT and not one.part.tool:
            one.part = one.part._replace(tool=tools.get(one.part.fields["call"], ""))
        key = _key(one)
        better = spans.get((one.part.kind, one.part.fields["call"])) if "call" in one.part.fields else None
        if better is not None and better is not one and not one.own:
            _lend(better.part, one.part)
            passed.append(one)
        elif key in known:
            passed.append(one)
        else:
            known.add(key)
            told.append(one)
    return told, passed


def _adopt(seen: list[Sighting]) -> None:
    """Give a tool's span that names no call the id of the call it carries out: of the same tool with the same arguments,
    ordered before, and carried out by no other span."""
    taken = {one.part.fields["call"] for one in seen if one.own}
    calls = [one for one in seen if one.part.kind == kinds.TOOL_CALL and one.part.fields.get("call")]
    ordered: dict[tuple[str, str], list[Sighting]] = {}
    for one in reversed(calls):
        if not one.own and one.part.fields["call"] not in taken:
            ordered.setdefault(_what(one), []).append(one)
    named: dict[str, str] = {}
    for one in calls:
        if one.own and one.part.fields["call"] == one.span:
            fitting = ordered.get(_what(one))
            if fitting and (fitting[-1].time or 0) <= (one.time or 0):
                named[one.span] = fitting.pop().part.fields["call"]
    for one in seen:
        if one.own and one.span in named and one.part.fields["call"] == one.span:
            one.part.fields["call"] = named[one.span]


def _what(one: Sighting) -> tuple[str, str]:
    return one.part.tool, orjson_text(one.part.fields.get("args"))


def _moment(one: Sighting) -> tuple[int, tuple[int, int, str, int]]:
    return UNDATED if one.time is None else one.time, one.place


def _key(one: Sighting) -> tuple[Any, ...]:
    """What makes two sightings one."""
    part, fields = one.part, one.part.fields
    if one.own:
        return (part.kind, one.span)
    if fields.get("call"):
        return (part.kind, fields["call"])
    offered = (fields.get("server"), fields.get("description"), orjson_text(fields.get("schema")), fields.get("child"))
    return (
        part.kind,
        part.tool,
        fields.get("author"),
        orjson_text(fields.get("args")),
        fields.get("text"),
        one.nth,
        offered,
    )


def _lend(better: Part, other: Part) -> None:
    """Let the span of a tool take what only the messages captured."""
    for name in ("args", "text"):
        if name in other.fields and better.fields.get(name) in (None, ""):
            better.fields[name] = other.fields[name]
