"""An agent that does what it never did: a new tool, a new place to send to, a new part of the file system."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import HOUR, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.calls import CHANGES, DELETE, PAY, SEND, effect_of
from onesec_cli.state.call.places import HOST, RECIPIENT, ROOT, SERVER, TOOL, is_sensitive_root, places_of
from onesec_cli.state.text.hosts import is_address, is_drop, within
from onesec_cli.state.text.plain import text_of

MAX_KNOWN: Final = 2_000
"""Names of one class that are remembered of an agent."""
RECENT: Final = 50
"""Uses of a class over which it is judged how often a new name comes."""
RESTLESS: Final = 5
"""A class in which more than one of so many uses was new says nothing by itself."""
TOGETHER: Final = 20
"""Calls of one session within which two novelties are one step."""
MAX_SESSIONS: Final = 64
MAX_GOAL: Final = 8_000

TITLES: Final = {
    "new-thing": "Agent did something new",
    "new-sensitive-thing": "Agent reached something sensitive for the first time",
    "new-things-at-once": "Agent did several new things at once",
    "too-varied": "Agent is too varied to be judged",
}


class Fresh(Struct, frozen=True):
    """A name that was new, and where."""

    kind: str
    name: str
    session: str
    call: int
    sensitive: bool
    seen: Evidence


class Wont(Struct):
    """What one agent is used to."""

    tells: ClassVar[Tells] = (
        Tell("calls", "calls of the agent so far: {value}"),
        Tell("since", "the agent is known since {value:time}"),
        Tell("known.*.*", "the agent has used the {0} {1} before"),
        Tell("seen_sessions", "conversations of the agent so far: {value}"),
        Tell("full.*", "too many different names of the class {0} to tell new ones"),
        Tell("sessions.*", "a conversation is followed: {0}"),
        *quiet("fresh", "turns", "last"),
    )

    calls: int = 0
    since: int = 0
    sessions: dict[str, str] = field(default_factory=dict)
    """The last sessions, each with what a person said in it."""
    seen_sessions: int = 0
    known: dict[str, dict[str, int]] = field(default_factory=dict)
    """By class: names, and the call they were first used in."""
    turns: dict[str, list[int]] = field(default_factory=dict)
    """By class: whether each of the last uses was new."""
    fresh: list[Fresh] = field(default_factory=list)
    told: dict[str, bool] = field(default_factory=dict)
    full: dict[str, bool] = field(default_factory=dict)
    last: Evidence | None = None


class BehaviourNovelty(Detector[Wont]):
    """Finds agents that use a tool, an MCP server, a host, a recipient domain or a part of the file system they never used before.

    The first calls of an agent are learned, over several sessions. After that a name that is new in its class is told: as
    informational when it stands alone, low when it is sensitive (a tool that sends, pays or deletes, a recipient of something
    sent, a place of keys, a bare address), low when two things are new within a few calls of one session, medium when one
    of those is sensitive, and high when three are or when keys and a new destination meet.

    ## Why it matters
    A hijacked agent has the same name, place and credentials as before; only what it does is other. The new recipient, the
    first look into a key folder, the tool nobody ever needed are often all that the log shows on the day.

    ## Judged on
    The agent's own calls, over sessions, in time order; agents without a name by their user, and those without either by their project
    folder, those of different programs apart. Hosts count by their registrable domain, tools without their version, paths by their root; writing in arguments (bodies,
    code) is not searched for places. What the person named in the session is not new. A class in which new names come all the
    time, such as hosts of a web search, counts only together with another. A single harmless novelty is learned as it is told; everything above
    teaches nothing. The memory of an agent is never given up for that of others, and a new sub-agent does not reset it.

    ## What it misses
    Everything an agent does with what it knows already. An attacker who comes slowly, one harmless novelty at a time, or during the
    learning period. An agent under a name of its own: it is young, and rogue-agent has to ask where it comes from. Conversations
    without any time, which have no order among each other. 2,000 names are kept per class; an agent with more is said to be too varied.

    ## What else it may be
    The agent was given a new task or tool, and its first use of it looks like any first use.

    ## What to do
    Ask whether the agent was given a new task or integration on that day. If not, read the session from its start: what did it read
    just before the first new call? Expected destinations belong under `agents.trusted-destinations` in the policy.
    """

    rule = Rule(
        id="behaviour-novelty",
        title="Agent did something new",
        level=Level.low,
        asi=("ASI02", "ASI10"),
        attack=("AML.T0053", "T1078"),
    )
    reads = frozenset({kinds.TOOL_CALL, kinds.GOAL_SET})
    key = ("tenant", "agent")
    state = Wont

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """The agent; else its user; else the folder it works in. An agent without a name is one of its program: Claude Code
        and Codex in one folder are two."""
        if event.agent:
            return event.tenant, "agent", event.agent
        if event.user:
            return event.tenant, "user", event.user, event.source
        folder = event.fields.get("cwd")
        return (event.tenant, "folder", folder, event.source) if isinstance(folder, str) and folder else None

    def observe(self, state: Wont, event: Event) -> Iterator[Finding]:
        if not event.time or not event.session:  # conversations without a time have no order among each other
            return
        self._enter(state, event)
        if event.kind == kinds.GOAL_SET:
            state.sessions[event.session] = (state.sessions[event.session] + "\n" + text_of(event).lower())[-MAX_GOAL:]
            return
        if state.calls == 0:
            state.since = event.time
        state.calls += 1
        places = places_of(event)
        if self._learning(state, event):
            for kind, names in places.items():
                for name in names:
                    self._learn(state, kind, name)
        else:
            yield from self._judge(state, event, places)
        state.last = event.cite("the agent's call before")

    def _enter(self, state: Wont, event: Event) -> None:
        said = state.sessions.pop(event.session, None)
        if said is None:
            state.seen_sessions += 1
            if len(state.sessions) >= MAX_SESSIONS:
                del state.sessions[next(iter(state.sessions))]
        state.sessions[event.session] = said or ""

    def _learning(self, state: Wont, event: Event) -> bool:
        limits = self.policy.thresholds.behaviour_novelty
        return (
            state.calls <= limits.learn_calls
            or state.seen_sessions <= limits.learn_sessions
            or event.time - state.since < limits.learn_hours * HOUR
        )

    @staticmethod
    def _learn(state: Wont, kind: str, name: str) -> None:
        known = state.known.setdefault(kind, {})
        if name in known or len(known) < MAX_KNOWN:
            known.setdefault(name, state.calls)

    @staticmethod
    def _turn(state: Wont, kind: str, was_new: int) -> None:
        turns = state.turns.setdefault(kind, [])
        turns.append(was_new)
        del turns[:-RECENT]

    def _judge(self, state: Wont, event: Event, places: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
        now: list[Fresh] = []
        said = state.sessions[event.session]
        for kind, names in places.items():
            known = state.known.setdefault(kind, {})
            for name in names:
                if name in known or self._expected(kind, name, said):
                    self._turn(state, kind, 0)
                    continue
                if len(known) >= MAX_KNOWN:
                    yield from self._too_varied(state, event, kind)
                    continue
                now.append(
                    Fresh(
                        kind,
                        name,
                        event.session,
                        state.calls,
                        self._sensitive(kind, name, event),
                        event.cite("the first use"),
                    )
                )
        now = [one for one in now if not self._explained(one, now, state)]
        if now:
            yield from self._tell(state, event, now)

    def _expected(self, kind: str, name: str, said: str) -> bool:
        """Whether the person named it, or the policy trusts it."""
        if kind in (HOST, RECIPIENT):
            return within(name, self.policy.agents.trusted_destinations) or name in said
        return kind != TOOL and name.lower() in said

    @staticmethod
    def _sensitive(kind: str, name: str, event: Event) -> bool:
        effect = effect_of(event.tool)
        if kind == TOOL:
            return effect in (SEND, PAY, DELETE)
        if kind == RECIPIENT:
            return effect in CHANGES
        if kind == HOST:
            return is_address(name) or is_drop(name) or effect in (SEND, PAY)
        return is_sensitive_root(name) if kind == ROOT else False

    @staticmethod
    def _explained(one: Fresh, now: list[Fresh], state: Wont) -> bool:
        """Whether a novelty is only the other side of another: a new server's tools, the site of a recipient."""
        if one.kind == TOOL and any(other.kind == SERVER for other in now):
            return True
        if one.kind == HOST and any(other.kind == RECIPIENT and other.name == one.name for other in now):
            return True
        if one.kind == TOOL:
            return any(other.kind == SERVER and other.session == one.session for other in state.fresh)
        return False

    def _tell(self, state: Wont, event: Event, now: list[Fresh]) -> Iterator[Finding]:
        """Weigh what is new together with what was new just before, tell it, and learn what is harmless alone."""
        before = [one for one in state.fresh if one.session == event.session and state.calls - one.call <= TOGETHER]
        calm = [one for one in now if not self._restless(state, one.kind)]
        for one in now:
            self._turn(state, one.kind, 1)
        state.fresh = [*before, *now][-16:]
        step = {(one.kind, one.name): one for one in (*before, *now)}
        counted = {one.kind: one for one in step.values() if one.sensitive or not self._restless(state, one.kind)}
        level, verdict = self._level(counted, calm, now)
        if level is Level.informational:
            for one in now:
                self._learn(state, one.kind, one.name)
        if not calm and level is Level.informational:
            return
        key = f"{event.session} {verdict} {' '.join(sorted(f'{one.kind}:{one.name}' for one in now))}"
        if key in state.told:
            return
        if len(state.told) >= MAX_KNOWN:
            del state.told[next(iter(state.told))]
        state.told[key] = True
        yield self._finding(state, event, verdict, level, now, [one for one in before if one.kind in counted])

    @staticmethod
    def _restless(state: Wont, kind: str) -> bool:
        turns = state.turns.get(kind, [])
        return len(turns) >= 10 and sum(turns) * RESTLESS > len(turns)

    @staticmethod
    def _level(counted: dict[str, Fresh], calm: list[Fresh], now: list[Fresh]) -> tuple[Level, str]:
        sensitive = sum(one.sensitive for one in counted.values())
        if len(counted) > 1:
            keys = ROOT in counted and counted[ROOT].sensitive and (HOST in counted or RECIPIENT in counted)
            if keys or (len(counted) > 2 and sensitive > 1):
                return Level.high, "new-things-at-once"
            return Level.medium if sensitive else Level.low, "new-things-at-once"
        if any(one.sensitive for one in now) and calm:
            return Level.low, "new-sensitive-thing"
        return Level.informational, "new-thing"

    def _too_varied(self, state: Wont, event: Event, kind: str) -> Iterator[Finding]:
        if kind in state.full:
            return
        state.full[kind] = True
        yield self._finding(
            state,
            event,
            "too-varied",
            Level.informational,
            [Fresh(kind, f"more than {MAX_KNOWN:,}", event.session, state.calls, False, event.cite("the call"))],
            [],
        )

    def _finding(
        self, state: Wont, event: Event, verdict: str, level: Level, now: list[Fresh], before: list[Fresh]
    ) -> Finding:
        who = event.agent_id or event.agent or event.user or f"The agent in {event.fields.get('cwd')}"
        things = ", ".join(f"{one.kind} {one.name}" for one in now)
        earlier = f", shortly after {', '.join(f'{one.kind} {one.name}' for one in before)}" if before else ""
        subject = (
            f"agent:{who}"
            if event.agent
            else f"user:{event.user}"
            if event.user
            else f"folder:{event.fields.get('cwd')}"
        )
        proof = [
            event.cite("the call that is new"),
            *(Evidence(one.seen.origin, one.seen.time, "another new call just before") for one in before),
        ]
        if state.last is not None:
            proof.append(state.last)
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=f"{who} used for the first time: {things}{earlier}.",
            subject=(subject, *(f"{one.kind}:{one.name}" for one in now[:3])),
            entities=tuple(dict.fromkeys((subject, *event.entities()))),
            evidence=tuple({one.origin: one for one in reversed(proof)}.values())[::-1],
            judged_on=f"{state.calls - 1} earlier calls over {show_span(event.time - state.since)} in {state.seen_sessions} sessions",
            facts={
                "new": {one.kind: one.name for one in now},
                "sensitive": sorted(one.name for one in (*now, *before) if one.sensitive),
                "known": {one.kind: len(state.known.get(one.kind, {})) for one in now},
                "learned_since": show_time(state.since),
            },
        )
