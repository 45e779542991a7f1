"""What a removal ends: every way an account, a user, a client or a consent goes, carried out on what is linked."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Evidence
from onesec_cli.state.accounts.links import (
    MOST,
    MOST_ACCOUNTS,
    NAMELESS,
    REMEMBERS,
    Account,
    Link,
    Links,
    same_identity,
)
from onesec_cli.state.accounts.removal import (
    ACCOUNT,
    CLIENT,
    CONNECTION,
    CONSENT,
    DELEGATION,
    ENABLEMENT,
    IDENTITY,
    REMOVES,
    SIGN_IN,
    UNBLOCKED,
    USER,
    Removal,
    read_removal,
)
from onesec_cli.state.bounds import drop, keep
from onesec_cli.state.delegation.chains import Delegation
from onesec_cli.state.delegation.tree import Pair

READS = REMOVES | REMEMBERS
"""What `take` wants to be shown."""


class Loss(Struct, frozen=True, kw_only=True):
    """What a removal ended for one user and connection."""

    user: str
    connection: str
    whole: bool = False
    """The user has no account left on the connection."""
    accounts: tuple[str, ...] = ()
    agents: dict[str, Evidence] = field(default_factory=dict)
    """Agents that lost access, to their last use."""
    direct: tuple[Delegation, ...] = ()
    deeper: tuple[Delegation, ...] = ()
    """Delegations that hung on those, however far down."""


class Toll(Struct, frozen=True, kw_only=True):
    """All that one removal ended."""

    what: str
    how: str
    """In plain words, for a sentence: `the account was unlinked`."""
    losses: tuple[Loss, ...]
    """By user and connection."""
    about: tuple[str, ...] = ()
    """The thing that went, where that is wider than one user, as entities."""


def take(links: Links, event: Event) -> Toll | None:
    """Remember an event; what it ended, if it is a removal that ended anything."""
    if event.kind not in REMOVES:
        links.remember(event)
        return None
    removal = read_removal(event)
    if removal is None:
        links.remember(event)
        return None
    return carry_out(links, removal, event)


def carry_out(links: Links, removal: Removal, event: Event) -> Toll | None:
    """Take a removal out of what is linked; what it ended, if anything."""
    proof = event.cite(removal.how)
    about: tuple[str, ...] = ()
    if removal.what == UNBLOCKED:
        return None
    if removal.what == ACCOUNT:
        losses = _unlink(links, removal, _pair_of(links, removal, event), proof)
    elif removal.what == IDENTITY:
        losses = _end_identity(links, removal, proof)
    elif removal.what in (USER, CONNECTION):
        about = (f"user:{removal.user}",) if removal.what == USER else (f"connection:{_name(links, removal)}",)
        losses = _end_wide(links, removal, proof)
    elif removal.what == DELEGATION:
        losses = _by_pair(*links.tree.end(_named(links, removal), proof, revoked=True))
    else:
        about, losses = _of_clients(links, removal, proof)
    told = tuple(sorted(losses, key=lambda loss: (loss.user, loss.connection)))
    return Toll(what=removal.what, how=removal.how, losses=told, about=about) if told else None


def _name(links: Links, removal: Removal) -> str:
    """The connection's name, where the removal tells its id."""
    return links.connections.get(removal.connection, removal.connection)


def _pair_of(links: Links, removal: Removal, event: Event) -> Pair:
    """Whose account went, on which connection; an administrator's call tells the user, and an id at most."""
    if event.kind != kinds.ADMIN_CHANGE:
        return links.pair_of(event)
    known = links.accounts.get(removal.account)
    if known is not None:
        return known
    only = [name for name in links.by_user.get(removal.user, ()) if links.links[removal.user, name].ended is None]
    return (removal.user, only[0] if len(only) == 1 else "")


def _named(links: Links, removal: Removal) -> list[str]:
    """The delegation a revocation names, or all that the agent holds for the user and connection."""
    if removal.name:
        return [removal.name]
    tree, user, connection = links.tree, removal.user, removal.connection
    held = tree.of(sorted(removal.names), user, connection) if user else tree.all_of(sorted(removal.names))
    return [one.id for one in held if not connection or one.connection == connection]


def _unlink(links: Links, removal: Removal, pair: Pair, proof: Evidence) -> list[Loss]:
    if not (pair[0] and pair[1]):
        return []
    link, account = links.link(pair), removal.account
    if account not in link.accounts:
        account = next((name for name in link.accounts if name.startswith(NAMELESS)), account)
    known = link.accounts.pop(account, None)
    if account:
        identity, linked = (known.identity, known.linked) if known is not None else ("", None)
        keep(link.gone, account, Account(identity, linked, proof), MOST_ACCOUNTS)
    if link.accounts and account:
        link.unsure = link.unsure or known is None
        return [Loss(user=pair[0], connection=pair[1], accounts=(account,))]
    link.unsure = link.unsure or len(link.accounts) > 1
    return _end(links, pair, proof, account)


def _end(links: Links, pair: Pair, proof: Evidence, account: str = "") -> list[Loss]:
    """The user's last account on a connection is gone, and with it what was delegated for it."""
    link = links.link(pair)
    direct, deeper = links.tree.end(links.tree.pairs.get(pair, ()), proof)
    fresh = link.ended is None or link.ended == proof
    if not (fresh or direct or deeper):
        return []
    accounts = sorted(name for name in {account, *link.accounts} if name and not name.startswith(NAMELESS))
    for name, one in link.accounts.items():
        keep(link.gone, name, replace(one, ended=proof), MOST_ACCOUNTS)
    link.accounts.clear()
    link.ended = link.ended or proof
    drop(links.open_on, pair[1], pair[0])
    return [
        Loss(
            user=pair[0],
            connection=pair[1],
            whole=True,
            accounts=tuple(accounts),
            agents={who: link.agents[who].cite() for who in sorted(link.agents)} if fresh else {},
            direct=tuple(direct),
            deeper=tuple(deeper),
        )
    ]


def _end_wide(links: Links, removal: Removal, proof: Evidence) -> list[Loss]:
    """A user or a connection went, with every pair of it."""
    if removal.what == USER:
        pairs = [(removal.user, connection) for connection in links.by_user.get(removal.user, ())]
        keep(links.users_gone, removal.user, proof, MOST)
    else:
        name = _name(links, removal)
        pairs = [(user, name) for user in links.open_on.get(name, ())]
        keep(links.connections_gone, name, proof, MOST)
    losses: list[Loss] = []
    for pair in pairs:
        losses += _end(links, pair, proof)
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


def _of_clients(links: Links, removal: Removal, proof: Evidence) -> tuple[tuple[str, ...], list[Loss]]:
    """Something was taken from clients: themselves, a connection, a consent, the user's sign-in."""
    names, user, connection = removal.names, removal.user, _name(links, removal)
    if removal.name in links.grants:
        user, client = links.grants.pop(removal.name)
        names = frozenset({client})
    if removal.what == ENABLEMENT:
        names = _shut(links, removal, connection, proof)
    elif removal.what == CLIENT:
        for client in sorted(names):
            keep(links.clients_gone, client, proof, MOST)
    if not (user or names if removal.what == SIGN_IN else user if removal.what == CONSENT else names):
        return (), []
    losses: dict[Pair, Loss] = {}
    for pair in _pairs(links, user, names):
        link = links.links.get(pair)
        if link is not None and link.ended is None and connection in ("", pair[1]):
            agents = _agents(link, names)
            if agents:
                losses[pair] = Loss(user=pair[0], connection=pair[1], agents=agents)
            if not user and removal.what != ENABLEMENT:  # that may be given back
                _expel(links, pair, agents, names)
    if removal.what == CLIENT:
        for loss in _by_pair(*links.tree.end([one.id for one in links.tree.all_of(sorted(names))], proof)):
            pair = (loss.user, loss.connection)
            losses[pair] = replace(loss, agents=losses[pair].agents) if pair in losses else loss
    told = (f"user:{user}",) if user else tuple(f"client:{name}" for name in sorted(names)[:5])
    return (*told, *((f"connection:{connection}",) if connection else ())), list(losses.values())


def _shut(links: Links, removal: Removal, connection: str, proof: Evidence) -> frozenset[str]:
    """Clients that had a connection until now and have it no more."""
    names = removal.names
    if removal.kept is not None:
        names = frozenset(links.clients_on.get(connection, {}).keys() - removal.kept)
    fresh = frozenset(name for name in names if (name, connection) not in links.shut)
    for client in sorted(fresh):
        keep(links.shut, (client, connection), proof, MOST)
    for client in links.clients_on.get(connection, {}) if removal.restored is None else removal.restored:
        links.shut.pop((client, connection), None)
    return fresh


def _pairs(links: Links, user: str, names: Iterable[str]) -> list[Pair]:
    """Pairs of the user, else those that a client or agent by one of the names used."""
    if user:
        return [(user, name) for name in links.by_user.get(user, ())]
    return list(dict.fromkeys(pair for name in sorted(names) for pair in links.by_name.get(name, ())))


def _agents(link: Link, names: frozenset[str]) -> dict[str, Evidence]:
    """Agents of a link that go by one of the names, or all where none is given, with their last use."""
    return {
        who: seen.cite()
        for who, seen in sorted(link.agents.items())
        if not names or who in names or seen.goes_by(names)
    }


def _expel(links: Links, pair: Pair, agents: Iterable[str], names: frozenset[str]) -> None:
    """Agents lost a connection for every user; only what they do afterwards can be taken from them again."""
    for who in agents:
        del links.links[pair].agents[who]
    for name in names:
        drop(links.by_name, name, pair)


def _by_pair(direct: list[Delegation], deeper: list[Delegation]) -> list[Loss]:
    """Ended delegations, by the user and connection they were for."""
    found: dict[Pair, tuple[list[Delegation], list[Delegation]]] = {}
    for which, delegations in enumerate((direct, deeper)):
        for one in delegations:
            found.setdefault((one.user, one.connection), ([], []))[which].append(one)
    return [
        Loss(user=user, connection=connection, direct=tuple(top), deeper=tuple(rest))
        for (user, connection), (top, rest) in found.items()
    ]
