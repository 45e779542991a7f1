"""Who holds which scopes: accounts whose tokens anyone may be handed, and agents with tokens of their own."""

from __future__ import annotations

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import EMPTY, Event, Evidence

_MOST = 64
"""Accounts or agents remembered per user and connection."""


class Held(Struct):
    """What one holder has been handed so far."""

    scopes: frozenset[str] = EMPTY
    """The baseline: only what never fired."""
    told: frozenset[str] = EMPTY
    """Reported once after a reconnect or as a first grant; no baseline, but not news either."""
    seen: int = 0
    token: str = ""
    family: str = ""
    last: Evidence | None = None
    renewed: Evidence | None = None
    """A reconnect or new consent that no fresh token has followed yet."""


class Holders(Struct):
    """By account for vaulted tokens, by agent for tokens of its own: they share user and connection."""

    held: dict[str, Held] = field(default_factory=dict)
    linked: list[str] = field(default_factory=list)
    """Upstream identities that were connected."""
    names: dict[str, str] = field(default_factory=dict)
    """Connected account to its upstream identity."""


def siblings(state: Holders, name: str) -> frozenset[str]:
    """What agents got from the account, or the account yielded, where this holder has no baseline of its own."""
    if name.startswith("account:") and name != "account:":
        return EMPTY
    other = "account:" if name.startswith("agent:") else "agent:"
    return EMPTY.union(*(held.scopes for one, held in state.held.items() if one.startswith(other)))


def note(held: Held, event: Event) -> None:
    """Keep what tells a fresh token from a cached one, and one grant from the next."""
    if not (event.token and event.token == held.token):  # a cached token is older than the reconnect
        held.renewed = None
    held.token = event.token
    if event.kind == kinds.TOKEN_REFRESH:
        held.family = str(event.fields.get("family", ""))


def name_of(state: Holders, event: Event) -> str:
    """Whose tokens these are: the agent's own, or the account's by upstream identity."""
    if event.kind != kinds.TOKEN_EXCHANGE or event.requested or event.flow not in ("", "vault") or not event.user:
        return f"agent:{event.agent}"
    identity = event.identity or state.names.get(event.account, event.account)
    if identity:
        if "account:" in state.held and f"account:{identity}" not in state.held:
            state.held[f"account:{identity}"] = state.held.pop("account:")
        return f"account:{identity}"
    accounts = [name for name in state.held if name.startswith("account:")]
    return accounts[0] if len(accounts) == 1 else "account:"


def holder_of(state: Holders, name: str) -> Held:
    """The holder by that name, made if there is none."""
    held = state.held.get(name)
    if held is None:
        if len(state.held) >= _MOST:
            del state.held[min(state.held, key=lambda one: (state.held[one].seen, one))]
        held = state.held[name] = Held()
    return held


def relink(state: Holders, event: Event) -> None:
    """A reconnect renews one account; which one is certain only where exchanges name the identities that were linked."""
    identity = event.identity or event.account
    name = f"account:{identity}"
    if event.account and event.identity and len(state.names) < _MOST:
        state.names[event.account] = event.identity
    told = {f"account:{one}" for one in state.linked}
    proof = event.cite("the account was connected again")
    for one, held in state.held.items():
        other = one.startswith("account:") and one not in ("account:", name) and one in told
        if not (other and identity):
            held.renewed = proof
    if identity and identity not in state.linked and len(state.linked) < _MOST:
        state.linked.append(identity)
