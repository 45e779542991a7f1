"""Actor chains and delegation trees: who acts for whom, and where a chain breaks what it promised.

A chain is the `act` nesting of one token (outermost actor first). A tree grows from `delegation.issue` records: each
delegation hangs on the one its delegator holds. Both are judged here, free of any detector.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from msgspec import Struct, field

from onesec_cli.model.clock import MINUTE
from onesec_cli.model.event import Event, Evidence

K = TypeVar("K", str, tuple[str, str])

PLATFORM_DEPTH: Final = 5
"""Auth0 refuses to nest more parties than this."""
SKEW: Final = MINUTE
"""Clocks of two issuers may differ by this much before a start time is held against them."""
MAX_DELEGATIONS: Final = 20_000
MAX_HELD: Final = 64
"""Delegations remembered per delegate and connection; renewals push out the oldest."""
MAX_ENDS: Final = 50_000
EVERYTHING: Final = "*"
"""Stands for every connection of a user who is gone."""


def bare(name: str) -> str:
    """A party's name without the suffix Auth0 gives a client that acts as itself."""
    return name.removesuffix("@clients")


def is_client(name: str) -> bool:
    """Whether a subject is an application acting as itself."""
    return name.endswith("@clients")


def is_person(name: str, user: str = "") -> bool:
    """Whether a name can be a human's: the user of the event, `strategy|id`, an e-mail address or `user:...`."""
    if not name or is_client(name):
        return False
    return name == user or name.startswith("user:") or "|" in name or "@" in name


def repeated(actors: tuple[str, ...]) -> tuple[str, ...]:
    """Parties that stand in a chain more than once, in order of their second appearance."""
    seen: set[str] = set()
    twice: list[str] = []
    for actor in map(bare, actors):
        if actor and actor in seen and actor not in twice:
            twice.append(actor)
        seen.add(actor)
    return tuple(twice)


def show(actors: tuple[str, ...]) -> str:
    """A chain for a sentence, from the originating application to the last actor."""
    return " > ".join(actor or "(no sub)" for actor in reversed(actors))


def is_approved(actors: tuple[str, ...], approved: tuple[tuple[str, ...], ...]) -> bool:
    """Whether a chain is an approved one or the beginning of one, which it must pass through to come about."""
    path = tuple(bare(actor) for actor in reversed(actors))
    return any(tuple(bare(name) for name in chain[: len(path)]) == path for chain in approved)


class Delegation(Struct):
    """Authority one party gave another. Empty means the trail does not say."""

    id: str
    delegator: str
    delegate: str
    names: tuple[str, ...]
    """Every name the delegate goes by."""
    user: str
    connection: str
    scopes: frozenset[str]
    issued: int
    starts: int
    expires: int | None
    unreadable: tuple[str, ...]
    """Expiry or start as written, where it could not be read."""
    parent: str
    """Id of the delegation it hangs on; empty for a root."""
    evidence: Evidence


class Forest(Struct):
    """Every delegation of a tenant, and what ended them. Bounded; the oldest are forgotten first."""

    delegations: dict[str, Delegation] = field(default_factory=dict)
    held: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """(connection, delegate) to delegation ids, oldest first."""
    revoked: dict[str, Evidence] = field(default_factory=dict)
    unlinked: dict[tuple[str, str], Evidence] = field(default_factory=dict)
    """(user, connection) to the unlink."""
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Connected account to its (user, connection): an unlink may name the account only."""
    linked: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many known accounts a (user, connection) has."""


class Lapse(Struct, frozen=True):
    """Why a delegation does not hold at a moment: `revoked`, `expired` or `early`, through which one, since when."""

    why: str
    of: Delegation
    since: int
    end: Evidence | None = None


def text_of(event: Event, name: str) -> str:
    """A field as text; empty where it is absent."""
    value = event.fields.get(name)
    return "" if value is None else str(value)


def read_delegation(event: Event) -> Delegation:
    """The delegation a `delegation.issue` tells; `parent` is as named, not yet resolved."""
    starts = event.fields.get("not_before")
    starts_text = text_of(event, "not_before_text") or text_of(event, "not_before")
    known_start = isinstance(starts, int) and not isinstance(starts, bool)
    unreadable = [event.expires_text] if event.expires is None and event.expires_text else []
    if starts_text and not known_start:
        unreadable.append(starts_text)
    delegator = text_of(event, "delegator") or event.user
    delegate = text_of(event, "delegate") or event.agent
    names = {delegate, event.agent, event.agent_id, event.external_agent_id, event.client} - {"", delegator}
    return Delegation(
        id=text_of(event, "delegation") or event.id,
        delegator=delegator,
        delegate=delegate,
        names=tuple(sorted(names | {delegate})),
        user=event.user or (delegator.removeprefix("user:") if is_person(delegator) else ""),
        connection=event.connection,
        scopes=event.scopes,
        issued=event.time,
        starts=starts if isinstance(starts, int) and known_start else event.time,
        expires=event.expires,
        unreadable=tuple(unreadable),
        parent=text_of(event, "parent"),
        evidence=event.cite("the delegation"),
    )


def plant(forest: Forest, new: Delegation) -> None:
    """Remember a delegation under every name of its delegate."""
    forest.delegations.pop(new.id, None)
    forest.delegations[new.id] = new
    for name in new.names:
        ids = forest.held.setdefault((new.connection, name), [])
        if new.id in ids:
            ids.remove(new.id)
        ids.append(new.id)
        if len(ids) > MAX_HELD:
            ids.pop(0)
    while len(forest.delegations) > MAX_DELEGATIONS:
        _forget(forest, forest.delegations.pop(next(iter(forest.delegations))))


def _forget(forest: Forest, old: Delegation) -> None:
    for name in old.names:
        key = (old.connection, name)
        kept = [id for id in forest.held.get(key, []) if id != old.id]
        if kept:
            forest.held[key] = kept
        else:
            forest.held.pop(key, None)


def held_by(forest: Forest, names: tuple[str, ...], user: str, connection: str) -> list[Delegation]:
    """Delegations a party holds for a user on a connection, newest first. Where either says nothing, it fits."""
    found: dict[str, Delegation] = {}
    for name in names:
        for place in (connection, "") if connection else ("",):
            for id in forest.held.get((place, name), ()):
                one = forest.delegations.get(id)
                if one is not None and (not user or not one.user or one.user == user):
                    found[id] = one
    return sorted(found.values(), key=lambda one: (one.issued, one.id), reverse=True)


def ancestors(forest: Forest, one: Delegation) -> Iterator[Delegation]:
    """The delegations this one hangs on, nearest first; ends at a root, a gap or a ring."""
    seen = {one.id}
    above = forest.delegations.get(one.parent)
    while above is not None and above.id not in seen and len(seen) <= MAX_HELD:
        yield above
        seen.add(above.id)
        above = forest.delegations.get(above.parent)


def end_of(forest: Forest, one: Delegation, unlinks: bool = True) -> Evidence | None:
    """What ended this delegation itself after it was issued: its revocation, the unlink, the end of its user."""
    ends = [forest.revoked.get(one.id)]
    if unlinks:
        ends += [forest.unlinked.get((one.user, one.connection)), forest.unlinked.get((one.user, EVERYTHING))]
    known = [end for end in ends if end is not None and end.time >= one.issued]
    return min(known, key=lambda end: end.time) if known else None


def renewed(forest: Forest, one: Delegation, time: int) -> bool:
    """Whether its delegate holds another, still running delegation from the same delegator."""
    return any(
        other.delegator == one.delegator and (other.expires is None or other.expires > time)
        for other in held_by(forest, (one.delegate,), one.user, one.connection)
        if other.id != one.id and end_of(forest, other) is None and other.starts <= time + SKEW
    )


def ended(forest: Forest, one: Delegation, time: int, renewals: bool, unlinks: bool = True) -> Lapse | None:
    """Why a delegation no longer holds at `time`, itself or through what it hangs on; None if it does.

    What lapsed above is told before what lapsed here. A delegation that expired but was renewed still carries its
    children where `renewals` says so.
    """
    path = (*ancestors(forest, one), one)
    for step in path:
        end = end_of(forest, step, unlinks)
        if end is not None:
            return Lapse("revoked", step, end.time, end)
    for step in path:
        if step.expires is not None and step.expires <= time and not (renewals and renewed(forest, step, time)):
            return Lapse("expired", step, step.expires)
    return None


def not_yet(forest: Forest, one: Delegation, time: int) -> Lapse | None:
    """Which delegation on the way up from this one has not begun at `time`; None if all have."""
    for step in (*ancestors(forest, one), one):
        if time + SKEW < step.starts:
            return Lapse("early", step, step.starts)
    return None


def bound(forest: Forest, one: Delegation) -> Delegation | None:
    """The earliest to expire of the delegations this one hangs on."""
    dated = [step for step in ancestors(forest, one) if step.expires is not None]
    return min(dated, key=lambda step: (step.expires or 0, step.id)) if dated else None


def revoke(forest: Forest, event: Event) -> None:
    """A delegation was withdrawn: the one named, or all the agent held for the user and connection."""
    named = text_of(event, "delegation")
    names = tuple(sorted({event.agent, event.agent_id, event.external_agent_id, event.client} - {""}))
    ids = [named] if named else [one.id for one in held_by(forest, names, event.user, event.connection)]
    for id in ids:
        forest.revoked[id] = event.cite("the revocation")
        _shed(forest.revoked)


def link(forest: Forest, event: Event) -> None:
    """An account was connected; remember whose it is."""
    if event.account and event.user and event.account not in forest.accounts:
        whose = (event.user, event.connection)
        forest.accounts[event.account] = whose
        forest.linked[whose] = forest.linked.get(whose, 0) + 1
        if len(forest.accounts) > MAX_ENDS:
            _drop_account(forest, next(iter(forest.accounts)))


def _drop_account(forest: Forest, account: str) -> tuple[str, str] | None:
    """Forget an account; whose it was. The count of those left falls with it."""
    whose = forest.accounts.pop(account, None)
    if whose is not None:
        left = forest.linked.pop(whose, 1) - 1
        if left > 0:
            forest.linked[whose] = left
    return whose


def unlink(forest: Forest, event: Event) -> None:
    """An account was removed; ends the tree of its user and connection unless another account is left there."""
    known = _drop_account(forest, event.account)
    whose = known or (event.user, event.connection)
    if all(whose) and not (known and whose in forest.linked):
        forest.unlinked[whose] = event.cite("the unlink that ended it")
        _shed(forest.unlinked)


def forget_user(forest: Forest, event: Event) -> None:
    """A user was deleted; all that was delegated for them ends."""
    forest.unlinked[(event.user, EVERYTHING)] = event.cite("the deletion of the user")
    _shed(forest.unlinked)


def _shed(kept: dict[K, Evidence]) -> None:
    if len(kept) > MAX_ENDS:
        kept.pop(next(iter(kept)))
