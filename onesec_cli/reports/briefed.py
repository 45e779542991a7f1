"""What a responder asks first of an incident, answered before anything else is told: as lines for a person and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from onesec_cli.model.brief import Answer, Brief
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED
from onesec_cli.model.incident import Incident
from onesec_cli.model.reachable import Held
from onesec_cli.reports.access_data import SCOPES, scopes_in_short
from onesec_cli.reports.page import Page
from onesec_cli.reports.scored import bounds

MOST: Final = 12
"""Answers told of one question; JSON has them all."""


class Line(NamedTuple):
    """One answer, with its question where it is the first."""

    question: str
    text: str


def brief(page: Page, incident: Incident) -> None:
    """Who was hijacked, by which text, what was taken, what is still open, and what to revoke now."""
    for line in lines(incident):
        page.field(line.question, line.text, "bold" if line.question else "")


def lines(incident: Incident) -> Iterator[Line]:
    """The same as text, for any renderer; a question without an answer is left out, what is open excepted."""
    told = incident.brief
    yield from _asked("hijacked", told.hijacked, map(_answer, told.hijacked))
    yield from _asked("by text", told.by_text, map(_answer, told.by_text))
    yield from _asked("asked for", told.asked, (f"{one.text!r}  {one.proof}".rstrip() for one in told.asked))
    yield from _asked("taken", told.taken, map(_timed, told.taken))
    left, now = still_open(incident), revoke_now(incident)
    yield from _asked("still open", left, left)
    if incident.radius.ends and not left:
        yield Line("still open", f"no access of those it names, at the end of the trail, {_when(incident.radius.ends)}")
    yield from _asked("revoke now", now, now)
    left_out = list(bounds(incident.radius))
    yield from _asked("left out", left_out, left_out)


def answers(incident: Incident) -> list[list[str]]:
    """The same by question: each list is a question and its answers."""
    told: list[list[str]] = []
    for line in lines(incident):
        if line.question:
            told.append([line.question])
        told[-1].append(line.text)
    return told


def still_open(incident: Incident) -> list[str]:
    """Each access that was left at the end of the trail."""
    return [_held(one) for one in incident.radius.held if one.open]


def revoke_now(incident: Incident) -> list[str]:
    """Each thing that is still to be taken away, what ends most at once first."""
    return [f"{one.action}  {', '.join(one.target)}" for one in incident.radius.measures if one.open]


def _asked(question: str, found: Sequence[object], texts: Iterable[str]) -> Iterator[Line]:
    for number, text in zip(range(min(len(found), MOST)), texts, strict=False):
        yield Line("" if number else question, text)
    if len(found) > MOST:
        yield Line("", f"and {len(found) - MOST:,} more; --format json has all")


def _answer(one: Answer) -> str:
    return f"{one.text}  {one.proof}".rstrip()


def _timed(one: Answer) -> str:
    return f"{_when(one.time)}  {_answer(one)}"


def _held(one: Held) -> str:
    row = one.row
    who = row.agent or row.client or "somebody"
    told = (
        who + (f" for {row.user}" if row.user else "") + (f" on {row.place}" if row.place else "") + f", by {row.basis}"
    )
    if row.scopes:
        told += (
            f": {scopes_in_short(row.scopes)} scopes"
            if len(row.scopes) > SCOPES
            else f": {scopes_in_short(row.scopes)}"
        )
    else:
        told += f", last used {_when(row.last_used)}; the trail names no scope"
    if row.evidence:
        told += f"  {row.evidence[0].origin.file}:{row.evidence[0].origin.line}"
    return told


def _when(moment: int) -> str:
    return "undated" if moment == UNDATED else show_time(moment)


def brief_data(told: Brief) -> dict[str, Any]:
    """Lists in causal order."""
    questions = {"hijacked": told.hijacked, "by_text": told.by_text, "asked": told.asked, "taken": told.taken}
    return {name: [_data(one) for one in answers] for name, answers in questions.items()}


def _data(one: Answer) -> dict[str, Any]:
    return {
        "time": None if one.time == UNDATED else show_time(one.time),
        "text": one.text,
        "alert": one.alert,
        "evidence": one.proof,
    }
