"""What an event takes away: every way an account, a user, a client or a consent ends, read as one value.

Unlinks and deletions have events of their own; administrators remove the same things through management calls.
`read_removal` reads both without any memory; `take` carries a removal out on what is linked and tells what it ended.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.event import EMPTY, Event, Evidence
from onesec_cli.state.chains import Delegation
from onesec_cli.state.links import NAMELESS, REMEMBERS, Links, Pair, keep, names_of, same_identity

ACCOUNT: Final = "account"
USER: Final = "user"
IDENTITY: Final = "identity"
CONNECTION: Final = "connection"
CLIENT: Final = "client"
ENABLEMENT: Final = "enablement"
CONSENT: Final = "consent"
SIGN_IN: Final = "sign-in"
CLIENT_GRANT: Final = "client-grant"
DELEGATION: Final = "delegation"

REMOVES: Final = frozenset(
    {
        kinds.ACCOUNT_UNLINK,
        kinds.USER_DELETE,
        kinds.TOKEN_REVOKE,
        kinds.GRANT_REVOKE,
        kinds.DELEGATION_REVOKE,
        kinds.ADMIN_CHANGE,
    }
)
"""Kinds that can take something away."""
READS: Final = REMOVES | REMEMBERS
"""What `take` wants to be shown."""


class Removal(Struct, frozen=True, kw_only=True):
    """One thing that was taken away. Empty means the event does not say, or that it holds for all."""

    what: str
    how: str
    """In plain words, for a sentence: `the account was unlinked`."""
    user: str = ""
    connection: str = ""
    """Name or id, as written."""
    account: str = ""
    identity: str = ""
    """The user's id at the upstream provider."""
    names: frozenset[str] = EMPTY
    """Clients or agents it takes the thing from."""
    kept: frozenset[str] | None = None
    """The only clients that still have it, where the call lists those instead."""
    restored: frozenset[str] = EMPTY
    """Clients that have it again, or for the first time."""
    name: str = ""
    """Id of the grant, credential or delegation itself."""


class Loss(Struct, frozen=True, kw_only=True):
    """What a removal ended for one user and connection."""

    user: str
    connection: str
    how: str
    whole: bool = False
    """The user has no account left on the connection."""
    accounts: tuple[str, ...] = ()
    agents: dict[str, Evidence] = field(default_factory=dict)
    """Agents that lost access, to their last use."""
    direct: tuple[Delegation, ...] = ()
    deeper: tuple[Delegation, ...] = ()
    """Delegations that hung on those, however far down."""


def read_removal(event: Event) -> Removal | None:
    """What an event takes away; None if nothing."""
    kind, user, fields = event.kind, event.user, event.fields
    if kind == kinds.ADMIN_CHANGE:
        return _called(event)
    if kind == kinds.ACCOUNT_UNLINK:
        connection = event.connection or event.connection_id
        how = "the account was unlinked"
        return Removal(what=ACCOUNT, how=how, user=user, connection=connection, account=event.account)
    if kind == kinds.USER_DELETE:
        return Removal(what=USER, how="the user was deleted", user=user) if user else None
    if kind == kinds.DELEGATION_REVOKE:
        name, how = str(fields.get("delegation") or ""), "the delegation was revoked"
        names = names_of(event)
        return Removal(what=DELEGATION, how=how, user=user, connection=event.connection, names=names, name=name)
    if kind == kinds.GRANT_REVOKE:
        name, how = str(fields.get("grant") or ""), "the consent was withdrawn"
        return Removal(what=CONSENT, how=how, user=user, names=names_of(event), name=name)
    if kind == kinds.TOKEN_REVOKE:
        name, how = str(fields.get("credential") or ""), "the refresh token was revoked"
        return Removal(what=SIGN_IN, how=how, user=user, names=names_of(event), name=name)
    return None


def _called(event: Event) -> Removal | None:
    method, path = event.fields.get("method"), event.fields.get("path")
    if method not in ("delete", "patch") or not isinstance(path, str) or not path.startswith("/api/v2/"):
        return None
    parts = [unquote(part) for part in path.split("/")[3:] if part]
    if method == "patch":
        return _narrowed(parts, event.fields.get("body")) if len(parts) >= 2 else None
    query = event.fields.get("query")
    return _deleted(parts, query if isinstance(query, dict) else {})


def _deleted(parts: list[str], query: dict[str, Any]) -> Removal | None:
    """A management deletion, by the decoded parts of its path behind `/api/v2`."""
    what, name = parts[0] if parts else "", parts[1] if len(parts) > 1 else ""
    if what == "grants":
        user = "" if name else str(query.get("user_id") or "")
        how = "an administrator removed the consent"
        return Removal(what=CONSENT, how=how, user=user, name=name) if name or user else None
    if not name:
        return None
    if what == "users":
        return _of_user(name, parts[2:])
    if len(parts) > 2:
        return None
    if what == "connections":
        return Removal(what=CONNECTION, how="an administrator deleted the connection", connection=name)
    if what in ("clients", "agents"):
        return Removal(what=CLIENT, how=f"an administrator deleted the {what[:-1]}", names=frozenset({name}))
    if what == "client-grants":
        return Removal(what=CLIENT_GRANT, how="an administrator removed the client's API grant", name=name)
    if what == "refresh-tokens":
        return Removal(what=SIGN_IN, how="an administrator revoked the refresh token", name=name)
    return None


def _of_user(user: str, rest: list[str]) -> Removal | None:
    if not rest:
        return Removal(what=USER, how="an administrator deleted the user", user=user)
    if rest[0] == "identities" and len(rest) >= 3:
        how = "an administrator removed the identity"
        return Removal(what=IDENTITY, how=how, user=user, connection=rest[1], identity=rest[2])
    if rest == ["refresh-tokens"]:
        return Removal(what=SIGN_IN, how="an administrator revoked the user's refresh tokens", user=user)
    return None


def _narrowed(parts: list[str], body: Any) -> Removal | None:
    """A connection that is switched off, or on, for some clients."""
    if parts[0] != "connections":
        return None
    how = "an administrator took the connection from the client"
    if len(parts) == 2 and isinstance(body, dict) and isinstance(body.get("enabled_clients"), list):
        kept = frozenset(item for item in body["enabled_clients"] if isinstance(item, str))
        return Removal(what=ENABLEMENT, how=how, connection=parts[1], kept=kept, restored=kept)
    if parts[2:] != ["clients"]:
        return None
    rows = body if isinstance(body, list) else [body]
    told = {str(row.get("client_id") or ""): row.get("status") for row in rows if isinstance(row, dict)}
    off = frozenset(client for client, status in told.items() if client and status in (False, "false"))
    on = frozenset(client for client, status in told.items() if client and status in (True, "true"))
    return Removal(what=ENABLEMENT, how=how, connection=parts[1], names=off, restored=on) if off or on else None


def take(links: Links, event: Event) -> list[Loss]:
    """Remember an event; what it ended, by user and connection, if it is a removal."""
    if event.kind not in REMOVES:
        links.remember(event)
        return []
    removal = read_removal(event)
    if removal is None:
        if event.kind == kinds.ADMIN_CHANGE:
            _learn(links, event)
        return []
    proof = event.cite(removal.how)
    if removal.what == ACCOUNT:
        return _unlink(links, removal, links.pair_of(event), proof)
    if removal.what == IDENTITY:
        return _end_identity(links, removal, proof)
    if removal.what in (USER, CONNECTION):
        return _end_wide(links, removal, proof)
    if removal.what == DELEGATION:
        return _by_pair(removal.how, *links.tree.end(_named(links, removal), proof))
    return _of_clients(links, removal, proof)


def _learn(links: Links, event: Event) -> None:
    """A client's API grant is deleted by an id that only its creation shows with the client."""
    told = event.fields.get("response")
    if event.fields.get("path") == "/api/v2/client-grants" and isinstance(told, dict):
        keep(links.grants, str(told.get("id") or ""), ("", str(told.get("client_id") or "")))


def _named(links: Links, removal: Removal) -> list[str]:
    """The delegation a revocation names, or all that the agent holds for the user and connection."""
    if removal.name:
        return [removal.name]
    held = links.tree.of(removal.names, removal.user, removal.connection)
    return [one.id for one in held if not removal.connection or one.connection == removal.connection]


def _unlink(links: Links, removal: Removal, pair: Pair, proof: Evidence) -> list[Loss]:
    if not (pair[0] and pair[1]):
        return []
    link, account = links.link(pair), removal.account
    if account not in link.accounts:
        account = next((name for name in link.accounts if name.startswith(NAMELESS)), account)
    known = link.accounts.pop(account, None)
    if account:
        keep(link.gone, account, proof)
    if link.accounts and account:
        link.several = link.several or known is None
        return [Loss(user=pair[0], connection=pair[1], how=removal.how, accounts=(account,))]
    return _end(links, pair, removal.how, proof, account)


def _end(links: Links, pair: Pair, how: str, proof: Evidence, account: str = "") -> list[Loss]:
    """The user's last account on a connection is gone, and with it what was delegated for it."""
    link = links.link(pair)
    direct, deeper = links.tree.end(links.tree.pairs.get(pair, []), proof)
    fresh = link.ended is None or link.ended == proof
    if not (fresh or direct or deeper):
        return []
    accounts = sorted(name for name in {account, *link.accounts} if name and not name.startswith(NAMELESS))
    for name in link.accounts:
        keep(link.gone, name, proof)
    link.accounts.clear()
    link.ended = link.ended or proof
    return [
        Loss(
            user=pair[0],
            connection=pair[1],
            how=how,
            whole=True,
            accounts=tuple(accounts),
            agents=dict(link.agents) if fresh else {},
            direct=tuple(direct),
            deeper=tuple(deeper),
        )
    ]


def _end_wide(links: Links, removal: Removal, proof: Evidence) -> list[Loss]:
    """A user or a connection went, with every pair of it."""
    if removal.what == USER:
        pairs = [(removal.user, connection) for connection in links.by_user.get(removal.user, ())]
        keep(links.users_gone, removal.user, proof)
    else:
        name = links.connections.get(removal.connection, removal.connection)
        pairs = [pair for pair in links.links if pair[1] == name]
        keep(links.connections_gone, name, proof)
    losses: list[Loss] = []
    for pair in sorted(pairs):
        losses += _end(links, pair, removal.how, proof)
    return losses


def _end_identity(links: Links, removal: Removal, proof: Evidence) -> list[Loss]:
    """Only accounts of that identity go; where their identities are not known, those of its provider."""
    losses: list[Loss] = []
    for connection in sorted(links.by_user.get(removal.user, ())):
        if removal.connection not in (connection, links.strategies.get(connection)):
            continue
        pair = (removal.user, connection)
        accounts = links.links[pair].accounts
        mine = [name for name, one in accounts.items() if same_identity(one.identity, removal.identity)]
        if not mine and any(one.identity for one in accounts.values()):
            continue
        gone = Removal(what=ACCOUNT, how=removal.how, account=mine[0] if mine else "")
        losses += _unlink(links, gone, pair, proof)
    return losses


def _of_clients(links: Links, removal: Removal, proof: Evidence) -> list[Loss]:
    """Something was taken from clients: themselves, a connection, a consent, the user's sign-in."""
    names, user = removal.names, removal.user
    if removal.name in links.grants:
        user, client = links.grants.pop(removal.name)
        names = frozenset({client})
    connection = links.connections.get(removal.connection, removal.connection)
    if removal.kept is not None:
        names = frozenset(links.clients.keys() - removal.kept)
    if removal.what == CLIENT:
        for client in sorted(names):
            keep(links.clients_gone, client, proof)
    if removal.what == ENABLEMENT:
        for client in sorted(names):
            links.shut.setdefault((client, connection), proof)
        for client in removal.restored:
            links.shut.pop((client, connection), None)
    if not (user if removal.what in (CONSENT, SIGN_IN) else names):
        return []
    losses: dict[Pair, Loss] = {}
    pairs = [(user, name) for name in links.by_user.get(user, ())] if user else list(links.links)
    for pair in pairs:
        link = links.links[pair]
        if link.ended is None and connection in ("", pair[1]):
            agents = {who: link.agents[who] for who in sorted(link.agents) if who in names or not names}
            if agents:
                losses[pair] = Loss(user=pair[0], connection=pair[1], how=removal.how, agents=agents)
    if removal.what == CLIENT:
        held = links.tree.end([one.id for one in links.tree.of(names, "", "")], proof)
        for loss in _by_pair(removal.how, *held):
            pair = (loss.user, loss.connection)
            losses[pair] = replace(loss, agents=losses[pair].agents) if pair in losses else loss
    return [losses[pair] for pair in sorted(losses)]


def _by_pair(how: str, direct: list[Delegation], deeper: list[Delegation]) -> list[Loss]:
    """Ended delegations, by the user and connection they were for."""
    losses: list[Loss] = []
    for user, connection in sorted({(one.user, one.connection) for one in (*direct, *deeper)}):
        top = tuple(one for one in direct if (one.user, one.connection) == (user, connection))
        rest = tuple(one for one in deeper if (one.user, one.connection) == (user, connection))
        losses.append(Loss(user=user, connection=connection, how=how, direct=top, deeper=rest))
    return losses
