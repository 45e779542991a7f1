"""An agent that did what a text told it to do, and nobody else had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.grading import Obeyed, judge
from onesec_cli.state.obedience import READS, Session, Source, called, hear
from onesec_cli.state.text.marks import MEANINGS

MAX_CALLS: Final = 50
"""Calls of one chain that are listed."""


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
    outcome: str = ""


class Chain(Struct):
    """One text that told the agent what to do, and the calls that did it."""

    source: Source
    steps: list[Step] = field(default_factory=list)
    more: int = 0


class Obedience(Struct):
    """One conversation and the chains found in it."""

    session: Session = field(default_factory=Session)
    chains: dict[str, Chain] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)
    """Call id to the chain whose outcome it will tell."""
    tenant: str = ""
    name: str = ""
    agent: str = ""
    user: str = ""


class GoalHijack(Detector[Obedience]):
    """Finds calls that obeyed an instruction inside a text the agent read, which the user never gave.

    ## Why it matters
    x

    ## Judged on
    x

    ## What it misses
    x

    ## What to do
    x
    """

    rule = Rule(
        id="goal-hijack",
        title="Agent obeyed an instruction it read",
        level=Level.high,
        asi=("ASI01", "ASI02"),
        attack=("AML.T0051.001",),
    )
    reads = READS
    key = ("tenant", "session")
    state = Obedience

    def observe(self, state: Obedience, event: Event) -> Iterator[Finding]:
        if event.kind != kinds.TOOL_CALL:
            self._hear(state, event)
            return
        state.tenant, state.name = event.tenant, event.session
        state.agent, state.user = state.agent or event.agent, state.user or event.user
        deed = called(state.session, event)
        obeyed = judge(state.session, deed) if state.session.sources else None
        if obeyed is None:
            return
        source = obeyed.bond.source
        chain = state.chains.setdefault(source.event_id, Chain(source))
        if len(chain.steps) >= MAX_CALLS:
            chain.more += 1
            return
        step = _step(event, deed.said, obeyed)
        chain.steps.append(step)
        if step.call:
            state.open[step.call] = source.event_id
        return
        yield

    def finish(self, state: Obedience) -> Iterator[Finding]:
        for chain in state.chains.values():
            yield self._finding(state, chain)
        state.chains, state.open = {}, {}

    def _hear(self, state: Obedience, event: Event) -> None:
        call = event.fields.get("call")
        chain = state.chains.get(state.open.pop(call, "")) if isinstance(call, str) else None
        if chain is not None:
            for step in chain.steps:
                if step.call == call:
                    step.outcome = "refused or failed" if event.fields.get("error") else "done"
        hear(state.session, event)

    def _finding(self, state: Obedience, chain: Chain) -> Finding:
        level = max(step.level for step in chain.steps)
        first = next(step for step in chain.steps if step.level == level)
        facts: dict[str, Any] = {
            "goal": state.session.wish.first,
            "instruction": first.instruction,
            "value": first.value,
            "call": f"{first.tool}({first.said[:300]})",
            "ground": first.ground,
            "why": first.why,
            "marks": [MEANINGS[mark] for mark in first.marks],
            "calls": [step.call or step.event_id for step in chain.steps if step.level == level],
            "later": [step.tool for step in chain.steps],
            "outcome": first.outcome or "unknown",
        }
        return Finding(
            rule=self.rule.id, level=Level(level), time=first.evidence.time, until=chain.steps[-1].evidence.time, tenant=state.tenant, event_id=first.event_id,
            verdict="obeyed", message=f"{first.tool} did what {chain.source.tool} text said",
            subject=(f"session:{state.name}",), entities=(f"session:{state.name}",), evidence=(first.evidence, chain.source.evidence),
            facts=facts,
        )  # fmt: skip


def _step(event: Event, said: str, obeyed: Obeyed) -> Step:
    bond = obeyed.bond
    call = event.fields.get("call")
    return Step(
        evidence=event.cite("the call that obeyed"),
        event_id=event.id,
        call=call if isinstance(call, str) else "",
        tool=event.tool,
        said=said[:600],
        level=int(obeyed.level),
        ground=bond.ground,
        value=bond.value,
        key=bond.key,
        instruction=bond.line.text[:600],
        marks=list(bond.line.marks),
        way=bond.line.way,
        why=obeyed.why,
    )
