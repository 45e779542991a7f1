"""More token exchanges by one agent, in minutes, than work needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import MINUTE, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.windows import Burst, Window, mark_of, open_burst, proof

VAULTS: Final = frozenset({"", "vault", "privileged_worker"})
"""Flows whose token is a thumbprint: the same one again is a cache hit. Other flows mint a new id every time."""
MANY: Final = 5
"""Different users or thumbprints from which a burst is a harvest rather than a loop."""
MAX_FAILED: Final = 1_000

TITLES: Final = {
    "harvest": "Tokens harvested in a burst",
    "cache-less-client": "Token exchanged again and again",
    "burst": "Burst of token exchanges",
}


class Pace(Struct):
    """One agent's last minutes, and the burst it is in."""

    window: Window = field(default_factory=Window)
    burst: Burst | None = None
    failed: list[int] = field(default_factory=list)
    """Times of refused exchanges inside the window."""
    failed_in_burst: int = 0
    tenant: str = ""
    name: str = ""
    agent: str = ""


class RapidExchange(Detector[Pace]):
    """Finds agents that exchange tokens faster than a threshold within a sliding window.

    The window is true event time: every exchange looks back exactly its length. A burst lasts while the window holds
    more than the threshold and is told once, when it is over or when the log ends, with its peak and with how many
    users, connections and provider tokens it touched.

    ## Why it matters
    A vault hands out the cached provider token until it expires, so healthy work is about one exchange per user and
    connection and token lifetime. A stolen agent credential is used differently: walk through the users, take every
    token that can be had, before someone notices.

    ## Judged on
    The number of exchanges of one agent in the window, and how many different users and token thumbprints they
    touched. Many of either is a harvest; one user and one thumbprint is a client that forgot to cache.

    ## What it misses
    A patient harvest that stays below the threshold, and one that is spread over several clients. Nothing ties an
    exchange to a conversation, so a nightly batch over all users looks like a harvest until its threshold is raised.
    Bursts are not compared with the agent's own past. Sets of names are counted up to 1,000 and the window up to
    10,000 exchanges, and the finding says so where they are full.

    ## What to do
    For a harvest: revoke the agent's client grant or disable the client, rotate its secret or keys, and end the
    provider tokens handed out in the burst at the provider, for each user named. For a cache-less client: let it keep
    the provider token until it expires. For a known batch: raise `thresholds.rapid-exchange.max-exchanges`.
    """

    rule = Rule(
        id="rapid-exchange",
        title="Burst of token exchanges",
        level=Level.high,
        asi=("ASI03", "ASI10"),
        attack=("T1528", "T1550.001"),
    )
    reads = frozenset({kinds.TOKEN_EXCHANGE, kinds.TOKEN_EXCHANGE_FAILED})
    key = ("tenant", "agent")
    state = Pace

    def observe(self, state: Pace, event: Event) -> Iterator[Finding]:
        limits = self.policy.thresholds.rapid_exchange
        span = limits.window_minutes * MINUTE
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED:
            self._refused(state, event.time, span)
            return
        mark = mark_of(event, event.token if event.flow in VAULTS else "")
        count = state.window.add(mark, span)
        burst = state.burst
        if count > limits.max_exchanges:
            if burst is None:
                state.tenant, state.agent = event.tenant, event.agent
                state.name = event.agent_id or event.external_agent_id or event.agent
                state.failed_in_burst = sum(time > event.time - span for time in state.failed)
                state.burst = open_burst(state.window, event.id)
            else:
                burst.take(mark)
                burst.measure(count)
        elif burst is not None:
            state.burst = None
            yield self._finding(state, burst)

    def finish(self, state: Pace) -> Iterator[Finding]:
        if state.burst is not None:
            yield self._finding(state, state.burst)
            state.burst = None

    def _refused(self, state: Pace, time: int, span: int) -> None:
        if state.burst is not None and time - state.burst.last.time < span:
            state.failed_in_burst += 1
        state.failed = [one for one in state.failed[1 - MAX_FAILED :] if one > time - span]
        state.failed.append(time)

    def _judge(self, burst: Burst) -> tuple[str, Level]:
        users, tokens = len(burst.users), len(burst.tokens)
        if users >= MANY or tokens >= MANY:
            every = 2 * max(users, tokens) > burst.total or burst.users.more or burst.tokens.more
            return "harvest", Level.critical if users >= MANY and every else Level.high
        if users <= 1 and tokens == 1:
            return "cache-less-client", Level.low
        return "burst", Level.medium

    def _finding(self, state: Pace, burst: Burst) -> Finding:
        limits = self.policy.thresholds.rapid_exchange
        verdict, level = self._judge(burst)
        lasted = show_span(burst.last.time - burst.first.time)
        touched = ", ".join(
            (burst.users.words("user"), burst.connections.words("connection"), burst.tokens.words("provider token"))
        )
        return Finding(
            rule=self.rule.id,
            level=level,
            time=burst.crossed.time,
            until=burst.last.time,
            tenant=state.tenant,
            event_id=burst.crossed_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=f"{state.name} exchanged {burst.total} tokens in {lasted}, at most {burst.peak_count} within "
            f"{limits.window_minutes} min ({touched}).",
            subject=(f"agent:{state.name}",),
            entities=(
                f"agent:{state.name}",
                *((f"client:{state.agent}",) if state.agent != state.name else ()),
                *burst.users.entities("user"),
                *burst.connections.entities("connection"),
                *burst.tokens.entities("token"),
            ),
            evidence=proof(
                (burst.crossed, "the exchange that crossed the threshold"),
                (burst.first, "the first exchange of the burst"),
                (burst.peak, "the peak of the burst"),
                (burst.last, "the last exchange of the burst"),
            ),
            judged_on="the declared threshold; the trail does not say which conversation an exchange belongs to",
            facts={
                "observed": burst.peak_count,
                "threshold": limits.max_exchanges,
                "window_minutes": limits.window_minutes,
                "exchanges": burst.total,
                "failed": state.failed_in_burst,
                "users": burst.users.show(),
                "connections": burst.connections.show(),
                "thumbprints": burst.tokens.show(),
                "start": show_time(burst.first.time),
                "peak": show_time(burst.peak.time),
                "end": show_time(burst.last.time),
            },
        )
