"""A failure that spreads from agent to agent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import MINUTE, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.state.fleet.falls import Fall, Falls, Reach
from onesec_cli.state.fleet.family import Moment, shown

MAX_SPREADS: Final = 64


class Spread(Struct):
    """One failure and how far it got."""

    longest: Fall
    crossed: Moment
    last: Moment
    agents: dict[str, bool] = field(default_factory=dict)


class Ward(Struct):
    """The failures of one conversation, and those that are spreading."""

    falls: Falls = field(default_factory=Falls)
    spreads: dict[str, Spread] = field(default_factory=dict)


class CascadingFailure(Detector[Ward]):
    """Finds failures that spread from agent to agent along the edges between them.

    A failure reaches another agent by an edge that the trail shows: a sub-agent's error comes back as the result of the call that
    started it; an agent that just failed hands over to the next; an agent that is down brings in another; a call
    fails on the very file, address or memory that a failing agent wrote; an error names the agent it comes from; or the same error runs up or
    down the tree of agents. Where at least three
    different agents failed one after another along such edges, each within minutes of the one before, the cascade is told
    once, with its path, when it has stopped growing.

    ## Why it matters
    Agents trust each other's answers. A poisoned tool, a wrong value or an outage in one of them then becomes the
    failure of all, and the place where it shows is not the place where it began. The path leads back to the beginning.

    ## Judged on
    Failing results and failed ends of agents in one conversation, and the order of events. An error is a result
    marked as such or one that begins like one; a call that a person or policy did not allow is none. An agent counts as down when its
    end is failed, when its caller got an error from it, or after three failing results in a row. Several agents that
    meet the same broken tool each on their own are no cascade: no edge joins them.

    ## What it misses
    Wrong answers that are no errors: a cascade of bad decisions looks healthy. Agents that fail in silence. Edges the log does
    not show, above all between conversations. Retries by a parent with sibling after sibling are not told here (see
    runaway-agent). Of long conversations the last 512 open calls, spawns and written things are remembered.

    ## What else it may be
    A service that all of the agents need was down; each failed by itself.

    ## What to do
    Start at the first agent of the path: what did it read or call just before? Stop what depends on it, and look at what the others
    did with its output before they failed. Then give the edge a check: validate results between agents, or break the circuit after the
    first failure.
    """

    rule = Rule(
        id="cascading-failure",
        title="Failure spread from agent to agent",
        level=Level.medium,
        asi=("ASI08", "ASI07"),
        attack=("T1499",),
    )
    reads = frozenset(
        {
            *(kinds.AGENT_START, kinds.AGENT_SPAWN, kinds.AGENT_HANDOFF, kinds.AGENT_END),
            *(kinds.TOOL_CALL, kinds.TOOL_RESULT, kinds.MEMORY_WRITE),
        }
    )
    key = ("tenant", "session")
    state = Ward

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.limits = policy.thresholds.cascading_failure
        self.reach = Reach(self.limits.window_minutes * MINUTE, self.limits.window_events, self.limits.error_run)

    def observe(self, state: Ward, event: Event) -> Iterator[Finding]:
        fall = state.falls.take(event, self.reach)
        if state.spreads:
            now = state.falls.family.moment(event, "")
            over = [
                root
                for root, one in state.spreads.items()
                if not one.last.within(now, self.reach.micros, self.reach.places)
            ]
            for root in over:
                yield self._finding(state, state.spreads.pop(root))
        if fall is None or len(fall.path) < self.limits.min_agents:
            return
        spread = state.spreads.get(fall.root)
        if spread is None:
            if len(state.spreads) >= MAX_SPREADS:
                yield self._finding(state, state.spreads.pop(next(iter(state.spreads))))
            spread = state.spreads[fall.root] = Spread(fall, fall.at, fall.at)
        if len(fall.path) > len(spread.longest.path):
            spread.longest = fall
        for name, _, _ in fall.path:
            if name not in spread.agents:
                spread.agents[name] = True
                spread.last = fall.at

    def finish(self, state: Ward) -> Iterator[Finding]:
        for spread in state.spreads.values():
            yield self._finding(state, spread)
        state.spreads.clear()

    def _finding(self, state: Ward, spread: Spread) -> Finding:
        family = state.falls.family
        path = spread.longest.path
        names = [shown(name, family.session) for name, _, _ in path]
        first, last = path[0][1], path[-1][1]
        lasted = f" within {show_span(last.time - first.time)}" if first.timed and last.timed else ""
        others = len(spread.agents) - len(path)
        steps = [f"{names[n - 1]} {edge} {names[n]}" for n, (_, _, edge) in enumerate(path) if n]
        subject = (f"session:{family.session}", f"agent:{path[0][0] or 'main'}")
        return Finding(
            rule=self.rule.id,
            level=Level.high if len(path) > self.limits.min_agents else Level.medium,
            time=spread.crossed.time,
            until=spread.last.time,
            tenant=family.tenant,
            event_id=spread.crossed.event_id,
            verdict="cascade",
            message=f"A failure of {names[0]} spread to {len(path) - 1} other agents{lasted}: {' -> '.join(names[:12])}"
            + (f", and {others} more beside this path." if others > 0 else "."),
            subject=subject,
            entities=(subject[0], *(f"agent:{name or 'main'}" for name in sorted(spread.agents)[:50])),
            evidence=tuple(
                {moment.seen.origin: _role(moment, name, family.session) for name, moment, _ in reversed(path)}.values()
            )[::-1],
            judged_on="failing results and ends of agents, joined by spawns, handoffs, calls, written things and names in errors",
            facts={
                "agents": len(spread.agents),
                "path": names[:64],
                "steps": steps[:20],
                "threshold": self.limits.min_agents,
                **({"start": show_time(first.time), "end": show_time(last.time)} if first.timed and last.timed else {}),
            },
        )


def _role(moment: Moment, name: str, session: str) -> Evidence:
    return Evidence(moment.seen.origin, moment.time, f"the failure of {shown(name, session)}")
