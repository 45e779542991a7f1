"""Follows one correlation through the events of a trail, and lays its windows open at the event that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onesec_cli.model.event import Event
from onesec_cli.model.mask import mask
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.places import fields_of
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook
from onesec_cli.sigma.view import View, lines


class Watch:
    """Feed it events in order, and ask it about one of them instead of feeding that one."""

    def __init__(self, book: RuleBook, index: int) -> None:
        self._book, self._index = book, index
        self._matcher = Matcher(book)
        self._correlator = Correlator(book)
        self._windows: dict[str, Windows] = {}

    def take(self, event: Event) -> None:
        """The next event in order."""
        hits = self._matcher.hits(event)
        for _ in self._correlator.observe(self._state(event), event, hits, self._reader(event)):
            pass  # what other events make fire was not asked

    def ask(self, event: Event) -> list[View]:
        """The next event in order, and the windows that it enters."""
        hits = self._matcher.hits(event)
        return self._correlator.explain(self._state(event), event, hits, self._reader(event), self._index)

    def lacking(self, event: Event) -> str:
        """Why an event enters no window, in a sentence."""
        rule = self._book.members[self._index]
        assert isinstance(rule, Correlation)
        hits = [at for at in self._matcher.hits(event) if at in rule.members]
        chained = any(isinstance(self._book.members[at], Correlation) for at in rule.members)
        if not hits:
            more = ", and no correlation that it watches holds here" if chained else ""
            return f"none of its rules matches the event{more}, so it is not counted"
        if not event.timed:
            return "the event has no time of its own, so no window can hold it"
        read = self._reader(event)
        for what, names in (("group by", rule.group_by), ("count", rule.field)):
            for name in names:
                fields = {rule.aliases.get(name, {}).get(at, name) for at in hits}
                if not any(read(at, field) for at in hits for field in fields):
                    return f"the event has no {', '.join(sorted(fields))} to {what}, so it is not counted"
        return "the event enters no window"

    def _state(self, event: Event) -> Windows:
        return self._windows.setdefault(event.tenant, Windows())

    def _reader(self, event: Event) -> Any:
        def value(member: int, field: str) -> Sequence[Any]:
            rule = self._book.members[member]
            return fields_of(event, rule.product, field) if isinstance(rule, EventRule) else ()

        return value


def told(views: Sequence[View]) -> tuple[str, ...]:
    """Windows as lines, secrets masked."""
    return tuple(mask(line) for view in views for line in lines(view))
