"""An agent that nobody brought in, that goes beyond what it was brought in for, or that does not end."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.call.calls import CHANGES, EXEC, effect_of
from onesec_cli.state.conversation.approval_settings import tool_names
from onesec_cli.state.fleet.family import HANDOFF, MAIN, SPAWN, START, Family, Member, Moment, shown
from onesec_cli.state.instruction.errands import Errands
from onesec_cli.state.text.plain import text_of

GRACE: Final = 5 * SECOND
"""What was under way when an agent ended may still be logged after it."""

TITLES: Final = {
    "unspawned": "Agent acts that nobody brought in",
    "unknown-parent": "Agent names a parent that is unknown",
    "acted-before-spawn": "Agent acted before it was brought in",
    "outside-grant": "Sub-agent used a tool it was not given",
    "beyond-line": "Sub-agent used what nobody above it has",
    "acts-after-end": "Agent acts after its end",
    "outlives-parent": "Sub-agent outlives its parent",
    "too-deep": "Agents spawned too deep",
    "too-many": "Agent spawned too many others",
    "identity-reused": "Identity of an agent used twice",
    "planted-task": "Task of a new agent came from untrusted text",
    "parentage-not-shown": "Several agents act; the log does not show who brought them in",
}


class Clan(Struct):
    """The agents of one conversation, what untrusted text told them, and what was said of them already."""

    family: Family = field(default_factory=Family)
    errands: Errands = field(default_factory=Errands)
    told: dict[str, bool] = field(default_factory=dict)


class RogueAgent(Detector[Clan]):
    """Finds agents that act in a conversation without having been spawned, handed to or started by an agent that belongs there.

    From spawns, handoffs and starts a tree of the agents of one conversation is built. An agent that calls tools and has no place in
    it is told at the end of the trail, when no later record can explain it. Told at once: a sub-agent that uses
    a tool or connection outside what its spawn or its line of parents has, that acts after its own end or its parent's, that
    is deeper or has more siblings than allowed, that comes back as somebody else, or whose task repeats an order to the agent
    from an untrusted result.

    ## Why it matters
    A rogue agent is a foothold: it acts with the session's rights, but no person and no agent asked for it. Injected text that
    makes an agent start another one, with a task of the attacker's, turns one bad answer into a second actor that
    outlives it.

    ## Judged on
    Records of one conversation alone. Parentage is only missed where the trail shows it for others: the agent of the
    session, the first agent and every agent a person speaks to need no parent. Actors named under `delegation.known-actors` neither. Agents
    that only talk are not told. Sub-agents with tools of their own are how orchestrators are built, so a tool is only held against a
    line of parents when tools were offered there and nobody in it was offered this one. A handoff may end the agent it came from.

    ## What it misses
    Conversations in which no agent is ever spawned or handed to: who belongs there cannot be known, and an informational
    finding says so. An impostor that acts under the name of a legitimate agent. A sub-agent whose log has a
    conversation of its own, unless the format ties the two together. Forged spawn records. A spawn that names no child: the next new
    agent is taken for it. 2,000 agents are told apart in one conversation.

    ## What else it may be
    The agent is a known helper whose start this log does not record.

    ## What to do
    Find out from the evidence which process wrote the first action, end it, and revoke what it was given. Review what it changed.
    For a planted task, treat the source of the text as hostile. Name known helpers under `delegation.known-actors`.
    """

    rule = Rule(
        id="rogue-agent",
        title="Agent acts that nobody brought in",
        level=Level.high,
        asi=("ASI10", "ASI03", "ASI07"),
        attack=("T1078", "AML.T0053"),
    )
    reads = frozenset(
        {
            *(kinds.AGENT_START, kinds.AGENT_SPAWN, kinds.AGENT_HANDOFF, kinds.AGENT_END),
            *(kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.TOOL_OFFER, kinds.GOAL_SET),
        }
    )
    key = ("tenant", "session")
    state = Clan

    def observe(self, state: Clan, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOOL_RESULT:
            state.errands.hear(event)
            return
        if event.kind == kinds.GOAL_SET:
            state.errands.trust(event)
        family = state.family
        yield from self._before(state, event)
        member = family.take(event)
        if member is None:
            return
        if event.kind == kinds.TOOL_CALL:
            yield from self._acts(state, member, event)
        elif event.kind in (kinds.AGENT_SPAWN, kinds.AGENT_HANDOFF):
            yield from self._brought(state, member, event)

    def finish(self, state: Clan) -> Iterator[Finding]:
        family = state.family
        acting = [one for one in family.members.values() if one.first is not None]
        shows = [one for one in family.members.values() if one.how]
        orphans = [one for one in acting if not self._belongs(family, one)]
        if not shows and not family.anonymous:
            if len(acting) > 1:
                yield self._not_shown(family, acting)
            return
        if len(orphans) <= len(family.anonymous) or len(orphans) > max(1, len(shows)):
            return
        handed = all(one.how == HANDOFF for one in shows)
        for one in orphans:
            yield self._orphan(family, one, handed)

    # parentage

    def _belongs(self, family: Family, one: Member) -> bool:
        """Whether an agent was brought in, or needs nobody to bring it in."""
        at_home = one.name in (MAIN, family.root, family.session) or one.addressed
        return (
            bool(one.how) or at_home or any(fnmatchcase(one.name, name) for name in self.policy.delegation.known_actors)
        )

    def _orphan(self, family: Family, one: Member, handed: bool) -> Finding:
        act = one.changing or one.first
        assert act is not None
        verdict = "unknown-parent" if one.parent else "unspawned"
        level = Level.medium if handed or one.changing is None else Level.high
        brood = sorted(other.name for other in family.members.values() if other.how and other.parent == one.name)[:20]
        why = (
            f"it names {one.parent} as its parent, which the conversation does not know"
            if one.parent
            else "no spawn, handoff or start by a known agent names it"
        )
        tool, session = act.tool or "a tool", family.session
        did = f"made {one.acts} tool calls in session {session}, {tool} among them"
        return self._finding(
            family, act, verdict, level, one,
            f"{one.name} {f'called {tool} in session {session}' if one.acts == 1 else did}, but {why}"
            + (f"; it spawned {', '.join(brood)}." if brood else "."),
            proof=tuple(moment.seen for moment in (one.first, one.changing, one.started) if moment is not None),
            judged="the spawns and handoffs that the trail shows for other agents of the conversation",
            more={"brought_in": sorted(other.name for other in family.members.values() if other.how)[:20], "spawned": brood},
        )  # fmt: skip

    def _not_shown(self, family: Family, acting: list[Member]) -> Finding:
        first = min((one.first for one in acting if one.first is not None), key=lambda moment: moment.place)
        return Finding(
            rule=self.rule.id,
            level=Level.informational,
            time=first.time,
            tenant=family.tenant,
            event_id=first.event_id,
            verdict="parentage-not-shown",
            title=TITLES["parentage-not-shown"],
            message=f"{len(acting)} agents act in session {family.session}, and this {family.source} log shows no spawn or handoff: "
            "whether they belong there cannot be judged.",
            subject=(f"format:{family.source}",),
            entities=(f"session:{family.session}",),
            evidence=(first.seen,),
            judged_on="nothing; the trail does not carry what it would take",
            facts={"agents": sorted(one.name for one in acting)[:20]},
        )

    # what an agent does

    def _before(self, state: Clan, event: Event) -> Iterator[Finding]:
        """What must be seen before the event changes the family: actions after an end, and names that come back."""
        family = state.family
        if event.kind == kinds.TOOL_CALL:
            member = family.members.get(event.agent)
            now = family.moment(event, "the action")
            if member is None:
                return
            if member.ended is not None and member.ended.before(now, GRACE):
                yield from self._once(
                    state,
                    "acts-after-end",
                    member,
                    event,
                    member.ended.seen,
                    f"{event.agent or 'The agent'} called {event.tool} after it had ended.",
                )
            above = family.members.get(member.parent) if member.how in (SPAWN, START) else None
            if above is not None and above.ended is not None and above.ended.before(now, GRACE):
                said = f"{event.agent} called {event.tool} after {shown(above.name, family.session)}, which spawned it, had ended."
                yield from self._once(state, "outlives-parent", member, event, above.ended.seen, said)
        elif event.kind == kinds.AGENT_SPAWN:
            child = family.members.get(text_of(event, "child") or event.agent)
            if child is not None and child.name != event.agent:
                yield from self._again(state, child, event)

    def _again(self, state: Clan, child: Member, event: Event) -> Iterator[Finding]:
        """The spawn of a name that is known already."""
        family = state.family
        role = text_of(event, "role")[:200]
        if child.name in {one.name for one in family.line(event.agent)}:
            said = f"{shown(event.agent, family.session)} spawned an agent under the name of {child.name}, from which it descends itself."
        elif child.how == SPAWN and role and child.role and role != child.role:
            said = f"{child.name} was spawned as {child.role} and again as {role}."
        else:
            return
        proof = child.brought or child.first or child.started
        yield from self._once(state, "identity-reused", child, event, proof.seen if proof else None, said, Level.medium)

    def _acts(self, state: Clan, member: Member, event: Event) -> Iterator[Finding]:
        family = state.family
        if member.how not in (SPAWN, START):
            return
        names = tool_names(event.tool)
        if member.granted is not None and not any(fnmatchcase(name, one) for name in names for one in member.granted):
            said = (
                f"{member.name} called {event.tool}, but was spawned with {', '.join(list(member.granted)[:8])} only."
            )
            level = Level.high if effect_of(event.tool) in CHANGES | {EXEC} else Level.medium
            yield from self._once(
                state,
                "outside-grant",
                member,
                event,
                member.brought.seen if member.brought else None,
                said,
                level,
                event.tool,
            )
        line = family.line(member.name)
        above = line[1:]
        offered = any(one.offered for one in above)
        if (
            offered
            and effect_of(event.tool) in CHANGES | {EXEC}
            and not any(name in one.offered for one in line for name in names)
        ):
            said = f"{member.name} called {event.tool}, which was offered neither to it nor to any agent above it."
            yield from self._once(
                state,
                "beyond-line",
                member,
                event,
                member.brought.seen if member.brought else None,
                said,
                Level.medium,
                event.tool,
            )
        connection = event.connection
        held = {name for one in above for name in (*one.connections, *one.lent)}
        if connection and held and connection not in held and connection not in member.lent:
            said = f"{member.name} used the connection {connection}, which no agent above it holds."
            yield from self._once(
                state,
                "beyond-line",
                member,
                event,
                member.brought.seen if member.brought else None,
                said,
                Level.medium,
                connection,
            )

    def _brought(self, state: Clan, child: Member, event: Event) -> Iterator[Finding]:
        family, limits = state.family, self.policy.thresholds.rogue_agent
        parent = family.members.get(event.agent)
        now = family.moment(event, "the spawn")
        first, brought = child.first, child.brought if child.how == SPAWN else None
        if first is not None and brought is not None and first.place <= brought.place and first.before(brought, GRACE):
            said = f"{child.name} called {first.tool} before {shown(event.agent, family.session)} brought it in."
            yield from self._once(state, "acted-before-spawn", child, event, first.seen, said, Level.medium)
        if event.kind == kinds.AGENT_SPAWN and child.depth > limits.max_depth:
            chain = " -> ".join(shown(one.name, family.session) for one in reversed(family.line(child.name)))
            said = f"{child.name} is the {child.depth}th agent in a line of spawns ({chain}); {limits.max_depth} are allowed."
            yield from self._once(state, "too-deep", child, event, now.seen, said, Level.medium)
        if parent is not None and event.kind == kinds.AGENT_SPAWN and parent.children == limits.max_children + 1:
            said = f"{shown(parent.name, family.session)} spawned more than {limits.max_children} agents."
            yield from self._once(state, "too-many", parent, event, now.seen, said, Level.medium)
        heard = state.errands.find(text_of(event))
        if heard is not None:
            said = f"{shown(event.agent, family.session)} gave {child.name} a task that repeats an instruction from an untrusted result of {heard.tool}: {heard.text[:160]!r}."
            yield from self._once(state, "planted-task", child, event, heard.seen, said, Level.high)

    # what is said

    def _once(
        self, state: Clan, verdict: str, of: Member, event: Event, proof: Evidence | None, said: str,
        level: Level | None = None, about: str = "",
    ) -> Iterator[Finding]:  # fmt: skip
        """A finding, the first time it is made of this agent."""
        key = f"{verdict} {of.name} {about}"
        if key in state.told or len(state.told) >= 10_000:
            return
        state.told[key] = True
        if level is None:
            level = Level.high if effect_of(event.tool) in CHANGES | {EXEC} else Level.medium
        now = state.family.moment(event, "the action" if event.kind == kinds.TOOL_CALL else "the record that tells it")
        yield self._finding(
            state.family, now, verdict, level, of, f"T{said[1:]}" if said.startswith("the main agent") else said,
            proof=(now.seen, *((proof,) if proof else ())), judged="the records of the conversation",
        )  # fmt: skip

    def _finding(
        self, family: Family, at: Moment, verdict: str, level: Level, of: Member, said: str,
        proof: tuple[Evidence, ...], judged: str, more: dict[str, object] | None = None,
    ) -> Finding:  # fmt: skip
        subject = (f"agent:{of.name}" if of.name else "agent:main", f"session:{family.session}")
        return Finding(
            rule=self.rule.id,
            level=level,
            time=at.time,
            tenant=family.tenant,
            event_id=at.event_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=said,
            subject=subject,
            entities=(*subject, *((f"agent:{of.parent}",) if of.parent else ())),
            evidence=tuple({one.origin: one for one in reversed(proof)}.values())[::-1],
            judged_on=judged,
            facts={"depth": of.depth, "parent": of.parent, "how": of.how, "tool": at.tool, **(more or {})},
        )
