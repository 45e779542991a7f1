"""What the trail of one conversation shows of approvals: the mode in force, requests, decisions, and calls that wait."""

from __future__ import annotations

from typing import ClassVar, Final, TypeVar

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.calls import call_digest
from onesec_cli.state.conversation.approval_settings import mode_of
from onesec_cli.state.text.plain import text_of

T = TypeVar("T")

MAX_CALLS: Final = 1_024
"""Calls, decisions and refusals remembered of one conversation; the oldest are forgotten, and judged as they stand."""
MACHINES: Final = frozenset(
    {"config", "hook", "policy", "auto", "rule", "settings", "allowlist", "classifier", "guardian"}
)
ITSELF: Final = frozenset({"agent", "assistant", "model", "self", "llm", "ai", "subagent"})
FOREVER: Final = ("session", "always", "permanent", "forever", "remember")


class Decision(Struct, frozen=True):
    """Somebody's answer to a request."""

    verdict: str
    """`accept`, `reject` or `auto`."""
    by: str
    time: int
    place: int
    seen: Evidence

    @property
    def accepted(self) -> bool:
        """Whether it lets the call run."""
        return self.verdict in ("accept", "auto")


class Call(Struct, frozen=True):
    """A tool call, as far as approvals go."""

    id: str
    tool: str
    agent: str
    what: str
    time: int
    place: int
    event_id: str
    seen: Evidence
    ran: Evidence | None = None
    ran_at: int = 0
    values: tuple[str, ...] = ()


class Switch(Struct, frozen=True):
    """A change of the approval mode to a wider one."""

    agent: str
    before: str
    after: str
    time: int
    place: int
    seen: Evidence


class Approvals(Struct):
    """The approvals of one conversation."""

    tells: ClassVar[Tells] = (
        Tell("modes.*", "agent {0} works in the mode {value}"),
        Tell("switch", "the mode of {value.agent} was changed from {value.before} to {value.after}"),
        Tell("requests.*", "approval was asked for {0}"),
        Tell("decisions.*", "the answer on {0} was {value.verdict}"),
        Tell("loose.*", "a decision for the next call of {0}: {value.verdict}"),
        Tell("calls.*", "the call {0} of {value.tool} is remembered"),
        Tell("owing.*", "the call {0} of {value.tool} ran without the approval that it needed"),
        Tell("refused.*", "the call {0} of {value.tool} was refused"),
        Tell("asked.*", "calls of {0} that a person let run: {value}"),
        Tell("unasked.*", "calls of {0} that ran without a decision: {value}"),
        Tell("free.*", "{0} was approved for the whole session"),
        Tell("agents.*", "agent {0} is at work"),
        Tell("results", "answers of tools so far: {value}"),
        Tell("accepted", "decisions of persons that let a call run: {value}"),
        Tell("goal", "the user asked: {value}"),
        *quiet("calls.*.*", "place", "tenant", "session", "source"),
    )

    place: int = 0
    """How many events it had."""
    modes: dict[str, str] = field(default_factory=dict)
    """By agent, the approval mode it last said it was in."""
    switch: Switch | None = None
    requests: dict[str, Evidence] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    loose: dict[str, Decision] = field(default_factory=dict)
    """Decisions that name a tool but no call: for the next call of it."""
    calls: dict[str, Call] = field(default_factory=dict)
    """Calls without a result yet."""
    owing: dict[str, Call] = field(default_factory=dict)
    """Calls that ran without the approval they needed; a decision may still come after the fact."""
    refused: dict[str, Call] = field(default_factory=dict)
    """What was refused since the person last spoke, by digest of the call."""
    asked: dict[str, int] = field(default_factory=dict)
    """By tool, how many calls a person let run."""
    unasked: dict[str, int] = field(default_factory=dict)
    """By tool, how many calls ran without a decision."""
    free: dict[str, bool] = field(default_factory=dict)
    """Tools that were approved for the whole session."""
    agents: dict[str, bool] = field(default_factory=dict)
    results: int = 0
    accepted: int = 0
    """Decisions of persons that let a call run."""
    source: str = ""
    """The format of the log."""
    goal: str = ""
    tenant: str = ""
    session: str = ""

    def tells_consent(self, tool: str) -> bool:
        """Whether the trail would show it if a person let this tool run: canonical records do, others where they did before."""
        return self.source == "onesec" or self.asked.get(tool, 0) > 0

    def mode_text(self, agent: str) -> str:
        """The mode an agent is in, in the words of its harness; its own, else the session's."""
        return self.modes.get(agent) or self.modes.get("", "")

    def mode(self, agent: str) -> str:
        """How much the mode of an agent lets through."""
        return mode_of(self.mode_text(agent))

    def set_mode(self, event: Event) -> None:
        """Take in the approval mode an event tells, and whether it became wider."""
        text = text_of(event, "approval")[:80]
        if not text or (event.agent not in self.modes and len(self.modes) >= MAX_CALLS):
            return
        said = self.modes.get(event.agent, "")
        before, after = mode_of(said), mode_of(text)
        self.modes[event.agent] = text
        if after == before:
            return
        self.free.clear()
        wider = bool(before) and _WIDTH[after] > _WIDTH[before]
        seen = event.cite("approvals were widened here")
        self.switch = Switch(event.agent, said, text, event.time, self.place, seen) if wider else None

    def decide(self, event: Event) -> tuple[str, Decision]:
        """Take in a decision; the call it is for and what it says."""
        verdict = text_of(event, "decision").lower()
        verdict = verdict if verdict in ("accept", "auto") else "reject"
        by = text_of(event, "by")
        if verdict == "accept" and by.lower() in MACHINES:
            verdict = "auto"
        decision = Decision(verdict, by[:200], event.time, self.place, event.cite("the decision"))
        call = text_of(event, "call")
        if call:
            keep(self.decisions, call, decision)
        elif event.tool:
            keep(self.loose, event.tool, decision)
        waiting = self.calls.get(call)
        tool = event.tool or (waiting.tool if waiting else "")
        if decision.verdict == "accept":
            self.accepted += 1
        if tool and decision.accepted and any(word in text_of(event).lower() for word in FOREVER):
            self.free[tool] = True
        if tool and verdict == "accept":
            self.asked[tool] = self.asked.get(tool, 0) + 1
        return call, decision

    def begin(self, event: Event, values: tuple[str, ...]) -> Call | None:
        """Take in a call; a call that had to make room, if one had to."""
        name = text_of(event, "call") or f"#{self.place}"
        if event.agent and len(self.agents) < MAX_CALLS:
            self.agents[event.agent] = True
        call = Call(
            name,
            event.tool,
            event.agent,
            call_digest(event),
            event.time,
            self.place,
            event.id,
            event.cite("the call"),
            values=values,
        )
        if event.tool in self.loose:
            keep(self.decisions, name, self.loose.pop(event.tool))
        return keep(self.calls, name, call)

    def ran(self, tool: str) -> None:
        """Note that a tool ran and nobody decided on it."""
        if tool in self.unasked or len(self.unasked) < MAX_CALLS:
            self.unasked[tool] = self.unasked.get(tool, 0) + 1


_WIDTH: Final = {"": 0, "plan": 0, "strict": 0, "ask": 1, "edits": 2, "all": 3}


def keep(table: dict[str, T], key: str, value: T) -> T | None:
    """Put a value in, and the oldest out where there is no room."""
    out = None
    if key not in table and len(table) >= MAX_CALLS:
        out = table.pop(next(iter(table)))
    table[key] = value
    return out
