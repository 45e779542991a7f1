"""Who holds which scopes: accounts whose tokens anyone may be handed, and agents with tokens of their own."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.event import EMPTY, Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.bounds import keep

MOST: Final = 64
"""Accounts or agents remembered per user and connection, and audiences per agent."""
MOST_USERS: Final = 5_000
"""Users remembered per agent and audience."""
MOST_SCOPES: Final = 256
"""Scopes of which it is counted how many users hold them."""
COMES_BACK: Final = 4
"""Changes between tokens with a scope and tokens without it, after which the scope comes and goes with the task."""
MANY_SETS: Final = 3
"""Different tokens that each lacked something of the one before, from which on half as many changes are enough."""


class Doubt(Struct):
    """A wider token of an agent that may be asking for each task what the task needs."""

    finding: Finding
    gain: frozenset[str]
    """What was gained, as it was spelled."""
    part: frozenset[str]
    """How much of it the last token had."""
    turns: int = 0
    tokens: int = 0
    again: Evidence | None = None

    def follow(self, event: Event, now: frozenset[str], varied: bool) -> bool:
        """Watch one more token; whether the scope comes and goes."""
        part = self.gain & now
        self.tokens += 1
        if part:
            self.again = event.cite("a later token with the gained scope")
        if part != self.part:
            self.part = part
            self.turns += 1
        return self.turns >= (COMES_BACK // 2 if varied else COMES_BACK)


class Held(Struct):
    """What one holder has been handed so far."""

    scopes: frozenset[str] = EMPTY
    """The baseline: only what never fired."""
    told: frozenset[str] = EMPTY
    """Reported once after a reconnect or as a first grant; no baseline, but not news either."""
    now: frozenset[str] = EMPTY
    """Scopes of the last token, where it was silent."""
    seen: int = 0
    steady: int = 0
    """Tokens since the last that brought something new."""
    switches: int = 0
    """How often a token differed from the one before."""
    sets: list[frozenset[str]] = field(default_factory=list)
    """The first different tokens that lacked something of the one before, by their scopes."""
    token: str = ""
    family: str = ""
    last: Evidence | None = None
    renewed: Evidence | None = None
    """A reconnect or new consent that no fresh token has followed yet."""
    epoch: int = 0
    """The last change of the client's grant it knows of."""
    doubts: list[Doubt] = field(default_factory=list)


class Place(Struct):
    """What one agent got at one audience or connection: for each user, or for itself under the empty name."""

    held: dict[str, Held] = field(default_factory=dict)
    common: dict[str, int] = field(default_factory=dict)
    """How many of them hold a scope that never fired."""
    told: frozenset[str] = EMPTY
    """Told of a first token; of another user it is no news."""
    epoch: int = 0
    renewed: Evidence | None = None
    """The last change of the client's grant."""
    forgot: bool = False

    def count(self, scope: str) -> None:
        """One more user holds the scope."""
        if scope in self.common or len(self.common) < MOST_SCOPES:
            self.common[scope] = self.common.get(scope, 0) + 1


class Holders(Struct):
    """Accounts of one user and connection, or audiences of one agent."""

    tells: ClassVar[Tells] = (
        Tell("held.*.scopes", "the baseline of {0} holds scope {value}"),
        Tell("held.*.told", "told once of {0}, and no baseline: scope {value}"),
        Tell("held.*.now", "the last token of {0} has scope {value}"),
        Tell("held.*.renewed", "the grant of {0} was renewed, by {value:place}"),
        Tell("held.*.seen", "tokens of {0} so far: {value}"),
        Tell("linked", "the user connected the identity {value}"),
        Tell("names.*", "account {0} is the identity {value}"),
        Tell("fresh.*", "{0} connected an account and got no token since, by {value.1:place}"),
        Tell("identity", "the last token was of the identity {value}"),
        Tell("places.*.held.*.scopes", "the baseline of {1} at {0} holds scope {value}"),
        Tell("places.*.renewed", "the grant of the client at {0} was changed, by {value:place}"),
        Tell("tokens", "tokens judged so far: {value}"),
        *quiet("held.*.*", "name", "places.*.epoch", "places.*.common", "places.*.held.*.*", "since"),
    )

    held: dict[str, Held] = field(default_factory=dict)
    """By account for vaulted tokens, by agent for what agents asked for: they share user and connection."""
    identity: str = ""
    name: str = ""
    """The identity of the last vaulted token, and the account it belongs to."""
    linked: list[str] = field(default_factory=list)
    """Upstream identities that were connected."""
    names: dict[str, str] = field(default_factory=dict)
    """Connected account to its upstream identity."""
    fresh: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    """Agents that connected an account, by its identity, and have got no token since."""
    places: dict[str, Place] = field(default_factory=dict)
    tokens: int = 0
    since: int = -1


def vary(held: Held, now: frozenset[str]) -> None:
    """A token other than the one before."""
    if now != held.now:
        held.switches += 1
        if len(held.sets) < MANY_SETS and not now >= held.now and now not in held.sets:
            held.sets.append(now)


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


def is_unnamed(state: Holders, event: Event) -> bool:
    """Whether several accounts are connected and the event does not say which of them it speaks of."""
    return len(state.linked) > 1 and event.identity not in state.linked and not event.account and not event.requested


def name_of(state: Holders, event: Event) -> str:
    """Whose tokens these are: what an agent asked for, or the account's by upstream identity."""
    if event.requested:
        return f"agent:{event.agent}"
    identity = event.identity or state.names.get(event.account, event.account)
    if identity and not is_unnamed(state, event):
        if "account:" in state.held and f"account:{identity}" not in state.held:
            state.held[f"account:{identity}"] = state.held.pop("account:")
        return f"account:{identity}"
    accounts = [name for name in state.held if name.startswith("account:")]
    return accounts[0] if len(accounts) == 1 else "account:"


def holder_of(state: Holders, name: str) -> Held:
    """The holder by that name, made if there is none."""
    held = state.held.get(name)
    if held is None:
        if len(state.held) >= MOST:
            del state.held[min(state.held, key=lambda one: (state.held[one].seen, one))]
        held = state.held[name] = Held()
    return held


def place_of(state: Holders, name: str) -> Place:
    """The audience or connection by that name; past the cap the one known longest is forgotten."""
    place = state.places.get(name)
    if place is None:
        if len(state.places) >= MOST:
            del state.places[next(iter(state.places))]
        place = state.places[name] = Place()
    return place


def user_of(place: Place, user: str) -> Held:
    """What the agent got for a user; past the cap the user known longest is forgotten."""
    held = place.held.get(user)
    if held is None:
        if len(place.held) >= MOST_USERS:
            del place.held[next(iter(place.held))]
            place.forgot = True
        held = place.held[user] = Held(epoch=place.epoch)
    return held


@lru_cache(100_000)
def one_set(scopes: frozenset[str]) -> frozenset[str]:
    """The same set for equal sets: users of an agent hold the same few."""
    return scopes


def learn(held: Held, event: Event, now: frozenset[str], place: Place | None = None) -> None:
    """What did not fire becomes part of the baseline."""
    fresh = now - held.scopes
    held.scopes = one_set(held.scopes | fresh)
    held.last = event.cite("the last token that set what is usual")
    held.steady = 0
    if place is not None:
        for scope in sorted(fresh):
            place.count(scope)


def relink(state: Holders, event: Event) -> None:
    """A reconnect renews one account; which one is certain only where exchanges name the identities that were linked."""
    identity = event.identity or event.account
    name = f"account:{identity}"
    if event.account and event.identity and len(state.names) < MOST:
        state.names[event.account] = event.identity
    told = {f"account:{one}" for one in state.linked}
    proof = event.cite("the account was connected again")
    for one, held in state.held.items():
        other = one.startswith("account:") and one not in ("account:", name) and one in told
        if not (other and identity):
            held.renewed = proof
    if identity and identity not in state.linked and len(state.linked) < MOST:
        state.linked.append(identity)
    if event.agent:
        keep(state.fresh, event.agent, (identity, proof), MOST)


def connected(state: Holders, agent: str, name: str, held: Held) -> None:
    """An agent's first token after it connected the account itself: the grant is new to it, whatever others did with it between."""
    identity, proof = state.fresh.pop(agent, ("", None))
    if held.seen and held.renewed is None and name in ("account:", f"account:{identity}"):
        held.renewed = proof
