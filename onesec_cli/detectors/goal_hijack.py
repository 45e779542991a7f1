"""An agent that did what a text told it to do, and its user had not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import OBEYED, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.deeds import deed_of
from onesec_cli.state.call.outward import sinks_of
from onesec_cli.state.instruction.grading import Obeyed, judge
from onesec_cli.state.instruction.obedience import READS, Session, called, hear
from onesec_cli.state.instruction.sources import Source
from onesec_cli.state.text.marks import MEANINGS

MAX_STEPS: Final = 50
"""Calls of one chain that are kept; more are counted."""
VERDICTS: Final = {
    Level.high: "obeyed",
    Level.medium: "possible",
    Level.low: "provenance",
    Level.informational: "provenance",
}
TITLES: Final = {
    "obeyed": "Agent obeyed an instruction it read",
    "possible": "Agent may have obeyed an instruction it read",
    "provenance": "An argument came from a text the agent read",
}
SOURCES: Final = {
    "result": "a result of {tool}",
    "memory": "a memory",
    "context": "injected context",
    "rules": "a rules file read with {tool}",
}


class Step(Struct, gc=False):
    """One call that did what an instruction said."""

    evidence: Evidence
    event_id: str
    call: str
    tool: str
    said: str
    level: int
    ground: str
    value: str
    key: str
    instruction: str
    marks: list[str]
    way: str
    why: str
    outcome: str = "unknown"
    end: Evidence | None = None
    to: str = ""
    """Where the call sent something, if only the text gave that place."""


class Chain(Struct):
    """One text that told the agent what to do, and the calls that did it."""

    source: Source
    steps: list[Step] = field(default_factory=list)
    more: int = 0


class Obedience(Struct):
    """One conversation and the chains found in it."""

    tells: ClassVar[Tells] = (
        Tell("chains.*", "an instruction that was read at {value.source.evidence:place} was obeyed"),
        Tell("chains.*.more", "further calls that obeyed it: {value}"),
        Tell("running.*", "the outcome of the call {0} is waited for"),
        Tell("agent", "the agent is {value}"),
        Tell("user", "it acts for user {value}"),
        *quiet("tenant", "name"),
    )

    session: Session = field(default_factory=Session)
    chains: dict[str, Chain] = field(default_factory=dict)
    running: dict[str, str] = field(default_factory=dict)
    """Call id to the chain whose outcome its result will tell."""
    tenant: str = ""
    name: str = ""
    agent: str = ""
    user: str = ""


class GoalHijack(Detector[Obedience]):
    """Finds calls that did what a text said which the agent had read, and which its user had not asked for.

    Results of tools, memories and injected context are untrusted; what a person wrote, and for values the operator's
    prompt, is trusted. Sentences of an untrusted text that tell somebody to do something are remembered, also where they
    are escaped, encoded, written in invisible, look-alike or scattered letters, or hidden in markup. A later call is tied to one
    of them by a value that only the text holds, by the tool it names, by words it dictates, by the act and the thing it speaks of, or
    by many small echoes together: verb, thing, numbers, names. Of a command line or a statement of SQL counts what it does.
    Each text that was obeyed is told once, with its first call, its later calls and their outcome, and with four quotes: the
    user's goal, the instruction, the value and the call.

    ## Why it matters
    An agent cannot tell data from orders. Whoever can write into a mail, a page, a ticket or a file that it reads can
    make it pay, send, delete or open doors with the access of its user. That an injection was read proves nothing, most are
    resisted; that a call did what it said, with a value nobody else gave, does.

    ## Judged on
    *High*: a call that changes something or goes to a foreign address, tied to an instruction that speaks to the agent
    (sets other instructions aside, addresses it, speaks of its task, claims authority, asks for secrecy, wears a role tag, was disguised);
    or tied to any instruction, where the user asked for no such act and did not leave it to the text, above all where the user only
    asked to be told something: then act and thing alone are enough. *Medium*: the tie is
    weaker, or a value from plain prose went to an act nobody asked for, or money or a message to where only a text said, though
    the user asked for such an act. *Informational*: the user named the text or left it to it; where an argument came from is noted, no more. Values the user, the operator or the policy
    (`agents.trusted-destinations`, `agents.trusted-tools`) gave tie nothing. A user who asks to do what a text says has left it to that text.

    ## What it misses
    Orders that are obeyed in words alone, without a call. Values that the text only describes, unless act and thing are
    named. An unmarked instruction to do what the user asked for anyway, with another value, is medium at most, and no more than a note
    where the user named who wrote it, or spoke again after it was read; so is one to use a tool the agent had used before it read the
    text. A text the user told the agent to follow is followed: only marks tell a planted order there. Statements of fact that move an
    agent without asking for anything ("the right price is 1"); unmarked orders that speak of the very thing the user named. Unmarked ones in a
    knowledge base or a runbook are medium, unless the user only asked to be told something. Commands that an agent runs in its own folder, packages it installs
    and links it follows because a text said so, as honest agents do all day; in a browser, clicks and keys that name no act. Languages
    other than English are judged by words of request, a few verbs and by where values came from. Instructions in pictures, written
    backwards, split over several results, or encoded in ways other than base64, hexadecimal, percent and invisible characters.
    Where the log holds no results or no goal, or
    cuts results, it says so and judges less. Of one conversation the last 120 texts with instructions are held against every call, marked
    ones longest; 4,000 older ones, and what of a text goes beyond 40 instructions, are found by the addresses, accounts and links they name. What
    was forgotten beyond that, or stood behind 16 million characters, the report says.

    ## What else it may be
    The user wanted just this and said so outside this log, or the sender of the text is one whose word counts.

    ## What to do
    Read the four quotes. Undo what the calls did: recall the payment, rotate what was sent, restore what was deleted. Find who
    could write the text and what other agents read it. Require approval for the tool, or allow its destinations by list
    (`agents.trusted-destinations`, `approvals`).
    """

    rule = Rule(
        id="goal-hijack",
        title="Agent obeyed an instruction it read",
        level=Level.high,
        asi=("ASI01", "ASI02"),
        attack=("AML.T0051.001",),
    )
    reads = READS | {kinds.APPROVAL_DECISION}
    key = ("tenant", "session")
    state = Obedience

    def observe(self, state: Obedience, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOOL_CALL:
            self._called(state, event)
        elif event.kind == kinds.APPROVAL_DECISION:
            if event.fields.get("decision") == "reject":
                self._ended(state, event, "refused")
        else:
            if event.kind == kinds.TOOL_RESULT:
                self._ended(state, event, "failed" if event.fields.get("error") else "done")
            hear(state.session, event, self.policy.agents)
        return iter(())

    def finish(self, state: Obedience) -> Iterator[Finding]:
        for chain in state.chains.values():
            yield self._finding(state, chain)
        state.chains, state.running = {}, {}

    def forgotten(self, state: Obedience) -> int:
        return state.session.forgotten + state.session.wish.more

    def _called(self, state: Obedience, event: Event) -> None:
        state.tenant, state.name = event.tenant, event.session
        state.agent, state.user = state.agent or event.agent, state.user or event.user
        called(state.session, event)
        obeyed = judge(state.session, event, self.policy.agents)
        if obeyed is None:
            return
        source = obeyed.bond.source
        chain = state.chains.setdefault(source.event_id, Chain(source))
        if len(chain.steps) >= MAX_STEPS:
            chain.more += 1
            return
        step = _step(event, obeyed)
        chain.steps.append(step)
        if step.call:
            state.running[step.call] = source.event_id

    def _ended(self, state: Obedience, event: Event, outcome: str) -> None:
        call = event.fields.get("call")
        chain = state.chains.get(state.running.pop(call, "")) if isinstance(call, str) else None
        for step in chain.steps if chain is not None else ():
            if step.call == call:
                step.outcome, step.end = outcome, event.cite(f"its outcome: {outcome}")

    def _finding(self, state: Obedience, chain: Chain) -> Finding:
        level = Level(max(step.level for step in chain.steps))
        first = next(step for step in chain.steps if step.level == level)
        others = [step.evidence for step in chain.steps if step is not first]
        proofs = [first.evidence, chain.source.evidence, state.session.goal, first.end, *others]
        named = (("session", state.name), ("agent", state.agent), ("user", state.user))
        verdict = VERDICTS[level]
        return Finding(
            rule=self.rule.id,
            level=level,
            time=first.evidence.time,
            until=max(step.evidence.time for step in chain.steps),
            tenant=state.tenant,
            event_id=first.event_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=_message(state, chain.source, first, level),
            subject=(f"session:{state.name}",),
            entities=tuple(f"{kind}:{value}" for kind, value in named if value),
            evidence=tuple(proof for proof in proofs if proof is not None),
            judged_on=_judged_on(state.session),
            facts=_facts(state.session, chain, first, level),
        )


def _message(state: Obedience, source: Source, first: Step, level: Level) -> str:
    agent = state.agent or "The agent"
    place = SOURCES[source.kind].format(tool=source.tool or "a tool")
    tie = f"with {first.value!r}, which only {place} gave" if first.ground == "value" else f"as {place} said"
    did = {"refused": "tried to call", "failed": "called, without success,"}.get(first.outcome, "called")
    doubt = "" if level == Level.high else " It may be what the user wanted."
    goal = (
        f"The user had asked: {_short(state.session.wish.first, 160)!r}."
        if state.session.wish.first
        else "What the user asked for is not in the log."
    )
    return f"{agent} {did} {first.tool} {tie}: {_short(first.instruction, 200)!r}. {goal}{doubt}"


def _short(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"


def _judged_on(session: Session) -> str:
    said = []
    if not session.wish.spoken:
        said.append("the log does not hold what the user asked for")
    if session.cut:
        said.append(f"{session.cut} results are in the log only in part")
    if session.wish.more:
        said.append("the user's words were too many to remember all")
    if session.forgotten:
        said.append(f"{session.forgotten} texts with instructions were forgotten")
    return "; ".join(said)


def _facts(session: Session, chain: Chain, first: Step, level: Level) -> dict[str, Any]:
    return {
        "goal": session.wish.first,
        "instruction": first.instruction,
        "value": first.value,
        "call": f"{first.tool}({_short(first.said, 300)})",
        "argument": first.key,
        "tie": first.ground,
        "why": first.why,
        "marks": [MEANINGS[mark] for mark in first.marks],
        "hidden_in": first.way,
        "source": chain.source.kind,
        "source_tool": chain.source.tool,
        "delegated": session.wish.delegates,
        "outcome": first.outcome,
        "calls": [step.call or step.event_id for step in chain.steps if step.level == level],
        "chain": [
            {
                "tool": step.tool,
                "level": Level(step.level).name,
                "outcome": step.outcome,
                "time": show_time(step.evidence.time),
                "to": step.to,
            }
            for step in chain.steps
        ],
        "more_calls": chain.more,
    }


def _step(event: Event, obeyed: Obeyed) -> Step:
    bond = obeyed.bond
    call = event.fields.get("call")
    return Step(
        evidence=event.cite(OBEYED),
        event_id=event.id,
        call=call if isinstance(call, str) else "",
        tool=event.tool,
        said=deed_of(event).said[:600],
        level=int(obeyed.level),
        ground=bond.ground,
        value=bond.value,
        key=bond.key,
        instruction=bond.line.quote[:600],
        marks=list(bond.line.marks),
        way=bond.line.way,
        why=obeyed.why,
        to=bond.value if any(sink.to == bond.value for sink in sinks_of(event, "")) else "",
    )
