"""Sigma correlations, judged on event time: a window slides with every event of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.sigma.chaining import in_order
from onesec_cli.sigma.fired import Fired
from onesec_cli.sigma.panes import Panes, Windows
from onesec_cli.sigma.rule import Correlation
from onesec_cli.sigma.slot import Entered, Match, Slot, Value
from onesec_cli.sigma.view import View
from onesec_cli.sigma.windows import Mark

MOST_WAYS: Final = 5_000
"""Sets of rules that matched together which are remembered."""


class Book(Protocol):
    """The rules by index; only the correlations among them are looked into."""

    @property
    def members(self) -> Sequence[Any]: ...


class _Work(Struct):
    """What one event has to go through."""

    state: Windows
    event: Event
    value: Value
    todo: dict[int, list[Match]]
    """By place in the order of work: how the event came to each correlation."""
    fired: list[Fired]
    look: frozenset[int] = frozenset()
    """Correlations whose windows somebody wants to see."""
    views: list[tuple[int, View]] = []
    """Windows laid open, with the correlation of each."""


def _copied(ways: dict[int, list[Match]]) -> dict[int, list[Match]]:
    """Ways that may be added to."""
    return {rank: matches.copy() for rank, matches in ways.items()}


class Correlator:
    """All correlations of a rule book. What they remember is in the `Windows` that each call is given."""

    def __init__(self, book: Book) -> None:
        correlations = {at: one for at, one in enumerate(book.members) if isinstance(one, Correlation)}
        order, _ = in_order({at: one.members for at, one in correlations.items()})
        titles = {at: one.card.title for at, one in enumerate(book.members)}
        self._slots = [Slot(at, correlations[at], titles) for at in order]
        watching: dict[int, list[int]] = {}
        for rank, slot in enumerate(self._slots):
            for member in slot.places:
                watching.setdefault(member, []).append(rank)
        self._watching = {member: tuple(ranks) for member, ranks in watching.items()}
        self._ways: dict[tuple[int, ...], dict[int, list[Match]]] = {}
        """Rules that matched an event together, to how it comes to each correlation."""
        for slot in self._slots:
            slot.above = self._watching.get(slot.index, ())

    def observe(self, state: Windows, event: Event, hits: Sequence[int], value: Value) -> Iterable[Fired]:
        """Let an event that matched rules enter their windows, and tell what fires. Events come in total order."""
        ways = self._ways_of(tuple(hits))
        return self._done(_Work(state, event, value, _copied(ways), [])).fired if ways else ()

    def explain(
        self, state: Windows, event: Event, hits: Sequence[int], value: Value, look: frozenset[int]
    ) -> list[tuple[int, View]]:
        """The windows of some correlations that an event enters, as `observe` leaves them; it takes the event in like `observe`."""
        return self._done(_Work(state, event, value, _copied(self._ways_of(tuple(hits))), [], look)).views

    def _ways_of(self, hits: tuple[int, ...]) -> dict[int, list[Match]]:
        """By place in the order of work: how an event that matched these rules comes to each correlation."""
        found = self._ways.get(hits)
        if found is None:
            found = {}
            for hit in hits:
                for rank in self._watching.get(hit, ()):
                    found.setdefault(rank, []).append(Match(hit, hit, {}, True))
            if len(self._ways) < MOST_WAYS:
                self._ways[hits] = found
        return found

    def _done(self, work: _Work) -> _Work:
        event, todo = work.event, work.todo
        mark = Mark(event.time, event.origin)
        while todo:
            rank = min(todo)
            slot, matches = self._slots[rank], todo.pop(rank)
            panes = work.state.panes.get(slot.key)
            if panes is None:
                panes = work.state.panes[slot.key] = Panes()
            if not event.timed:
                panes.untimed += 1
                continue
            if not slot.lasting and not (matches := [match for match in matches if match.fires]):
                continue
            for entered in slot.enter(panes, mark, matches, work.value):
                self._enter(work, panes, slot, entered)
        return work

    def _enter(self, work: _Work, panes: Panes, slot: Slot, entered: Entered) -> None:
        key, entry, match = entered
        if slot.idle(panes, key, entry.places) and slot.index not in work.look:
            panes.entered += 1
            return
        state, now = work.state, entry.mark.time
        since = now - slot.span
        group = state.group(panes, key, slot.gauge.fresh, since, now)
        measure, grown = slot.gauge.take(group, entry, since)
        if grown:
            state.grow(panes, grown)
        panes.entered += 1
        panes.lost += entry.lost
        holds = slot.test(measure)
        fires = holds and (group.fired is None or group.fired < since)
        if slot.index in work.look:
            work.views.append((slot.index, slot.view(key, measure, (holds, fires), group, since)))
        if not holds:
            group.fired = None
            return
        if slot.above:
            bound = {**match.bound, **dict(zip(slot.correlation.group_by, slot.values(key), strict=True))}
            for rank in slot.above:
                work.todo.setdefault(rank, []).append(Match(slot.index, match.base, bound, fires))
        if fires:
            group.fired = now
            work.fired.append(slot.fired(key, work.event, measure, group, since))
