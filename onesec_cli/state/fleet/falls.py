"""Which agents of a conversation failed, and which failure brought about which, along the edges between them."""

from __future__ import annotations

import re
from typing import ClassVar, Final, TypeVar

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.calls import WRITE, effect_of, failed, given_of, refused
from onesec_cli.state.fleet.family import HANDOFF, Family, Moment
from onesec_cli.state.text.plain import text_of

T = TypeVar("T")

MAX_PATH: Final = 64
MAX_CALLS: Final = 512
"""Open calls, spawns and written things remembered of one conversation: the last ones."""
ALIKE: Final = 2
"""Words that two errors must share to be alike."""
_WORD: Final = re.compile(r"[a-z_]{4,40}")
_COMMON: Final = frozenset(
    [
        "error",
        "errors",
        "exception",
        "failed",
        "failure",
        "fail",
        "fails",
        "tool",
        "call",
        "with",
        "from",
        "that",
        "this",
        "exit",
        "code",
        "command",
        "test",
        "tests",
        "passed",
        "traceback",
        "most",
        "recent",
        "last",
        "line",
        "file",
        "could",
        "cannot",
        "while",
        "after",
        "before",
        "returned",
        "status",
        "http",
        "none",
        "true",
        "false",
        "null",
        "have",
        "been",
        "does",
        "exist",
        "found",
        "such",
        "directory",
        "permission",
        "denied",
    ]
)
_POINTS: Final = re.compile(
    r"\b(?:up|down)stream\b|\bdependen\w{2,6}\b|\bsub-?agent|\bdelegat\w{1,5}\b|\bprevious (?:step|agent)\b",
    re.IGNORECASE,
)
"""Words by which an error says that its cause is another agent's."""
MAX_NAMED: Final = 64
"""Failures looked through for a name that an error text mentions: the last ones."""


class Fall(Struct, frozen=True):
    """A failure of one agent, and the failures that led to it, the first one first."""

    agent: str
    at: Moment
    path: tuple[tuple[str, Moment, str], ...]
    """Agent, moment, and the edge by which the failure reached it; the last one is this agent."""
    firm: bool = False
    """Whether the agent as a whole failed, and not one call of it."""
    words: tuple[str, ...] = ()
    """What its error speaks of."""
    way: str = ""
    """`up` or `down` where likeness alone led here: it is followed no other way."""

    @property
    def root(self) -> str:
        """What names the first failure of the path."""
        return f"{self.path[0][0]} {self.path[0][1].place}"


class Called(Struct, frozen=True):
    """A call that waits for its result."""

    agent: str
    tool: str
    child: str | None
    touched: tuple[tuple[str, str, Moment], ...]
    """What of it others wrote before: the thing, who wrote it, and when."""


class Reach(Struct, frozen=True):
    """How far a failure may lie back to be a cause."""

    micros: int
    places: int
    run: int
    """Failing results in a row from which an agent counts as down."""


class Falls(Struct):
    """The failures of one conversation."""

    tells: ClassVar[Tells] = (
        Tell("last.*", "agent {0} failed last at {value.at:place}"),
        Tell("runs.*", "failures of agent {0} in a row: {value}"),
        Tell("children.*", "the call {0} started agent {value}"),
        Tell("written.*", "{0} was last written by {value.0}"),
        *quiet("last.*.*", "calls.*"),
    )

    family: Family = field(default_factory=Family)
    last: dict[str, Fall] = field(default_factory=dict)
    """The latest failure of each agent, the latest of all last."""
    runs: dict[str, int] = field(default_factory=dict)
    """By agent: failing results in a row."""
    calls: dict[str, Called] = field(default_factory=dict)
    children: dict[str, str] = field(default_factory=dict)
    """By the id of the call that spawned it: the child."""
    written: dict[str, tuple[str, Moment]] = field(default_factory=dict)
    """Paths, addresses and memories: who wrote them last."""

    def take(self, event: Event, reach: Reach) -> Fall | None:
        """Take in an event; the failure it is, if it is one."""
        family = self.family
        failing_end = event.kind == kinds.AGENT_END and bool(event.fields.get("error") or event.reason)
        if event.kind == kinds.TOOL_RESULT:
            family.place += 1
            return self._answered(event, reach)
        family.take(event)
        if event.kind == kinds.TOOL_CALL:
            self._called(event)
        elif event.kind == kinds.AGENT_SPAWN:
            call, child = text_of(event, "call"), text_of(event, "child")
            if call and child:
                _keep(self.children, call, child)
        elif event.kind == kinds.MEMORY_WRITE:
            _keep(self.written, text_of(event, "memory"), (event.agent, family.moment(event, "the write")))
        elif failing_end:
            return self._fall(event, event.agent, text_of(event) or event.reason, (), None, True, reach)
        return None

    def _called(self, event: Event) -> None:
        effect = effect_of(event.tool)
        if effect != WRITE and len(self.family.members) < 2:
            values: tuple[str, ...] = ()  # nobody else is here whose things it could meet
        else:
            values = _values(event)
        touched = tuple((value, *self.written[value]) for value in values if value in self.written)
        if effect == WRITE:
            for value in values:
                _keep(self.written, value, (event.agent, self.family.moment(event, "the write")))
        call = text_of(event, "call")
        if call:
            _keep(self.calls, call, Called(event.agent, event.tool, self.family.called(event), touched))

    def _answered(self, event: Event, reach: Reach) -> Fall | None:
        call = text_of(event, "call")
        called = self.calls.pop(call, None) or Called(event.agent, event.tool, None, ())
        if not failed(event):
            self.runs[called.agent] = 0
            return None
        if refused(event):
            return None
        run = self.runs[called.agent] = self.runs.get(called.agent, 0) + 1
        child = self.children.get(call) or called.child
        return self._fall(event, called.agent, text_of(event), called.touched, child, run >= reach.run, reach)

    def _fall(
        self,
        event: Event,
        agent: str,
        text: str,
        touched: tuple[tuple[str, str, Moment], ...],
        child: str | None,
        firm: bool,
        reach: Reach,
    ) -> Fall:
        now = self.family.moment(event, "the failure")
        if child is not None and child != agent:
            self._reported(child, now, reach)
        path: tuple[tuple[str, Moment, str], ...] = ((agent, now, ""),)
        words, way = _words(text), ""
        for cause, edge, led in self._causes(agent, text, touched, child, now, reach):
            longer = len(path) <= len(cause.path) < MAX_PATH and (not led or cause.way in ("", led))
            if longer and agent not in {name for name, _, _ in cause.path}:
                path, way = (*cause.path, (agent, now, edge)), led or cause.way
        old = self.last.pop(agent, None)
        if old is not None and len(old.path) > len(path) and old.at.within(now, reach.micros, reach.places):
            path, way = old.path, old.way
        fall = self.last[agent] = Fall(agent, now, path, firm, words, way)
        return fall

    def _reported(self, child: str, now: Moment, reach: Reach) -> None:
        """An agent's caller got an error from it: it is down, whatever its own log says."""
        old = self.last.pop(child, None)
        if old is not None and old.at.within(now, reach.micros, reach.places):
            self.last[child] = Fall(child, old.at, old.path, True, old.words, old.way)
        else:
            self.last[child] = Fall(child, now, ((child, now, ""),), True)

    def _causes(
        self,
        agent: str,
        text: str,
        touched: tuple[tuple[str, str, Moment], ...],
        child: str | None,
        now: Moment,
        reach: Reach,
    ) -> list[tuple[Fall, str, str]]:
        """Earlier failures of other agents that an edge joins to this one, the edge, and the way where likeness led along it."""
        found: list[tuple[Fall, str, str]] = []

        def add(name: str, edge: str, led: str = "") -> None:
            fall = self.last.get(name)
            if fall is not None and name != agent and fall.at.within(now, reach.micros, reach.places):
                found.append((fall, edge, led))

        if child is not None:
            add(child, "reported an error to")
        member = self.family.members.get(agent)
        if member is not None and member.how and member.brought is not None:
            above = self.last.get(member.parent)
            if above is not None and above.at.place < member.brought.place:
                if above.firm:
                    add(member.parent, "was down when it brought in")
                elif member.how == HANDOFF and self.runs.get(member.parent, 0):
                    add(member.parent, "failed and handed over to")
        for value, writer, moment in touched:
            if moment.within(now, reach.micros, reach.places):
                add(writer, f"wrote {value}, which failed")
        for name in list(self.last)[-MAX_NAMED:]:
            if len(name) >= 3 and _speaks_of(text[:2_000], name):
                add(name, "is named in the error of")
            elif led := self._alike(agent, name, text):
                add(name, "failed in the same way above" if led == "down" else "failed in the same way below", led)
        return found

    def _alike(self, agent: str, other: str, text: str) -> str:
        """Which way a failure like that of a neighbour in the tree came: `down` from the parent, `up` from a child."""
        one, two = self.family.members.get(agent), self.family.members.get(other)
        if one is not None and one.how and one.parent == other:
            way = "down"
        elif two is not None and two.how and two.parent == agent:
            way = "up"
        else:
            return ""
        shared = set(_words(text)) & set(self.last[other].words)
        return way if len(shared) >= ALIKE or _POINTS.search(text[:2_000]) else ""


def _words(text: str) -> tuple[str, ...]:
    """What an error speaks of: its longer words, without those that every error has."""
    found = (word for word in _WORD.findall(text[:600].lower()) if word not in _COMMON)
    return tuple(dict.fromkeys(found))[:12]


def _speaks_of(text: str, name: str) -> bool:
    """Whether a text holds a name as a word of its own."""
    place = text.find(name)
    if place < 0:
        return False
    around = text[place - 1 : place] + text[place + len(name) : place + len(name) + 1]
    return not any(char.isalnum() for char in around)


def _values(event: Event) -> tuple[str, ...]:
    """Paths and addresses among the arguments of a call."""
    return tuple(
        text
        for _, text in given_of(event)[:32]
        if 6 <= len(text) <= 300 and " " not in text and any(char in text for char in "/.@\\")
    )


def _keep(table: dict[str, T], key: str, value: T) -> None:
    """Put a value in as the newest, and the oldest out where there is no room."""
    table.pop(key, None)
    if len(table) >= MAX_CALLS:
        del table[next(iter(table))]
    if key:
        table[key] = value
