"""Who is who among the agents of one conversation: who brought whom in, who acted, who ended."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.calls import CHANGES, EXEC, effect_of, given_of
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.wordlists import word_set

MAX_MEMBERS: Final = 2_000
MAX_NAMES: Final = 256
MAX_CALLS: Final = 32
MAIN: Final = ""
"""The agent that has no name: the one the person speaks to."""

SPAWN, HANDOFF, START = "spawn", "handoff", "start"

_CALLING: Final = ("", "transfer_to_", "delegate_to_", "handoff_to_", "call_", "ask_", "run_", "invoke_")
_NAMED: Final = word_set("arguments.agents")


class Moment(Struct, frozen=True, gc=False, array_like=True):
    """A point of the conversation: its place in order, its time, and the record."""

    place: int
    time: int
    timed: bool
    event_id: str
    seen: Evidence
    tool: str = ""

    def before(self, other: Moment, grace: int = 0) -> bool:
        """Whether it was clearly before another: by order, and by `grace` on the clock where there is one."""
        if self.timed and other.timed:
            return self.time + grace < other.time
        return self.place < other.place

    def within(self, other: Moment, micros: int, places: int) -> bool:
        """Whether a later moment is near enough."""
        if self.timed and other.timed:
            return other.time - self.time <= micros
        return other.place - self.place <= places


class Member(Struct):
    """One agent of the conversation."""

    name: str
    how: str = ""
    """How it came in: `spawn`, `handoff`, `start` (with a parent), or empty."""
    parent: str = ""
    depth: int = 0
    brought: Moment | None = None
    role: str = ""
    first: Moment | None = None
    """Its first tool call."""
    changing: Moment | None = None
    """Its first call that changes something or runs a command."""
    started: Moment | None = None
    ended: Moment | None = None
    addressed: bool = False
    """Whether a person spoke to it."""
    acts: int = 0
    children: int = 0
    connections: dict[str, bool] = field(default_factory=dict)
    """Those it used."""
    lent: dict[str, bool] = field(default_factory=dict)
    """Those its spawn names."""
    offered: dict[str, bool] = field(default_factory=dict)
    granted: dict[str, bool] | None = None
    """Tools that the spawn names; None where it names none."""


class Family(Struct):
    """The agents of one conversation."""

    tells: ClassVar[Tells] = (
        Tell("members.*", "agent {0} is at work"),
        Tell("members.*.how", "agent {0} came by {value}"),
        Tell("members.*.parent", "agent {0} was started by {value}"),
        Tell("members.*.role", "agent {0} works as {value}"),
        Tell("members.*.acts", "acts of agent {0} so far: {value}"),
        Tell("members.*.children", "agents that {0} started: {value}"),
        Tell("members.*.ended", "agent {0} has ended"),
        Tell("members.*.connections.*", "agent {0} used the connection {1}"),
        Tell("members.*.lent.*", "the spawn of agent {0} names the connection {1}"),
        Tell("members.*.offered.*", "agent {0} was offered the tool {1}"),
        Tell("members.*.granted.*", "the spawn of agent {0} names the tool {1}"),
        Tell("members.*.addressed", "somebody spoke to agent {0}"),
        Tell("root", "the conversation is that of agent {value}"),
        Tell("spoken", "a person spoke, and no agent has acted since"),
        *quiet("members.*.*", "calls", "place", "tenant", "session", "source"),
    )

    place: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    root: str | None = None
    """The first agent that does anything."""
    spoken: bool = False
    """Whether a person spoke, to nobody by name, and no agent has acted since."""
    anonymous: list[tuple[str, Moment]] = field(default_factory=list)
    """Spawns that name no child and that no new agent explains yet: who spawned, and when."""
    calls: dict[str, Moment] = field(default_factory=dict)
    """Calls by id, as far back as kept: a spawn stands at the moment of its call."""
    full: bool = False
    tenant: str = ""
    session: str = ""
    source: str = ""

    def member(self, name: str) -> Member | None:
        """The agent of this name; None where there are too many."""
        known = self.members.get(name)
        if known is None and len(self.members) < MAX_MEMBERS:
            known = self.members[name] = Member(name)
        self.full = self.full or known is None
        return known

    def moment(self, event: Event, role: str) -> Moment:
        """The event as a moment, playing `role` as evidence."""
        return Moment(self.place, event.time, event.timed, event.id, event.cite(role), event.tool)

    def take(self, event: Event) -> Member | None:
        """Take in an event; the agent it is about: who acts, or who was brought in."""
        self.place += 1
        self.tenant, self.session, self.source = event.tenant, event.session, event.source
        if event.kind == kinds.GOAL_SET and not event.agent:
            self.spoken = True
            return None
        if event.kind == kinds.TOOL_OFFER and event.agent not in self.members and not event.agent:
            return self._offered(self.member(MAIN), event)
        if self.root is None:
            self.root = event.agent
        if event.kind in (kinds.AGENT_SPAWN, kinds.AGENT_HANDOFF):
            return self._brought(event)
        member = self.member(event.agent)
        if member is None:
            return None
        if (
            self.anonymous
            and not member.how
            and not member.acts
            and member.name not in (self.root, MAIN)
            and member.started is None
        ):
            parent, moment = self.anonymous.pop(0)
            self._bring(member, parent, SPAWN, moment)
        if event.kind == kinds.TOOL_CALL:
            member.addressed = member.addressed or (self.spoken and not self.main_acts())
            self.spoken = False
            self._acted(member, event)
        elif event.kind == kinds.AGENT_START:
            self._started(member, event)
        elif event.kind == kinds.AGENT_END:
            member.ended = self.moment(event, "the end of the agent")
        elif event.kind == kinds.GOAL_SET:
            member.addressed = True
            member.ended = None
        elif event.kind == kinds.TOOL_OFFER:
            self._offered(member, event)
        return member

    def main_acts(self) -> bool:
        """Whether the agent without a name does anything here."""
        main = self.members.get(MAIN)
        return main is not None and (main.acts > 0 or main.children > 0)

    @staticmethod
    def _offered(member: Member | None, event: Event) -> Member | None:
        if member is not None and len(member.offered) < MAX_NAMES:
            member.offered[event.tool] = True
        return member

    def _acted(self, member: Member, event: Event) -> None:
        moment = self.moment(event, "the first action of the agent")
        call = text_of(event, "call")
        if call:
            if len(self.calls) >= MAX_CALLS:
                del self.calls[next(iter(self.calls))]
            self.calls[call] = moment
        member.acts += 1
        member.first = member.first or moment
        if member.changing is None and effect_of(event.tool) in CHANGES | {EXEC}:
            member.changing = self.moment(event, "its first action that changes something")
        if event.connection and len(member.connections) < MAX_NAMES:
            member.connections.setdefault(event.connection, True)

    def _started(self, member: Member, event: Event) -> None:
        moment = self.moment(event, "the start of the agent")
        parent = text_of(event, "parent")
        member.started = member.started or moment
        member.ended = None
        member.role = member.role or text_of(event, "role")[:200]
        if parent and not member.how and (parent in self.members or parent == self.session) and parent != member.name:
            self._bring(member, MAIN if parent not in self.members else parent, START, moment)
        elif parent and not member.how:
            member.parent = parent[:200]

    def _brought(self, event: Event) -> Member | None:
        how = SPAWN if event.kind == kinds.AGENT_SPAWN else HANDOFF
        parent = self.member(event.agent)
        name = text_of(event, "child")[:400]
        known = self.members.get(name)
        if how == SPAWN and parent is not None and (known is None or not known.how):  # else it goes on with one it has
            parent.children += 1
        if not name:
            if how == SPAWN and len(self.anonymous) < MAX_NAMES:
                self.anonymous.append((event.agent, self.moment(event, "a spawn that names no child")))
            return None
        child = self.member(name)
        if child is None or parent is None:
            return child
        at = self.calls.get(text_of(event, "call"))
        moment = self.moment(event, f"the {how} of the agent")
        if at is not None and at.place < moment.place:
            moment = Moment(at.place, at.time, at.timed, at.event_id, moment.seen, at.tool)
        child.ended = None
        child.role = child.role or text_of(event, "role")[:200]
        grant = names_in(event.fields.get("tools"))
        if grant and child.granted is None:
            child.granted = dict.fromkeys(grant[:MAX_NAMES], True)
        for connection in (
            *names_in(event.fields.get("connections")),
            *((event.connection,) if event.connection else ()),
        ):
            if len(child.lent) < MAX_NAMES:
                child.lent[connection] = True
        if not child.how:
            self._bring(child, parent.name, how, moment)
        return child

    def _bring(self, child: Member, parent: str, how: str, moment: Moment) -> None:
        child.how, child.parent, child.brought = how, parent, moment
        above = self.members.get(parent)
        child.depth = (above.depth if above else 0) + (how != HANDOFF)

    def line(self, name: str) -> list[Member]:
        """An agent and those above it, as far as known; an agent that is its own ancestor is met once."""
        found: list[Member] = []
        seen: set[str] = set()
        member = self.members.get(name)
        while member is not None and member.name not in seen and len(found) < 64:
            seen.add(member.name)
            found.append(member)
            member = self.members.get(member.parent) if member.how else None
        return found

    def called(self, event: Event) -> str | None:
        """The agent that a tool call is addressed to, where a tool stands for one or an argument names one."""
        for prefix in _CALLING:
            name = event.tool.removeprefix(prefix)
            if (not prefix or name != event.tool) and name and name != event.agent and name in self.members:
                return name
        for key, value in given_of(event)[:32]:
            if key in _NAMED and value and value != event.agent and value in self.members:
                return value
        return None


def names_in(value: object) -> list[str]:
    """Names in a list, or in a text with commas or blanks between them."""
    if isinstance(value, str):
        return value.replace(",", " ").split()
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def shown(name: str, session: str) -> str:
    """An agent in a sentence."""
    return name or f"the main agent of session {session}"
