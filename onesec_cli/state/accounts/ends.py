"""Why what an event uses is gone: the removal that ended it, and how sure that is."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.state.accounts.links import Link, Links, names_of, same_identity
from onesec_cli.state.accounts.removal import CONSENT, SIGN_IN, UNBLOCKED, Removal
from onesec_cli.state.bounds import keep

MOST: Final = 50_000
"""Users signed out of something; the oldest are forgotten first."""
MOST_CLIENTS: Final = 200
"""Clients one user was signed out of."""
EVERY: Final = ""
"""Stands for every client."""


class End(Struct, frozen=True):
    """Why what is used is gone."""

    proof: Evidence
    user: str
    level: Level = Level.critical
    verdict: str = ""
    chain: tuple[Evidence, ...] = ()
    """The delegations from the agent up to the user."""


class Out(Struct, frozen=True):
    """What signed a user out of a client."""

    proof: Evidence
    consent: bool


class SignedOut(Struct):
    """Users whose consent or sign-in was taken from a client, until they come back to it."""

    users: dict[str, dict[str, Out | None]] = field(default_factory=dict)
    """User to client, or to every client, to what took it; None for a client they came back to since."""

    def remove(self, links: Links, event: Event, removal: Removal) -> None:
        """Take in a removal."""
        if removal.what == UNBLOCKED:
            self.users.pop(removal.user, None)
        if not (removal.what == CONSENT or (removal.what == SIGN_IN and removal.every)):
            return
        user, client = links.grants.get(removal.name, (removal.user, ""))
        out = Out(event.cite(removal.how), removal.what == CONSENT)
        names = frozenset({client}) if client else removal.names
        clients: dict[str, Out | None] = dict(self.users.get(user, {})) if names else {EVERY: out}
        for name in sorted(names):
            keep(clients, name, out, MOST_CLIENTS)
        keep(self.users, user, clients, MOST)

    def back(self, user: str, client: str) -> None:
        """The user signed in to a client, consented to it, or connected an account through it."""
        clients = self.users.get(user)
        if clients is None:
            return
        if EVERY in clients:
            keep(clients, client, None, MOST_CLIENTS)
        else:
            clients.pop(client, None)

    def of(self, user: str, client: str, every: bool) -> Out | None:
        """What signed a user out of a client, named or with `every` other, if they have not come back."""
        clients = self.users.get(user)
        if not clients or not client:
            return None
        return clients[client] if client in clients else clients.get(EVERY) if every else None


def find_end(links: Links, signed_out: SignedOut, event: Event) -> End | None:
    """Why what an event uses is gone; None where it is not."""
    names, user, connection = names_of(event), links.user_of(event), event.connection
    if links.clients_gone or links.shut:
        for name in sorted(names):
            if name in links.clients_gone:
                return End(links.clients_gone[name], user)
            if (name, connection) in links.shut:
                return End(links.shut[name, connection], user, Level.high)
    link = links.links.get((user, connection))
    if link is not None:
        account = _account(link, event)
        if account in link.gone:
            proof = link.gone[account].ended
            return None if proof is None else End(proof, user, chain=_chain(links, names, user, connection))
        if account in link.accounts:
            return _signed_out(signed_out, event, user)
    proof = links.ended(user, connection) if user else links.connections_gone.get(connection)
    if proof is not None:
        chain = _chain(links, names, user, connection)
        if link is not None and link.unsure:
            return End(proof, user, Level.high, "possible-second-account", chain)
        return End(proof, user, chain=chain)
    return _undelegated(links, names, user, connection) or _signed_out(signed_out, event, user)


def _account(link: Link, event: Event) -> str:
    """The account an event uses, as far as it can be told: by id, by the token handed out, by upstream identity."""
    account = event.account or link.tokens.get(event.token, "") if link.gone else event.account
    if account or not event.identity:
        return account
    for accounts in (link.accounts, link.gone):
        for name, one in accounts.items():
            if same_identity(one.identity, event.identity):
                return name
    return ""


def _signed_out(signed_out: SignedOut, event: Event, user: str) -> End | None:
    """The user took the consent or the sign-in from the client and did not come back."""
    if not signed_out.users or event.kind == kinds.TOKEN_EXCHANGE_FAILED or event.flow == "privileged_worker":
        return None
    if str(event.fields.get("subject_token_type") or "").endswith(":access_token"):
        return None  # an access token lives on for a while, as it should
    every = event.kind == kinds.TOKEN_EXCHANGE  # tool calls use names of their own, which never sign in
    out = signed_out.of(user, event.client or event.agent, every)
    if out is None:
        return None
    level = Level.high if out.consent else Level.medium
    return End(out.proof, user, level, "consent-withdrawn" if out.consent else "signed-out")


def _undelegated(links: Links, names: frozenset[str], user: str, connection: str) -> End | None:
    """All that the agent held for the connection ended with an account, a user or an agent far above it."""
    tree = links.tree
    if not tree.ended:
        return None
    held = tree.of(names, user, connection)
    if not held or not all(one.id in tree.ended for one in held):
        return None
    last = max(held, key=lambda one: (tree.ended[one.id].proof.time, one.id))
    ending = tree.ended[last.id]
    link = links.links.get((user or last.user, connection))
    if ending.revoked or (link is not None and link.linked is not None and link.linked.time > ending.proof.time):
        return None  # taken back itself, or linked again after the removal
    return End(ending.proof, user or last.user, chain=tree.path(last))


def _chain(links: Links, names: frozenset[str], user: str, connection: str) -> tuple[Evidence, ...]:
    held = links.tree.of(names, user, connection)
    return links.tree.path(held[0]) if held else ()
