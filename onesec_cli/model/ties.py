"""Who acts for whom, and what went where: what a picture of a run is drawn from."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.event import Evidence

DELEGATED: Final = "delegated to"
ACTS_FOR: Final = "had it act, by the actor claim"
SPAWNED: Final = "started"
HANDED_OVER: Final = "handed over to"
GAVE: Final = "gave text to"
SENT: Final = "sent to"
WROTE: Final = "wrote to"
AUTHORITY: Final = (DELEGATED, ACTS_FOR, SPAWNED, HANDED_OVER)
"""Ties by which one party acts for another."""
FLOW: Final = (GAVE, SENT, WROTE)
"""Ties along which text went."""


class Tie(Struct, frozen=True, kw_only=True):
    """One thing that one party gave another, however often. Parties are `type:value`; times are microseconds UTC."""

    tenant: str
    what: str
    giver: str
    taker: str
    via: str
    """The connection of a delegation, the tool through which something was sent; empty where there is none."""
    scopes: tuple[str, ...]
    times: int
    first: int
    last: int
    until: int | None
    """When the latest delegation ends by itself."""
    evidence: tuple[Evidence, ...]
    """Its first and its latest record."""
    places: frozenset[tuple[str, int, int]]
    """File, offset and time of its first and latest records: an alert that cites one of them speaks of this tie."""


class Ties(Struct, frozen=True, kw_only=True):
    """Every tie that a run shows."""

    known: tuple[Tie, ...]
    """By tenant, parties, what and via."""
    names: dict[str, tuple[str, ...]]
    """An agent's key to the other names it goes by."""
    lost: int
    """Ties that are missing because there were too many to remember."""
