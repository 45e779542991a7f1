"""What the runs of a trace tell, paired: a call that a model ordered is the one that the run of its tool carried out.

Runs of tools often do not say which call of a model they carry out. A call of the same tool with the same arguments, ordered
before it began and carried out by no other run, is that call.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.event import UNDATED, Event, Gap, Origin
from onesec_cli.sources.agents.adapter import Passed, orjson_text
from onesec_cli.sources.agents.messages import Part, as_context
from onesec_cli.sources.agents.otlp_talks import AGAIN, Sighting, Talks
from onesec_cli.sources.agents.otlp_wire import Span

SHOWN, OFFERED, CALLED, ANSWERED, SAID = range(5)
"""The order of what happened at one time."""
FULL: Final = "more runs than are kept"


class Noted(Struct):
    """One part of a run, kept until every file was read."""

    span: Span
    part: Part
    time: int | None
    rank: int
    order: int
    origin: Origin
    own: bool
    agent: str = ""


class _Run(Struct):
    """A run, kept until it is known which call it carries out."""

    span: Span
    origin: Origin
    agent: str
    session: str
    user: str
    call: str


class Traced:
    """Keeps what runs tell, then tells it."""

    def __init__(self, source: str) -> None:
        self.talks = Talks(source)
        self._noted: list[Noted] = []
        self._runs: list[_Run] = []
        self._asked: dict[str, set[str]] = {}
        """Trace to what its first run was asked."""
        self.sessions: dict[str, str] = {}
        """Trace to its conversation, where something else than its runs names it."""

    def run(
        self, span: Span, origin: Origin, *, agent: str = "", session: str = "", user: str = "", call: str = ""
    ) -> None:
        """Note a run, whether or not it tells anything; `call` where it carries one out."""
        self._runs.append(_Run(span, origin, agent, session, user, call))

    def note(
        self,
        span: Span,
        parts: list[Part],
        time: int | None,
        rank: int,
        origin: Origin,
        own: bool = False,
        agent: str = "",
    ) -> int:
        """Note parts of a run; how many."""
        for order, part in enumerate(parts):
            if own and "call" not in part.fields:
                part.fields["call"] = ""
            self._noted.append(Noted(span, part, time, rank, order, origin, own, agent))
        return len(parts)

    def asked(self, span: Span, parts: list[Part], origin: Origin) -> int:
        """What the first run of a trace was given: of what its models are shown, only this a person wrote."""
        goals = [part for part in parts if part.kind == kinds.GOAL_SET]
        self._asked.setdefault(span.trace, set()).update(part.fields["text"] for part in goals)
        return self.note(span, goals, span.start, SHOWN, origin)

    def close(self) -> Iterator[Event | Gap | Passed]:
        """Every conversation."""
        named = self._pair()
        for run in self._runs:
            call = named.get((run.span.trace, run.span.id), run.call)
            session = run.session or self.sessions.get(run.span.trace, "")
            self.talks.node(run.span, run.agent, "", session, run.user, call, run.origin)
        for one in self._noted:
            if one.part.kind == kinds.GOAL_SET and self._is_template(one):
                one.part = as_context([one.part])[0]
            at = one.span.id or one.span.parent
            place = (one.rank, one.span.place, at, one.order)
            session = self.sessions.get(one.span.trace, "")
            seen = Sighting(one.part, one.time, place, one.origin, at, one.own, agent=one.agent, session=session)
            noted = self.talks.see(seen, one.span)
            if noted is None:
                yield Gap(one.origin.file, one.origin.line, one.origin.offset, FULL)
            elif not noted:
                yield Passed(one.origin.file, AGAIN)
        yield from self.talks.close()

    def _is_template(self, one: Noted) -> bool:
        """Whether a prompt is what a program made of what the person asked."""
        said = one.part.fields["text"]
        return any(len(asked) > 2 and asked != said and asked in said for asked in self._asked.get(one.span.trace, ()))

    def _pair(self) -> dict[tuple[str, str], str]:
        """The call that each run of a tool carries out: the one it names, one that a model ordered, else its own id."""
        ordered: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
        for one in self._noted:
            if one.part.kind == kinds.TOOL_CALL and not one.own and (call := one.part.fields["call"]):
                ordered.setdefault(_what(one), []).append((UNDATED if one.time is None else one.time, call))
        waiting = {key: sorted(set(found), reverse=True) for key, found in ordered.items()}
        named: dict[tuple[str, str], str] = {}
        taken: set[tuple[str, str]] = {
            (one.span.trace, one.part.fields["call"]) for one in self._noted if one.own and one.part.fields["call"]
        }
        own = [one for one in self._noted if one.own and one.part.kind == kinds.TOOL_CALL]
        for one in sorted(own, key=lambda one: (UNDATED if one.time is None else one.time, one.span.id)):
            run = (one.span.trace, one.span.id)
            if run not in named:
                named[run] = (
                    one.part.fields["call"]
                    or _take(waiting.get(_what(one), []), one.time, taken, one.span.trace)
                    or one.span.id
                )
            taken.add((one.span.trace, named[run]))
        for one in self._noted:
            if one.own and one.part.kind in (kinds.TOOL_CALL, kinds.TOOL_RESULT):
                one.part.fields["call"] = (
                    named.get((one.span.trace, one.span.id)) or one.part.fields["call"] or one.span.id
                )
        return named


def _take(queue: list[tuple[int, str]], time: int | None, taken: set[tuple[str, str]], trace: str) -> str:
    """The first call that was ordered before a time and that no run carries out; the queue ends with the earliest."""
    while queue and (trace, queue[-1][1]) in taken:
        queue.pop()
    if queue and (time is None or queue[-1][0] <= time):
        return queue.pop()[1]
    return ""


def _what(one: Noted) -> tuple[str, str, str]:
    """Trace, tool and arguments of a call."""
    args: Any = one.part.fields.get("args")
    try:
        shown = orjson.dumps(args, option=orjson.OPT_SORT_KEYS).decode()
    except orjson.JSONEncodeError:
        shown = orjson_text(args)
    return (one.span.trace, one.part.tool, shown)
