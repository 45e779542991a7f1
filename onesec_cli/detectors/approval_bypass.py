"""An action that needed a person's approval and ran without it, against it, or with one that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import MINUTE
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import ApprovalRule
from onesec_cli.state.call.calls import CHANGES, DELETE, EXEC, PAY, SEND, effect_of, failed, given_of, refused
from onesec_cli.state.call.remembered import per_call
from onesec_cli.state.conversation.approval_settings import ALL, PLAN, STRICT, loosens, tool_names
from onesec_cli.state.conversation.approvals import ITSELF, MACHINES, Approvals, Call, Decision, keep
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.wordlists import remembered

HABIT: Final = 2
"""Calls of a tool a person decided on, from which a call without a decision stands out."""
MAX_VALUE: Final = 300

_BY_PERSON: Final = re.compile(
    r"doesn't want|does not want to|(?:rejected|denied|declined|refused) by (?:the )?(?:user|operator|person)|user (?:has )?(?:rejected|denied|declined|refused)",
    re.IGNORECASE,
)
_PERMITS: Final = re.compile(
    r"permission|approv|auto.?accept|\byolo\b|bypass|\ballow|confirmations?\b|settings\.json", re.IGNORECASE
)

TITLES: Final = {
    "unapproved": "Action ran without the approval it needed",
    "after-the-fact": "Action was approved after it had run",
    "refused-but-run": "Refused action ran all the same",
    "repeated-after-refusal": "Refused action was done again without asking",
    "sidestepped": "Refused action was done another way",
    "self-approved": "Agent approved an action itself",
    "wrong-approver": "Action was approved by somebody who may not",
    "approvals-weakened": "Agent loosened its own approvals",
    "widened": "Approvals were widened just before a sensitive action",
    "habit-broken": "Action ran unasked where its like was always asked for",
}


class ApprovalBypass(Detector[Approvals]):
    """Finds actions that ran without a person's approval although one was needed.

    That approval was needed is derived, never read from an event that says so: the policy demands it for the tool, the
    agent itself asked for it, the session's mode forbids changes or asks for every action, or a person decided on every earlier call of the tool.
    Then the decision is looked for: before the action ran, by somebody who may give it, and in its favour. An agent that
    writes to its own approval settings, or starts another agent with approvals off, is told as well, and so is a mode that is
    widened just before something is sent, paid or deleted.

    ## Why it matters
    Approval is the last thing between a hijacked agent and the harm. Attackers therefore go for it first: they let the agent
    switch it off, ask for one thing and do another, or count on a harness that runs first and asks later.

    ## Judged on
    Requests, decisions, calls and results of one conversation, paired by the id of the call. A call has run when its result
    is no error and does not say that it was not allowed. A refusal binds until the person speaks again. Several formats log
    refusals but no consent: there a request without an answer is informational, and a breach of the policy medium. Where the log holds
    no decisions at all, only the policy, plan mode and the agent's own settings can be judged. A change of settings the
    person asked for is low.

    ## What it misses
    Approvals that are given outside the log, which make an honest action look unapproved where the policy demands one:
    such findings say that no decision is in the trail. A person who approves everything, or approves what was shown differently from what
    ran. Settings changed by other means than a write to a known settings file or a flag on a known command line. Tools
    that are approved for a session without the log saying so. 1,024 open calls, decisions and refusals are kept per conversation.

    ## What else it may be
    A person approved in a place that this log does not show, or widened the approval mode on purpose.

    ## What to do
    Undo the action if it can be undone. Find out from the message before the call why it ran: a harness fault, a mode the
    person set, or the agent's own change of it. Restore the settings from version control, and make them read-only for
    the agent. Declare which tools need approval under `approvals:` in the policy.
    """

    rule = Rule(
        id="approval-bypass",
        title="Action ran without the approval it needed",
        level=Level.high,
        asi=("ASI09", "ASI03", "ASI10"),
        attack=("T1562", "AML.T0081"),
    )
    reads = frozenset(
        {
            *(kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.GOAL_SET, kinds.AGENT_START),
            *(kinds.APPROVAL_REQUEST, kinds.APPROVAL_DECISION),
        }
    )
    key = ("tenant", "session")
    state = Approvals

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """The conversation; where it has no name, the agent."""
        name = event.session or event.agent
        return (event.tenant, name) if name else None

    def observe(self, state: Approvals, event: Event) -> Iterator[Finding]:
        state.place += 1
        state.tenant, state.session, state.source = event.tenant, event.session, event.source
        if event.kind == kinds.TOOL_CALL:
            yield from self._called(state, event)
        elif event.kind == kinds.TOOL_RESULT:
            yield from self._answered(state, event)
        elif event.kind == kinds.APPROVAL_DECISION:
            yield from self._decided(state, event)
        elif event.kind == kinds.APPROVAL_REQUEST:
            keep(state.requests, text_of(event, "call"), event.cite("the agent asked for approval here"))
        elif event.kind == kinds.AGENT_START:
            state.set_mode(event)
        else:
            state.goal = text_of(event)[:4_000]
            state.refused.clear()

    def finish(self, state: Approvals) -> Iterator[Finding]:
        for call in state.owing.values():
            yield self._unapproved(state, call)
        if not state.results:  # a trail without results: what was called counts as run
            for call in state.calls.values():
                if self._need(state, call) and call.id not in state.decisions:
                    yield self._unapproved(state, call)
        state.owing.clear()
        state.calls.clear()

    # what happens

    def _called(self, state: Approvals, event: Event) -> Iterator[Finding]:
        said = loosens(event)
        if said:
            level = Level.low if _PERMITS.search(state.goal) else Level.high
            yield self._finding(
                state, event, "approvals-weakened", level, f"{_who(event.agent, event.session)} {said}.",
                (event.cite("the call"),), "the call's arguments and what the person asked for",
            )  # fmt: skip
        state.begin(event, _things_of(event))
        yield from self._widened(state, event)

    def _answered(self, state: Approvals, event: Event) -> Iterator[Finding]:
        state.results += 1
        call = state.calls.pop(text_of(event, "call"), None)
        if call is None:
            return
        decision = state.decisions.get(call.id)
        if decision is not None and not decision.accepted:
            if not failed(event) and not refused(event):
                # an MCP server may ask the person for details: its tool ends well when they decline
                level = Level.informational if event.source == "mcp" else Level.high
                yield self._about(state, event, call, "refused-but-run", level, decision)
            elif decision.by.lower() not in MACHINES:
                keep(state.refused, call.what, call)
            return
        if decision is None and not self._matters(state, call) and not _by_person(text_of(event)[:1_000]):
            state.ran(call.tool)
            return
        if failed(event) or refused(event):
            if _by_person(text_of(event)[:1_000]):
                keep(state.refused, call.what, call)
            return
        ran = Call(
            call.id, call.tool, call.agent, call.what, call.time, call.place, call.event_id, call.seen,
            ran=event.cite("its result"), ran_at=event.time, values=call.values,
        )  # fmt: skip
        if decision is None:
            yield from self._undecided(state, event, ran)
        elif decision.verdict == "accept":
            yield from self._approver(state, event, ran, decision)
        elif rule := self._rule(call):
            names = f"; the policy wants {' or '.join(rule.by)}" if rule.by else ""
            yield self._about(
                state, event, ran, "wrong-approver", Level.medium, decision, f"was let through automatically{names}"
            )

    def _undecided(self, state: Approvals, event: Event, call: Call) -> Iterator[Finding]:
        """A call ran and nobody decided on it."""
        old = state.refused.get(call.what)
        if old is not None:
            level = Level.high if state.tells_consent(call.tool) else Level.medium
            yield self._about(state, event, call, "repeated-after-refusal", level, None, earlier=old)
            return
        if self._need(state, call):
            out = keep(state.owing, call.id, call)
            if out is not None:
                yield self._unapproved(state, out)
            return
        yield from self._sidestepped(state, event, call)
        tool = call.tool
        habit = state.asked.get(tool, 0) >= HABIT and not state.unasked.get(tool) and tool not in state.free
        if habit and state.mode(call.agent) != ALL and state.switch is None:
            level = Level.medium if effect_of(tool) in CHANGES or effect_of(tool) == EXEC else Level.low
            yield self._about(state, event, call, "habit-broken", level, None)
        state.ran(tool)

    def _sidestepped(self, state: Approvals, event: Event, call: Call) -> Iterator[Finding]:
        """What was refused to one tool was done to the same object with another, unasked."""
        if not state.tells_consent(call.tool) or effect_of(call.tool) not in CHANGES | {EXEC}:
            return
        text = "\n".join(call.values)
        for old in list(state.refused.values())[-16:]:
            if old.tool != call.tool and any(value in text for value in old.values):
                yield self._about(state, event, call, "sidestepped", Level.medium, None, earlier=old)
                return

    def _approver(self, state: Approvals, event: Event, call: Call, decision: Decision) -> Iterator[Finding]:
        """Whether somebody who may approve did."""
        rule = self._rule(call)
        by = decision.by.removeprefix("agent:")
        if by and (by == call.agent or by.lower() in ITSELF or decision.by.startswith("agent:") or by in state.agents):
            yield self._about(state, event, call, "self-approved", Level.high, decision)
        elif rule is not None and rule.by and by not in rule.by:
            said = f"was approved by {by or 'nobody named'}; the policy wants {' or '.join(rule.by)}"
            yield self._about(state, event, call, "wrong-approver", Level.medium, decision, said)

    def _decided(self, state: Approvals, event: Event) -> Iterator[Finding]:
        name, decision = state.decide(event)
        call = state.owing.pop(name, None)
        if call is None:
            return
        if decision.time == call.ran_at and event.timed:  # one record tells both
            yield from self._approver(state, event, call, decision) if decision.accepted else ()
        elif decision.accepted:
            level = Level.high if self._rule(call) else Level.medium
            yield self._about(state, event, call, "after-the-fact", level, decision)
        else:
            yield self._about(state, event, call, "refused-but-run", Level.high, decision)

    def _widened(self, state: Approvals, event: Event) -> Iterator[Finding]:
        switch, limits = state.switch, self.policy.thresholds.approval_bypass
        if switch is None:
            return
        late = state.place - switch.place > limits.widened_calls * 2
        late = late or (event.timed and event.time - switch.time > limits.widened_minutes * MINUTE)
        call = state.calls.get(text_of(event, "call") or f"#{state.place}")
        sensitive = effect_of(event.tool) in (SEND, PAY, DELETE) or (call is not None and self._rule(call) is not None)
        if late or not sensitive or switch.agent not in ("", event.agent) or state.mode(event.agent) != ALL:
            return
        state.switch = None
        yield self._finding(
            state, event, "widened", Level.medium,
            f"{_who(event.agent, event.session)} called {event.tool} shortly after approvals were widened from {switch.before} to {switch.after}.",
            (event.cite("the call"), switch.seen), "the approval modes the trail shows",
        )  # fmt: skip

    # what was needed

    def _rule(self, call: Call) -> ApprovalRule | None:
        names = tool_names(call.tool)
        return next((rule for rule in self.policy.approvals if rule.covers(names, call.agent)), None)

    def _matters(self, state: Approvals, call: Call) -> bool:
        """Whether anything hangs on a call that nobody decided on."""
        return bool(state.refused) or state.asked.get(call.tool, 0) >= HABIT or bool(self._need(state, call))

    def _need(self, state: Approvals, call: Call) -> str:
        """Why the call needed approval; empty where nothing says so."""
        if self._rule(call) is not None:
            return "the policy demands approval for this tool"
        if call.id in state.requests:
            return "the agent itself asked for approval"
        if state.mode(call.agent) == PLAN and effect_of(call.tool) in CHANGES and not _planning(call):
            return f"the mode is {state.mode_text(call.agent)}, which forbids changes"
        if state.mode(call.agent) == STRICT and effect_of(call.tool) in CHANGES | {EXEC} and not _planning(call):
            return f"the mode is {state.mode_text(call.agent)}, which asks for every action"
        return ""

    # what is said

    def _unapproved(self, state: Approvals, call: Call) -> Finding:
        asked = state.requests.get(call.id)
        proof = [call.seen, *([asked] if asked else []), *([call.ran] if call.ran else [])]
        why = self._need(state, call) or "approval was needed when it ran"
        who = _who(call.agent, "")
        level = Level.high if call.ran else Level.medium
        if not state.tells_consent(call.tool):  # many formats log refusals alone
            level = Level.medium if self._rule(call) else Level.informational
        return self._finding(
            state, call, "unapproved", level, f"{who} ran {call.tool} although {why}, and the trail shows no decision on it.",
            tuple(proof), f"{why}; no decision on call {call.id} in the trail",
        )  # fmt: skip

    def _about(
        self,
        state: Approvals,
        event: Event,
        call: Call,
        verdict: str,
        level: Level,
        decision: Decision | None,
        said: str = "",
        earlier: Call | None = None,
    ) -> Finding:
        by = f" by {decision.by}" if decision is not None and decision.by else ""
        said = (
            said
            or {
                "refused-but-run": f"ran although it was refused{by}",
                "after-the-fact": f"ran before it was approved{by}",
                "repeated-after-refusal": "ran after the same call had been refused, and nobody was asked again",
                "sidestepped": f"ran unasked on what had just been refused to {earlier.tool if earlier else ''}",
                "self-approved": f"was approved{by}, which is an agent",
                "habit-broken": "ran without a decision although every earlier call of it was decided on",
            }[verdict]
        )
        proof = [
            call.seen,
            *([decision.seen] if decision else []),
            *([call.ran] if call.ran else [event.cite("its result")]),
        ]
        if earlier is not None:
            proof.append(Evidence(earlier.seen.origin, earlier.seen.time, "the call that was refused"))
        judged = "the order of decision and result" if decision else "calls, results and the decisions the trail shows"
        return self._finding(
            state, call, verdict, level, f"{_who(call.agent, event.session)} called {call.tool}, which {said}.", tuple(proof), judged
        )  # fmt: skip

    def _finding(
        self,
        state: Approvals,
        of: Event | Call,
        verdict: str,
        level: Level,
        message: str,
        proof: tuple[Evidence, ...],
        judged: str,
    ) -> Finding:
        subject = (f"session:{state.session}" if state.session else f"agent:{of.agent}", f"tool:{of.tool}")
        return Finding(
            rule=self.rule.id,
            level=level,
            time=of.time,
            until=of.ran_at if isinstance(of, Call) else 0,
            tenant=state.tenant,
            event_id=of.event_id if isinstance(of, Call) else of.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=message,
            subject=subject,
            entities=tuple(dict.fromkeys((*((f"agent:{of.agent}",) if of.agent else ()), *subject))),
            evidence=tuple({one.origin: one for one in reversed(proof)}.values())[::-1],
            judged_on=judged,
            facts={"tool": of.tool, **({"mode": mode} if (mode := state.mode_text(of.agent)) else {})},
        )


@per_call
def _things_of(event: Event) -> tuple[str, ...]:
    """Paths and addresses among the arguments of a call."""
    given = (text for _, text in given_of(event)[:32])
    return tuple(text for text in given if 6 <= len(text) <= MAX_VALUE and any(sign in text for sign in "/@.\\"))


@remembered(2_048)
def _by_person(text: str) -> bool:
    """Whether the beginning of a result says that a person refused."""
    return any(word in text for word in ("want", "by the user", "by user", "ser ", "operator", "person")) and bool(
        _BY_PERSON.search(text)
    )


def _planning(call: Call) -> bool:
    """Whether a call only writes down a plan."""
    return (
        "plan" in call.tool.lower()
        or "todo" in call.tool.lower()
        or any("plan" in value.lower() for value in call.values)
    )


def _who(agent: str, session: str) -> str:
    return agent or (f"The agent of session {session}" if session else "The agent")
