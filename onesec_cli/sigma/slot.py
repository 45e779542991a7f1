"""One correlation made ready: how events enter its groups, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from onesec_cli.model.event import Event
from onesec_cli.sigma.bounds import bounds_of, test_of
from onesec_cli.sigma.fired import Fired
from onesec_cli.sigma.gauge import Anything, Entry
from onesec_cli.sigma.gauges import gauge_of
from onesec_cli.sigma.panes import Panes
from onesec_cli.sigma.readings import JOINT, MAX_GROUPS, MAX_PAIRS, MAX_VALUES, NOWHERE, Read, names, numbers, sole
from onesec_cli.sigma.rule import Correlation
from onesec_cli.sigma.sequences import InOrder
from onesec_cli.sigma.view import View, view
from onesec_cli.sigma.windows import Group, Mark

Value = Callable[[int, str], Sequence[Any]]
"""`value(member, field)`: what the event has in a field, as that rule reads it."""


class Match:
    """An event as a member of a correlation: a rule that matched it, or a correlation that it brought to hold."""

    __slots__ = ("base", "bound", "fires", "member")

    def __init__(self, member: int, base: int, bound: dict[str, str], fires: bool) -> None:
        self.member = member
        self.base = base
        """The event rule through which the event came in: it says how fields are read."""
        self.bound = bound
        """Fields that a correlation below has grouped by, with the value of the group."""
        self.fires = fires
        """False where a correlation below goes on holding, but has told so before."""

    def reader(self, value: Value) -> Read:
        if not self.bound:
            return partial(value, self.base)
        bound, base = self.bound, self.base
        return lambda field: (bound[field],) if field in bound else value(base, field)


Entered = tuple[str, Entry, Match]
"""The key of a group, what enters it, and by way of what."""


class Slot:
    """One correlation, ready to be fed."""

    def __init__(self, index: int, correlation: Correlation, titles: dict[int, str]) -> None:
        self.index, self.correlation, self.key = index, correlation, correlation.card.id
        self.span = correlation.timespan
        self.titles = tuple([titles[member] for member in correlation.members])
        self.gauge = gauge_of(correlation)
        self.bare = isinstance(self.gauge, Anything)
        self.test = test_of(bounds_of(correlation))
        if self.bare or correlation.alternatives:
            self.test = bool
        self.begins = self._begins()
        """Places of the rules that can begin something in a group of which nothing is known; None if any can."""
        self.lasting = correlation.kind.temporal
        self.places: dict[int, frozenset[int]] = {}
        """Where each rule stands in the correlation."""
        for place, member in enumerate(correlation.members):
            # without a condition in words, a rule that is named twice is one rule
            if correlation.kind.ordered or correlation.alternatives or member not in self.places:
                self.places[member] = self.places.get(member, frozenset()) | {place}
        self.groups = {member: self._fields(member, correlation.group_by) for member in correlation.members}
        self.fields = {member: self._fields(member, correlation.field) for member in correlation.members}
        self.numeric = correlation.kind.numeric
        self.above: tuple[int, ...] = ()
        """Correlations that have this one as a member, by their place in the order of work."""

    def _fields(self, member: int, named: tuple[str, ...]) -> tuple[str, ...]:
        aliases = self.correlation.aliases
        return tuple(aliases.get(name, {}).get(member, name) for name in named)

    def _begins(self) -> frozenset[int] | None:
        # a condition that holds of nothing fires at whatever enters, so nothing may be left out
        return self.gauge.begins if isinstance(self.gauge, InOrder) and not self.test(0) else None

    def idle(self, panes: Panes, key: str, places: frozenset[int]) -> bool:
        """Whether an event changes nothing: a later step of an order that nothing has begun. Often the rule that comes first is rare,
        and what follows it, a login, is most of the trail."""
        begins = self.begins
        return begins is not None and begins.isdisjoint(places) and key not in panes.young and key not in panes.old

    def values(self, key: str) -> tuple[str, ...]:
        """The values of the fields to group by."""
        return tuple(key.split(JOINT)) if self.correlation.group_by else ()

    def fired(self, key: str, event: Event, measure: float, group: Group, since: int) -> Fired:
        return Fired(
            correlation=self.index,
            rule=self.correlation,
            titles=self.titles,
            values=self.values(key),
            event=event,
            measure=None if self.bare else measure,
            readings=() if self.bare else tuple(self.gauge.ends(group, since)),
        )

    def view(self, key: str, measure: float, answer: tuple[bool, bool], group: Group, since: int) -> View:
        measured = None if self.bare else measure
        readings = self.gauge.all(group, since)
        return view(self.correlation, self.titles, self.values(key), measured, answer, readings)

    def enter(self, panes: Panes, mark: Mark, matches: list[Match], value: Value) -> Iterable[Entered]:
        """The groups that an event enters, each once: through the first of the rules it matched that leads there."""
        if len(matches) == 1 and not matches[0].bound:
            match = matches[0]
            key = sole(self.groups[match.member], match.base, value)
            if key is not None:
                return self._simply(panes, mark, match, key, value)
        else:
            matches.sort(key=lambda match: min(self.places[match.member]))
        return self._severally(panes, mark, matches, value)

    def _simply(self, panes: Panes, mark: Mark, match: Match, key: str, value: Value) -> Iterable[Entered]:
        """The same for the usual event: one rule, and one text in each field to group by."""
        if key == NOWHERE:
            panes.unroutable += 1
            return ()
        entry = Entry(mark, self.places[match.member])
        fields = self.fields[match.member]
        if fields:
            name = None if self.numeric else sole(fields, match.base, value)
            if name is None:
                return self._severally(panes, mark, [match], value)
            if name == NOWHERE:
                panes.lacking += 1
                return ()
            entry.names = (name,)
        return ((key, entry, match),)

    def _severally(self, panes: Panes, mark: Mark, matches: list[Match], value: Value) -> Iterable[Entered]:
        found: dict[str, Entered] = {}
        routed = refused = crowded = False
        for match in matches:
            read, places = match.reader(value), self.places[match.member]
            keys = names(self.groups[match.member], read, MAX_GROUPS) if self.correlation.group_by else [""]
            if not keys:
                continue
            many = min(len(keys), MAX_GROUPS)
            most = MAX_VALUES if many == 1 else MAX_PAIRS // many
            counted, summed, wrong = self._amounts(match.member, read, most)
            routed, refused = True, refused or wrong
            crowded = crowded or len(keys) > MAX_GROUPS or len(counted) > most or len(summed) > most
            if not counted and not summed and self.correlation.field:
                continue
            for key in keys[:MAX_GROUPS]:
                if key in found:
                    found[key][1].places |= places
                else:
                    found[key] = (key, Entry(mark, places, counted[:most], summed[:most]), match)
        panes.crowded += crowded
        if not found:
            panes.unroutable += not routed
            panes.refused += routed and refused
            panes.lacking += routed and not refused
        return found.values()

    def _amounts(self, member: int, read: Read, most: int) -> tuple[list[str], list[float], bool]:
        """What the event counts for: names, or numbers, and whether it has something in place of a number."""
        fields = self.fields[member]
        if not fields:
            return [], [], False
        return ([], *numbers(fields[0], read, most)) if self.numeric else (names(fields, read, most), [], False)
