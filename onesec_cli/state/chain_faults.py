"""What is wrong with an actor chain, a new delegation, or the use of one: pure judgements over `state.chains`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, field

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.state.chains import (
    PLATFORM_DEPTH,
    SKEW,
    Delegation,
    Forest,
    Lapse,
    ancestors,
    bare,
    bound,
    ended,
    held_by,
    is_approved,
    is_client,
    is_person,
    not_yet,
    repeated,
    show,
)
from onesec_cli.state.scopes import gained, provider_of

ON_TOKEN = "the actor chain written in the exchanged token"
ON_TREE = "the delegations recorded in the trail"


class Fault(Struct, frozen=True):
    """One thing wrong, told in a sentence, with the earlier records that show it."""

    verdict: str
    level: Level
    title: str
    said: str
    judged_on: str
    proof: tuple[Evidence, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def _depth_fault(depth: int, limit: int, who: str, path: str, judged_on: str) -> Fault | None:
    if depth <= limit:
        return None
    return Fault(
        "too-deep",
        Level.high if depth > PLATFORM_DEPTH else Level.medium,
        "Delegation chain deeper than allowed",
        f"{who} acts at the end of a chain of {depth} parties ({path}); {limit} are allowed.",
        judged_on,
        facts={"observed": depth, "threshold": limit},
    )


def actor_faults(event: Event, limit: int, approved: tuple[tuple[str, ...], ...]) -> Iterator[Fault]:
    """What is wrong with the chain of one exchanged token."""
    actors, path = event.actors, show(event.actors)
    user = event.user or "nobody"
    too_deep = _depth_fault(len(actors), limit, actors[0] or "A party without a name", path, ON_TOKEN)
    if too_deep:
        yield too_deep
    if again := repeated(actors):
        said = f"The chain {path} on behalf of {user} passes through {', '.join(again)} more than once."
        yield Fault("loop", Level.high, "Delegation chain in a loop", said, ON_TOKEN, facts={"repeated": list(again)})
    outer = bare(actors[0])
    names = {event.client, event.agent_id, event.external_agent_id, event.agent} - {""}
    set_to_person = event.flow == "custom" and is_person(actors[0])
    if outer and names and outer not in names and not set_to_person:
        said = f"{' / '.join(sorted(names))} exchanged a token whose current actor is {outer}, another party."
        yield Fault("mismatched-actor", Level.high, "Exchanged by another party than the actor", said, ON_TOKEN,
                    facts={"observed": outer, "expected": sorted(names)})  # fmt: skip
    if not all(actors):
        said = f"The chain {path} on behalf of {user} holds an actor without a name (null sub)."
        yield Fault("actor-without-sub", Level.low, "Actor without a name in a chain", said, ON_TOKEN)
    if approved and not is_approved(actors, approved):
        said = f"The chain {path} on behalf of {user} is not among the approved chains."
        yield Fault("unapproved-chain", Level.high, "Delegation chain not approved", said,
                    "delegation.approved-chains of the policy", facts={"observed": path})  # fmt: skip
    if not event.user or is_client(event.user):
        said = f"The chain {path} acts on behalf of {event.user or 'no user'}, which is not a person."
        yield Fault("root-not-a-person", Level.medium, "Chain that does not start with a person", said, ON_TOKEN)


def choose_parent(forest: Forest, new: Delegation) -> tuple[Delegation | None, frozenset[str]]:
    """What a new delegation hangs on, and the scopes its delegator could hand on.

    The one it names; else, where its delegator is no person, the running one its delegator holds for the same user
    and connection (the widest fit, then the newest), or the newest if none runs.
    """
    if new.parent:
        named = forest.delegations.get(new.parent)
        return named, named.scopes if named else frozenset()
    if is_person(new.delegator, new.user):
        return None, frozenset()
    held = [one for one in held_by(forest, (new.delegator,), new.user, new.connection) if one.id != new.id]
    running = [one for one in held if ended(forest, one, new.issued, renewals=False) is None]
    fitting = [one for one in running if new.scopes and new.scopes <= one.scopes]
    best = next(iter(fitting or running or held), None)
    if best is None or any(not one.scopes for one in running):
        return best, frozenset()
    return best, frozenset().union(*(one.scopes for one in running or [best]))


def issue_faults(forest: Forest, new: Delegation, named: str, held: frozenset[str], limit: int) -> Iterator[Fault]:
    """What is wrong with a new delegation, already planted; `named` is the parent its record names."""
    if new.unreadable:
        texts = ", ".join(repr(text[:60]) for text in new.unreadable)
        said = f"The delegation of {new.delegate} by {new.delegator} has a validity that cannot be read: {texts}."
        yield Fault("unparseable-expiry", Level.medium, "Delegation with an unreadable expiry", said,
                    "the delegation itself; a time that cannot be read bounds nothing",
                    facts={"observed": [text[:60] for text in new.unreadable]})  # fmt: skip
    path = list(ancestors(forest, new))
    parties = (new.delegate, *(one.delegate for one in path), (path[-1] if path else new).delegator)
    again = repeated(parties)
    if again or named == new.id:
        said = f"The delegation of {new.delegate} by {new.delegator} closes a ring: {show(parties)}."
        yield Fault("loop", Level.high, "Delegation in a ring", said, ON_TREE, tuple(one.evidence for one in path),
                    {"repeated": list(again)})  # fmt: skip
    else:
        too_deep = _depth_fault(len(path) + 1, limit, new.delegate, show(parties), ON_TREE)
        if too_deep:
            yield too_deep
    if not path:
        if named != new.id:
            yield from _root_faults(forest, new, named)
        return
    yield from _joint_faults(new, path[0])
    yield from _bound_faults(forest, new, path[0], held)


def _root_faults(forest: Forest, new: Delegation, named: str) -> Iterator[Fault]:
    if named:
        other = held_by(forest, (new.delegator,), new.user, new.connection)
        said = f"{new.delegate} was delegated by {new.delegator} under {named}, which this trail never saw issued."
        if other:
            said = said[:-1] + f", although {new.delegator} holds {other[0].id}."
        yield Fault("unknown-parent", Level.medium if other else Level.low, "Delegation under an unknown one", said,
                    "the delegations recorded in the trail, which may begin later than the parent",
                    tuple(one.evidence for one in other[:1]), {"parent": named})  # fmt: skip
    elif not is_person(new.delegator, new.user):
        said = f"{new.delegator or 'Nobody'} delegated to {new.delegate} but is no person and holds no delegation."
        yield Fault("root-not-a-person", Level.medium, "Authority that no person gave", said,
                    "the delegations recorded in the trail, which may begin later than the root")  # fmt: skip


def _joint_faults(new: Delegation, parent: Delegation) -> Iterator[Fault]:
    """Where a delegation does not join onto the one it hangs on."""
    for verdict, wrong, what in (
        ("broken-chain", new.delegator not in parent.names, f"was given to {parent.delegate}, not to {new.delegator}"),
        ("user-mismatch", _differ(new.user, parent.user), f"is for {parent.user}, not for {new.user}"),
        ("connection-mismatch", _differ(new.connection, parent.connection),
         f"is for {parent.connection}, not for {new.connection}"),
    ):  # fmt: skip
        if wrong:
            said = f"{new.delegate} was delegated by {new.delegator} under {parent.id}, which {what}."
            yield Fault(verdict, Level.high, "Delegation that does not join its parent", said, ON_TREE,
                        (parent.evidence,), {"parent": parent.id})  # fmt: skip


def _differ(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def _bound_faults(forest: Forest, new: Delegation, parent: Delegation, held: frozenset[str]) -> Iterator[Fault]:
    """Where a delegation reaches past what bounds it: scopes, expiry, revocation, start."""
    wider = gained(held, new.scopes, provider_of(new.connection, "")) if held and new.scopes else frozenset()
    if wider:
        said = f"{new.delegator} delegated {', '.join(sorted(wider))} to {new.delegate} without holding it."
        yield Fault("child-wider-than-parent", Level.high, "Delegation wider than its parent", said, ON_TREE,
                    (parent.evidence,), {"observed": sorted(new.scopes), "held": sorted(held),
                                         "gained": sorted(wider)})  # fmt: skip
    if gone := ended(forest, parent, new.issued, renewals=False):
        yield _gone_fault(new, gone, f"{new.delegator} delegated to {new.delegate}", Level.high)
    else:
        yield from _outlives(forest, new)
    first = max((parent, *ancestors(forest, parent)), key=lambda one: one.starts)
    if new.starts + SKEW < first.starts:
        said = f"{new.delegate} may act from {show_time(new.starts)} under {first.id}, which begins only later."
        yield Fault("before-the-grant", Level.medium, "Delegation that begins before its parent", said, ON_TREE,
                    (first.evidence,), {"observed": show_time(new.starts),
                                        "threshold": show_time(first.starts)})  # fmt: skip


def _outlives(forest: Forest, new: Delegation) -> Iterator[Fault]:
    outer = bound(forest, new)
    if outer is None or outer.expires is None or (new.expires is None and new.unreadable):
        return
    if new.expires is None or new.expires > outer.expires:
        until = "without an end" if new.expires is None else f"until {show_time(new.expires)}"
        said = f"{new.delegate} was delegated {until} under {outer.id}, which ends {show_time(outer.expires)}."
        observed = None if new.expires is None else show_time(new.expires)
        yield Fault("child-outlives-parent", Level.medium, "Delegation that outlives its parent", said, ON_TREE,
                    (outer.evidence,), {"observed": observed, "threshold": show_time(outer.expires)})  # fmt: skip


def _gone_fault(new: Delegation, gone: Lapse, deed: str, level: Level) -> Fault:
    """`deed` was done although `gone` had lapsed."""
    expired = gone.why == "expired"
    own = gone.of.id == new.id
    verdict = "expired-parent" if expired else "delegation-revoked" if own else "parent-revoked"
    said = f"{deed} after {gone.of.id} ({gone.of.delegator} to {gone.of.delegate}) had {'expired' if expired else 'ended'} at {show_time(gone.since)}."  # one sentence
    proof = (gone.end, gone.of.evidence) if gone.end else (gone.of.evidence,)
    title = "Chain with an expired parent" if expired else "Chain with a revoked delegation"
    facts = {"lapsed": gone.of.id, "since": show_time(gone.since)}
    return Fault(verdict, level, title, said, ON_TREE, proof, facts)


def use_fault(forest: Forest, event: Event, names: tuple[str, ...]) -> tuple[Delegation, Fault] | None:
    """What is wrong with a use by an agent that holds delegations, none of which holds at that moment.

    Its own delegation running out, and an unlink, are judged by other rules; here it is what lies above.
    """
    found: tuple[Delegation, Fault] | None = None
    for one in held_by(forest, names, event.user, event.connection):
        deed = f"{one.delegate} used {event.connection or event.tool or 'its delegation'} for {event.user or one.user or 'a user'}"  # one phrase
        gone = ended(forest, one, event.time, renewals=True, unlinks=False)
        early = not_yet(forest, one, event.time)
        if gone is None and early is None:
            return None
        if found is not None:
            continue
        if gone is not None and (gone.why == "revoked" or gone.of.id != one.id):
            found = one, _gone_fault(one, gone, deed, Level.critical)
        elif gone is None and early is not None:
            said = f"{deed} before {early.of.id} begins at {show_time(early.since)}."
            found = one, Fault("before-the-grant", Level.medium, "Delegation used before it begins", said, ON_TREE,
                               (early.of.evidence,), {"begins": show_time(early.since)})  # fmt: skip
    return found
