"""Who may do what: every access the trail shows to be given, how it was used, and what ended it.

The question of an investigator ("who could do what at that moment") rather than of a detector. One fold per tenant, on top of
what `links` and `removals` already know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.access import DELEGATION
from onesec_cli.model.event import EMPTY, Event, Evidence
from onesec_cli.state.accounts.authority import INTERACTIVE
from onesec_cli.state.accounts.links import VAULT_FLOWS, Links, names_of
from onesec_cli.state.accounts.removal import CLIENT, CONSENT, REMOVES, SIGN_IN, USER, Removal, read_removal
from onesec_cli.state.accounts.removals import READS as LINKED
from onesec_cli.state.accounts.removals import carry_out
from onesec_cli.state.bounds import drop, keep, shed
from onesec_cli.state.delegation.chains import read_delegation

VAULT: Final = "token vault"
TOOL: Final = "tool call"
CONSENTED: Final = "consent"
SIGNED_IN: Final = "sign-in"
BEHALF: Final = "on behalf of"
OWN: Final = "client credentials"
SESSION: Final = "session of another user"
DELEGATED: Final = DELEGATION

READS: Final = LINKED | {kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH, kinds.SESSION_DELEGATE}
"""What `take` wants to be shown."""
FOREVER: Final = 1 << 62
MOST: Final = 100_000
"""Accesses remembered of a tenant; the oldest are forgotten first."""

Key = tuple[str, str, str, str]
"""(basis, agent, user, place)."""


class Access(Struct):
    """What one agent may do for one user at one place, and on what ground."""

    basis: str
    agent: str
    user: str
    place: str
    """Connection, or audience of an API."""
    client: str
    scopes: frozenset[str]
    """Every scope seen granted and not taken back since."""
    since: int
    first: Evidence
    latest: Evidence
    uses: int = 0
    expires: int | None = None
    """When the last token, or the delegation itself, ends by itself."""
    ended: Evidence | None = None
    """What took it away."""
    giver: str = ""
    """Who handed a delegation on."""

    def status(self, at: int) -> str:
        """`active`, `ended` or `expired` at a moment, microseconds UTC.

        A token that ends does not end access that can fetch another; only a delegation expires.
        """
        if self.ended is not None:
            return "ended"
        return "expired" if self.basis == DELEGATED and self.expires is not None and self.expires <= at else "active"

    def last(self, at: int) -> int:
        """The last moment at which it can be used, as seen from one."""
        if self.status(at) == "active":
            return FOREVER
        return max(self.latest.time, self.expires or 0, self.ended.time if self.ended is not None else 0)


class Change(Struct, frozen=True):
    """One thing an event changed: what happened to an access (`begun`, `wider`, `ended`), and the scopes it is about."""

    what: str
    key: Key
    scopes: tuple[str, ...] = ()


class Accesses(Struct):
    """Every access of one tenant. Plain data, bounded."""

    links: Links = field(default_factory=Links)
    held: dict[Key, Access] = field(default_factory=dict)
    by_user: dict[str, dict[Key, None]] = field(default_factory=dict)
    by_agent: dict[str, dict[Key, None]] = field(default_factory=dict)
    delegations: dict[str, Key] = field(default_factory=dict)
    """Delegation id to the access it gives."""
    forgotten: int = 0

    def take(self, event: Event) -> list[Change]:
        """Remember an event; what it changed, in a fixed order."""
        if event.kind in REMOVES:
            removal = read_removal(event)
            if removal is not None:
                return self._remove(removal, event)
        self.links.remember(event)
        told = _given(event, self.links)
        if told is None or (told[0][0] == TOOL and self._uses(event, told[0])):
            return []
        return self._give(event, *told)

    def rows(self) -> list[Access]:
        """All of it, by agent, user, place and basis."""
        return sorted(self.held.values(), key=lambda one: (one.agent, one.user, one.place, one.basis, one.since))

    def _uses(self, event: Event, call: Key) -> bool:
        """Whether a tool call is one more use of what its agent was given, and so no access of its own."""
        for basis in (DELEGATED, VAULT):
            known = self.held.get((basis, *call[1:]))
            if known is not None and known.status(event.time) == "active":
                known.latest, known.uses = event.cite("its last use"), known.uses + 1
                return True
        return False

    def _give(self, event: Event, key: Key, scopes: frozenset[str], expires: int | None) -> list[Change]:
        known = self.held.get(key)
        if known is None or known.ended is not None:
            proof = event.cite("the access was first seen")
            new = Access(*key, event.client, scopes, event.time, proof, event.cite("its last use"), 1, expires)
            self._put(key, new)
            if key[0] == DELEGATED:
                told = read_delegation(event)
                new.giver = told.delegator
                keep(self.delegations, told.id, key, MOST)
            return [Change("begun", key, tuple(sorted(scopes)))]
        known.latest, known.uses = event.cite("its last use"), known.uses + 1
        known.expires = expires if expires is not None else known.expires
        more = scopes - known.scopes
        if not more:
            return []
        known.scopes |= more
        return [Change("wider", key, tuple(sorted(more)))]

    def _put(self, key: Key, access: Access) -> None:
        self.held.pop(key, None)
        self.held[key] = access
        self.by_user.setdefault(access.user, {})[key] = None
        for name in {access.agent, access.client} - {""}:
            self.by_agent.setdefault(name, {})[key] = None
        if len(self.held) > MOST:
            for old in shed(self.held, MOST):
                self.forgotten += 1
                drop(self.by_user, old[2], old)
                drop(self.by_agent, old[1], old)

    def _remove(self, removal: Removal, event: Event) -> list[Change]:
        grant = self.links.grants.get(removal.name) if removal.name else None
        toll = carry_out(self.links, removal, event)
        proof = event.cite(removal.how)
        gone: dict[Key, None] = dict.fromkeys(self._of_people(removal, grant))
        for loss in toll.losses if toll is not None else ():
            for key in self.by_user.get(loss.user, ()):
                mine = key[0] in (VAULT, TOOL) and key[3] == loss.connection
                if mine and (loss.whole or key[1] in loss.agents):
                    gone[key] = None
            for one in (*loss.direct, *loss.deeper):
                if one.id in self.delegations:
                    gone[self.delegations[one.id]] = None
        return [change for key in sorted(gone) for change in self._end(key, proof)]

    def _of_people(self, removal: Removal, grant: tuple[str, str] | None) -> Iterator[Key]:
        """Accesses that go because a user, a client, a consent or a sign-in goes."""
        if removal.what == USER:
            yield from self.by_user.get(removal.user, ())
        elif removal.what == CLIENT:
            for name in sorted(removal.names):
                yield from self.by_agent.get(name, ())
        elif removal.what in (CONSENT, SIGN_IN):
            user, client = grant or (removal.user, "")
            names = {client} if client else removal.names
            basis = CONSENTED if removal.what == CONSENT else SIGNED_IN
            if not (user or names) or (removal.what == SIGN_IN and removal.name and not names):
                return
            yield from (key for key in self._any(user, names) if key[0] == basis)

    def _any(self, user: str, names: Iterable[str]) -> Iterator[Key]:
        wanted = set(names)
        if user:
            for key in self.by_user.get(user, ()):
                if not wanted or key[1] in wanted or self.held[key].client in wanted:
                    yield key
            return
        for name in sorted(wanted):
            yield from self.by_agent.get(name, ())

    def _end(self, key: Key, proof: Evidence) -> list[Change]:
        access = self.held.get(key)
        if access is None or access.ended is not None:
            return []
        access.ended = proof
        return [Change("ended", key, tuple(sorted(access.scopes)))]


def _given(event: Event, links: Links) -> tuple[Key, frozenset[str], int | None] | None:
    """The access an event gives or uses, its scopes, and when its token ends; None where it gives none."""
    kind, agent = event.kind, event.agent or event.client
    user = links.user_of(event)
    if kind == kinds.TOKEN_EXCHANGE:
        basis = VAULT if event.flow in VAULT_FLOWS else BEHALF
        place = event.connection if basis == VAULT else event.audience
        return ((basis, agent, user, place), event.scopes, event.expires) if agent and (user or place) else None
    if kind == kinds.TOOL_CALL:
        return ((TOOL, agent, user, event.connection), EMPTY, None) if agent and event.connection else None
    if kind == kinds.GRANT_CONSENT:
        return ((CONSENTED, agent, user, event.audience), event.scopes, None) if agent and user else None
    if kind == kinds.DELEGATION_ISSUE:
        one = read_delegation(event)
        return (DELEGATED, one.delegate, one.user, one.connection), one.scopes, one.expires
    if kind == kinds.SESSION_DELEGATE:
        entered = next(iter(sorted(names_of(event))), "")
        return ((SESSION, entered, user, ""), event.scopes, event.expires) if entered and user else None
    if kind == kinds.TOKEN_REFRESH or event.flow in INTERACTIVE:
        return ((SIGNED_IN, agent, user, event.audience), event.scopes, event.expires) if agent and user else None
    if event.flow == "client_credentials" and kind == kinds.TOKEN_ISSUE:
        return ((OWN, agent, "", event.audience), event.scopes, event.expires) if agent else None
    return None
