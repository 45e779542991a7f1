"""More token exchanges by one agent, in minutes, than work needs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, MINUTE, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.rates.busiest import FACTOR, Past
from onesec_cli.state.rates.reach import MAX_USERS, Reach, Surge
from onesec_cli.state.rates.windows import Burst, Mark, Window, open_burst, proof

NOTHING: Final[Iterator[Finding]] = iter(())
"""No finding: it is exhausted, so it can be handed out again and again."""

VAULTS: Final = frozenset({"", "vault", "privileged_worker"})
"""Flows whose token is a thumbprint: the same one again is a cache hit. Other flows mint a new id every time."""
MANY: Final = 5
"""Different users or thumbprints from which a burst is a harvest rather than a loop."""

LEARN_EVENTS: Final = 20
"""Exchanges an agent must have made, over a day at least, before a burst is held against its past alone."""
LEARN_DAYS: Final = 4
"""Active days that must be over before bursts that had no past to be held against are judged."""
LEAP: Final = 5
"""A burst so many times the usual peak is no busy day."""
MAX_WAITING: Final = 24

TITLES: Final = {
    "harvest": "Tokens harvested in a burst",
    "cache-less-client": "Token exchanged again and again",
    "burst": "Burst of token exchanges",
    "recurring": "Burst of token exchanges that recurs",
    "wide-reach": "Tokens of unusually many users",
}


class Pace(Struct):
    """One agent's last minutes, the burst it is in, and its past."""

    tells: ClassVar[Tells] = (
        Tell("surge", "more users than usual are being reached"),
        *quiet("tenant", "name", "agent"),
    )

    window: Window = field(default_factory=Window)
    past: Past = field(default_factory=Past)
    reach: Reach = field(default_factory=Reach)
    surge: Surge | None = None
    waiting: list[Surge] = field(default_factory=list)
    """Bursts from before there was a past."""
    tenant: str = ""
    name: str = ""
    agent: str = ""


class RapidExchange(Detector[Pace]):
    """Finds agents that exchange tokens faster than a threshold within a sliding window, and faster than they usually do.

    The window is true event time: every exchange looks back exactly its length. A burst lasts while the window holds
    more than the threshold and is told once, when it is over or when the log ends, with its peak and with how many
    users, connections and provider tokens it touched. A day on which the agent takes vaulted tokens of far more users
    than on any day before is told too, however slowly it does.

    ## Why it matters
    A vault hands out the cached provider token until it expires, so healthy work is about one exchange per user and
    connection and token lifetime. A stolen agent credential is used differently: walk through the users, take every
    token that can be had, before someone notices.

    ## Judged on
    The number of exchanges of one agent in the window, and how many different users and token thumbprints they
    touched. Many of either is a harvest; one user and one thumbprint is a client that forgot to cache. A burst that
    comes after a day or more of the agent's own past is held against it: one no more than twice as high as the peaks
    of a third of its days is its usual work. The first bursts of a trail wait until other days are known; those that
    recur are told once, as informational. Days on which something fired teach nothing.

    ## What it misses
    A harvest that is spread over several clients, and a harvest as high as the agent's own daily peak: whoever steals
    the credential of a nightly batch can hide in its numbers. An attacker who is there from the first day on and comes
    back as often as honest work would is taken for it. A batch that runs once a week is told every week. Patient
    harvests are seen only after three days of past, and not in agents that serve more than 600 users a day. Nothing
    ties an exchange to a conversation. Exchanges that are not the vault's need the user's own token first, so many
    users in them are weighed as medium. Sets of names are counted up to 1,000 and the window up to 10,000 exchanges,
    and the finding says so where they are full.

    ## What else it may be
    A batch job or a retry loop of the agent's own takes many tokens in a short time.

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
    reads = frozenset({kinds.TOKEN_EXCHANGE, kinds.ACCOUNT_LINK})
    key = ("tenant", "agent")
    state = Pace

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        limits = policy.thresholds.rapid_exchange
        self._most, self._users, self._span = limits.max_exchanges, limits.day_users, limits.window_minutes * MINUTE
        self._few = limits.max_exchanges // FACTOR

    def observe(self, state: Pace, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ACCOUNT_LINK:
            if event.user and len(state.reach.linked) < MAX_USERS:
                state.reach.linked.add(event.user)
            return NOTHING
        time, user, past = event.time, event.user, state.past
        vaulted = event.flow in VAULTS
        mark = Mark(time, user, event.connection, event.token if vaulted else "", event.origin)
        found = self._turn(state, event) if time >= past.until else NOTHING
        count = state.window.crowd(mark, self._span, self._few)
        past.events += 1
        if vaulted and user not in state.reach.today:
            state.reach.met(mark, event.id)
        if count:
            past.peak = max(past.peak, count)
        elif state.surge is None:
            return found
        return chain(found, self._surge(state, event, mark, count))

    def finish(self, state: Pace) -> Iterator[Finding]:
        state.past.close()
        if state.surge is not None:
            yield from self._over(state, state.surge)
            state.surge = None
        yield from self._settle(state)
        yield from self._reached(state)

    def _turn(self, state: Pace, event: Event) -> Iterator[Finding]:
        """Another hour: what waited may be judged now, and the day may be over."""
        if not state.tenant:
            state.tenant, state.agent = event.tenant, event.agent
            state.name = event.agent_id or event.external_agent_id or event.agent
        if not state.past.turn(event.time):
            return NOTHING
        found: list[Finding] = []
        if state.surge is not None and event.time - state.surge.burst.last.time >= self._span:
            found += self._over(state, state.surge)
            state.surge = None
        found += self._reached(state)
        fired = bool(state.past.told) and state.past.told[-1] == state.past.days[-1][0]
        state.reach = state.reach.next_day(self._users, fired)
        if state.waiting and len(state.past.days) >= LEARN_DAYS:
            found += self._settle(state)
        return iter(found)

    def _surge(self, state: Pace, event: Event, mark: Mark, count: int) -> Iterator[Finding]:
        surge = state.surge
        if count <= self._most:
            state.surge = None
            if surge is not None:
                yield from self._over(state, surge)
        elif surge is None:
            burst = open_burst(state.window, event.id)
            settled = (
                not state.waiting
                and state.past.events - count >= LEARN_EVENTS
                and burst.first.time - state.past.since >= DAY
            )
            state.surge = Surge(burst, settled)
        else:
            surge.burst.take(mark)
            surge.burst.measure(count)

    def _over(self, state: Pace, surge: Surge) -> Iterator[Finding]:
        """A burst is over: judge it, or let it wait for a past."""
        burst = surge.burst
        if surge.settled:
            if not state.past.is_usual(burst.peak_count, *surge.span()):
                yield self._finding(state, surge, [])
        elif len(state.waiting) < MAX_WAITING:
            state.waiting.append(surge)
        else:
            state.waiting[-1].burst.join(burst)
            state.waiting[-1].joined = True

    def _settle(self, state: Pace) -> Iterator[Finding]:
        """Judge the bursts that waited, each against all the other days and hours."""
        waiting, state.waiting = state.waiting, []
        usual = [one for one in waiting if state.past.is_usual(one.burst.peak_count, *one.span())]
        for surge in waiting:
            if surge not in usual:
                yield self._finding(state, surge, [])
        if usual:
            yield self._finding(state, usual[0], usual)

    def _judge(self, burst: Burst) -> tuple[str, Level]:
        users, tokens, vaulted = len(burst.users), len(burst.tokens), len(burst.connections) > 0
        if (users >= MANY and vaulted) or tokens >= MANY:
            every = 2 * max(users, tokens) > burst.total or burst.users.more or burst.tokens.more
            return "harvest", Level.critical if users >= MANY and every else Level.high
        if users <= 1 and tokens == 1:
            return "cache-less-client", Level.low
        return "burst", Level.medium

    def _finding(self, state: Pace, surge: Surge, usual: list[Surge]) -> Finding:
        """What is told of one burst, or of all the usual ones that the first of them stands for."""
        limits, burst = self.policy.thresholds.rapid_exchange, surge.burst
        typical = max(state.past.typical(), self._few)
        verdict, level = ("recurring", Level.informational) if usual else self._judge(burst)
        if verdict == "burst" and surge.settled and burst.peak_count > LEAP * typical:
            level = Level.high
        if not usual:
            state.past.spoil(burst.first.time, burst.last.time)
        lasted = show_span(burst.last.time - burst.first.time)
        touched = ", ".join(
            (burst.users.words("user"), burst.connections.words("connection"), burst.tokens.words("provider token"))
        )
        times = len(usual)
        often = (
            f"; it did so {times} times and more" if any(one.joined for one in usual) else f"; it did so {times} times"
        )
        basis = "the declared threshold"
        if surge.settled:
            basis += f" and the agent's own past, in which a window of its busiest days held {typical} or fewer"
        elif usual:
            basis += ", and other days and hours of the same agent that were as busy"
        else:
            basis += "; the agent has no earlier past in the trail"
        return Finding(
            rule=self.rule.id,
            level=level,
            time=burst.crossed.time,
            until=usual[-1].burst.last.time if usual else burst.last.time,
            tenant=state.tenant,
            event_id=burst.crossed_id,
            verdict=verdict,
            title=TITLES[verdict],
            message=f"{state.name} exchanged {burst.total} tokens in {lasted}, at most {burst.peak_count} within "
            f"{limits.window_minutes} min ({touched}){often if usual else ''}.",
            subject=(f"agent:{state.name}",),
            entities=(
                *_names(state),
                *burst.users.entities("user"),
                *burst.connections.entities("connection"),
                *burst.tokens.entities("token"),
            ),
            evidence=proof(
                (burst.crossed, "the exchange that crossed the threshold"),
                (burst.first, "the first exchange of the burst"),
                (burst.peak, "the peak of the burst"),
                (burst.last, "the last exchange of the burst"),
                *((one.burst.crossed, "the same of another burst") for one in usual[1:]),
                *((mark, "an exchange for another user or token") for mark in burst.samples),
            ),
            judged_on=basis,
            facts={
                "observed": burst.peak_count,
                "threshold": limits.max_exchanges,
                "window_minutes": limits.window_minutes,
                "usual_peak": typical,
                "exchanges": burst.total,
                "users": burst.users.show(),
                "connections": burst.connections.show(),
                "thumbprints": burst.tokens.show(),
                "start": show_time(burst.first.time),
                "peak": show_time(burst.peak.time),
                "end": show_time(burst.last.time),
                "bursts": max(times, 1),
            },
        )

    def _reached(self, state: Pace) -> Iterator[Finding]:
        """The day is over: were there far more users than on any day before?"""
        reach = state.reach
        if reach.crossed is None or reach.first is None or reach.crossed.time // DAY in state.past.told:
            return
        users, most = len(reach.today), max(reach.days)
        many = f"{users} or more" if users >= MAX_USERS else str(users)
        state.past.spoil(reach.first.time, reach.first.time)
        yield Finding(
            rule=self.rule.id,
            level=Level.medium,
            time=reach.crossed.time,
            tenant=state.tenant,
            event_id=reach.crossed_id,
            verdict="wide-reach",
            title=TITLES["wide-reach"],
            message=f"{state.name} took vaulted tokens of {many} users in one day, and of at most {most} on any of the "
            f"{len(reach.days)} days before.",
            subject=(f"agent:{state.name}",),
            entities=(*_names(state), *(f"user:{user}" for user in sorted(reach.today)[:50])),
            evidence=proof(
                (reach.crossed, "the exchange for one user too many"),
                (reach.first, "the first exchange of the day"),
                *((mark, "an exchange for another user") for mark in reach.samples),
            ),
            judged_on="the agent's own earlier days; users who connected an account that day are left out",
            facts={"observed": users, "threshold": reach.limit, "before": reach.days},
        )


def _names(state: Pace) -> tuple[str, ...]:
    other = (f"client:{state.agent}",) if state.agent != state.name else ()
    return (f"agent:{state.name}", *other)
