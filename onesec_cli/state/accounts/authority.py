"""What in a trail stands for an agent's authorisation: links, consents, sign-ins, delegations, custom."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.accounts.links import Links, names_of
from onesec_cli.state.accounts.newcomers import ESTABLISHED, Newcomers
from onesec_cli.state.accounts.removal import CONSENT, Removal
from onesec_cli.state.bounds import keep
from onesec_cli.state.delegation.calm import Calm
from onesec_cli.state.delegation.chains import bare

MOST: Final = 50_000
"""Users, agents and uses remembered of each sort; the oldest are forgotten first."""
MOST_CLIENTS: Final = 50
"""Clients one user consented to, signed in to or is served by, each."""
INTERACTIVE: Final = frozenset({"authorization_code", "device_code", "ciba", "password"})
"""Flows in which the user signed in to the client."""

UseKey = tuple[str, str, str]
"""(agent, user, connection)."""


class Authority(Struct):
    """Everything in the trail that stands for authorisation, and uses that had none."""

    tells: ClassVar[Tells] = (
        Tell("started", "the trail begins {value:time}"),
        Tell("consents.*.*", "user {0} consented to {1}, by {value:place}"),
        Tell("withdrawn.*.*", "user {0} withdrew the consent to {1}, by {value:place}"),
        Tell("signed_in.*.*", "user {0} signed in through {1}, last {value:time}"),
        Tell("served.*.*", "service {1} acted for user {0}, behind a client that they had signed in to"),
        Tell("own.*", "user {value} connected an account through {0}, or consented to it"),
        Tell("exchangers.*", "agent {0} exchanged a token from the vault"),
        Tell("learned.*", "{0.0} acting for {0.1} on {0.2} was learned {value:time}"),
        Tell("flagged.*", "{0.0} was told of, for {0.1} on {0.2}"),
        Tell("unknown.*", "it is open whether {0.0} may act for {0.1} on {0.2}"),
        Tell("newcomers.fronts.*.users.*", "user {1} comes back through {0}"),
        Tell("newcomers.fronts.*.agents.*", "agent {1} is new behind {0}"),
    )

    links: Links = field(default_factory=Links)
    started: int = 0
    """Time of the first event."""
    consents: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    """User to the clients consented to."""
    withdrawn: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    """User to the clients whose consent was taken back."""
    signed_in: dict[str, dict[str, int]] = field(default_factory=dict)
    """User to the clients signed in to."""
    served: dict[str, dict[str, None]] = field(default_factory=dict)
    """User to services that acted on behalf of them for a client they had signed in to."""
    own: dict[str, list[str]] = field(default_factory=dict)
    """Agent to users who connected an account through it or consented to it."""
    exchangers: dict[str, None] = field(default_factory=dict)
    """Agents that exchanged a token from the vault."""
    learned: dict[UseKey, int] = field(default_factory=dict)
    flagged: dict[UseKey, Evidence] = field(default_factory=dict)
    unknown: dict[UseKey, Evidence] = field(default_factory=dict)
    """First uses that could not be judged when they happened."""
    newcomers: Newcomers = field(default_factory=Newcomers)
    calm: Calm = field(default_factory=Calm)
    """Uses that were found authorised, until when."""

    def sign_in(self, event: Event) -> None:
        """The user got a token for a client."""
        clients = self.signed_in.get(event.user)
        if clients is not None and event.client in clients:
            return
        if event.user and event.client and (event.kind == kinds.TOKEN_REFRESH or event.flow in INTERACTIVE):
            if clients is None:
                clients = {}
                keep(self.signed_in, event.user, clients, MOST)
            keep(clients, event.client, event.time, MOST_CLIENTS)

    def serve(self, event: Event) -> None:
        """A service exchanged a token on behalf of a user, down from a client the user had signed in to."""
        actors, service = event.actors, event.client or event.agent
        if service in self.served.get(event.user, ()):
            return
        if len(actors) < 2 or not event.user or bare(actors[0]) not in names_of(event):
            return
        origin = bare(actors[-1])
        linked = [self.links.links[event.user, name].clients for name in self.links.by_user.get(event.user, ())]
        known = {*self.signed_in.get(event.user, ()), *self.consents.get(event.user, ())}.union(*linked)
        if origin in known:
            services = self.served.setdefault(event.user, {})
            keep(services, service, None, MOST_CLIENTS)
            keep(self.served, event.user, services, MOST)

    def allow(self, event: Event) -> None:
        """The user connected an account through an agent, or consented to it."""
        users = self.own.setdefault(event.agent, [])
        if event.user not in users and len(users) <= ESTABLISHED:
            users.append(event.user)
        keep(self.own, event.agent, users, MOST)
        if event.kind == kinds.GRANT_CONSENT:
            clients = self.consents.setdefault(event.user, {})
            keep(clients, event.client, event.cite("the consent"), MOST_CLIENTS)
            keep(self.consents, event.user, clients, MOST)
            self.withdrawn.get(event.user, {}).pop(event.client, None)

    def withdraw(self, event: Event, removal: Removal) -> None:
        """A consent may have been taken back."""
        if removal.what != CONSENT:
            return
        user, client = self.links.grants.get(removal.name, (removal.user, ""))
        names = {client} if client else removal.names
        consents = self.consents.get(user, {})
        for name in sorted(names & consents.keys() if names else consents.keys()):
            del consents[name]
            clients = self.withdrawn.setdefault(user, {})
            keep(clients, name, event.cite(removal.how), MOST_CLIENTS)
            keep(self.withdrawn, user, clients, MOST)

    def speaks(self, user: str, names: frozenset[str]) -> bool:
        """Whether the user's consent or sign-in speaks for an agent."""
        return any(not names.isdisjoint(told.get(user, ())) for told in (self.consents, self.signed_in))
