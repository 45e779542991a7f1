"""Sigma correlations, judged on event time: a window slides with every event of a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.sigma.bounds import bounds_of, test_of
from onesec_cli.sigma.chaining import in_order
from onesec_cli.sigma.fired import Fired, fired
from onesec_cli.sigma.gauge import Anything, Entry
from onesec_cli.sigma.gauges import gauge_of
from onesec_cli.sigma.panes import Panes, Windows
from onesec_cli.sigma.readings import JOINT, MAX_GROUPS, Read, names, numbers
from onesec_cli.sigma.rule import Correlation
from onesec_cli.sigma.view import View, view
from onesec_cli.sigma.windows import Group, Mark

Value = Callable[[int, str], Sequence[Any]]
"""`value(member, field)`: what the event has in a field, as that rule reads it."""

NOTHING: Iterator[Fired] = iter(())


class Book(Protocol):
    """The rules by index; only the correlations among them are looked into."""

    @property
    def members(self) -> Sequence[Any]: ...


class _Match:
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


class _Slot:
    """One correlation, ready to be fed."""

    def __init__(self, index: int, correlation: Correlation, titles: dict[int, str]) -> None:
        self.index, self.correlation, self.key = index, correlation, correlation.card.id
        self.span = correlation.timespan
        self.titles = [titles[member] for member in correlation.members]
        self.gauge = gauge_of(correlation)
        self.bare = isinstance(self.gauge, Anything)
        self.test = test_of(bounds_of(correlation))
        if self.bare or correlation.alternatives:
            self.test = bool
        self.lasting = correlation.type.startswith("temporal")
        self.places: dict[int, list[int]] = {}
        for place, member in enumerate(correlation.members):
            # without a condition in words, a rule that is named twice is one rule
            if correlation.type == "temporal_ordered" or correlation.alternatives or member not in self.places:
                self.places.setdefault(member, []).append(place)
        self.groups = {member: self._fields(member, correlation.group_by) for member in correlation.members}
        self.fields = {member: self._fields(member, correlation.field) for member in correlation.members}
        self.numeric = correlation.type in ("value_sum", "value_avg", "value_median", "value_percentile")
        self.above: tuple[int, ...] = ()
        """Correlations that have this one as a member, by their place in the order of work."""

    def _fields(self, member: int, named: tuple[str, ...]) -> tuple[str, ...]:
        aliases = self.correlation.aliases
        return tuple(aliases.get(name, {}).get(member, name) for name in named)

    def values(self, key: str) -> list[str]:
        """The values of the fields to group by."""
        return key.split(JOINT) if self.correlation.group_by else []

    def fired(self, key: str, event: Event, measure: float, group: Group, since: int) -> Fired:
        measured = None if self.bare else measure
        readings = self.gauge.ends(group, since)
        return fired(self.index, self.correlation, self.titles, self.values(key), event, measured, readings)

    def view(self, key: str, measure: float, answer: tuple[bool, bool], group: Group, since: int) -> View:
        measured = None if self.bare else measure
        readings = self.gauge.all(group, since)
        return view(self.correlation, self.titles, self.values(key), measured, answer, readings)

    def entries(self, panes: Panes, mark: Mark, matches: list[_Match], value: Value) -> dict[str, tuple[Entry, _Match]]:
        """The groups that an event enters, each once: through the first of the rules it matched that leads there."""
        if len(matches) > 1:
            matches.sort(key=lambda match: self.places[match.member][0])
        found: dict[str, tuple[Entry, _Match]] = {}
        routed = refused = crowded = False
        for match in matches:
            read, places = match.reader(value), self.places[match.member]
            keys = self._keys(match.member, read)
            if not keys:
                continue
            routed, crowded = True, crowded or len(keys) > MAX_GROUPS
            counted, summed, wrong = self._amounts(match.member, read)
            refused = refused or wrong
            if not counted and not summed and self.correlation.field:
                continue
            for key in keys[:MAX_GROUPS]:
                if key in found:
                    found[key][0].places.update(places)
                else:
                    found[key] = (Entry(mark, set(places), counted, summed), match)
        panes.crowded += crowded
        if not found:
            panes.unroutable += not routed
            panes.refused += routed and refused
            panes.lacking += routed and not refused
        return found

    def _keys(self, member: int, read: Read) -> list[str]:
        fields = self.groups[member]
        return names(fields, read) if fields else [""]

    def _amounts(self, member: int, read: Read) -> tuple[list[str], list[float], bool]:
        """What the event counts for: names, or numbers, and whether it has something in place of a number."""
        fields = self.fields[member]
        if not fields:
            return [], [], False
        return ([], *numbers(fields[0], read)) if self.numeric else (names(fields, read), [], False)


class _Look(Struct):
    """Somebody wants to see the windows of one correlation."""

    index: int
    views: list[View] = []


class Correlator:
    """All correlations of a rule book. What they remember is in the `Windows` that each call is given."""

    def __init__(self, book: Book) -> None:
        correlations = {at: one for at, one in enumerate(book.members) if isinstance(one, Correlation)}
        order, _ = in_order({at: one.members for at, one in correlations.items()})
        titles = {at: one.card.title for at, one in enumerate(book.members)}
        self._slots = [_Slot(at, correlations[at], titles) for at in order]
        watching: dict[int, list[int]] = {}
        for rank, slot in enumerate(self._slots):
            for member in slot.places:
                watching.setdefault(member, []).append(rank)
        self._watching = {member: tuple(ranks) for member, ranks in watching.items()}
        for slot in self._slots:
            slot.above = self._watching.get(slot.index, ())

    def observe(self, state: Windows, event: Event, hits: Sequence[int], value: Value) -> Iterator[Fired]:
        """Let an event that matched rules enter their windows, and tell what fires. Events come in total order."""
        watching = self._watching
        todo: dict[int, list[_Match]] | None = None
        for hit in hits:
            ranks = watching.get(hit)
            if ranks is not None:
                match = _Match(hit, hit, {}, True)
                todo = {} if todo is None else todo
                for rank in ranks:
                    todo.setdefault(rank, []).append(match)
        return NOTHING if todo is None else self._work(state, event, todo, value, None)

    def explain(self, state: Windows, event: Event, hits: Sequence[int], value: Value, correlation: int) -> list[View]:
        """The windows of a correlation that an event enters, as `observe` leaves them; it takes the event in like `observe`."""
        todo: dict[int, list[_Match]] = {}
        for hit in hits:
            for rank in self._watching.get(hit, ()):
                todo.setdefault(rank, []).append(_Match(hit, hit, {}, True))
        look = _Look(correlation)
        for _ in self._work(state, event, todo, value, look):
            pass  # what fires is among the views
        return look.views

    def _work(
        self, state: Windows, event: Event, todo: dict[int, list[_Match]], value: Value, look: _Look | None
    ) -> Iterator[Fired]:
        mark = Mark(event.time, event.origin)
        while todo:
            rank = min(todo)
            slot, matches = self._slots[rank], todo.pop(rank)
            panes = state.panes.get(slot.key)
            if panes is None:
                panes = state.panes[slot.key] = Panes()
            if not event.timed:
                panes.untimed += 1
                continue
            if not slot.lasting and not (matches := [match for match in matches if match.fires]):
                continue
            for key, (entry, match) in slot.entries(panes, mark, matches, value).items():
                yield from self._enter(state, panes, slot, event, key, entry, match, todo, look)

    def _enter(
        self,
        state: Windows,
        panes: Panes,
        slot: _Slot,
        event: Event,
        key: str,
        entry: Entry,
        match: _Match,
        todo: dict[int, list[_Match]],
        look: _Look | None,
    ) -> Iterator[Fired]:
        now, since = event.time, event.time - slot.span
        group = state.group(panes, key, slot.gauge.fresh, since, now)
        measure, grown = slot.gauge.take(group, entry, since)
        if grown:
            state.grow(panes, grown)
        panes.entered += 1
        panes.lost += entry.lost
        holds = slot.test(measure)
        fires = holds and (group.fired is None or group.fired < since)
        if look is not None and look.index == slot.index:
            look.views.append(slot.view(key, measure, (holds, fires), group, since))
        if not holds:
            group.fired = None
            return
        if slot.above:
            bound = {**match.bound, **dict(zip(slot.correlation.group_by, slot.values(key), strict=True))}
            for rank in slot.above:
                todo.setdefault(rank, []).append(_Match(slot.index, match.base, bound, fires))
        if fires:
            group.fired = now
            yield slot.fired(key, event, measure, group, since)
