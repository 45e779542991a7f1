"""Every delegation of a tenant: what hangs on what, what ended it, and whether one holds at a moment."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import EMPTY, Event, Evidence
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.bounds import drop
from onesec_cli.state.delegation.chains import SKEW, Delegation, is_person, read_delegation

Pair = tuple[str, str]
"""(user, connection)."""

MOST_DELEGATIONS: Final = 20_000
"""Delegations remembered of a tenant; the oldest are forgotten first."""
MOST_HELD: Final = 64
"""Delegations remembered per delegate and user; renewals push out the oldest."""


class Ending(Struct, frozen=True):
    """What ended a delegation, itself or through all it hung on."""

    proof: Evidence
    revoked: bool
    """A delegation was taken back, as opposed to an account, a user, a connection or an agent that went."""


class Lapse(Struct, frozen=True):
    """Why a delegation does not hold at a moment: `revoked`, `expired` or `early`, through which one, since when."""

    why: str
    of: Delegation
    since: int
    end: Evidence | None = None


class Planted(Struct, frozen=True):
    """A new delegation in its place."""

    one: Delegation
    named: str
    """The parent its record names."""
    before: Delegation | None
    """Another delegate's, which bore the same id until now and keeps it."""
    bound: frozenset[str]
    """Scopes its delegator could hand on; empty where they are not bounded."""
    person: bool
    """Whether its delegator is a person."""


class Tree(Struct):
    """Every delegation of a tenant, and what ended it. An end reaches everything below at once. Bounded."""

    tells: ClassVar[Tells] = (
        Tell("delegations.*", "delegation {0} of {value.delegator} to {value.delegate} is recorded"),
        Tell("ended.*", "delegation {0} is ended"),
        *quiet("above", "below", "held", "lately", "on", "running", "pairs"),
    )

    delegations: dict[str, Delegation] = field(default_factory=dict)
    above: dict[str, list[str]] = field(default_factory=dict)
    """Delegation to those it hangs on, the best fit first; it ends when all of them have."""
    below: dict[str, dict[str, None]] = field(default_factory=dict)
    held: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Name of a delegate, then user, to delegation ids, oldest first."""
    lately: dict[str, list[str]] = field(default_factory=dict)
    """Name of a delegate to its latest delegations for whomever, oldest first."""
    on: dict[Pair, str] = field(default_factory=dict)
    """(Name of a delegate, connection) to the latest delegation for whomever."""
    running: dict[str, dict[str, None]] = field(default_factory=dict)
    """Name of a delegate to its delegations that did not end yet."""
    pairs: dict[Pair, dict[str, None]] = field(default_factory=dict)
    ended: dict[str, Ending] = field(default_factory=dict)

    def plant(self, event: Event, people: Container[str] = ()) -> Planted:
        """Remember a `delegation.issue` under what it hangs on: the parent it names, else what its delegator holds.

        An id that another delegate, user or connection already has stays theirs; the newcomer gets one of its own.
        `people` are names known to be users, besides those that look like one.
        """
        one = read_delegation(event)
        named = one.parent
        before = self.delegations.get(one.id)
        if before is not None and not _renews(one, before):
            one.id = f"{one.id}#{event.id}"
        else:
            before = None
        self._forget(one.id)
        person = one.delegator in people or is_person(one.delegator, one.user)
        ids, bound = self._parents(one, person)
        parents = [self.delegations[name] for name in ids if name in self.delegations]
        users = {parent.user for parent in parents}
        if not one.user:
            known = users or (set() if one.delegator in self.held else {one.delegator})
            one.user = next(iter(known)) if len(known) == 1 else ""
        one.connection = one.connection or (parents[0].connection if len(parents) == 1 else "")
        one.parent = ids[0] if ids else ""
        if len(self.delegations) >= MOST_DELEGATIONS:
            self._forget(next(iter(self.delegations)))
        self._place(one, ids)
        return Planted(one, named, before, bound, person)

    def _parents(self, one: Delegation, person: bool) -> tuple[list[str], frozenset[str]]:
        """What a new delegation hangs on, the best first, and the scopes its delegator could hand on."""
        if one.parent:
            named = self.delegations.get(one.parent)
            return [one.parent], named.scopes if named is not None else EMPTY
        if person:
            return [], EMPTY
        held = self.of((one.delegator,), one.user, one.connection)
        running = [other for other in held if self.lapse(other, one.issued, renewals=False) is None]
        fits = [other for other in running if one.scopes and one.scopes <= other.scopes]
        rest = [other for other in running if other not in fits]
        chosen = [*fits, *rest] or held[:1]
        free = any(not other.scopes for other in running)
        return [other.id for other in chosen], EMPTY if free else EMPTY.union(*(other.scopes for other in chosen))

    def _place(self, one: Delegation, ids: list[str]) -> None:
        self.delegations[one.id] = one
        self.above[one.id] = above = [name for name in ids if name != one.id]
        for name in above:
            self.below.setdefault(name, {})[one.id] = None
        self.pairs.setdefault((one.user, one.connection), {})[one.id] = None
        for name in one.names:
            for ids in (self.held.setdefault(name, {}).setdefault(one.user, []), self.lately.setdefault(name, [])):
                ids.append(one.id)
                del ids[:-MOST_HELD]
            self.on[name, one.connection] = one.id
            self.running.setdefault(name, {})[one.id] = None
        dead = [self.ended[name] for name in above if name in self.ended]
        if dead and len(dead) == len(above):
            self._mark(one.id, dead[0])

    def _mark(self, name: str, ending: Ending) -> None:
        self.ended[name] = ending
        for who in self.delegations[name].names:
            drop(self.running, who, name)

    def _forget(self, name: str) -> None:
        old = self.delegations.pop(name, None)
        if old is None:
            return
        self.ended.pop(name, None)
        drop(self.pairs, (old.user, old.connection), name)
        for parent in self.above.pop(name, []):
            drop(self.below, parent, name)
        for who in old.names:
            drop(self.running, who, name)
            if self.on.get((who, old.connection)) == name:
                del self.on[who, old.connection]
            by_user = self.held.get(who, {})
            for kept, key in ((by_user, old.user), (self.lately, who)):
                ids = [id for id in kept.get(key, ()) if id != name]
                if ids:
                    kept[key] = ids
                else:
                    kept.pop(key, None)
            if not by_user:
                self.held.pop(who, None)

    def of(self, names: Iterable[str], user: str, connection: str) -> list[Delegation]:
        """What parties hold for a user on a connection, newest first. Where either side says nothing, it fits.

        Where no user is given, only the latest delegations of each party are looked at.
        """
        found: dict[str, Delegation] = {}
        for who in names:
            by_user = self.held.get(who)
            if by_user is None:
                continue
            for ids in (by_user.get(user, ()), by_user.get("", ())) if user else (self.lately.get(who, ()),):
                for name in ids:
                    one = self.delegations[name]
                    if not connection or one.connection in ("", connection):
                        found[name] = one
        return sorted(found.values(), key=lambda one: (one.issued, one.id), reverse=True)

    def all_of(self, names: Iterable[str]) -> list[Delegation]:
        """Everything of parties that did not end yet, for whomever, oldest first."""
        ids = {id for who in names for id in self.running.get(who, ())}
        return sorted((self.delegations[id] for id in ids), key=lambda one: (one.issued, one.id))

    def latest(self, names: Iterable[str], user: str = "", connection: str = "") -> Delegation | None:
        """The latest that parties hold for a user on any connection, or on a connection for anyone, or at all."""
        found: list[Delegation] = []
        for who in names:
            if user:
                ids = self.held.get(who, {}).get(user, ())[-1:]
            elif connection:
                ids = [self.on[who, connection]] if (who, connection) in self.on else []
            else:
                ids = self.lately.get(who, ())[-1:]
            found += [self.delegations[id] for id in ids]
        return max(found, key=lambda one: (one.issued, one.id), default=None)

    def end(self, roots: Iterable[str], proof: Evidence, revoked: bool = False) -> tuple[list[Delegation], ...]:
        """End delegations and everything that hangs on nothing else; of those that ran until now, the topmost and
        the deeper ones."""
        ending = Ending(proof, revoked)
        fresh = [name for name in dict.fromkeys(roots) if name in self.delegations and name not in self.ended]
        for name in fresh:
            self._mark(name, ending)
        waiting, reached = list(fresh), []
        while waiting:
            for child in self.below.get(waiting.pop(), ()):
                if child not in self.ended and all(name in self.ended for name in self.above[child]):
                    self._mark(child, ending)
                    reached.append(child)
                    waiting.append(child)
        told = [self.delegations[name] for name in (*fresh, *reached)]
        alive = [one for one in told if one.expires is None or one.expires > proof.time]
        among = {one.id for one in told}
        top = {name for name in fresh if not any(parent in among for parent in self.above[name])}
        return [one for one in alive if one.id in top], [one for one in alive if one.id not in top]

    def ancestors(self, one: Delegation) -> Iterator[Delegation]:
        """The delegations this one hangs on, nearest first; ends at a root, a gap, a ring, or after `MOST_HELD`."""
        seen = {one.id}
        above = self.delegations.get(one.parent)
        while above is not None and above.id not in seen and len(seen) <= MOST_HELD:
            yield above
            seen.add(above.id)
            above = self.delegations.get(above.parent)

    def path(self, one: Delegation) -> tuple[Evidence, ...]:
        """The delegations from this one up to the user, nearest first."""
        return (one.evidence, *(step.evidence for step in self.ancestors(one)))

    def renewed(self, one: Delegation, time: int) -> bool:
        """Whether its delegate holds another, still running delegation from the same delegator."""
        return any(
            other.delegator == one.delegator and (other.expires is None or other.expires > time)
            for other in self.of((one.delegate,), one.user, one.connection)
            if other.id != one.id and other.id not in self.ended and other.starts <= time + SKEW
        )

    def lapse(self, one: Delegation, time: int, renewals: bool) -> Lapse | None:
        """Why a delegation no longer holds at `time`, itself or through what it hangs on; None if it does.

        What lapsed above is told before what lapsed here. A delegation that expired but was renewed still carries its
        children where `renewals` says so.
        """
        path = (*self.ancestors(one), one)
        ending = self.ended.get(one.id)
        if ending is not None:
            same = [step for step in path if self.ended.get(step.id) == ending]
            return Lapse("revoked", same[-2] if len(same) > 1 else one, ending.proof.time, ending.proof)
        for step in path:
            if step.expires is not None and step.expires <= time and not (renewals and self.renewed(step, time)):
                return Lapse("expired", step, step.expires)
        return None

    def early(self, one: Delegation, time: int) -> Lapse | None:
        """Which delegation on the way up from this one has not begun at `time`; None if all have."""
        for step in (*self.ancestors(one), one):
            if time + SKEW < step.starts:
                return Lapse("early", step, step.starts)
        return None


def _renews(one: Delegation, before: Delegation) -> bool:
    """Whether a delegation is said again, for the same delegate, user and connection."""
    pairs = ((one.user, before.user), (one.connection, before.connection))
    return one.delegate == before.delegate and not any(now and was and now != was for now, was in pairs)
