"""Actor chains and single delegations: who acts for whom, by which names.

A chain is the `act` nesting of one token (outermost actor first). A delegation is what one `delegation.issue` tells;
`state.delegation.tree` holds what they hang on.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.clock import MINUTE
from onesec_cli.model.event import Event, Evidence

PLATFORM_DEPTH: Final = 5
"""Auth0 refuses to nest more parties than this."""
MOST_SHOWN: Final = 10
"""Parties of a chain that a sentence names."""
SKEW: Final = MINUTE
"""Clocks of two issuers may differ by this much before a start time is held against them."""


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
    names = [actor or "(no sub)" for actor in reversed(actors)]
    if len(names) > MOST_SHOWN:
        half = MOST_SHOWN // 2
        names[half:-half] = [f"({len(names) - 2 * half} more)"]
    return " > ".join(names)


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
