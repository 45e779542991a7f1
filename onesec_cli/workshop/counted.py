"""A correlation and one event: what its rules make of the event, what comes of it, and when it had fired before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Event
from onesec_cli.model.explained import Clause, Firing
from onesec_cli.model.mask import mask
from onesec_cli.sigma.explain import clauses
from onesec_cli.sigma.places import fields_of
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook
from onesec_cli.sigma.tree import holds
from onesec_cli.sigma.view import View, lines
from onesec_cli.workshop.watching import Past, Watch


def not_shown(rule: EventRule, event: Event) -> str:
    """Why an event never reaches a rule, or empty."""
    if rule.product == "auth0" and event.record is None:
        return f"the rule looks at tenant log events, and this is an event of {event.source or 'another source'}"
    if rule.kinds and event.kind not in rule.kinds:
        return f"the rule looks at {', '.join(sorted(rule.kinds))}, and this is {event.kind}"
    if rule.service and rule.service != event.source:
        return f"the rule looks at {rule.service}, and this is an event of {event.source}"
    return ""


def outcome(watch: Watch, event: Event, views: Sequence[View], earlier: Sequence[Firing]) -> str:
    """What comes of an event, in a sentence."""
    before = f"it fired last at {earlier[0].time} ({earlier[0].place})" if earlier else ""
    if not views:
        group = ", ".join(f"{name} = {value}" for name, value in earlier[0].group.items()) if earlier else ""
        more = f"; {before}{f' for {group}' if group else ''}" if earlier else ""
        return watch.lacking(event) + more
    if any(view.fires for view in views):
        return "its condition comes to hold at this event, so it fires"
    if any(view.holds for view in views):
        return f"its condition holds at this event, and it has fired before{f': {before}' if before else ''}"
    return f"its condition does not hold at this event{f'; {before}' if before else ''}"


def fired_before(
    book: RuleBook, index: int, asked: Sequence[Past], events: Callable[[], Iterable[Event]]
) -> tuple[Firing, ...]:
    """Earlier firings with their windows, the latest first; `events` are gone through again, since windows are not kept."""
    if not asked:
        return ()
    wanted = {(one.time, one.event, one.origin): one for one in asked}
    last = max(one.time for one in asked)
    watch, found = Watch(book, index), []
    for event in events():
        past = wanted.get((event.time, event.id, event.origin))
        if past is not None:
            found += [_firing(past, view) for view in watch.ask(event) if view.fires and past.is_of(view)]
        else:
            watch.take(event)
        if event.time > last or len(found) == len(asked):
            break
    return tuple(found[::-1])


def _firing(past: Past, view: View) -> Firing:
    return Firing(
        time=show_time(past.time),
        place=f"{past.origin.file}:{past.origin.line}",
        group={name: mask(value) for name, value in view.group},
        window=tuple(mask(line) for line in lines(view, "that event")),
    )


def members(book: RuleBook, rule: Correlation, event: Event, watch: Watch) -> Iterator[Clause]:
    """Each rule it watches, held against the event."""
    for at in dict.fromkeys(rule.members):
        member = book.members[at]
        if isinstance(member, Correlation):
            yield Clause(depth=0, holds=watch.inner.get(at, False), text=f"the correlation {member.card.title}")
            continue

        def read(field: str, member: EventRule = member) -> Sequence[Any]:
            return fields_of(event, member.product, field)

        away = not_shown(member, event)
        yield Clause(depth=0, holds=not away and holds(member.condition, read), text=member.card.title, seen=away)
        for part in () if away else clauses(member, event):
            yield Clause(depth=part.depth + 1, holds=part.holds, text=part.text, seen=part.seen, decisive=part.decisive)
