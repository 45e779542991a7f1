"""What is wrong with an actor chain, a new delegation, or the use of one: pure judgements over `state.delegation.tree`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.state.delegation.chains import (
    PLATFORM_DEPTH,
    SKEW,
    Delegation,
    bare,
    is_approved,
    is_client,
    is_person,
    repeated,
    show,
)
from onesec_cli.state.delegation.tree import Lapse, Planted, Tree
from onesec_cli.state.scope.scopes import gained, provider_of

NEVER: Final = 2**62
"""Later than any event."""
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


def _depth_fault(
    depth: int, limit: int, who: str, path: str, judged_on: str, proof: tuple[Evidence, ...] = ()
) -> Fault | None:
    if depth <= limit:
        return None
    return Fault(
        "too-deep",
        Level.high if depth > PLATFORM_DEPTH else Level.medium,
        "Delegation chain deeper than allowed",
        f"{who} acts at the end of a chain of {depth} parties ({path}); {limit} are allowed.",
        judged_on,
        proof,
        {"observed": depth, "threshold": limit},
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
    if not event.user:
        said = f"The chain {path} acts on behalf of nobody: the exchange tells no user."
        yield Fault("root-not-a-person", Level.low, "Chain without a user", said, ON_TOKEN)
    elif is_client(event.user):
        said = f"The chain {path} acts on behalf of {event.user}, which is not a person."
        yield Fault("root-not-a-person", Level.medium, "Chain that does not start with a person", said, ON_TOKEN)


def issue_faults(tree: Tree, planted: Planted, limit: int) -> Iterator[Fault]:
    """What is wrong with a new delegation."""
    new, named = planted.one, planted.named
    if planted.before is not None:
        before = planted.before
        said = f"{before.id} was given to {before.delegate} for {before.user or 'a user'} and is now said to be {new.delegate}'s for {new.user or 'a user'}."  # one sentence
        yield Fault("redefined", Level.high, "Delegation id used for another delegation", said, ON_TREE,
                    (before.evidence,))  # fmt: skip
    if new.unreadable:
        texts = ", ".join(repr(text[:60]) for text in new.unreadable)
        said = f"The delegation of {new.delegate} by {new.delegator} has a validity that cannot be read: {texts}."
        yield Fault("unparseable-expiry", Level.medium, "Delegation with an unreadable expiry", said,
                    "the delegation itself; a time that cannot be read bounds nothing",
                    facts={"observed": [text[:60] for text in new.unreadable]})  # fmt: skip
    path = list(tree.ancestors(new))
    proof = tuple(one.evidence for one in path)
    parties = (new.delegate, *(one.delegate for one in path), (path[-1] if path else new).delegator)
    again = repeated(parties)
    if again or named == new.id:
        said = f"The delegation of {new.delegate} by {new.delegator} closes a ring: {show(parties)}."
        yield Fault("loop", Level.high, "Delegation in a ring", said, ON_TREE, proof,
                    {"repeated": list(again)})  # fmt: skip
    else:
        too_deep = _depth_fault(len(path) + 1, limit, new.delegate, show(parties), ON_TREE, proof)
        if too_deep:
            yield too_deep
    if not path:
        if named != new.id:
            yield from _root_faults(tree, planted)
        return
    yield from _joint_faults(new, path[0])
    yield from _bound_faults(tree, new, path[0], planted.bound)


def _root_faults(tree: Tree, planted: Planted) -> Iterator[Fault]:
    new, named = planted.one, planted.named
    if named:
        other = tree.of((new.delegator,), new.user, new.connection)
        said = f"{new.delegate} was delegated by {new.delegator} under {named}, which this trail never saw issued."
        if other:
            said = said[:-1] + f", although {new.delegator} holds {other[0].id}."
        yield Fault("unknown-parent", Level.medium if other else Level.low, "Delegation under an unknown one", said,
                    "the delegations recorded in the trail, which may begin later than the parent",
                    tuple(one.evidence for one in other[:1]), {"parent": named})  # fmt: skip
    elif not planted.person:
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


def _bound_faults(tree: Tree, new: Delegation, parent: Delegation, held: frozenset[str]) -> Iterator[Fault]:
    """Where a delegation reaches past what bounds it: scopes, expiry, revocation, start."""
    wider = gained(held, new.scopes, provider_of(new.connection, "")) if held and new.scopes else frozenset()
    if wider:
        said = f"{new.delegator} delegated {', '.join(sorted(wider))} to {new.delegate} without holding it."
        yield Fault("child-wider-than-parent", Level.high, "Delegation wider than its parent", said, ON_TREE,
                    (parent.evidence,), {"observed": sorted(new.scopes), "held": sorted(held),
                                         "gained": sorted(wider)})  # fmt: skip
    if gone := tree.lapse(parent, new.issued, renewals=False):
        yield _gone_fault(new, gone, f"{new.delegator} delegated to {new.delegate}", Level.high)
    else:
        yield from _outlives(tree, new)
    first = max((parent, *tree.ancestors(parent)), key=lambda one: one.starts)
    if new.starts + SKEW < first.starts:
        said = f"{new.delegate} may act from {show_time(new.starts)} under {first.id}, which begins only later."
        yield Fault("before-the-grant", Level.medium, "Delegation that begins before its parent", said, ON_TREE,
                    (first.evidence,), {"observed": show_time(new.starts),
                                        "threshold": show_time(first.starts)})  # fmt: skip


def _outlives(tree: Tree, new: Delegation) -> Iterator[Fault]:
    dated = [step for step in tree.ancestors(new) if step.expires is not None]
    outer = min(dated, key=lambda step: (step.expires or 0, step.id), default=None)
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


class Verdict(Struct, frozen=True):
    """Whether the use of a delegation holds: until when it surely does, or what is wrong."""

    until: int = NEVER
    """Uses before this need not be judged again, as long as no delegation changes."""
    of: Delegation | None = None
    fault: Fault | None = None


def judge_use(tree: Tree, event: Event, names: frozenset[str], user: str) -> Verdict:
    """Whether one of the delegations an agent holds for a use holds at that moment, with all that is above it.

    Its own delegation running out, and an unlink, are judged by other rules; here it is what lies above.
    """
    wrong = Verdict()
    for one in tree.of(names, user, event.connection):
        gone = tree.lapse(one, event.time, renewals=True)
        if gone is not None and gone.why == "revoked" and not tree.ended[one.id].revoked:
            gone = None  # ended with an account or a user: another rule's
        early = tree.early(one, event.time)
        if gone is None and early is None:
            return Verdict(until=_until(tree, one, event.time))
        if wrong.fault is None:
            wrong = Verdict(until=0, of=one, fault=_use_fault(one, event, user, gone, early))
    return wrong


def _until(tree: Tree, one: Delegation, time: int) -> int:
    """When the first of a delegation and those above it runs out, if none has."""
    ends = [step.expires for step in (one, *tree.ancestors(one)) if step.expires is not None]
    return min(ends, default=NEVER)


def _use_fault(one: Delegation, event: Event, user: str, gone: Lapse | None, early: Lapse | None) -> Fault | None:
    deed = f"{one.delegate} used {event.connection or event.tool or 'its delegation'} for {user or one.user or 'a user'}"  # one phrase
    if gone is not None:
        return _gone_fault(one, gone, deed, Level.critical) if gone.why == "revoked" or gone.of.id != one.id else None
    if early is None:
        return None
    said = f"{deed} before {early.of.id} begins at {show_time(early.since)}."
    return Fault("before-the-grant", Level.medium, "Delegation used before it begins", said, ON_TREE,
                 (early.of.evidence,), {"begins": show_time(early.since)})  # fmt: skip
