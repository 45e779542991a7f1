"""What each rule costs over some logs: every rule and correlation alone, and then all at once as a scan does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from time import process_time
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.model.event import Event
from onesec_cli.model.policy import Policy
from onesec_cli.model.rule_cost import Costs, RuleCost
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.places import fields_of
from onesec_cli.sigma.rule import Card, Correlation, EventRule, RuleBook
from onesec_cli.workshop.trail import events_of

_BLOCK: Final = 2_000
"""Events held while each rule is timed on them."""


class _Stand:
    """One rule with a matcher of its own."""

    def __init__(self, rule: EventRule) -> None:
        self.rule = rule
        self.matcher = Matcher(RuleBook(members=(replace(rule, told=True),)))
        self.examined = self.hits = 0
        self.seconds = 0.0

    def run(self, events: Sequence[Event]) -> None:
        """Match it on some events."""
        shown = [event for event in events if self.matcher.wants(event.code, event.kind)]
        self.examined += len(shown)
        hits = self.matcher.hits
        started = process_time()
        found = sum(1 for event in shown if hits(event))
        self.seconds += process_time() - started
        self.hits += found

    def told(self) -> RuleCost:
        return _cost(self.rule.card, "rule", self)


class _Windows:
    """Some correlations of a book, timed; one of them is told."""

    def __init__(self, book: RuleBook, told: int | None = None) -> None:
        self._book, self._told = book, told
        kept = set(range(len(book.members))) if told is None else _watched(book, told)
        self._correlator = Correlator(_Only(book, kept))
        self._rules = {at for at in kept if isinstance(book.members[at], EventRule)}
        self._states: dict[str, Windows] = {}
        self.examined = self.hits = 0
        self.seconds = 0.0

    def run(self, events: Sequence[Event], hits: Sequence[Sequence[int]]) -> None:
        """Let some events enter their windows."""
        shown = [(event, found) for event, found in zip(events, hits, strict=True) if not self._rules.isdisjoint(found)]
        self.examined += len(shown)
        started = process_time()
        for event, found in shown:
            state = self._states.setdefault(event.tenant, Windows())
            for fired in self._correlator.observe(state, event, found, partial(self._value, event)):
                self.hits += fired.correlation == self._told
        self.seconds += process_time() - started

    def _value(self, event: Event, member: int, field: str) -> Sequence[Any]:
        rule = self._book.members[member]
        return fields_of(event, rule.product, field) if isinstance(rule, EventRule) else ()

    def told(self) -> RuleCost:
        assert self._told is not None
        return _cost(self._book.members[self._told].card, "correlation", self)


def _cost(card: Card, kind: Literal["rule", "correlation"], timed: _Stand | _Windows) -> RuleCost:
    return RuleCost(
        id=card.id,
        title=card.title,
        place=f"{card.file}:{card.line}",
        kind=kind,
        examined=timed.examined,
        hits=timed.hits,
        seconds=timed.seconds,
    )


class _Only:
    """A book of which some members alone are there; the others keep their places and do nothing."""

    def __init__(self, book: RuleBook, kept: set[int]) -> None:
        self.members = tuple(one if at in kept else _Absent(one.card) for at, one in enumerate(book.members))


class _Absent(Struct, frozen=True):
    """A member that takes no part."""

    card: Card


def _watched(book: RuleBook, index: int) -> set[int]:
    """A correlation and all that it watches, by way of others too."""
    found, todo = {index}, [index]
    while todo:
        member = book.members[todo.pop()]
        for at in member.members if isinstance(member, Correlation) else ():
            if at not in found:
                found.add(at)
                todo.append(at)
    return found


def costs(book: RuleBook, logs: Sequence[str], policy: Policy) -> Costs:
    """Every rule and correlation, the most expensive first; equal costs in order of place."""
    stands = [_Stand(rule) for rule in book.members if isinstance(rule, EventRule)]
    each = [_Windows(book, at) for at, rule in enumerate(book.members) if isinstance(rule, Correlation)]
    together, windows = Matcher(book), _Windows(book)
    seconds, events, decoded = 0.0, 0, 0
    for block in _blocks(events_of(logs, policy)):
        for event in block:
            if event.record is not None and together.wants(event.code, event.kind):
                event.record.told()  # decoded once, before anything is timed
                decoded += 1
        for stand in stands:
            stand.run(block)
        started = process_time()
        hits = [together.hits(event) for event in block]
        seconds += process_time() - started
        for one in (windows, *each):
            one.run(block, hits)
        events += len(block)
    rows = [*(stand.told() for stand in stands), *(one.told() for one in each)]
    return Costs(
        rules=tuple(sorted(rows, key=lambda one: (-one.seconds, one.place))),
        events=events,
        together=seconds,
        windows=windows.seconds,
        decoded=decoded,
    )


def _blocks(events: Iterator[Event]) -> Iterator[list[Event]]:
    while block := list(islice(events, _BLOCK)):
        yield block
