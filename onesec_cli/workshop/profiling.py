"""What each rule costs over some logs: every rule is matched alone, and then all at once as a scan does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from time import process_time
from typing import Any, Final

from msgspec.structs import replace

from onesec_cli.model.event import Event
from onesec_cli.model.policy import Policy
from onesec_cli.model.rule_cost import Costs, RuleCost
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.places import fields_of
from onesec_cli.sigma.rule import EventRule, RuleBook
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
        card = self.rule.card
        return RuleCost(
            id=card.id,
            title=card.title,
            place=f"{card.file}:{card.line}",
            examined=self.examined,
            hits=self.hits,
            seconds=self.seconds,
        )


class _Windows:
    """The correlations of a book, timed."""

    def __init__(self, book: RuleBook) -> None:
        self._book, self._correlator = book, Correlator(book)
        self._states: dict[str, Windows] = {}
        self.seconds = 0.0

    def run(self, events: Sequence[Event], hits: Sequence[Sequence[int]]) -> None:
        """Let some events enter their windows."""
        started = process_time()
        for event, matched in zip(events, hits, strict=True):
            if matched:
                state = self._states.setdefault(event.tenant, Windows())
                for _ in self._correlator.observe(state, event, matched, partial(self._value, event)):
                    pass  # what fires was not asked
        self.seconds += process_time() - started

    def _value(self, event: Event, member: int, field: str) -> Sequence[Any]:
        rule = self._book.members[member]
        return fields_of(event, rule.product, field) if isinstance(rule, EventRule) else ()


def costs(book: RuleBook, logs: Sequence[str], policy: Policy) -> Costs:
    """Every event rule, the most expensive first; equal costs in order of place."""
    stands = [_Stand(rule) for rule in book.members if isinstance(rule, EventRule)]
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
        windows.run(block, hits)
        events += len(block)
    rows = [stand.told() for stand in stands]
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
