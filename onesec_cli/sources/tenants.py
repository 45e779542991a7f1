"""Whose a record is that names no tenant: agent logs never do, and many exports of tenant logs do not either.

Where the run names one tenant, it is that one's. Where it names several, a conversation belongs to the tenant whose trail
knows the user it names (else the agent), so that the log of a tenant that has nothing to do with it changes nothing.
What was taken from elsewhere is remembered, and is no part of what an alert is known by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.model.kinds import BEHAVIOUR

NAMING: Final = frozenset(
    {
        *(kinds.TOKEN_EXCHANGE, kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH, kinds.ACCOUNT_LINK, kinds.ACCOUNT_UNLINK),
        *(kinds.GRANT_CONSENT, kinds.DELEGATION_ISSUE),
    }
)
"""Kinds by which a tenant's trail shows whom it knows; detectors read each, so that any run holds them."""
_Names = tuple[frozenset[str], frozenset[str]]
"""Users, and agents or clients."""


class Tenants:
    """The tenants that a run names, and which of its events belong to one without naming it."""

    def __init__(self, named: Iterable[str]) -> None:
        self._named = sorted(one for one in named if one)
        self._only = self._named[0] if len(self._named) == 1 else ""
        self._of_talk: dict[str, str] = {}
        self._of_talks = self._only
        """Where a conversation itself does not tell."""
        self._adopted: set[int] = set()

    def learn(self, talks: Iterable[Event], trail: Iterable[Event], clients: Mapping[str, str]) -> None:
        """Find the tenant of each conversation by what it names; `clients` says which client an agent is.

        Where a run names one tenant or none, nothing has to be asked, and `trail` is not gone through.
        """
        named = _named_in(talks, clients) if len(self._named) > 1 else {}
        known = _known_of(trail, named) if named else {}
        for session, names in named.items():
            tenant = _tenant_of(names, known)
            if tenant:
                self._of_talk[session] = tenant
        told = set(self._of_talk.values())
        if len(told) == 1:
            self._of_talks = told.pop()

    def take(self, event: Event) -> None:
        """Name the tenant of an event that names none, as far as it can be known."""
        if event.tenant:
            return
        talk = event.kind in BEHAVIOUR
        tenant = self._of_talk.get(event.session, self._of_talks) if talk else self._only
        if tenant:
            event.tenant = tenant
            self._adopted.add(hash(event.id))

    def adopted(self, id: str) -> bool:
        """Whether the event with this id names no tenant itself."""
        return hash(id) in self._adopted


def _named_in(talks: Iterable[Event], clients: Mapping[str, str]) -> dict[str, _Names]:
    """Conversation to everybody it names."""
    users: dict[str, set[str]] = {}
    agents: dict[str, set[str]] = {}
    for event in talks:
        if event.session and not event.tenant and event.kind in BEHAVIOUR:
            if event.user:
                users.setdefault(event.session, set()).add(event.user)
            names = [one for one in (event.client, event.agent_id, event.external_agent_id) if one]
            names += [clients[one] for one in names if one in clients]
            agents.setdefault(event.session, set()).update(names)
    return {one: (frozenset(users.get(one, ())), frozenset(agents[one])) for one in agents}


def _known_of(trail: Iterable[Event], named: Mapping[str, _Names]) -> dict[tuple[int, str], set[str]]:
    """Each name, of those that conversations use, to the tenants whose trail knows it."""
    wanted = [frozenset().union(*(names[part] for names in named.values())) for part in (0, 1)]
    known: dict[tuple[int, str], set[str]] = {}
    for event in trail:
        if event.kind in NAMING and event.tenant:
            if event.user in wanted[0]:
                known.setdefault((0, event.user), set()).add(event.tenant)
            for name in (event.client, event.agent_id, event.external_agent_id):
                if name in wanted[1]:
                    known.setdefault((1, name), set()).add(event.tenant)
    return known


def _tenant_of(names: _Names, known: Mapping[tuple[int, str], set[str]]) -> str:
    """The tenant that knows most of the users of a conversation, then of its agents; empty where none does, or several equally."""
    counts: dict[str, list[int]] = {}
    for part in (0, 1):
        for name in names[part]:
            for tenant in known.get((part, name), ()):
                counts.setdefault(tenant, [0, 0])[part] += 1
    most = max(counts.values(), default=None)
    best = [tenant for tenant, count in counts.items() if count == most]
    return best[0] if len(best) == 1 else ""
