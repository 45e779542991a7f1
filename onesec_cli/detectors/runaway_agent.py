"""An agent that goes round in circles, keeps hammering a failing call, or runs far faster than it ever did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.model.telling import Tells, quiet
from onesec_cli.state.call.calls import CHANGES, READ, effect_of
from onesec_cli.state.conversation.courses import Course, Limits, Round
from onesec_cli.state.rates.pace import Pace
from onesec_cli.state.rates.windows import Burst, proof

MAX_COURSES: Final = 64
MANY: Final = 50
"""Steps from which a loop is more than a stumble, whatever it does."""

TITLES: Final = {
    "loop": "Agent goes round in circles",
    "endless-polling": "Agent polls without end",
    "retry-storm": "Agent repeats a failing call",
    "burst": "Agent runs far faster than before",
}


class Doing(Struct):
    """The conversations of one agent, and its pace over all of them."""

    tells: ClassVar[Tells] = (*quiet("tenant", "name"),)

    courses: dict[str, Course] = field(default_factory=dict)
    """By session, the one heard of longest ago first."""
    pace: Pace = field(default_factory=Pace)
    tenant: str = ""
    name: str = ""


class RunawayAgent(Detector[Doing]):
    """Finds agents that repeat themselves without getting anywhere, and agents that run away from their own pace.

    A step is a call with its answer. Eight equal steps in a row, a cycle of up to six steps that comes four times, or
    twenty-four steps among which only three are different, are a loop. The same call failing eight times with nothing new
    achieved in between is a retry storm. More calls in a minute than sixty, and than the agent's own busy minutes by a wide
    margin, are a burst; one that only reads is informational. Each is told once, when it is over, with its start and its end.

    ## Why it matters
    A loop spends money and quota and, where the call sends, pays or deletes, does the same harm again and again. It is also
    how an agent looks that was set on a task it cannot do, or whose instructions contradict each other, which an attacker can
    arrange. A burst is what a hijacked agent does with the minutes it has.

    ## Judged on
    Equality of calls, apart from times, request ids, attempt counters and blanks, and of their answers. The same call with
    other answers is progress: pages, a growing file, a test that changes. Waiting is no loop: a step that sleeps or whose
    answer says that something is under way, or repetition slower than `poll-seconds`, is polling and only told when it does
    not end. What a person asked to repeat is told as informational. Bursts need a clock and a learned past: the median of the agent's busy
    minutes, and their spread (MAD). Minutes of a burst teach nothing.

    ## What it misses
    Loops in which each call is worded anew, or whose answer carries a counter that is no time: they look like progress.
    A loop of more than six steps. Loops that are shorter than the threshold. Without results in the log, equal calls alone are
    judged, at twice the threshold and low. Agents without a name have no past beyond their conversation. Of one agent
    the 64 conversations last active are followed; a burst spread over agents is not added up.

    ## What else it may be
    The agent waits for something slow, or works through a long list with equal steps.

    ## What to do
    Stop the session and look at the first step of the loop: what answer did the agent not understand? Undo what the repeated
    call did more than once. Give the agent a step or cost limit. For a known batch or a patient poller, raise
    `thresholds.runaway-agent`.
    """

    rule = Rule(
        id="runaway-agent",
        title="Agent goes round in circles",
        level=Level.medium,
        asi=("ASI08", "ASI10", "ASI02"),
        attack=("T1499", "AML.T0034"),
    )
    reads = frozenset({kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.GOAL_SET})
    key = ("tenant", "agent")
    state = Doing

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.limits = policy.thresholds.runaway_agent
        self.steps = Limits(self.limits.loop_repeats, self.limits.cycle_repeats, self.limits.retry_failures)

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """The agent; where it has no name, its conversation."""
        if event.agent:
            return event.tenant, "agent", event.agent
        return (event.tenant, "session", event.session) if event.session else None

    def observe(self, state: Doing, event: Event) -> Iterator[Finding]:
        state.tenant, state.name = event.tenant, event.agent_id or event.agent
        if event.kind == kinds.TOOL_CALL and event.timed:
            burst = state.pace.step(event, self.limits.burst_calls, self.limits.burst_factor, self.limits.learn_minutes)
            if burst is not None:
                yield self._burst(state, burst)
        course = state.courses.pop(event.session, None)
        if course is None:
            course = Course()
            if len(state.courses) >= MAX_COURSES:
                oldest = next(iter(state.courses))
                yield from self._told(state, oldest, state.courses.pop(oldest).flush(self.steps), False)
        asked = course.asked
        state.courses[event.session] = course
        yield from self._told(state, event.session, course.take(event, self.steps), asked)

    def finish(self, state: Doing) -> Iterator[Finding]:
        for session, course in state.courses.items():
            yield from self._told(state, session, course.flush(self.steps), course.asked)
        burst = state.pace.end()
        if burst is not None:
            yield self._burst(state, burst)

    def _told(self, state: Doing, session: str, rounds: list[Round], asked: bool) -> Iterator[Finding]:
        for one in rounds:
            verdict, level = self._judge(one, asked)
            if verdict:
                yield self._round(state, session, one, verdict, level)

    def _judge(self, one: Round, asked: bool) -> tuple[str, Level]:
        """The verdict on a round and its level; no verdict where it is honest waiting."""
        changes = any(effect_of(tool) in CHANGES for tool in one.tools)
        paced = one.gap() >= self.limits.poll_seconds * SECOND
        waiting = one.waits * (one.period + 1) >= one.total
        if (waiting or paced) and (one.kind == "storm" or not changes):
            return ("endless-polling", Level.low) if one.total > self.limits.max_polls else ("", Level.low)
        if one.kind == "storm":
            if one.same < self.limits.retry_failures:
                return "retry-storm", Level.low
            return "retry-storm", Level.high if one.same >= 4 * self.limits.retry_failures else Level.medium
        if asked and one.same <= 10 * self.limits.loop_repeats:
            return "loop", Level.low if changes else Level.informational
        if not one.answered:
            return "loop", Level.low
        return "loop", Level.high if changes or one.total >= MANY else Level.medium

    def _round(self, state: Doing, session: str, one: Round, verdict: str, level: Level) -> Finding:
        crossed = one.crossed or one.last
        who = state.name or f"The agent of session {session}"
        tools = ", ".join(one.tools)
        times = f" in {show_span(one.last.time - one.first.time)}" if one.first.timed and one.last.timed else ""
        if verdict == "retry-storm":
            said = f"{who} made {one.total} failing calls{times}, the same one up to {one.same} times, and nothing new in between ({tools})."
        elif one.period == 1:
            said = f"{who} made the same call to {tools} {one.total} times on end{times}, and its answer never changed."
        else:
            said = f"{who} went round {one.same} times through the same {one.period} calls{times}, with the same answers ({tools})."
        return Finding(
            rule=self.rule.id,
            level=level,
            time=crossed.time,
            until=one.last.time,
            tenant=state.tenant,
            event_id=crossed.event_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=said,
            subject=(*_subject(state, session), *(f"tool:{tool}" for tool in sorted(one.tools))),
            entities=(*_subject(state, session), *((f"session:{session}",) if session and state.name else ())),
            evidence=_distinct(
                (
                    crossed.cite("the call that crossed the threshold"),
                    one.first.cite("the first call of it"),
                    one.last.cite("the last call of it"),
                )
            ),
            judged_on="calls and their answers" if one.answered else "calls alone; the trail shows no answers to them",
            facts={
                "steps": one.total,
                "times": one.same,
                "period": one.period,
                "tools": dict(one.tools),
                "threshold": self.limits.retry_failures if one.kind == "storm" else self.limits.loop_repeats,
                **({"start": show_time(one.first.time), "end": show_time(one.last.time)} if one.first.timed else {}),
            },
        )

    def _burst(self, state: Doing, burst: Burst) -> Finding:
        past = state.pace
        usual = past.usual()
        who = state.name or "The agent"
        reads = all(effect_of(tool) == READ for tool in burst.tokens.known) and not burst.tokens.more
        level = Level.informational if reads else Level.medium  # pages of one list are read as fast as they come
        if burst.peak_count >= 5 * past.threshold:
            level = Level.high
        return Finding(
            rule=self.rule.id,
            level=level,
            time=burst.crossed.time,
            until=burst.last.time,
            tenant=state.tenant,
            event_id=burst.crossed_id,
            verdict="burst",
            title=TITLES["burst"],
            message=f"{who} made {burst.total} calls in {show_span(burst.last.time - burst.first.time)}, at most {burst.peak_count} "
            f"a minute, where its busy minutes used to have {usual} ({burst.tokens.words('tool')}).",
            subject=_subject(state, next(iter(sorted(burst.connections.known)), "")),
            entities=(
                *_subject(state, next(iter(sorted(burst.connections.known)), "")),
                *burst.connections.entities("session"),
            ),
            evidence=proof(
                (burst.crossed, "the call that crossed the threshold"),
                (burst.first, "the first call of the burst"),
                (burst.peak, "the peak of the burst"),
                (burst.last, "the last call of the burst"),
            ),
            judged_on=f"{len(past.past)} earlier busy minutes of the agent",
            facts={
                "observed": burst.peak_count,
                "threshold": past.threshold,
                "usual": usual,
                "calls": burst.total,
                "tools": burst.tokens.show(),
                "start": show_time(burst.first.time),
                "peak": show_time(burst.peak.time),
                "end": show_time(burst.last.time),
            },
        )


def _subject(state: Doing, session: str) -> tuple[str, ...]:
    return (f"agent:{state.name}",) if state.name else (f"session:{session}",)


def _distinct(proofs: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple({one.origin: one for one in reversed(proofs)}.values())[::-1]
