"""An agent that suddenly comes from elsewhere and looks different."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import HOUR, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level

ATTRIBUTES: Final = ("network", "country", "software")
MANY: Final = 5
"""Values of one attribute from which on a new one says nothing: cloud egress hops, users carry their own devices."""
MAX_USERS: Final = 5_000


class Habits(Struct):
    """Where one agent comes from, and with what."""

    events: int = 0
    since: int = 0
    network: set[str] = field(default_factory=set)
    country: set[str] = field(default_factory=set)
    software: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    last: Evidence | None = None


class AgentNovelty(Detector[Habits]):
    """Finds agents whose network, country and client software are new at once.

    The first events of an agent are learned: the /24 or /48 network it comes from, the country where it is logged, and
    the family of its client software. After that an event in which at least two of the three were never seen is told.
    One new attribute alone is learned in silence, and an upgrade of the same software is no novelty. An attribute that
    keeps changing is not judged at all.

    ## Why it matters
    An agent is a program in a place. Its credential used from another network by another program is used by someone
    else, and that is often the only trace of a stolen client secret or refresh token: the exchange itself looks right.

    ## Judged on
    The agent's own earlier events. Events that raised something teach nothing. Where an agent is used from its users'
    own devices, the first event of a user it had not met before is learned and not judged.

    ## What it misses
    A thief in the same network, or with the same software who moves first and changes software later: one novelty at a
    time is learned. Agents with many networks are judged on country and software only, which leaves little where the
    country is not logged, as in most exchanges. The user agent is whatever the caller writes. Agents younger than the
    learning period are not judged.

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
        if not event.ip and not event.user_agent:
            return
        values = (network_of(event.ip), event.country, family_of(event.user_agent))
        known = (state.network, state.country, state.software)
        if state.events == 0:
            state.since = event.time
        new = [
            name
            for name, value, seen in zip(ATTRIBUTES, values, known, strict=True)
            if value and value not in seen and 0 < len(seen) < MANY
        ]
        limits = self.policy.thresholds.agent_novelty
        learned = state.events >= limits.learn_events and event.time - state.since >= limits.learn_hours * HOUR
        if learned and len(new) >= limits.min_novelties and not self._new_user(state, event.user):
            yield self._finding(state, event, new, dict(zip(ATTRIBUTES, values, strict=True)))
            return
        state.events += 1
        for value, seen in zip(values, known, strict=True):
            if value and len(seen) < MANY:
                seen.add(value)
        if event.user and len(state.users) < MAX_USERS:
            state.users.add(event.user)
        state.last = event.cite("an earlier event of the agent")

    def _new_user(self, state: Habits, user: str) -> bool:
        """Whether the event is the first of a user with an agent that comes from its users' devices."""
        if not user or user in state.users:
            return False
        return len(state.network) > 1 and len(state.users) > 1

    def _finding(self, state: Habits, event: Event, new: list[str], values: dict[str, str]) -> Finding:
        limits = self.policy.thresholds.agent_novelty
        name = event.agent_id or event.external_agent_id or event.agent
        novel = {attribute: values[attribute] for attribute in new}
        said = ", ".join(f"{attribute} {value}" for attribute, value in novel.items())
        known = {"network": state.network, "country": state.country, "software": state.software}
        level = {1: Level.low, 2: Level.medium}.get(len(new), Level.high)
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="new-place-and-software" if len(new) > 1 else "new-attribute",
            message=f"{name} was used with {len(new)} things never seen of it at once: {said}.",
            subject=(f"agent:{name}", f"{new[0]}:{novel[new[0]]}"),
            entities=tuple(dict.fromkeys((*event.entities(), *(f"{key}:{value}" for key, value in novel.items())))),
            evidence=(event.cite("the event with new attributes"), *((state.last,) if state.last else ())),
            judged_on=f"{state.events} earlier events of the agent over {show_span(event.time - state.since)}",
            facts={
                "observed": novel,
                "known": {attribute: sorted(known[attribute]) for attribute in new},
                "threshold": limits.min_novelties,
                "learned_events": state.events,
                "learned_since": show_time(state.since),
            },
        )


@lru_cache(maxsize=65_536)
def network_of(ip: str) -> str:
    """The /24 or /48 network of an address; empty where it is none."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address) >> 80 << 80, 48)))
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((int(address) >> 8 << 8, 24)))


def family_of(software: str) -> str:
    """Client software without its version."""
    name, _, version = software.rpartition(" ")
    return name if version.isdigit() else software
