"""Follows one correlation through the events of a trail, and lays its windows open at the event that is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from onesec_cli.model.event import Event, Origin
from onesec_cli.model.mask import mask
from onesec_cli.sigma.correlate import Correlator
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.panes import Windows
from onesec_cli.sigma.places import fields_of
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook
from onesec_cli.sigma.view import View, lines

MAX_PAST: Final = 100_000
"""Groups whose last firing is remembered."""
MOST_ASKED: Final = 5
"""Earlier firings that one question is answered with."""


class Past(Struct, frozen=True):
    """One firing, without its window."""

    time: int
    event: str
    origin: Origin
    values: tuple[str, ...]

    def is_of(self, view: View) -> bool:
        """Whether it is of the group that a window is of."""
        return self.values == tuple(value for _, value in view.group)


class Watch:
    """Feed it events in order, and ask it about one of them instead of feeding that one."""

    def __init__(self, book: RuleBook, index: int) -> None:
        self._book, self._index = book, index
        self._past: dict[tuple[str, tuple[str, ...]], Past] = {}
        """The last firing of each group, that of the group that fired last at the end."""
        self.inner: dict[int, bool] = {}
        """Of the correlations it watches: whether they hold at the event that was asked about, as far as they are entered."""
        self._matcher = Matcher(book)
        self._correlator = Correlator(book)
        self._windows: dict[str, Windows] = {}

    def take(self, event: Event) -> None:
        """The next event in order."""
        hits = self._matcher.hits(event)
        for fired in self._correlator.observe(self._state(event), event, hits, self._reader(event)):
            if fired.correlation == self._index:
                key = (event.tenant, fired.values)
                self._past.pop(key, None)
                self._past[key] = Past(event.time, event.id, event.origin, fired.values)
                if len(self._past) > MAX_PAST:
                    del self._past[next(iter(self._past))]

    def ask(self, event: Event) -> list[View]:
        """The next event in order, and the windows that it enters."""
        hits = self._matcher.hits(event)
        rule = self._book.members[self._index]
        assert isinstance(rule, Correlation)
        look = frozenset((self._index, *rule.members))
        told = self._correlator.explain(self._state(event), event, hits, self._reader(event), look)
        for at, view in told:
            self.inner[at] = self.inner.get(at, False) or (view.holds if rule.kind.temporal else view.fires)
        return [view for at, view in told if at == self._index]

    def before(self, event: Event, views: Sequence[View]) -> list[Past]:
        """Earlier firings, the latest first: of the groups that an event entered or, if it entered none, the last of its tenant."""
        mine = [past for (tenant, _), past in self._past.items() if tenant == event.tenant][::-1]
        if not views:
            return mine[:1]
        return [past for past in mine if any(past.is_of(view) for view in views)][:MOST_ASKED]

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
