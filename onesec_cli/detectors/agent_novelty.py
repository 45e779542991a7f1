"""An agent that suddenly comes from elsewhere and looks different."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import HOUR, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.rates.habits import Seen, family_of, network_of

ATTRIBUTES: Final = ("network", "country", "software")
MAX_USERS: Final = 5_000
MAX_LOOKS: Final = 4_096
"""Combinations of address, software and country that are passed at a glance."""
LOGINS: Final = frozenset({"authorization_code", "device_code", "password", "ciba"})
"""A person was there: what such an event shows is learned."""

NOTHING: Final[Iterator[Finding]] = iter(())
"""No finding: it is exhausted, so it can be handed out again and again."""


class Habits(Struct):
    """Where one agent comes from, and with what."""

    tells: ClassVar[Tells] = (
        Tell("events", "events of the agent so far: {value}"),
        Tell("since", "the agent is known since {value:time}"),
        Tell("users", "the agent acted for user {value}"),
        Tell("network.values.*", "the agent comes from the network {0}"),
        Tell("country.values.*", "the agent comes from the country {0}"),
        Tell("software.values.*", "the agent uses the software {0}"),
        Tell("network.fresh", "a network that is new to the agent: {value}"),
        Tell("country.fresh", "a country that is new to the agent: {value}"),
        Tell("software.fresh", "software that is new to the agent: {value}"),
        *quiet("network", "country", "software", "looks", "time", "origin"),
    )

    events: int = 0
    since: int = 0
    looks: set[tuple[str, str, str]] = field(default_factory=set)
    """Address, software and country of events that were learned."""
    network: Seen = field(default_factory=Seen)
    country: Seen = field(default_factory=Seen)
    software: Seen = field(default_factory=Seen)
    users: set[str] = field(default_factory=set)
    time: int = 0
    origin: Origin | None = None
    """The last event that was learned."""


class AgentNovelty(Detector[Habits]):
    """Finds agents whose network, country and client software are new at once.

    The first events of an agent are learned: the /24 or /48 network it comes from, the country where it is logged, and
    the family of its client software. After that an event in which at least two of the three were never seen is told.
    One new attribute alone is learned in silence, and still counts for a day if another follows. An upgrade of the same
    software is no novelty. An attribute that keeps changing is not judged.

    ## Why it matters
    An agent is a program in a place. Its credential used from another network by another program is used by someone
    else, and that is often the only trace of a stolen client secret or refresh token: the exchange itself looks right.

    ## Judged on
    The agent's own earlier events. Events that raised something teach nothing. Events at which a person logged in are
    learned and not judged, and a refresh by a user's application is told only where the software is new: users travel.
    Where an agent is used from its users' own devices, the first event of a user it had not met before is learned.

    ## What it misses
    A thief in the same network, one who uses the same software for a day before changing it, and one who logs in. An
    attribute with five values or more is judged only while new ones have become rare, and with 64 never again. The
    country is not logged in most exchanges. The user agent is whatever the caller writes. Agents younger than the
    learning period are not judged.

    ## What else it may be
    The agent was moved or updated: another host, network or library, announced by its team.

    ## What to do
    Ask the agent's owner whether it moved or was rebuilt. If not: rotate the client's secret or keys, revoke its
    refresh tokens and the user grants it used since the first event told here, and end the provider tokens that were
    handed to the new network.
    """

    rule = Rule(
        id="agent-novelty",
        title="Agent came from a new place with new software",
        level=Level.medium,
        asi=("ASI03", "ASI10"),
        attack=("T1078.004", "T1528"),
    )
    reads = frozenset({kinds.TOKEN_EXCHANGE, kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH})
    key = ("tenant", "agent")
    state = Habits

    def observe(self, state: Habits, event: Event) -> Iterator[Finding]:
        look = (event.ip, event.user_agent, event.country)
        if look in state.looks:
            state.events += 1
            state.time, state.origin = event.time, event.origin
            user = event.user
            if user not in state.users and user and len(state.users) < MAX_USERS:
                state.users.add(user)
            return NOTHING
        return self._look(state, event, look)

    def _look(self, state: Habits, event: Event, look: tuple[str, str, str]) -> Iterator[Finding]:
        if not event.ip and not event.user_agent:
            return
        if state.origin is None:
            state.since = event.time
        values = dict(zip(ATTRIBUTES, (network_of(event.ip), event.country, family_of(event.user_agent)), strict=True))
        known = {"network": state.network, "country": state.country, "software": state.software}
        new = [name for name in ATTRIBUTES if known[name].judges(values[name], state.events)]
        limits = self.policy.thresholds.agent_novelty
        learned = state.events >= limits.learn_events and event.time - state.since >= limits.learn_hours * HOUR
        if new and learned and not self._is_explained(state, event, new):
            fresh = [name for name in ATTRIBUTES if name not in new and known[name].is_fresh(values[name], event.time)]
            if len(new) + len(fresh) >= limits.min_novelties:
                yield self._finding(state, event, [*new, *fresh], values)
                return
            known[new[0]].fresh = values[new[0]]
            known[new[0]].proof = event.cite("the event that brought the first new attribute")
        self._learn(state, event, look, values)

    def _learn(self, state: Habits, event: Event, look: tuple[str, str, str], values: dict[str, str]) -> None:
        state.events += 1
        state.network.learn(values["network"], state.events)
        state.country.learn(values["country"], state.events)
        state.software.learn(values["software"], state.events)
        if event.user and len(state.users) < MAX_USERS:
            state.users.add(event.user)
        if len(state.looks) < MAX_LOOKS:
            state.looks.add(look)
        state.time, state.origin = event.time, event.origin

    def _is_explained(self, state: Habits, event: Event, new: list[str]) -> bool:
        """A person who logs in or travels, or the first event of a user with an agent that its users carry."""
        if event.flow in LOGINS or (event.kind == kinds.TOKEN_REFRESH and "software" not in new and event.user):
            return True
        if not event.user or event.user in state.users:
            return False
        return len(state.network.values) > 1 and len(state.users) > 1

    def _finding(self, state: Habits, event: Event, new: list[str], values: dict[str, str]) -> Finding:
        limits = self.policy.thresholds.agent_novelty
        name = event.agent_id or event.external_agent_id or event.agent
        novel = {attribute: values[attribute] for attribute in new}
        said = ", ".join(f"{attribute} {value}" for attribute, value in novel.items())
        known = {"network": state.network, "country": state.country, "software": state.software}
        level = {1: Level.low, 2: Level.medium}.get(len(new), Level.high)
        proofs = [proof for one in new if (proof := known[one].proof) is not None and known[one].fresh == values[one]]
        if state.origin is not None:
            proofs.append(Evidence(state.origin, state.time, "the event of the agent before it"))
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="new-place-and-software" if len(new) > 1 else "new-attribute",
            message=f"{name} was used with {len(new)} things never seen of it before: {said}.",
            subject=(f"agent:{name}", f"{new[0]}:{novel[new[0]]}"),
            entities=tuple(dict.fromkeys((*event.entities(), *(f"{key}:{value}" for key, value in novel.items())))),
            evidence=(event.cite("the event with new attributes"), *proofs),
            judged_on=f"{state.events} earlier events of the agent over {show_span(event.time - state.since)}",
            facts={
                "observed": novel,
                "known": {attribute: sorted(known[attribute].values) for attribute in new},
                "threshold": limits.min_novelties,
                "learned_events": state.events,
                "learned_since": show_time(state.since),
            },
        )
