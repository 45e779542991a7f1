"""A text the agent read spoke to it, and was not obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.instruction.grading import judge, speaks_to_agent
from onesec_cli.state.instruction.obedience import READS, Session, called, hear
from onesec_cli.state.instruction.sources import Line, Source
from onesec_cli.state.text.marks import MEANINGS, QUOTED

MAX_TOLD: Final = 10
"""Texts of one conversation that are told."""


class Exposure(Struct):
    """One conversation, and the texts in it that were obeyed."""

    tells: ClassVar[Tells] = (
        Tell("obeyed", "an instruction was obeyed, and is told by goal-hijack: {value}"),
        Tell("agent", "the agent is {value}"),
        Tell("user", "it acts for user {value}"),
        *quiet("told", "tenant", "name"),
    )

    session: Session = field(default_factory=Session)
    obeyed: list[str] = field(default_factory=list)
    """Ids of the events whose text was obeyed; `goal-hijack` tells those."""
    told: list[str] = field(default_factory=list)
    tenant: str = ""
    name: str = ""
    agent: str = ""
    user: str = ""


class InjectionExposure(Detector[Exposure]):
    """Finds texts that told the agent what to do, speaking to it and not to people, and that no call obeyed.

    Told once per text, when the conversation is over: results of tools, memories and injected context whose instructions set others
    aside, address the agent, speak of its task, claim authority, ask for secrecy, wear a role tag or were disguised.

    ## Why it matters
    Somebody tried. The agent held out this time; the same text waits for the next agent, the next model and the
    next prompt, and who could put it there is worth knowing.

    ## Judged on
    The marks that `goal-hijack` uses, and that no later call was tied to the text, not even weakly. A text that only quotes such
    instructions, in an article about them, is informational. Rules files for agents (`AGENTS.md`, `CLAUDE.md` ...) and
    context that the harness put in may speak to the agent; only overriding or disguised orders count there.

    ## What it misses
    Injections without a mark, which look like any request between people. Obedience that `goal-hijack` misses is told here as exposure,
    so the level says nothing about harm. Languages other than English are seen by role tags, disguise and few words only.

    ## What else it may be
    The text is about injections (a lesson, a test, a filter's report), or meant for another reader.

    ## What to do
    Find who wrote the text and remove it. Look for other conversations that read the same source, and whether they held out.
    """

    rule = Rule(
        id="injection-exposure",
        title="Agent read a text that tried to instruct it",
        level=Level.low,
        asi=("ASI01",),
        attack=("AML.T0051.001",),
    )
    reads = READS
    key = ("tenant", "session")
    state = Exposure

    def observe(self, state: Exposure, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOOL_CALL:
            called(state.session, event)
            speaking = any(source.marked for source in state.session.sources)
            obeyed = judge(state.session, event, self.policy.agents) if speaking else None
            if obeyed is not None and obeyed.level >= Level.medium and obeyed.bond.source.event_id not in state.obeyed:
                state.obeyed.append(obeyed.bond.source.event_id)
        else:
            hear(state.session, event, self.policy.agents, plain=False)
        state.tenant, state.name = event.tenant, event.session
        state.agent, state.user = state.agent or event.agent, state.user or event.user
        return iter(())

    def finish(self, state: Exposure) -> Iterator[Finding]:
        for source in state.session.sources:
            if source.event_id in state.obeyed or source.event_id in state.told or len(state.told) >= MAX_TOLD:
                continue
            line = _worst(source)
            if line is not None:
                state.told.append(source.event_id)
                yield self._finding(state, source, line)

    def _finding(self, state: Exposure, source: Source, line: Line) -> Finding:
        quoted = QUOTED in line.marks
        named = (("session", state.name), ("agent", state.agent), ("user", state.user))
        place = f"a result of {source.tool}" if source.tool else f"a {source.kind}"
        agent = state.agent or "The agent"
        what = "quotes instructions to agents" if quoted else "tried to instruct it"
        return Finding(
            rule=self.rule.id,
            level=Level.informational if quoted else Level.low,
            time=source.evidence.time,
            tenant=state.tenant,
            event_id=source.event_id,
            verdict="quoted" if quoted else "exposed",
            title="Agent read a text about injections" if quoted else "",
            message=f"{agent} read {place} that {what}; no call that obeyed it was found: {line.quote[:200]!r}.",
            subject=(f"session:{state.name}",),
            entities=tuple(f"{kind}:{value}" for kind, value in named if value),
            evidence=(source.evidence,),
            judged_on="results are in the log only in part" if state.session.cut else "",
            facts={
                "instruction": line.quote,
                "marks": [MEANINGS[mark] for mark in line.marks],
                "hidden_in": line.way,
                "source_tool": source.tool,
                "instructions": len(source.lines),
            },
        )


def _worst(source: Source) -> Line | None:
    """The instruction of a text that speaks to the agent most plainly."""
    speaking = [
        line for line in source.lines if speaks_to_agent(source, line) or (QUOTED in line.marks and len(line.marks) > 1)
    ]
    return max(speaking, key=lambda line: (QUOTED not in line.marks, len(line.marks)), default=None)
