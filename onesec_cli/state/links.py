"""Connected accounts over time: who linked what, which agents used it, what hangs on it, and what ended it.

One fold per tenant, because a removal may be as wide as a connection or a user. All removal paths end here: unlinking,
deleting a user, an identity, a connection or a client, revoking a delegation.
"""

from __future__ import annotations

from urllib.parse import unquote

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence

Pair = tuple[str, str]
"""(user, connection)."""

READS = frozenset(
    {
        kinds.ACCOUNT_LINK,
        kinds.ACCOUNT_UNLINK,
        kinds.TOKEN_EXCHANGE,
        kinds.DELEGATION_ISSUE,
        kinds.DELEGATION_REVOKE,
        kinds.USER_DELETE,
        kinds.ADMIN_CHANGE,
    }
)
_MOST_AGENTS = 200
_MOST_DELEGATIONS = 20_000
VAULT_FLOWS = frozenset({"", "vault", "privileged_worker"})


class Link(Struct):
    """One user's vault for one connection."""

    accounts: dict[str, str] = field(default_factory=dict)
    """Connected account id to upstream identity, of the accounts linked now."""
    clients: dict[str, Evidence] = field(default_factory=dict)
    """Who connected an account: client or agent key to the connect event."""
    agents: dict[str, Evidence] = field(default_factory=dict)
    """Agents that exchanged, to their last exchange."""
    linked: Evidence | None = None
    ended: Evidence | None = None
    """What removed the last account, until the next link."""
    had_several: bool = False


class Delegation(Struct):
    """One delegation as issued."""

    id: str
    user: str
    connection: str
    delegator: str
    delegate: str
    parent: str
    expires: int | None
    issued: Evidence
    revoked: Evidence | None = None


class Removal(Struct):
    """What one event ended."""

    pairs: list[Pair] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    delegations: list[str] = field(default_factory=list)
    how: str = ""


class Links(Struct):
    """Everything linked in one tenant. Plain data."""

    links: dict[Pair, Link] = field(default_factory=dict)
    by_user: dict[str, list[str]] = field(default_factory=dict)
    """User to the connections there is a link for."""
    accounts: dict[str, Pair] = field(default_factory=dict)
    connections: dict[str, str] = field(default_factory=dict)
    """Connection id to name."""
    delegations: dict[str, Delegation] = field(default_factory=dict)
    by_pair: dict[Pair, list[str]] = field(default_factory=dict)
    removed_clients: dict[str, Evidence] = field(default_factory=dict)

    def link(self, pair: Pair) -> Link:
        """The link of a pair, made if new."""
        found = self.links.get(pair)
        if found is None:
            found = self.links[pair] = Link()
            self.by_user.setdefault(pair[0], []).append(pair[1])
        return found

    def pair_of(self, event: Event) -> Pair:
        """User and connection of an event; a delete may carry the account id alone."""
        known = self.accounts.get(event.account, ("", ""))
        name = event.connection or self.connections.get(event.connection_id, "") or known[1]
        return (event.user or known[0], name)

    def take(self, event: Event) -> Removal | None:
        """Remember an event; what it removed, if it is a removal."""
        kind = event.kind
        if event.connection_id and event.connection and event.connection_id not in self.connections:
            self.connections[event.connection_id] = event.connection
        if kind == kinds.TOKEN_EXCHANGE:
            if event.flow in VAULT_FLOWS and event.user and event.connection:
                agents = self.link((event.user, event.connection)).agents
                if event.agent in agents or len(agents) < _MOST_AGENTS:
                    agents[event.agent] = event.cite("its last exchange")
            return None
        if kind == kinds.ACCOUNT_LINK:
            self._connect(event)
            return None
        if kind == kinds.DELEGATION_ISSUE:
            self._delegate(event)
            return None
        return self._remove(event)

    def _connect(self, event: Event) -> None:
        pair = self.pair_of(event)
        if not (pair[0] and pair[1]):
            return
        link = self.link(pair)
        if link.ended is not None:
            link.ended = None
            link.clients.clear()
            link.agents.clear()
        account = event.account or f"identity:{event.identity}"
        link.accounts[account] = event.identity
        link.had_several = link.had_several or len(link.accounts) > 1
        self.accounts[account] = pair
        link.linked = event.cite("the account was connected")
        link.clients.setdefault(event.agent, link.linked)

    def _delegate(self, event: Event) -> None:
        told = event.fields
        name = str(told.get("delegation") or event.id)
        delegate = str(told.get("delegate") or event.agent)
        one = Delegation(
            id=name,
            user=event.user or str(told.get("delegator") or ""),
            connection=event.connection,
            delegator=str(told.get("delegator") or ""),
            delegate=delegate,
            parent=str(told.get("parent") or ""),
            expires=event.expires,
            issued=event.cite("the delegation"),
        )
        parent = self.delegations.get(one.parent) or self._by_delegate(one)
        if parent is not None:
            one.parent = parent.id
            one.user = parent.user or one.user
            one.connection = one.connection or parent.connection
        if len(self.delegations) < _MOST_DELEGATIONS:
            self.delegations[name] = one
            self.by_pair.setdefault((one.user, one.connection), []).append(name)

    def _by_delegate(self, child: Delegation) -> Delegation | None:
        """The latest delegation to the delegator of a child that names no parent."""
        known = [one for one in self.delegations.values() if one.delegate == child.delegator]
        fitting = [one for one in known if one.connection == child.connection or not child.connection]
        return fitting[-1] if fitting else None

    def below(self, names: list[str]) -> list[str]:
        """Delegations and everything that hangs on them; a cycle ends where it began."""
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop(0)
            if name not in found and name in self.delegations:
                found[name] = None
                waiting += [one.id for one in self.delegations.values() if one.parent == name]
        return list(found)

    def _remove(self, event: Event) -> Removal | None:
        removal = self._what(event)
        if removal is None:
            return None
        proof = event.cite(removal.how)
        for pair in removal.pairs:
            link = self.link(pair)
            link.ended = proof
            link.accounts.clear()
            removal.delegations += self.by_pair.get(pair, [])
        for client in removal.clients:
            self.removed_clients[client] = proof
        removal.delegations = self.below(removal.delegations)
        for name in removal.delegations:
            one = self.delegations[name]
            one.revoked = one.revoked or proof
        return removal

    def _what(self, event: Event) -> Removal | None:
        if event.kind == kinds.ACCOUNT_UNLINK:
            pair = self.pair_of(event)
            if not (pair[0] and pair[1]):
                return None
            link = self.link(pair)
            if event.account and event.account in link.accounts:
                del link.accounts[event.account]
                if link.accounts:
                    return None
            return Removal(pairs=[pair], how="the account was unlinked")
        if event.kind == kinds.USER_DELETE:
            return self._user(event.user, "the user was deleted")
        if event.kind == kinds.DELEGATION_REVOKE:
            name = str(event.fields.get("delegation") or "")
            return Removal(delegations=[name], how="the delegation was revoked") if name in self.delegations else None
        if event.kind == kinds.ADMIN_CHANGE and event.fields.get("method") == "delete":
            return self._deleted(str(event.fields.get("path", "")).split("/")[3:])
        return None

    def _deleted(self, parts: list[str]) -> Removal | None:
        """A management deletion, by the parts of its path behind `/api/v2`."""
        if len(parts) < 2:
            return None
        what, name = parts[0], unquote(parts[1])
        if what == "users" and len(parts) == 2:
            return self._user(name, "an administrator deleted the user")
        if what == "users" and len(parts) >= 4 and parts[2] == "identities":
            removal = self._user(name, "an administrator removed the identity")
            provider = unquote(parts[3])
            removal.pairs = [pair for pair in removal.pairs if pair[1] == provider]
            return removal if removal.pairs else None
        if what == "connections" and len(parts) == 2:
            known = self.connections.get(name, name)
            pairs = sorted(pair for pair, link in self.links.items() if pair[1] == known and link.ended is None)
            return Removal(pairs=pairs, how="an administrator deleted the connection")
        if what in ("clients", "agents") and len(parts) == 2:
            return Removal(clients=[name], how=f"an administrator deleted the {what[:-1]}")
        return None

    def _user(self, user: str, how: str) -> Removal:
        return Removal(pairs=sorted((user, connection) for connection in self.by_user.get(user, [])), how=how)
