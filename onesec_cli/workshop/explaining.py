"""Why a rule matched an event, or why it did not; for a correlation, what it had counted until then."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.clock import show_time
from onesec_cli.model.errors import InputError
from onesec_cli.model.event import UNDATED, Event
from onesec_cli.model.explained import Clause, Explained, Firing
from onesec_cli.model.mask import mask_name
from onesec_cli.model.policy import Policy
from onesec_cli.sigma.explain import clauses
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook
from onesec_cli.sigma.view import View
from onesec_cli.workshop.catalogue import named
from onesec_cli.workshop.counted import fired_before, members, not_shown, outcome
from onesec_cli.workshop.trail import events_of
from onesec_cli.workshop.watching import Watch, told

_PLACE: Final = re.compile(r"(.+):(\d{1,12})\Z", re.DOTALL)


class _Wanted(Struct, frozen=True):
    """Which event is meant."""

    file: str = ""
    line: int = 0
    id: str = ""

    def is_it(self, event: Event) -> bool:
        if self.id:
            return event.id == self.id
        return event.origin.line == self.line and event.origin.file == self.file


def explain(
    book: RuleBook, rule: str, reference: str, logs: Sequence[str], policy: Policy, stdin: bytes = b""
) -> Explained:
    """What becomes of one event under one rule.

    `reference` is `file:line`, the id of an event of `logs`, or `-` for a record given as `stdin`. Raises InputError where
    there is no such rule or event.
    """
    index = _rule(book, rule)
    if reference == "-":
        with tempfile.TemporaryDirectory(prefix="onesec-") as folder:
            path = Path(folder) / "event.jsonl"
            path.write_bytes(stdin.strip() + b"\n")
            return _explained(book, index, _Wanted(file=str(path), line=1), [str(path)], policy, "standard input")
    place = _PLACE.match(reference)
    if place and Path(place[1]).is_file():
        paths = [place[1], *(log for log in logs if log != place[1])]
        return _explained(book, index, _Wanted(file=place[1], line=int(place[2])), paths, policy)
    if not logs:
        raise InputError(f"{reference}: neither file:line nor, without --logs, the id of an event")
    return _explained(book, index, _Wanted(id=reference), list(logs), policy)


def _rule(book: RuleBook, name: str) -> int:
    found = named(book, name)
    if not found:
        note = next((note for note in book.skipped if note.id == name), None)
        if note:
            raise InputError(f"no rule is named {name}; {note.file}:{note.line} was not loaded: {note.reason}")
        if any(name == detector.rule.id for detector in DETECTORS):
            raise InputError(f"{name} is a detector, not a rule: `onesec replay LOGS` tells how it weighed each event")
        raise InputError(f"no rule is named {name}; `onesec rules list` lists all there are")
    if len(found) > 1:
        places = ", ".join(f"{book.members[at].card.id} ({book.members[at].card.file})" for at in found)
        raise InputError(f"{name} names several rules: {places}; give the id")
    return found[0]


def _explained(
    book: RuleBook, index: int, wanted: _Wanted, paths: list[str], policy: Policy, shown_as: str = ""
) -> Explained:
    rule = book.members[index]
    watch = Watch(book, index) if isinstance(rule, Correlation) else None
    earlier: tuple[Firing, ...] = ()
    found: list[Event] = []
    views: list[View] = []
    for event in events_of(paths, policy):
        it_is = wanted.is_it(event)
        if it_is and found and not wanted.id:
            ids = ", ".join(one.id for one in (*found, event))
            raise InputError(
                f"{wanted.file}:{wanted.line} holds several events ({ids} ...); name one by its id, with --logs"
            )
        if it_is:
            views = watch.ask(event) if watch is not None and not found else views
            found.append(event)
        elif watch is not None and not found:
            watch.take(event)
        if it_is and wanted.id:
            break
    if not found:
        where = f"{wanted.file}:{wanted.line} is" if wanted.file else f"{wanted.id} is the id of"
        what = f"the record of {shown_as} is" if shown_as else where
        raise InputError(f"{what} no event that onesec reads")
    event = found[0]
    place = shown_as or f"{event.origin.file}:{event.origin.line}"
    if isinstance(rule, EventRule):
        return _alone(rule, event, place)
    assert watch is not None
    if not any(view.fires for view in views):
        earlier = fired_before(book, index, watch.before(event, views), lambda: events_of(paths, policy))
    return Explained(
        **_head(rule, event, place),
        kind="correlation",
        matches=any(view.fires for view in views),
        reason=outcome(watch, event, views, earlier),
        clauses=tuple(members(book, rule, event, watch)),
        window=told(views),
        earlier=earlier,
    )


def _head(rule: EventRule | Correlation, event: Event, place: str) -> dict[str, Any]:
    return {
        "rule": rule.card.id,
        "title": rule.card.title,
        "place": place,
        "time": "" if event.time == UNDATED else show_time(event.time),
        "code": mask_name(event.code or event.kind),
    }


def _alone(rule: EventRule, event: Event, place: str) -> Explained:
    reason = not_shown(rule, event)
    parts = clauses(rule, event)
    matches = not reason and parts[0].holds
    if not reason:
        reason = _reason(parts, matches)
    return Explained(**_head(rule, event, place), matches=matches, reason=reason, clauses=parts)


def _reason(parts: Sequence[Clause], matches: bool) -> str:
    """The outcome in a sentence: the tests it rests on."""
    tests = [part for part in parts if part.decisive and part.seen]
    told = [f"{part.text} [{part.seen}]" for part in tests[:3]]
    more = f" and {len(tests) - 3:,} more" if len(tests) > 3 else ""
    if matches:
        return "the condition holds: " + "; ".join(told) + more
    return "the outcome rests on " + "; ".join(told) + more if told else "the condition does not hold"
