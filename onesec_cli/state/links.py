"""Connected accounts over time: who linked what, which agents used it, what hangs on it, and what ended it.

One fold per tenant, because a removal may be as wide as a connection or a user. `state.removals` takes things out of it
again, by every path there is.
"""

from __future__ import annotations

from typing import Final, TypeVar

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.state.chains import Delegation, is_person, read_delegation

Pair = tuple[str, str]
"""(user, connection)."""
V = TypeVar("V", Pair, Evidence)
K = TypeVar("K", str, Pair)

VAULT_FLOWS: Final = frozenset({"", "vault", "privileged_worker"})
REMEMBERS: Final = frozenset(
    {kinds.ACCOUNT_LINK, kinds.TOKEN_EXCHANGE, kinds.TOOL_CALL, kinds.GRANT_CONSENT, kinds.DELEGATION_ISSUE}
)
"""Kinds that put something in."""
MOST: Final = 100_000
"""Pairs, accounts, grants and removed things remembered, each; the oldest are forgotten first."""
MOST_DELEGATIONS: Final = 20_000
MOST_AGENTS: Final = 200
MOST_TOKENS: Final = 32
MOST_HELD: Final = 64
"""Delegations remembered per delegate and user; renewals push out the oldest."""
NAMELESS: Final = "identity:"
"""Begins the stand-in for the id of an account whose link did not tell it."""


class Account(Struct):
    """One connected account: its identity upstream, and the connect event."""

    identity: str
    linked: Evidence


class Link(Struct):
    """One user's vault for one connection."""

    accounts: dict[str, Account] = field(default_factory=dict)
    """The accounts connected now, by id."""
    gone: dict[str, Evidence] = field(default_factory=dict)
    """Accounts that were removed, to what removed them."""
    clients: dict[str, Evidence] = field(default_factory=dict)
    """Who connected an account: agent key to the connect event."""
    agents: dict[str, Evidence] = field(default_factory=dict)
    """Agents that used the connection, to their last use."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Provider tokens that can only be of one account: thumbprint to account."""
    linked: Evidence | None = None
    ended: Evidence | None = None
    """What removed the last account, until the next link."""
    several: bool = False
    """Whether more than one account was connected, so that a use cannot be told to be of the removed one."""
    source: str = ""
    """The reader that told of the link; agents go by the names of that trail."""


class Tree(Struct):
    """Every delegation of a tenant, what hangs on what, and what ended. An end reaches everything below at once."""

    delegations: dict[str, Delegation] = field(default_factory=dict)
    above: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, list[str]] = field(default_factory=dict)
    held: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Name of a delegate, then user, to delegation ids, oldest first."""
    pairs: dict[Pair, list[str]] = field(default_factory=dict)
    ended: dict[str, Evidence] = field(default_factory=dict)

    def plant(self, event: Event) -> Delegation:
        """Remember a `delegation.issue` under what it hangs on: the parent it names, else what its delegator holds."""
        one = read_delegation(event)
        self._forget(one.id)
        ids = [one.parent] if one.parent else []
        if not ids and not is_person(one.delegator, one.user):
            own = self.of({one.delegator}, one.user, one.connection)
            ids = [held.id for held in own if held.id not in self.ended] or [held.id for held in own[-1:]]
        parents = [self.delegations[name] for name in ids if name in self.delegations]
        users = {parent.user for parent in parents}
        one.user = one.user or (next(iter(users)) if len(users) == 1 else "" if users else one.delegator)
        one.connection = one.connection or (parents[0].connection if len(parents) == 1 else "")
        if len(self.delegations) >= MOST_DELEGATIONS:
            self._forget(next(iter(self.delegations)))
        self.delegations[one.id] = one
        self.above[one.id] = [name for name in ids if name != one.id]
        for name in self.above[one.id]:
            self.below.setdefault(name, []).append(one.id)
        self.pairs.setdefault((one.user, one.connection), []).append(one.id)
        for name in one.names:
            held_ids = self.held.setdefault(name, {}).setdefault(one.user, [])
            held_ids.append(one.id)
            del held_ids[:-MOST_HELD]
        dead = [self.ended[name] for name in ids if name in self.ended]
        if dead and len(dead) == len(ids):
            self.ended[one.id] = dead[-1]
        return one

    def _forget(self, name: str) -> None:
        old = self.delegations.pop(name, None)
        if old is None:
            return
        self.ended.pop(name, None)
        _drop(self.pairs, (old.user, old.connection), name)
        for parent in self.above.pop(name, []):
            _drop(self.below, parent, name)
        for who in old.names:
            by_user = self.held.get(who, {})
            _drop(by_user, old.user, name)
            if not by_user:
                self.held.pop(who, None)

    def of(self, names: set[str] | frozenset[str], user: str, connection: str) -> list[Delegation]:
        """What parties hold for a user on a connection, oldest first. Where either side says nothing, it fits."""
        found: dict[str, Delegation] = {}
        for who in names & self.held.keys():
            by_user = self.held[who]
            for whose in (user, "") if user else tuple(by_user):
                for name in by_user.get(whose, ()):
                    one = self.delegations[name]
                    if not connection or one.connection in ("", connection):
                        found[name] = one
        return sorted(found.values(), key=lambda one: (one.issued, one.id))

    def end(self, roots: list[str], proof: Evidence) -> tuple[list[Delegation], list[Delegation]]:
        """End delegations and everything that hangs on nothing else; those that ran until now, first the topmost."""
        fresh = [name for name in dict.fromkeys(roots) if name in self.delegations and name not in self.ended]
        for name in fresh:
            self.ended[name] = proof
        waiting, reached = list(fresh), []
        while waiting:
            for child in self.below.get(waiting.pop(), ()):
                if child not in self.ended and all(name in self.ended for name in self.above[child]):
                    self.ended[child] = proof
                    reached.append(child)
                    waiting.append(child)
        told = [self.delegations[name] for name in (*fresh, *reached)]
        alive = [one for one in told if one.expires is None or one.expires > proof.time]
        among = {one.id for one in told}
        top = {name for name in fresh if not any(parent in among for parent in self.above[name])}
        return [one for one in alive if one.id in top], [one for one in alive if one.id not in top]

    def path(self, one: Delegation) -> tuple[Evidence, ...]:
        """The delegations from this one up to the user, nearest first; a ring ends where it began."""
        seen: dict[str, Evidence] = {}
        step: Delegation | None = one
        while step is not None and step.id not in seen and len(seen) < MOST_HELD:
            seen[step.id] = step.evidence
            step = next((self.delegations[up] for up in self.above.get(step.id, ()) if up in self.delegations), None)
        return tuple(seen.values())


class Links(Struct):
    """Everything linked in one tenant. Plain data."""

    links: dict[Pair, Link] = field(default_factory=dict)
    by_user: dict[str, list[str]] = field(default_factory=dict)
    """User to the connections there is a link or a delegation for."""
    accounts: dict[str, Pair] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    """Connection id to name."""
    strategies: dict[str, str] = field(default_factory=dict)
    """Connection to the provider it speaks to."""
    grants: dict[str, Pair] = field(default_factory=dict)
    """Id of a consent to (user, client); of a client's API grant to ("", client)."""
    tree: Tree = field(default_factory=Tree)
    clients: dict[str, None] = field(default_factory=dict)
    """Clients that linked or exchanged, as opposed to names that an agent framework gave."""
    clients_gone: dict[str, Evidence] = field(default_factory=dict)
    users_gone: dict[str, Evidence] = field(default_factory=dict)
    connections_gone: dict[str, Evidence] = field(default_factory=dict)
    shut: dict[Pair, Evidence] = field(default_factory=dict)
    """(client, connection) that an administrator took apart."""

    def link(self, pair: Pair) -> Link:
        """The link of a pair, made if new."""
        found = self.links.get(pair)
        if found is None:
            ended = self.users_gone.get(pair[0]) or self.connections_gone.get(pair[1])
            found = self.links[pair] = Link(ended=ended)
            self.by_user.setdefault(pair[0], []).append(pair[1])
            if len(self.links) > MOST:
                user, connection = oldest = next(iter(self.links))
                del self.links[oldest]
                _drop(self.by_user, user, connection)
        return found

    def pair_of(self, event: Event) -> Pair:
        """User and connection of an event; a delete may carry the account id alone."""
        known = self.accounts.get(event.account, ("", ""))
        name = event.connection or self.connections.get(event.connection_id, "") or known[1] or event.connection_id
        return (event.user or known[0], name)

    def ended(self, user: str, connection: str) -> Evidence | None:
        """What removed the user's last account on a connection; None while it may be linked."""
        link = self.links.get((user, connection))
        if link is not None:
            return link.ended
        return self.users_gone.get(user) or self.connections_gone.get(connection)

    def remember(self, event: Event) -> None:
        """Take in an event that is no removal."""
        kind = event.kind
        if event.connection_id and event.connection:
            self.connections.setdefault(event.connection_id, event.connection)
        if kind in (kinds.TOKEN_EXCHANGE, kinds.TOOL_CALL):
            if event.user and event.connection and (kind == kinds.TOOL_CALL or event.flow in VAULT_FLOWS):
                self._use(event)
        elif kind == kinds.ACCOUNT_LINK:
            self._connect(event)
        elif kind == kinds.DELEGATION_ISSUE:
            one = self.tree.plant(event)
            if one.user:
                self.link((one.user, one.connection))
        elif kind == kinds.GRANT_CONSENT:
            for grant in event.fields.get("grants") or ():
                keep(self.grants, str(grant.get("id") or ""), (event.user, event.client))

    def _note_client(self, client: str) -> None:
        if client and client not in self.clients and len(self.clients) < MOST:
            self.clients[client] = None

    def _use(self, event: Event) -> None:
        link = self.link((event.user, event.connection))
        if event.agent in link.agents or len(link.agents) < MOST_AGENTS:
            link.agents[event.agent] = event.cite("its last use")
        if event.kind == kinds.TOKEN_EXCHANGE:
            self._note_client(event.client)
            strategy = event.fields.get("strategy")
            if strategy and event.connection not in self.strategies:
                self.strategies[event.connection] = str(strategy)
            if event.token and len(link.accounts) == 1 and not link.several and event.token not in link.tokens:
                link.tokens[event.token] = next(iter(link.accounts))
                if len(link.tokens) > MOST_TOKENS:
                    del link.tokens[next(iter(link.tokens))]

    def _connect(self, event: Event) -> None:
        pair = self.pair_of(event)
        if not (pair[0] and pair[1]):
            return
        self.users_gone.pop(pair[0], None)
        self.connections_gone.pop(pair[1], None)
        link = self.link(pair)
        if link.ended is not None:
            link.ended, link.several = None, False
            for told in (link.accounts, link.gone, link.clients, link.agents, link.tokens):
                told.clear()
        elif link.linked is None and link.agents:
            link.several = True  # used before the first link in the trail: an account was there already
        account = event.account or f"{NAMELESS}{event.identity}"
        for name, one in list(link.accounts.items()):
            if name != account and same_identity(one.identity, event.identity):
                del link.accounts[name]  # the same account, connected anew
        link.linked = event.cite("the account was connected")
        link.accounts[account] = Account(event.identity, link.linked)
        link.several = link.several or len(link.accounts) > 1
        link.gone.pop(account, None)
        link.clients[event.agent] = link.linked
        link.source = event.source
        self._note_client(event.client)
        keep(self.accounts, event.account, pair)


def keep(kept: dict[str, V], name: str, value: V) -> None:
    """Remember under a name, if there is one; the oldest goes when there are too many."""
    if name:
        kept[name] = value
        if len(kept) > MOST:
            del kept[next(iter(kept))]


def _drop(kept: dict[K, list[str]], key: K, name: str) -> None:
    """Take a name out of the list under a key; an empty list goes too."""
    names = kept.get(key)
    if names and name in names:
        names.remove(name)
    if not names:
        kept.pop(key, None)


def same_identity(one: str, other: str) -> bool:
    """Whether two upstream ids are one; a provider prefix (`google-oauth2|1`) may be written or not."""
    return bool(one) and bool(other) and (one == other or one.rpartition("|")[2] == other.rpartition("|")[2])


def names_of(event: Event) -> frozenset[str]:
    """Every name the acting agent goes by in an event."""
    return frozenset({event.agent, event.agent_id, event.external_agent_id, event.client} - {""})


def display(event: Event) -> str:
    """The acting agent, for a sentence."""
    return event.agent_id or event.external_agent_id or event.agent or "an unnamed agent"
