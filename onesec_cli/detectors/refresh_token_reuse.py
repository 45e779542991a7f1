"""A rotated refresh token that was presented again."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, MINUTE, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level

MAX_FAMILIES: Final = 64
MAX_PLACES: Final = 16
MEMORY: Final = DAY
SETTLED: Final = MINUTE
"""A refresh this soon after a reuse may have crossed it on the way."""


class Place(Struct):
    """A network and client software a family was refreshed from, and when last."""

    network: str
    software: str
    time: int
    evidence: Evidence


class Family(Struct):
    """Refresh tokens that descend from one login."""

    places: list[Place] = field(default_factory=list)
    """Least recent first; the last one made the latest refresh."""
    reused: int = -1
    proof: Evidence | None = None
    verdict: str = ""
    """What was first said of this family; said again unless something worse is seen, so that it stays one alert."""
    level: Level = Level.informational


class Families(Struct):
    """Families of one user and client, least recently used first."""

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
    are held against the last refresh of the family, and against who else refreshed it in the day before. A family
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
    key = ("tenant", "user", "client")
    state = Families

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        client = event.client or event.agent
        if not (event.user or client or event.fields.get("family")):
            return None
        return event.tenant, event.user or "-", client or "-"

    def observe(self, state: Families, event: Event) -> Iterator[Finding]:
        name = event.fields.get("family")
        if name is None or name == "":
            if event.kind == kinds.TOKEN_REFRESH:
                return
            name = ""
        family = state.known.pop(str(name), None) or Family()
        state.known[str(name)] = family
        if len(state.known) > MAX_FAMILIES:
            state.known.pop(next(iter(state.known)))
        if event.kind == kinds.TOKEN_REUSE:
            yield self._reused(family, event)
        else:
            if family.reused >= 0 and event.time - family.reused > SETTLED:
                yield self._alive(family, event)
            _visit(family, event)

    def _reused(self, family: Family, event: Event) -> Finding:
        here = (network(event.ip), event.user_agent)
        day = [place for place in family.places[:-1] if event.time - place.time <= MEMORY]
        recent = day + family.places[-1:]
        gap = _gap(event)
        verdict, level, because, proof = self._judge(recent, here, gap)
        family.reused, family.proof = event.time, event.cite("the reuse")
        if family.verdict and level <= family.level:
            verdict = family.verdict
        family.verdict, family.level = verdict, max(level, family.level)
        steps = "an unknown number of rotations" if gap is None else f"{gap} rotation{'' if gap == 1 else 's'}"
        said = f"A refresh token of {event.user or 'a user'} for {event.client or 'a client'} was presented again from {event.ip or 'an unknown address'}, {steps} behind the newest{because}."  # one sentence
        facts = {
            "counter": event.fields.get("counter"),
            "latest_counter": event.fields.get("latest_counter"),
            "observed": gap,
            "threshold": self.policy.thresholds.refresh_token_reuse.race_counter_gap,
            "last_refresh_known": bool(recent),
        }
        return self._finding(event, verdict, level, said, tuple(place.evidence for place in proof), facts)

    def _judge(
        self, recent: list[Place], here: tuple[str, str], gap: int | None
    ) -> tuple[str, Level, str, list[Place]]:
        """Verdict, level, the reason as the end of a sentence, and the refreshes that show it."""
        race = gap is not None and gap <= self.policy.thresholds.refresh_token_reuse.race_counter_gap
        plain = ("likely-race", Level.low) if race else ("older-copy", Level.medium)
        if not recent:
            return *plain, "", []
        last = recent[-1]
        elsewhere = _differ(last.network, here[0])
        rivals = [place for place in recent if _differ(place.network, here[0])]
        if elsewhere:
            settled = any(place.network == here[0] for place in recent)
            if settled or _differ(last.software, here[1]):
                verdict = "attacker-may-have-won" if settled else "replayed-elsewhere"
                level = Level.critical if settled and (not race or _differ(last.software, here[1])) else Level.high
                return verdict, level, f", while the newest was taken from {last.network}", rivals[-3:]
            return "replayed-elsewhere", Level.high, f", not from {last.network} which refreshed last", rivals[-3:]
        if _differ(last.software, here[1]):
            said = f", with {here[1]} where {last.software} refreshed last"
            return "replayed-elsewhere", Level.high, said, [last]
        strangers = [place for place in rivals if _differ(place.software, here[1])]
        if strangers or (rivals and not race):
            said = f"; {(strangers or rivals)[-1].network} had refreshed it in the day before"
            level = Level.critical if strangers else Level.high
            return "attacker-may-have-won", level, said, [*(strangers or rivals)[-3:], last]
        if race and last.network == here[0] and last.software == here[1]:
            return "likely-race", Level.informational, ", by the client that refreshed last", [last]
        return *plain, "", [last]

    def _alive(self, family: Family, event: Event) -> Finding:
        span = show_span(event.time - family.reused)
        said = f"The token family of {event.user or 'a user'} for {event.client or 'a client'} was refreshed from {event.ip or 'an unknown address'} {span} after a reuse that should have ended it."  # one sentence
        proof = (family.proof,) if family.proof is not None else ()
        return self._finding(event, "family-still-alive", Level.high, said, proof, {"after": span})

    def _finding(
        self, event: Event, verdict: str, level: Level, said: str, proof: tuple[Evidence, ...], facts: dict[str, object]
    ) -> Finding:
        family = event.fields.get("family")
        about = [("user", event.user), ("client", event.client), ("family", str(family or ""))]
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=said,
            subject=tuple(f"{name}:{value}" for name, value in about if value),
            entities=event.entities(),
            evidence=(event.cite("the token presented"), *proof),
            judged_on="token counters of the reuse, and refreshes of the same family in the day before",
            facts={"family": family, **facts},
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


def _visit(family: Family, event: Event) -> None:
    """Remember where a refresh came from, as the latest."""
    here, software = network(event.ip), event.user_agent
    family.places = [
        place
        for place in family.places
        if event.time - place.time <= MEMORY and (place.network, place.software) != (here, software)
    ][-MAX_PLACES + 1 :]
    family.places.append(Place(here, software, event.time, event.cite("a refresh of the same family")))
