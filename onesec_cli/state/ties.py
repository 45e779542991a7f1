"""Who gave what to whom: delegations, actor chains, spawned agents, and the text that went in and out of an agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import EMPTY, UNDATED, Event, Evidence
from onesec_cli.model.mask import mask, mask_name
from onesec_cli.model.ties import ACTS_FOR, DELEGATED, GAVE, HANDED_OVER, SENT, SPAWNED, WROTE, Tie, Ties
from onesec_cli.state.accounts.access import READS as ACCESS
from onesec_cli.state.accounts.holdings import Holdings
from onesec_cli.state.bounds import keep, shed
from onesec_cli.state.call.outward import sinks_of
from onesec_cli.state.call.roles import call_of
from onesec_cli.state.delegation.chains import bare, is_person, read_delegation, text_of

MOST: Final = 5_000
"""Ties remembered of a run; the oldest are forgotten first."""
MOST_NAMES: Final = 20_000
PLACES: Final = 8
"""Records remembered of a tie: so many of the first, and as many of the latest."""
LONGEST: Final = 200
"""Characters of a name."""

Key = tuple[str, str, str, str, str]
"""(tenant, giver, taker, what, via)."""


class Known(Struct):
    """One tie so far."""

    scopes: frozenset[str]
    first: Evidence
    latest: Evidence
    times: int = 0
    until: int | None = None
    early: list[tuple[str, int, int]] = field(default_factory=list)
    late: list[tuple[str, int, int]] = field(default_factory=list)


class Bonds(Struct):
    """Every tie of a run, event by event in total order. Bounded."""

    known: dict[Key, Known] = field(default_factory=dict)
    names: dict[str, dict[str, None]] = field(default_factory=dict)
    lost: int = 0

    def take(self, event: Event) -> None:
        """Remember what an event ties."""
        kind = event.kind
        if kind == kinds.DELEGATION_ISSUE:
            self._delegation(event)
        elif event.actors:
            self._chain(event)
        elif kind in (kinds.AGENT_SPAWN, kinds.AGENT_HANDOFF):
            what = SPAWNED if kind == kinds.AGENT_SPAWN else HANDED_OVER
            self._tie(event, what, who(event), f"agent:{text_of(event, 'child')}")
        elif kind == kinds.TOOL_RESULT:
            self._tie(event, GAVE, f"tool:{event.tool}", who(event))
        elif kind == kinds.MEMORY_READ:
            self._tie(event, GAVE, f"memory:{text_of(event, 'memory')}", who(event))
        elif kind == kinds.MEMORY_WRITE:
            self._tie(event, WROTE, who(event), f"memory:{text_of(event, 'memory')}")
        elif kind == kinds.TOOL_CALL:
            for to in dict.fromkeys(sink.to for sink in sinks_of(event, call_of(event).cwd)):
                self._tie(event, SENT, who(event), f"destination:{mask(to)}", event.tool)
        if event.agent:
            self._name(event)

    def told(self) -> Ties:
        """All of it, in order of its keys."""
        return Ties(
            known=tuple(_tie(key, one) for key, one in sorted(self.known.items())),
            names={mask_name(key): tuple(map(mask_name, names)) for key, names in sorted(self.names.items())},
            lost=self.lost,
        )

    def _delegation(self, event: Event) -> None:
        one = read_delegation(event)
        giver = f"user:{one.user}" if is_person(one.delegator, one.user) and one.user else f"agent:{one.delegator}"
        self._tie(event, DELEGATED, giver, f"agent:{one.delegate}", one.connection, one.scopes, one.expires)

    def _chain(self, event: Event) -> None:
        """From the user through the first application to the party that holds the token."""
        parties = [f"agent:{bare(actor) or '(no sub)'}" for actor in reversed(event.actors)]
        if event.user:
            parties.insert(0, f"user:{event.user}")
        for giver, taker in pairwise(parties):
            scopes = event.scopes if taker == parties[-1] else EMPTY
            self._tie(event, ACTS_FOR, giver, taker, event.connection, scopes)

    def _tie(
        self,
        event: Event,
        what: str,
        giver: str,
        taker: str,
        via: str = "",
        scopes: frozenset[str] = EMPTY,
        until: int | None = None,
    ) -> None:
        if giver.endswith(":") or taker.endswith(":"):
            return  # a party that the trail does not name
        key = (event.tenant, giver[:LONGEST], taker[:LONGEST], what, via[:LONGEST])
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = Known(scopes, event.cite("first seen"), event.cite("latest"))
            self.lost += len(shed(self.known, MOST))
        known.times += 1
        known.scopes |= scopes
        known.latest = event.cite("latest")
        known.until = until if until is not None else known.until
        place = (event.origin.file, event.origin.offset, event.time)
        if len(known.early) < PLACES:
            known.early.append(place)
        else:
            known.late = [*known.late[-PLACES + 1 :], place]

    def _name(self, event: Event) -> None:
        names = {event.agent_id, event.external_agent_id, event.client} - {"", event.agent}
        if names:
            keep(
                self.names, event.agent, {**self.names.get(event.agent, {}), **dict.fromkeys(sorted(names))}, MOST_NAMES
            )


def who(event: Event) -> str:
    """The agent of an event, or the conversation where the log names none."""
    return f"agent:{event.agent}" if event.agent else f"session:{event.session}"


class Watched:
    """Events on their way to those who judge them; what they tie and give is remembered in passing."""

    def __init__(self) -> None:
        self.holdings = Holdings()
        self.ties = Bonds()

    def passing(self, events: Iterable[Event]) -> Iterator[Event]:
        """The same events."""
        for event in events:
            self.see(event)
            yield event

    def see(self, event: Event) -> None:
        """Remember one event."""
        if event.kind in ACCESS:
            self.holdings.take(event)
        self.ties.take(event)


def _tie(key: Key, one: Known) -> Tie:
    tenant, giver, taker, what, via = key
    latest = () if one.times == 1 else (one.latest,)
    return Tie(
        tenant=tenant,
        what=what,
        giver=_named(giver),
        taker=_named(taker),
        via=mask_name(via),
        scopes=tuple(map(mask_name, sorted(one.scopes))),
        times=one.times,
        first=one.first.time if one.first.time != UNDATED else 0,
        last=one.latest.time,
        until=one.until,
        evidence=(one.first, *latest),
        places=frozenset((*one.early, *one.late)),
    )


def _named(party: str) -> str:
    kind, _, name = party.partition(":")
    return f"{kind}:{mask_name(name)}"
