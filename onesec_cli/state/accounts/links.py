"""Connected accounts over time: who linked what, which agents used it, what hangs on it, and what ended it.

One fold per tenant, because a removal may be as wide as a connection or a user. `state.accounts.removals` takes things out of it
again, by every path there is. No event but a removal costs more where the tenant has more users, accounts or
delegations; a removal costs what it removes.
"""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.bounds import drop, keep, shed
from onesec_cli.state.delegation.tree import Pair, Planted, Tree

VAULT_FLOWS: Final = frozenset({"", "vault", "privileged_worker"})
REMEMBERS: Final = frozenset(
    {kinds.ACCOUNT_LINK, kinds.TOKEN_EXCHANGE, kinds.TOOL_CALL, kinds.GRANT_CONSENT, kinds.DELEGATION_ISSUE}
)
"""Kinds that put something in."""
MOST: Final = 100_000
"""Pairs, accounts, grants, people and removed things remembered, each; the oldest are forgotten first."""
MOST_AGENTS: Final = 200
"""Agents remembered of one pair."""
MOST_TOKENS: Final = 4
"""Provider tokens of one account that are remembered: the vault hands the cached one to every client until it ends."""
MOST_ACCOUNTS: Final = 32
"""Accounts and removed accounts remembered of one pair, each."""
NAMELESS: Final = "identity:"
"""Begins the stand-in for the id of an account whose link did not tell it."""


class Account(Struct):
    """One connected account: its identity upstream, the connect event, and what removed it."""

    identity: str = ""
    linked: Evidence | None = None
    ended: Evidence | None = None


class Seen(Struct):
    """The latest use of a connection by one agent, and the time of its first."""

    origin: Origin
    time: int
    first: int
    token: str
    client: str
    agent_id: str

    def cite(self) -> Evidence:
        """The use as evidence."""
        return Evidence(self.origin, self.time, "its last use")

    def goes_by(self, names: frozenset[str]) -> bool:
        """Whether one of the names is the agent's client or agent id."""
        return self.client in names or self.agent_id in names


class Link(Struct):
    """One user's vault for one connection."""

    accounts: dict[str, Account] = field(default_factory=dict)
    """The accounts connected now, by id."""
    gone: dict[str, Account] = field(default_factory=dict)
    """Accounts that were removed."""
    clients: dict[str, Evidence] = field(default_factory=dict)
    """Who connected an account: agent key to the connect event."""
    agents: dict[str, Seen] = field(default_factory=dict)
    """Agents that used the connection."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Provider tokens that can only be of one account: thumbprint to account."""
    linked: Evidence | None = None
    ended: Evidence | None = None
    """What removed the last account, until the next link."""
    unsure: bool = False
    """Whether an account may be there that the trail did not show being linked, or not which one was removed."""
    source: str = ""
    """The reader that told of the link; agents go by the names of that trail."""


class Links(Struct):
    """Everything linked in one tenant. Plain data."""

    tells: ClassVar[Tells] = (
        Tell("links.*.linked", "connection {0.1} of user {0.0} is linked"),
        Tell("links.*.ended", "connection {0.1} of user {0.0} is unlinked, by {value:place}"),
        Tell("links.*.accounts.*", "account {1} is connected to {0.1} of user {0.0}"),
        Tell("links.*.accounts.*.linked", "account {1} is connected anew to {0.1} of user {0.0}, by {value:place}"),
        Tell("links.*.accounts.*.identity", "account {1} of user {0.0} is {value} at the provider"),
        Tell("links.*.gone.*", "account {1} is removed from {0.1} of user {0.0}"),
        Tell("links.*.clients.*", "{1} connected {0.1} for user {0.0}"),
        Tell("links.*.agents.*", "agent {1} uses {0.1} of user {0.0}"),
        Tell("links.*.agents.*.token", "the last token of agent {1} on {0.1} of user {0.0} is {value}"),
        Tell("links.*.tokens.*", "token {1} on {0.1} of user {0.0} is of account {value}"),
        Tell("links.*.unsure", "user {0.0} may have an account on {0.1} that the trail does not show"),
        Tell("clients_on.*.*", "client {1} works on {0}"),
        Tell("accounts.*", "account {0} is of user {value.0} on {value.1}"),
        Tell("owners.*", "identity {0.1} on {0.0} is of user {value}"),
        Tell("connections.*", "connection {0} is called {value}"),
        Tell("strategies.*", "{0} speaks to the provider {value}"),
        Tell("grants.*", "grant {0} is of user {value.0} to client {value.1}"),
        Tell("agents_of.*.*", "agent id {1} is client {0}"),
        Tell("people.*", "{0} is a user"),
        Tell("clients_gone.*", "client {0} is removed, by {value:place}"),
        Tell("users_gone.*", "user {0} is removed, by {value:place}"),
        Tell("connections_gone.*", "connection {0} is removed, by {value:place}"),
        Tell("shut.*", "client {0.0} is cut off from {0.1}, by {value:place}"),
        *quiet("links.*.agents.*.*", "links.*.source", "by_user", "open_on", "by_name"),
    )

    links: dict[Pair, Link] = field(default_factory=dict)
    by_user: dict[str, dict[str, None]] = field(default_factory=dict)
    """User to the connections there is a link or a delegation for."""
    open_on: dict[str, dict[str, None]] = field(default_factory=dict)
    """Connection to users who have something on it that can end."""
    by_name: dict[str, dict[Pair, None]] = field(default_factory=dict)
    """Agent key, client or agent id to the pairs it used, since something was last taken from it."""
    clients_on: dict[str, dict[str, None]] = field(default_factory=dict)
    """Connection to clients that linked or exchanged, as opposed to names that an agent framework gave."""
    accounts: dict[str, Pair] = field(default_factory=dict)
    owners: dict[Pair, str] = field(default_factory=dict)
    """(connection, upstream identity) to the user who linked it; empty where there are several."""
    connections: dict[str, str] = field(default_factory=dict)
    """Connection id to name."""
    strategies: dict[str, str] = field(default_factory=dict)
    """Connection to the provider it speaks to."""
    grants: dict[str, Pair] = field(default_factory=dict)
    """Id of a consent to (user, client); of a client's API grant to ("", client)."""
    agents_of: dict[str, dict[str, None]] = field(default_factory=dict)
    """Client to the agent ids it was seen with."""
    people: dict[str, None] = field(default_factory=dict)
    """Names known to be users."""
    tree: Tree = field(default_factory=Tree)
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
            if len(self.links) >= MOST:
                self._forget()
            found = self.links[pair] = Link(ended=ended)
            self.by_user.setdefault(pair[0], {})[pair[1]] = None
            if ended is None:
                self.open_on.setdefault(pair[1], {})[pair[0]] = None
        return found

    def _forget(self) -> None:
        before = dict(self.links)
        for pair in shed(self.links, MOST - 1):
            link = before[pair]
            drop(self.by_user, pair[0], pair[1])
            drop(self.open_on, pair[1], pair[0])
            for who, seen in link.agents.items():
                for name in (who, seen.client, seen.agent_id):
                    drop(self.by_name, name, pair)

    def pair_of(self, event: Event) -> Pair:
        """User and connection of an event; a delete may carry the account id alone."""
        known = self.accounts.get(event.account, ("", ""))
        name = event.connection or self.connections.get(event.connection_id, "") or known[1] or event.connection_id
        return (event.user or known[0], name)

    def user_of(self, event: Event) -> str:
        """The user of an event, also where only the account or the upstream identity is told."""
        if event.user:
            return event.user
        known = self.accounts.get(event.account)
        return known[0] if known is not None else self.owners.get((event.connection, event.identity), "")

    def names_of(self, event: Event) -> frozenset[str]:
        """Every name the acting agent goes by, also where the record tells only the client it runs in."""
        names = names_of(event)
        if event.client in self.agents_of and not (event.agent_id or event.external_agent_id):
            return names.union(self.agents_of[event.client])
        return names

    def ended(self, user: str, connection: str) -> Evidence | None:
        """What removed the user's last account on a connection; None while it may be linked."""
        link = self.links.get((user, connection))
        if link is not None:
            return link.ended
        return self.users_gone.get(user) or self.connections_gone.get(connection)

    def remember(self, event: Event) -> None:
        """Take in an event that is no removal."""
        kind = event.kind
        if kind == kinds.TOKEN_EXCHANGE:
            if event.flow in VAULT_FLOWS:
                self.use(event)
        elif kind == kinds.TOOL_CALL:
            self.use(event)
        elif kind == kinds.ACCOUNT_LINK:
            self._connect(event)
        elif kind == kinds.DELEGATION_ISSUE:
            self.delegate(event)
        elif kind == kinds.GRANT_CONSENT:
            self.meet(event.user)
            grants = event.fields.get("grants")
            for grant in grants if isinstance(grants, list) else ():
                if isinstance(grant, dict):
                    keep(self.grants, str(grant.get("id") or ""), (event.user, event.client), MOST)
        elif kind == kinds.ADMIN_CHANGE and event.fields.get("path") == "/api/v2/client-grants":
            told = event.fields.get("response")  # a client's API grant is deleted by an id that only this shows
            if isinstance(told, dict):
                keep(self.grants, str(told.get("id") or ""), ("", str(told.get("client_id") or "")), MOST)

    def delegate(self, event: Event) -> Planted:
        """Take in a `delegation.issue`; where it was planted."""
        self.meet(event.user)
        planted = self.tree.plant(event, self.people)
        one = planted.one
        if one.user:
            self.link((one.user, one.connection))
            self.open_on.setdefault(one.connection, {})[one.user] = None
        return planted

    def meet(self, user: str) -> None:
        """Somebody is a user."""
        if user and user not in self.people:
            keep(self.people, user, None, MOST)

    def use(self, event: Event) -> None:
        """Take in an exchange from the vault, or a tool call."""
        link = self.links.get((event.user, event.connection))
        if link is not None:
            seen = link.agents.get(event.agent)
            if seen is not None and seen.agent_id == event.agent_id and seen.client == event.client:
                seen.time = event.time
                seen.origin = event.origin
                if seen.token != event.token:
                    seen.token = event.token
                    if event.kind == kinds.TOKEN_EXCHANGE:
                        self._attribute(link, event.token)
                return
        user = self.user_of(event)
        if user and event.connection:
            self._use(event, (user, event.connection))

    def _use(self, event: Event, pair: Pair) -> None:
        self.meet(pair[0])
        link = self.link(pair)
        seen = link.agents.get(event.agent)
        if seen is not None or len(link.agents) < MOST_AGENTS:
            first = event.time if seen is None else seen.first
            link.agents[event.agent] = Seen(
                event.origin, event.time, first, event.token, event.client, event.agent_id or event.external_agent_id
            )
            for name in (event.agent, event.client, event.agent_id, event.external_agent_id):
                if name:
                    self.by_name.setdefault(name, {})[pair] = None
            agent_id = event.agent_id or event.external_agent_id
            if agent_id and event.client:
                agents = self.agents_of.setdefault(event.client, {})
                keep(agents, agent_id, None, MOST_AGENTS)
                keep(self.agents_of, event.client, agents, MOST)
        if event.kind == kinds.TOKEN_EXCHANGE:
            self._place(event)
            strategy = event.fields.get("strategy")
            if strategy and event.connection not in self.strategies:
                keep(self.strategies, event.connection, str(strategy), MOST)
            self._attribute(link, event.token)

    def _attribute(self, link: Link, token: str) -> None:
        """A token is of the only account there is."""
        if token and len(link.accounts) == 1 and not link.unsure and token not in link.tokens:
            keep(link.tokens, token, next(iter(link.accounts)), MOST_TOKENS)

    def _place(self, event: Event) -> None:
        """Which clients a connection has, and by which id it goes."""
        if event.connection_id and event.connection and event.connection_id not in self.connections:
            keep(self.connections, event.connection_id, event.connection, MOST)
        if event.client:
            clients = self.clients_on.setdefault(event.connection, {})
            if len(clients) < MOST:
                clients[event.client] = None

    def _connect(self, event: Event) -> None:
        self._place(event)
        pair = self.pair_of(event)
        if not (pair[0] and pair[1]):
            return
        self.meet(pair[0])
        self.users_gone.pop(pair[0], None)
        self.connections_gone.pop(pair[1], None)
        link = self.link(pair)
        if link.ended is not None:
            self.open_on.setdefault(pair[1], {})[pair[0]] = None
            link.ended, link.unsure = None, False
            for told in (link.accounts, link.clients, link.agents):
                told.clear()
            link.gone = {name: one for name, one in link.gone.items() if _other(one.identity, event.identity)}
            link.tokens = {token: name for token, name in link.tokens.items() if name in link.gone}
        elif link.linked is None and link.agents:
            link.unsure = True  # used before the first link in the trail: an account was there already
        account = event.account or f"{NAMELESS}{event.identity}"
        for name, one in list(link.accounts.items()):
            if name != account and same_identity(one.identity, event.identity):
                del link.accounts[name]  # the same account, connected anew
        link.linked = event.cite("the account was connected")
        keep(link.accounts, account, Account(event.identity, link.linked), MOST_ACCOUNTS)
        link.gone.pop(account, None)
        keep(link.clients, event.agent, link.linked, MOST_AGENTS)
        link.source = event.source
        keep(self.accounts, event.account, pair, MOST)
        if event.identity:
            owner = (pair[1], event.identity)
            keep(self.owners, owner, pair[0] if self.owners.get(owner, pair[0]) == pair[0] else "", MOST)


def same_identity(one: str, other: str) -> bool:
    """Whether two upstream ids are one; a provider prefix (`google-oauth2|1`) may be written or not."""
    return bool(one) and bool(other) and (one == other or one.rpartition("|")[2] == other.rpartition("|")[2])


def _other(one: str, other: str) -> bool:
    """Whether both are known and are not one."""
    return bool(one) and bool(other) and not same_identity(one, other)


def names_of(event: Event) -> frozenset[str]:
    """Every name the acting agent goes by in an event."""
    return frozenset({event.agent, event.agent_id, event.external_agent_id, event.client} - {""})


def display(event: Event) -> str:
    """The acting agent, for a sentence."""
    return event.agent_id or event.external_agent_id or event.agent or "an unnamed agent"
