"""What a token with more scope than before amounts to: the verdict and its level."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.event import EMPTY, Event
from onesec_cli.model.level import Level
from onesec_cli.state.scope.holders import Held
from onesec_cli.state.scope.lattice import lattice
from onesec_cli.state.scope.scopes import ADMIN, BASIC, READ, WRITE, gained, risk, worst


class Claim(Struct, frozen=True):
    """What is wrong with a token."""

    verdict: str
    level: Level
    more: frozenset[str]
    judged: str
    power: int = ADMIN


OWN_ACCOUNTS: Final = ":me:connected_accounts"
"""Scopes with which an application lets its user connect and disconnect accounts."""


def telling(more: frozenset[str], provider: str) -> frozenset[str]:
    """Without the scopes that only say who the user is, or that the access outlives the session."""
    return frozenset(
        scope
        for scope in more
        if scope not in lattice().offline and risk(scope, provider) > BASIC and not scope.endswith(OWN_ACCOUNTS)
    )


def is_management(audience: str) -> bool:
    """Whether an audience is Auth0's Management API."""
    return audience.rstrip("/").endswith("/api/v2")


def power_of(more: frozenset[str], audience: str, provider: str) -> int:
    """The highest risk class of what was gained; any change through the Management API is administration.

    Scopes of the current user reach no further than the user's own profile.
    """
    power = worst(more, provider)
    if (
        is_management(audience)
        and worst(frozenset(one for one in more if "current_user" not in one), provider) >= WRITE
    ):
        return ADMIN
    return power


def beyond(bound: frozenset[str], now: frozenset[str], provider: str) -> Claim | None:
    """More than the declared policy allows."""
    more = telling(gained(bound, now, provider), provider)
    if not more:
        return None
    power = worst(more, provider)
    level = Level.critical if power >= ADMIN else Level.high
    return Claim("beyond-policy", level, more, "the declared policy", power)


def at_first(known: frozenset[str], event: Event, now: frozenset[str], provider: str) -> Claim | None:
    """Without a baseline only administrative scopes are judged, against what the same account yielded otherwise."""
    powers = frozenset(scope for scope in now if risk(scope, provider) >= ADMIN)
    if not powers:
        return None
    more = gained(known, powers, provider)
    if known:
        judged = "what the same account yielded to others before"
        return Claim("grew-without-reconnect", Level.critical, more, judged) if more else None
    # a machine client of the tenant's own is administered by grants; an agent or a user's account should not start there
    machine = not (event.user or event.agent_id or event.external_agent_id or event.connection)
    level = Level.informational if machine else Level.medium
    return Claim("privileged-first-grant", level, more, "an unverified baseline: no earlier token, no declared policy")


def new_audience(event: Event, now: frozenset[str], provider: str, granted: bool) -> Claim | None:
    """An agent that has worked elsewhere turns to the Management API, or starts somewhere as an administrator."""
    own = is_management(event.audience)
    more = telling(gained(EMPTY, now, provider), provider)
    power = power_of(more, event.audience, provider)
    if power < ADMIN and not (own and any("current_user" not in scope for scope in more)):
        return None
    level = Level.high if own and power >= ADMIN else Level.medium
    judged = "the audiences the agent worked with before"
    if granted:
        level, judged = level.raised(-1), judged + "; the client's grant was changed before"
    return Claim("new-audience", level, more, judged, power)


def growth(held: Held, event: Event, more: frozenset[str], provider: str, own: bool = False) -> Claim | None:
    """More than the same holder had before, with or without a new grant between; `own` tokens are the agent's."""
    more = telling(more, provider)
    if not more:
        return None
    power = power_of(more, event.audience, provider)
    family = str(event.fields.get("family", ""))
    renewed = held.renewed is not None or (held.family != "" != family and family != held.family)
    level = (Level.medium if renewed else Level.high).raised(
        (power >= ADMIN) - (power <= READ) * (1 + (own and renewed))
    )
    if renewed:
        judged = "what the same holder had before its grant was renewed"
        return Claim("reconsented-wider", level, more, judged, power)
    judged = "what the same holder had before; nothing renewed its grant"
    return Claim("grew-without-reconnect", level, more, judged, power)
