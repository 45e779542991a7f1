"""Many refused token exchanges by one agent within minutes."""

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
from onesec_cli.state.windows import Burst, Window, mark_of, open_burst, proof

MAX_KNOWN: Final = 10_000
"""Users with a connection remembered as having worked before."""
MAX_REASONS: Final = 20
NO_REASON: Final = "no reason given"

TITLES: Final = {
    "probing": "Vault probed with refused exchanges",
    "failure-burst": "Burst of refused exchanges",
    "failure-then-success": "Refused exchanges, then success",
}


class Refusals(Struct):
    """One agent's refused exchanges of the last minutes, and the burst they may be."""

    window: Window = field(default_factory=Window)
    reasons: list[str] = field(default_factory=list)
    """Reasons of the marks in the window, in step with it."""
    known: set[tuple[str, str]] = field(default_factory=set)
    """User and connection that have worked for this agent."""
    burst: Burst | None = None
    burst_reasons: dict[str, int] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """User and connection refused in the burst that had never worked."""
    success: Evidence | None = None
    gained: tuple[str, str] = ("", "")
    tenant: str = ""
    name: str = ""
    subject: str = ""


class ExchangeFailureBurst(Detector[Refusals]):
    """Finds agents whose token exchanges are refused again and again, and whether they got in afterwards.

    Refusals of one agent are counted in a sliding window of event time. Half of the threshold is enough where they
    are spread over several connections that never worked for the agent. A burst is told once, when nothing was refused
    for a whole window or when the log ends, with the reasons counted. An exchange that succeeds for a user and
    connection which was refused in the burst and had never worked before raises it, unless the user connected the
    account in between.

    ## Why it matters
    Whoever holds an agent's credential does not know which users have connected which accounts. Trying is the way to
    find out, and every miss is a refused exchange. A hit after many misses is the finding that matters.

    ## Judged on
    The number of refusals in the window, and how many different users and connections were refused that had never
    worked for this agent earlier in the trail.

    ## What it misses
    Probing slower than the window, and probing spread over several clients. Refused on-behalf-of and custom exchanges
    name no user and no connection, so only their number counts. At the start of a trail nothing is known to have
    worked, and an outage then looks like probing. The client id of a refused exchange is whatever the request said; an
    attacker can make another agent look guilty. Refusals without any agent are counted by address.

    ## What to do
    Read the reasons. For probing: rotate the agent's credential, restrict its connections, and check every exchange it
    made since for users it should not act for. For failure then success: revoke that user's connected account at the
    provider and relink it. For an outage or an expired account: have the user connect again and let the agent back off.
    """

    rule = Rule(
        id="exchange-failure-burst",
        title="Burst of refused exchanges",
        level=Level.high,
        asi=("ASI03", "ASI10"),
        attack=("T1528", "T1110"),
    )
    reads = frozenset({kinds.TOKEN_EXCHANGE, kinds.TOKEN_EXCHANGE_FAILED, kinds.ACCOUNT_LINK})
    key = ("tenant", "agent")
    state = Refusals

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        if event.agent:
            return (event.tenant, "agent", event.agent)
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED and event.ip:
            return (event.tenant, "ip", event.ip)
        return None

    def observe(self, state: Refusals, event: Event) -> Iterator[Finding]:
        span = self.policy.thresholds.exchange_failure_burst.window_minutes * MINUTE
        if state.burst is not None and event.time - state.burst.last.time >= span:
            yield self._close(state)
        pair = (event.user, event.connection)
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED:
            self._refused(state, event, pair, span)
        elif event.kind == kinds.ACCOUNT_LINK:
            self._worked(state, pair)
        elif pair not in state.known:
            if state.burst is not None and pair in state.refused and state.success is None:
                state.success, state.gained = event.cite("the exchange that succeeded after the refusals"), pair
            self._worked(state, pair)

    def finish(self, state: Refusals) -> Iterator[Finding]:
        if state.burst is not None:
            yield self._close(state)

    def _worked(self, state: Refusals, pair: tuple[str, str]) -> None:
        """An exchange or a new link explains later refusals and successes of this user and connection."""
        if len(state.known) < MAX_KNOWN:
            state.known.add(pair)

    def _refused(self, state: Refusals, event: Event, pair: tuple[str, str], span: int) -> None:
        limits = self.policy.thresholds.exchange_failure_burst
        reason = event.reason[:120] or NO_REASON
        mark = mark_of(event)
        count = state.window.add(mark, span)
        state.reasons = [*state.reasons[max(0, len(state.reasons) - count + 1) :], reason]
        if state.burst is not None:
            state.burst.take(mark)
            state.burst.measure(count)
            self._count(state, reason, pair)
            return
        if 2 * count < limits.min_failures:
            return
        inside = state.window.inside()
        if count < limits.min_failures:
            strange = {(one.user, one.connection) for one in inside} - state.known
            if len({connection for _, connection in strange if connection}) < limits.many_connections:
                return
        state.burst = open_burst(state.window, event.id)
        state.tenant = event.tenant
        state.name = event.agent_id or event.external_agent_id or event.agent or event.ip
        state.subject = f"agent:{state.name}" if event.agent else f"ip:{state.name}"
        for one, why in zip(inside, state.reasons, strict=True):
            self._count(state, why, (one.user, one.connection))

    def _count(self, state: Refusals, reason: str, pair: tuple[str, str]) -> None:
        if reason not in state.burst_reasons and len(state.burst_reasons) >= MAX_REASONS:
            reason = "other reasons"
        state.burst_reasons[reason] = state.burst_reasons.get(reason, 0) + 1
        if any(pair) and pair not in state.known and len(state.refused) < MAX_KNOWN:
            state.refused.add(pair)

    def _close(self, state: Refusals) -> Finding:
        """The finding of the burst, which ends here."""
        limits = self.policy.thresholds.exchange_failure_burst
        burst = state.burst
        assert burst is not None
        users = {user for user, _ in state.refused if user}
        connections = {connection for _, connection in state.refused if connection}
        probing = len(connections) >= limits.many_connections or len(users) >= limits.many_users
        verdict, level = ("probing", Level.high) if probing else ("failure-burst", Level.medium)
        what = f"was refused {burst.total} token exchanges in {show_span(burst.last.time - burst.first.time)}"
        never = f"{_count(len(users), 'user')} and {_count(len(connections), 'connection')} that had never worked"
        after = ""
        if state.success is not None:
            verdict, level = "failure-then-success", level.raised()
            after = f", then got a token for {' on '.join(part for part in state.gained if part)}"
        reasons = sorted(state.burst_reasons.items(), key=lambda item: (-item[1], item[0]))
        finding = Finding(
            rule=self.rule.id,
            level=level,
            time=burst.crossed.time,
            until=max(burst.last.time, state.success.time if state.success else 0),
            tenant=state.tenant,
            event_id=burst.crossed_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=f"{state.name} {what} ({never}){after}; mostly: {reasons[0][0]}.",
            subject=(state.subject,),
            entities=(
                state.subject,
                *burst.users.entities("user"),
                *burst.connections.entities("connection"),
            ),
            evidence=proof(
                (burst.crossed, "the refusal that crossed the threshold"),
                (burst.first, "the first refusal of the burst"),
                (burst.peak, "the peak of the burst"),
                (burst.last, "the last refusal of the burst"),
            )
            + ((state.success,) if state.success else ()),
            judged_on="the declared threshold, and which users and connections had worked for the agent before",
            facts={
                "observed": burst.peak_count,
                "threshold": limits.min_failures,
                "window_minutes": limits.window_minutes,
                "failures": burst.total,
                "reasons": dict(reasons),
                "users_refused": burst.users.show(),
                "connections_refused": burst.connections.show(),
                "users_never_worked": len(users),
                "connections_never_worked": len(connections),
                "start": show_time(burst.first.time),
                "end": show_time(burst.last.time),
            },
        )
        state.burst, state.success, state.gained = None, None, ("", "")
        state.burst_reasons, state.refused = {}, set()
        return finding


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
