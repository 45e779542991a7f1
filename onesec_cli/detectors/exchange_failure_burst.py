"""Many refused token exchanges by one agent within minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, MINUTE, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.rates.busiest import Past
from onesec_cli.state.rates.windows import MAX_SAMPLES, Burst, Window, mark_of, open_burst, proof

MAX_KNOWN: Final = 10_000
"""Users with a connection remembered as having worked before."""
MAX_TRIED: Final = 2_000
"""Users with a connection refused in one day."""
MAX_REASONS: Final = 20
NO_REASON: Final = "no reason given"
MEMORY: Final = DAY
"""How long a success for what was refused in a burst is still a hit."""
SLOW: Final = 2
"""Times the threshold of a burst: users and connections refused in one day although none had worked."""
OUTAGE: Final = 3
"""Users who had worked before, from which on refusals are an outage rather than a loop."""

TITLES: Final = {
    "probing": "Vault probed with refused exchanges",
    "slow-probing": "Vault probed through the day",
    "failure-burst": "Burst of refused exchanges",
    "failure-then-success": "Refused exchanges, then success",
}

NOTHING: Final[Iterator[Finding]] = iter(())
"""No finding: it is exhausted, so it can be handed out again and again."""

Pair = tuple[str, str]


class Tried(Struct):
    """What was refused in one day although it had never worked."""

    day: int = -1
    pairs: set[Pair] = field(default_factory=set)
    connections: set[str] = field(default_factory=set)
    worked: int = 0
    """Exchanges that succeeded since the day's first refusal."""
    proofs: list[Evidence] = field(default_factory=list)
    told: bool = False


class Refusals(Struct):
    """One agent's refused exchanges of the last minutes, and the burst they may be."""

    tells: ClassVar[Tells] = (
        Tell("reasons", "reasons of refusals: {value}"),
        Tell("known", "exchanges that worked before, of users and connections: {value}"),
        Tell("tried.worked", "exchanges that worked today: {value}"),
        Tell("tried.connections", "connections refused today: {value}"),
        Tell("tried.pairs", "refused today, of users and connections: {value}"),
        Tell("burst_reasons.*", "refusals of the burst because of {0}: {value}"),
        Tell("refused", "refused in the burst, of users and connections: {value}"),
        *quiet("window", "tried.proofs", "tried.day", "until", "gained"),
    )

    window: Window = field(default_factory=Window)
    reasons: list[str] = field(default_factory=list)
    """Reasons of the marks in the window, in step with it."""
    known: set[Pair] = field(default_factory=set)
    """User and connection that have worked for this agent."""
    past: Past = field(default_factory=Past)
    tried: Tried = field(default_factory=Tried)
    burst: Burst | None = None
    burst_reasons: dict[str, int] = field(default_factory=dict)
    refused: set[Pair] = field(default_factory=set)
    """User and connection refused in the burst that had never worked."""
    later: set[Pair] = field(default_factory=set)
    """The same of the last burst that was told, and until when a success for them is a hit."""
    until: int = 0
    proof: Evidence | None = None
    success: Evidence | None = None
    gained: Pair = ("", "")
    tenant: str = ""
    name: str = ""
    subject: str = ""


class ExchangeFailureBurst(Detector[Refusals]):
    """Finds agents whose token exchanges are refused again and again, and whether they got in afterwards.

    Refusals of one agent are counted in a sliding window of event time. Half of the threshold is enough where they
    are spread over several connections that never worked for the agent. A burst is told once, when nothing was refused
    for a whole window or when the log ends, with the reasons counted. An exchange that succeeds within a day for a user
    and connection which was refused in the burst and had never worked before is a hit, unless the user connected the
    account in between. Refusals through a whole day over many users and connections that never worked are told too.

    ## Why it matters
    Whoever holds an agent's credential does not know which users have connected which accounts. Trying is the way to
    find out, and every miss is a refused exchange. A hit after many misses is the finding that matters.

    ## Judged on
    The number of refusals in the window, and how many different users and connections were refused that had never
    worked for this agent earlier in the trail. Refusals of several users who all had worked are an outage, and are
    informational; so is a burst no higher than a third of the agent's other days bring.

    ## What it misses
    Probing that is slower than the window on one or two connections, and probing spread over several clients. Refused
    on-behalf-of and custom exchanges name no user and no connection, so only their number counts. At the start of a
    trail nothing is known to have worked, and an outage then looks like probing. The client id of a refused exchange is
    whatever the request said; an attacker can make another agent look guilty. Refusals without any agent are counted by
    address. Of one agent 10,000 users with their connections are remembered as having worked.

    ## What else it may be
    The connection broke, or its consent ran out, and the agent tried again without a pause.

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

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._limits = policy.thresholds.exchange_failure_burst
        self._span = self._limits.window_minutes * MINUTE

    def observe(self, state: Refusals, event: Event) -> Iterator[Finding]:
        if state.burst is None and event.kind == kinds.TOKEN_EXCHANGE:
            pair = (event.user, event.connection)
            state.tried.worked += 1
            if pair in state.known:
                return NOTHING
            if not state.later:
                self._worked(state, pair)
                return NOTHING
        return self._step(state, event)

    def _step(self, state: Refusals, event: Event) -> Iterator[Finding]:
        if state.burst is not None and event.time - state.burst.last.time >= self._span:
            yield self._close(state)
        pair = (event.user, event.connection)
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED:
            yield from self._refused(state, event, pair)
        elif event.kind == kinds.ACCOUNT_LINK:
            for some in (state.refused, state.later, state.tried.pairs):
                some.discard(pair)
            self._worked(state, pair)
        elif pair not in state.known:
            if state.burst is not None and pair in state.refused and state.success is None:
                state.success, state.gained = event.cite("the exchange that succeeded after the refusals"), pair
            elif pair in state.later and event.time < state.until:
                state.later.discard(pair)
                yield self._hit(state, event)
            self._worked(state, pair)

    def finish(self, state: Refusals) -> Iterator[Finding]:
        if state.burst is not None:
            yield self._close(state)

    def _worked(self, state: Refusals, pair: Pair) -> None:
        """An exchange or a new link explains later refusals and successes of this user and connection."""
        if len(state.known) < MAX_KNOWN:
            state.known.add(pair)

    def _refused(self, state: Refusals, event: Event, pair: Pair) -> Iterator[Finding]:
        limits, past = self._limits, state.past
        if event.time >= past.until:
            past.turn(event.time)
        state.tenant = event.tenant
        state.name = event.agent_id or event.external_agent_id or event.agent or event.ip
        state.subject = f"agent:{state.name}" if event.agent else f"ip:{state.name}"
        reason = event.reason[:120] or NO_REASON
        mark = mark_of(event)
        count = state.window.add(mark, self._span)
        past.peak = max(past.peak, count)
        state.reasons = [*state.reasons[max(0, len(state.reasons) - count + 1) :], reason]
        if state.burst is not None:
            state.burst.take(mark)
            state.burst.measure(count)
            self._count(state, reason, pair)
        elif 2 * count >= limits.min_failures and (count >= limits.min_failures or self._is_spread(state)):
            state.burst = open_burst(state.window, event.id)
            for one, why in zip(state.window.inside(), state.reasons, strict=True):
                self._count(state, why, (one.user, one.connection))
        if all(pair) and pair not in state.known and self._try(state, event, pair):
            yield self._slow(state, event)

    def _is_spread(self, state: Refusals) -> bool:
        """Whether the window holds refusals on many connections that never worked."""
        strange = {(one.user, one.connection) for one in state.window.inside()} - state.known
        return len({connection for _, connection in strange if connection}) >= self._limits.many_connections

    def _count(self, state: Refusals, reason: str, pair: Pair) -> None:
        if reason not in state.burst_reasons and len(state.burst_reasons) >= MAX_REASONS:
            reason = "other reasons"
        state.burst_reasons[reason] = state.burst_reasons.get(reason, 0) + 1
        if any(pair) and pair not in state.known and len(state.refused) < MAX_KNOWN:
            state.refused.add(pair)

    def _try(self, state: Refusals, event: Event, pair: Pair) -> bool:
        """Whether the day's refusals are a walk over users and connections of which hardly any works."""
        tried, day = state.tried, event.time // DAY
        if tried.day != day:
            tried = state.tried = Tried(day=day)
        if pair not in tried.pairs and len(tried.proofs) < MAX_SAMPLES:
            tried.proofs.append(event.cite("a refusal for another user or connection"))
        if len(tried.pairs) < MAX_TRIED:
            tried.pairs.add(pair)
            tried.connections.add(pair[1])
        tried.told = tried.told or state.burst is not None
        if tried.told or len(tried.pairs) < SLOW * self._limits.min_failures or 4 * tried.worked > len(tried.pairs):
            return False
        tried.told = len(tried.connections) >= self._limits.many_connections
        return tried.told

    def _judge(self, state: Refusals, burst: Burst) -> tuple[str, Level]:
        users = {user for user, _ in state.refused if user}
        connections = {connection for _, connection in state.refused if connection}
        if state.success is not None:
            many = len(connections) >= self._limits.many_connections or len(users) >= self._limits.many_users
            return "failure-then-success", Level.critical if many else Level.high
        if state.past.is_usual(burst.peak_count, burst.first.time, burst.last.time):
            return "failure-burst", Level.informational
        if len(connections) >= self._limits.many_connections or len(users) >= self._limits.many_users:
            return "probing", Level.high
        if state.refused or not (burst.users.known or burst.connections.known):
            return "failure-burst", Level.medium
        return "failure-burst", Level.informational if len(burst.users) >= OUTAGE else Level.low

    def _close(self, state: Refusals) -> Finding:
        """The finding of the burst, which ends here."""
        burst = state.burst
        assert burst is not None
        state.past.close()
        verdict, level = self._judge(state, burst)
        if level > Level.low:
            state.past.spoil(burst.first.time, burst.last.time)
            state.later, state.until = state.refused, burst.last.time + MEMORY
            state.proof = burst.crossed.cite("the burst of refusals before it")
        finding = self._finding(state, burst, verdict, level)
        state.burst, state.success, state.gained = None, None, ("", "")
        state.burst_reasons, state.refused = {}, set()
        return finding

    def _finding(self, state: Refusals, burst: Burst, verdict: str, level: Level) -> Finding:
        users = {user for user, _ in state.refused if user}
        connections = {connection for _, connection in state.refused if connection}
        what = f"was refused {burst.total} token exchanges in {show_span(burst.last.time - burst.first.time)}"
        if state.refused:
            what += (
                f" for {_count(len(users), 'user')} and {_count(len(connections), 'connection')} that had never worked"
            )
        elif burst.users.known:
            what += f" for {burst.users.words('user')}, all of whom had worked or connected an account"
        after = f", then got a token for {_on(state.gained)}" if state.success is not None else ""
        reasons = sorted(state.burst_reasons.items(), key=lambda item: (-item[1], item[0]))
        return Finding(
            rule=self.rule.id,
            level=level,
            time=burst.crossed.time,
            until=max(burst.last.time, state.success.time if state.success else 0),
            tenant=state.tenant,
            event_id=burst.crossed_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=f"{state.name} {what}{after}; mostly: {reasons[0][0]}.",
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
                *((mark, "a refusal for another user or connection") for mark in burst.samples),
            )
            + ((state.success,) if state.success else ()),
            judged_on="the declared threshold, and which users and connections had worked for the agent before",
            facts={
                "observed": burst.peak_count,
                "threshold": self._limits.min_failures,
                "window_minutes": self._limits.window_minutes,
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

    def _hit(self, state: Refusals, event: Event) -> Finding:
        """A success, some time after a burst in which the same was refused."""
        return self._single(
            state,
            event,
            ("failure-then-success", Level.high),
            f"{state.name} got a token for {_on((event.user, event.connection))}, for which it had been refused in a burst before",
            (event.cite("the exchange that succeeded after the refusals"), *((state.proof,) if state.proof else ())),
            {"user": event.user, "connection": event.connection},
        )

    def _slow(self, state: Refusals, event: Event) -> Finding:
        """A walk that never was a burst."""
        tried = state.tried
        users = len({user for user, _ in tried.pairs})
        return self._single(
            state,
            event,
            ("slow-probing", Level.medium),
            f"{state.name} was refused today for {_count(users, 'user')} and "
            f"{_count(len(tried.connections), 'connection')} that had never worked",
            (event.cite("the refusal that was one too many"), *tried.proofs),
            {"observed": len(tried.pairs), "threshold": SLOW * self._limits.min_failures, "worked": tried.worked},
        )

    def _single(
        self,
        state: Refusals,
        event: Event,
        claim: tuple[str, Level],
        said: str,
        evidence: tuple[Evidence, ...],
        facts: dict[str, Any],
    ) -> Finding:
        return Finding(
            rule=self.rule.id,
            level=claim[1],
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=claim[0],
            title=TITLES[claim[0]],
            message=f"{said}.",
            subject=(state.subject,),
            entities=tuple(dict.fromkeys((state.subject, *event.entities()))),
            evidence=evidence,
            judged_on="which users and connections had worked for the agent before",
            facts=facts,
        )


def _on(pair: Pair) -> str:
    return " on ".join(part for part in pair if part)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
