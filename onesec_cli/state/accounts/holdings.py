"""Who could do what at a moment, over all tenants of a run, and what changed between two moments."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from onesec_cli.model.access import AccessChange, AccessRow
from onesec_cli.model.event import Event
from onesec_cli.model.mask import mask_name
from onesec_cli.state.accounts.access import Access, Accesses, Change, Key

MOST_LOOKED: Final = 2_000
"""Accesses of one name that are looked at for one question."""
_SAID = {"begun": "may act now", "wider": "may do more", "ended": "may act no more"}


class Holdings:
    """The accesses of every tenant, event by event in total order."""

    def __init__(self) -> None:
        self.tenants: dict[str, Accesses] = {}
        self.ended: list[tuple[str, ...]] = []
        """The accesses that the last event took away, as `identity` tells them."""
        self._masked: dict[str, dict[str, None]] = {}
        """Masked names to what they stand for, where they differ."""

    def take(self, event: Event) -> list[str]:
        """Remember an event; what it changed, a sentence each."""
        accesses = self.tenants.get(event.tenant)
        if accesses is None:
            accesses = self.tenants[event.tenant] = Accesses()
        changes = accesses.take(event)
        for change in changes:
            if change.what == "begun":
                self._meet((*change.key[1:3], accesses.held[change.key].client))
        if changes or self.ended:
            self.ended = [(event.tenant, *map(mask_name, one.key)) for one in changes if one.what == "ended"]
        return [_sentence(change) for change in changes]

    def feed(self, events: Iterable[Event]) -> Holdings:
        """Remember events; the same object, for a chain of calls."""
        for event in events:
            self.take(event)
        return self

    def rows(self, at: int) -> list[AccessRow]:
        """Every access that was ever seen, with its status at a moment; by tenant, agent, user, place and basis."""
        return [_row(one, tenant, at) for tenant, accesses in sorted(self.tenants.items()) for one in accesses.rows()]

    def beyond(self, tenant: str, agents: frozenset[str], users: frozenset[str]) -> bool:
        """Whether somebody of these has more accesses than are looked at."""
        accesses = self.tenants.get(tenant)
        if accesses is None:
            return False
        named = [accesses.by_user.get(name, ()) for name in self._plain(users)]
        named += [accesses.by_agent.get(name, ()) for name in self._plain(agents)]
        return any(len(one) > MOST_LOOKED for one in named)

    def about(self, tenant: str, agents: frozenset[str], users: frozenset[str], at: int) -> list[AccessRow]:
        """What some agents have for some users and for nobody; empty stands for any. Looks at so many of each name."""
        accesses = self.tenants.get(tenant)
        if accesses is None:
            return []
        keys: dict[Key, None] = {}
        for name in self._plain(users):
            keys.update((key, None) for key in islice(accesses.by_user.get(name, ()), MOST_LOOKED))
        for name in self._plain(agents):
            mine = islice(accesses.by_agent.get(name, ()), MOST_LOOKED)
            keys.update((key, None) for key in mine if not users or not key[2])
        return [_row(accesses.held[key], tenant, at) for key in keys if key in accesses.held]

    def users_of(self, tenant: str, agents: frozenset[str], first: int, at: int) -> set[str]:
        """Users for whom some agents had something between two moments. Looks at so many accesses of each."""
        accesses, found = self.tenants.get(tenant), set[str]()
        if accesses is None:
            return found
        for name in self._plain(agents):
            for key in islice(accesses.by_agent.get(name, ()), MOST_LOOKED):
                one = accesses.held.get(key)
                if one is not None and one.last(at) >= first:
                    found.add(mask_name(one.user))
        return found - {""}

    def _meet(self, names: Iterable[str]) -> None:
        for name in names:
            masked = mask_name(name)
            if masked != name:
                self._masked.setdefault(masked, {})[name] = None

    def _plain(self, names: frozenset[str]) -> list[str]:
        """What names stand for, in a fixed order."""
        return [plain for name in sorted(names) for plain in (name, *self._masked.get(name, ()))]

    @property
    def forgotten(self) -> int:
        """Accesses that were forgotten to keep memory bounded."""
        return sum(accesses.forgotten for accesses in self.tenants.values())


def compare(before: Iterable[AccessRow], after: Iterable[AccessRow]) -> list[AccessChange]:
    """What is other at the later moment: access that began, ended, grew or shrank. Rows as `Holdings.rows` tells them."""
    known = {identity(one): one for one in before}
    told = []
    for now in after:
        then = known.get(identity(now))
        was = then is not None and then.status == "active"
        new = sorted(set(now.scopes) - set(then.scopes if then is not None and was else ()))
        if now.status == "active" and not was:
            told.append(AccessChange(what="begun", scopes=now.scopes, row=now))
        elif now.status != "active" and was:
            told.append(AccessChange(what="ended", scopes=now.scopes, row=now))
        elif now.status == "active" and new:
            told.append(AccessChange(what="wider", scopes=tuple(new), row=now))
        elif now.status == "active" and then is not None and now.scopes != then.scopes:
            told.append(AccessChange(what="narrower", scopes=now.scopes, row=now))
    return told


def identity(row: AccessRow) -> tuple[str, ...]:
    """Which access it is, at whatever moment."""
    return (row.tenant, row.basis, row.agent, row.user, row.place)


def _row(one: Access, tenant: str, at: int) -> AccessRow:
    return AccessRow(
        tenant=tenant,
        agent=mask_name(one.agent),
        client=mask_name(one.client),
        user=mask_name(one.user),
        place=mask_name(one.place),
        basis=one.basis,
        giver=mask_name(one.giver),
        scopes=tuple(mask_name(scope) for scope in sorted(one.scopes)),
        status=one.status(at),
        since=one.since,
        last_used=one.latest.time,
        uses=one.uses,
        token_expires=one.expires,
        ended=None if one.ended is None else one.ended.time,
        evidence=tuple(proof for proof in (one.first, one.latest, one.ended) if proof is not None),
    )


def _sentence(change: Change) -> str:
    basis, agent, user, place = change.key
    words = [agent or "somebody", _SAID[change.what]]
    if user:
        words.append(f"for {user}")
    if place:
        words.append(f"on {place}")
    words.append(f"({basis})")
    scopes = f": {', '.join(change.scopes)}" if change.scopes and change.what != "ended" else ""
    return " ".join(words) + scopes
