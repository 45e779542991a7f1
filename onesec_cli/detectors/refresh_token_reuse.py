"""A rotated refresh token that was presented again."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, MINUTE, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.bounds import shed

MAX_FAMILIES: Final = 100_000
"""Token families remembered of a tenant; those least lately refreshed, to the day, are forgotten first."""
MAX_PLACES: Final = 16
MEMORY: Final = DAY
SETTLED: Final = MINUTE
"""A refresh this soon after a reuse may have crossed it on the way."""
SWITCH: Final = 2 * MINUTE
"""A client that lost the answer because it changed networks tries again within this time."""


class Place(Struct):
    """A network and client software a family was refreshed from: first, and last."""

    ip: str
    network: str
    software: str
    first: int
    time: int
    origin: Origin

    def cite(self) -> Evidence:
        """The last refresh from here as evidence."""
        return Evidence(self.origin, self.time, "a refresh of the same family")


class Family(Struct):
    """Refresh tokens that descend from one login."""

    user: str = ""
    client: str = ""
    places: list[Place] = field(default_factory=list)
    """Least recent first; the last one made the latest refresh."""
    kept: int = 0
    """When it was last moved up among the families."""
    reused: int = -1
    proof: Evidence | None = None
    verdict: str = ""
    """What was first said of this family; said again unless something worse is seen, so that it stays one alert."""
    level: Level = Level.informational


class Families(Struct):
    """Families of a tenant, least lately refreshed first."""

    tells: ClassVar[Tells] = (
        Tell("known.*.user", "refresh tokens of the family {0} are of user {value}"),
        Tell("known.*.client", "refresh tokens of the family {0} are of client {value}"),
        Tell("known.*.proof", "a rotated token of the family {0} came again, by {value:place}"),
        Tell("known.*.*", ""),
    )

    known: dict[str, Family] = field(default_factory=dict)


@lru_cache(maxsize=65_536)
def network(ip: str) -> str:
    """The /24 or /48 an address lies in; the text itself where it is no address."""
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


class RefreshTokenReuse(Detector[Families]):
    """Finds refresh tokens that were presented again after rotation had replaced them.

    Auth0 reports the reuse and the two counters: of the copy presented, and of the newest token of its family. One
    step apart can be a client racing itself; more is an older copy. The network and client software of the reuse
    are held against the last refresh of the family, and against who else refreshed it in the day before. A client that
    moves to and fro between networks with the same software is one holder, since two could not both refresh. A family
    that goes on being refreshed after the reuse is told too, since it should be dead.

    ## Why it matters
    Two parties hold the same refresh token. Either a thief tried an old copy, or the thief refreshed first and the
    rightful client is the one being refused, in which case the thief holds the newest token.

    ## Judged on
    The counters of the reuse, and the successful refreshes of the same family seen in this trail. Networks are
    compared by /24 (IPv6 /48), client software by family and major version.

    ## What it misses
    Clients without rotation never report a reuse, and every client that uses the Token Vault is one of them: a
    stolen refresh token exchanged there shows only as unusual agent activity. The leeway of a client hides true
    reuse. A thief on the victim's own network with the same software looks like a race. Refused refreshes after the
    reuse carry no family, so whether the revocation reached every copy cannot be told from them.

    ## What else it may be
    The client raced itself: two of its processes used one refresh token at the same time.

    ## What to do
    Revoke the user's refresh tokens and grant for this client, end the user's sessions, and have the user log in
    again. Where someone else refreshed last, treat the access tokens issued to that address as stolen and look for
    their use. For races, give the client a leeway and one refresh at a time.
    """

    rule = Rule(
        id="refresh-token-reuse",
        title="Rotated refresh token presented again",
        level=Level.high,
        asi=("ASI03",),
        attack=("T1528", "T1550.001"),
    )
    reads = frozenset({kinds.TOKEN_REUSE, kinds.TOKEN_REFRESH})
    key = ("tenant",)
    state = Families

    def observe(self, state: Families, event: Event) -> Iterator[Finding]:
        name = event.fields.get("family")
        family = state.known.get(name) if name.__class__ is str else None
        if event.kind == kinds.TOKEN_REUSE:
            return self._reused(_family(state, event), event)
        if family is None:
            if name:
                _visit(_family(state, event), event)
            return NOTHING
        if family.reused < 0 and event.time - family.kept < DAY and family.places:
            last = family.places[-1]
            if last.ip == event.ip and last.software == event.user_agent:
                last.time, last.origin = event.time, event.origin
                return NOTHING
        return self._refreshed(_family(state, event), event)

    def _refreshed(self, family: Family, event: Event) -> Iterator[Finding]:
        if family.reused >= 0 and event.time - family.reused > SETTLED:
            yield self._alive(family, event)
        _visit(family, event)

    def _reused(self, family: Family, event: Event) -> Iterator[Finding]:
        day = [place for place in family.places[:-1] if event.time - place.time <= MEMORY]
        recent = day + family.places[-1:]
        gap = _gap(event)
        verdict, level, because, proof = self._judge(recent, event, gap)
        family.reused, family.proof = event.time, event.cite("the reuse")
        if family.verdict and level <= family.level:
            verdict = family.verdict
        family.verdict, family.level = verdict, max(level, family.level)
        steps = "an unknown number of rotations" if gap is None else f"{gap} rotation{'' if gap == 1 else 's'}"
        said = f"A refresh token of {_whose(family)} was presented again from {event.ip or 'an unknown address'}, {steps} behind the newest{because}."  # one sentence
        facts = {
            "counter": event.fields.get("counter"),
            "latest_counter": event.fields.get("latest_counter"),
            "observed": gap,
            "threshold": self.policy.thresholds.refresh_token_reuse.race_counter_gap,
            "last_refresh_known": bool(recent),
        }
        yield self._finding(family, event, verdict, level, said, tuple(place.cite() for place in proof), facts)

    def _judge(self, recent: list[Place], event: Event, gap: int | None) -> tuple[str, Level, str, list[Place]]:
        """Verdict, level, the reason as the end of a sentence, and the refreshes that show it."""
        race = gap is not None and gap <= self.policy.thresholds.refresh_token_reuse.race_counter_gap
        plain = ("likely-race", Level.low) if race else ("older-copy", Level.medium)
        if not recent:
            return *plain, "", []
        here, software, last = network(event.ip), event.user_agent, recent[-1]
        other_software = _differ(last.software, software)
        if not _differ(last.network, here):
            if other_software:
                said = f", with {software} where {last.software} refreshed last"
                return "replayed-elsewhere", Level.high, said, [last]
            strangers = [one for one in recent if _differ(one.network, here) and _differ(one.software, software)]
            if strangers:
                said = f"; {strangers[-1].network} had refreshed it in the day before"
                return "attacker-may-have-won", Level.critical, said, [*strangers[-3:], last]
            if race and last.network == here and last.software == software:
                return "likely-race", Level.informational, ", by the client that refreshed last", [last]
            return *plain, "", [last]
        rivals = [one for one in recent if _differ(one.network, here)][-3:]
        mine = [one for one in recent if one.network == here]
        if not other_software and any(one.time > last.first for one in mine):
            return *plain, f", by a client that moves between {here} and {last.network}", [*mine[-1:], last]
        if mine:
            level = Level.critical if not race or other_software else Level.high
            return "attacker-may-have-won", level, f", while the newest was taken from {last.network}", rivals
        if race and not other_software and event.time - last.time <= SWITCH:
            return *plain, f", just after {last.network} refreshed it, as when a client changes networks", [last]
        said = f", not from {last.network} which refreshed last"
        return "replayed-elsewhere", Level.high, said, rivals

    def _alive(self, family: Family, event: Event) -> Finding:
        span = show_span(event.time - family.reused)
        said = f"The token family of {_whose(family)} was refreshed from {event.ip or 'an unknown address'} {span} after a reuse that should have ended it."  # one sentence
        proof = (family.proof,) if family.proof is not None else ()
        return self._finding(family, event, "family-still-alive", Level.high, said, proof, {"after": span})

    def _finding(
        self,
        family: Family,
        event: Event,
        verdict: str,
        level: Level,
        said: str,
        proof: tuple[Evidence, ...],
        facts: dict[str, object],
    ) -> Finding:
        name = event.fields.get("family")
        about = [("user", family.user), ("client", family.client), ("family", str(name or ""))]
        subject = tuple(f"{kind}:{value}" for kind, value in about if value) or ("ip:" + event.ip,)
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=said,
            subject=subject,
            entities=tuple(dict.fromkeys((*event.entities(), *subject[:2]))),
            evidence=(event.cite("the token presented"), *proof),
            judged_on="token counters of the reuse, and refreshes of the same family in the day before",
            facts={"family": name, **facts},
        )


def _differ(one: str, other: str) -> bool:
    """Whether both are known and not the same."""
    return bool(one and other and one != other)


def _gap(event: Event) -> int | None:
    """How many rotations behind the newest token the presented one is; None where the counters are not told."""
    counter, latest = event.fields.get("counter"), event.fields.get("latest_counter")
    if isinstance(counter, (int, float)) and isinstance(latest, (int, float)):
        return max(0, int(latest) - int(counter))
    return None


def _whose(family: Family) -> str:
    """The holder of a family, for a sentence."""
    return f"{family.user or 'a user'} for {family.client or 'a client'}"


def _family(state: Families, event: Event) -> Family:
    """The family of an event, now the latest; a reuse without one is kept by its user and client."""
    user, client = event.user, event.client or event.agent
    name = str(event.fields.get("family") or f"{user} {client}")
    family = state.known.pop(name, None) or Family()
    family.user, family.client, family.kept = user or family.user, client or family.client, event.time
    state.known[name] = family
    shed(state.known, MAX_FAMILIES)
    return family


def _visit(family: Family, event: Event) -> None:
    """Remember where a refresh came from, as the latest."""
    here, software, first = network(event.ip), event.user_agent, event.time
    kept = []
    for place in family.places:
        if (place.network, place.software) == (here, software):
            first = place.first if event.time - place.time <= MEMORY else first
        elif event.time - place.time <= MEMORY:
            kept.append(place)
    family.places = [*kept[-MAX_PLACES + 1 :], Place(event.ip, here, software, first, event.time, event.origin)]
