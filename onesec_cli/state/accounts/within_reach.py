"""The blast radius of alerts: which access those whom they name held, event by event, and when it was taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from onesec_cli.model.access import DELEGATION, AccessRow
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Alert
from onesec_cli.model.reachable import Held
from onesec_cli.state.accounts.access import FOREVER
from onesec_cli.state.accounts.holdings import Holdings, identity

MOST_HELD: Final = 1_000
"""Accesses told of one blast radius."""
_Identity = tuple[str, ...]


class Named(Struct, frozen=True):
    """Whom one alert names. Where it names agents and users, what those agents had for those users is meant."""

    tenant: str
    agents: frozenset[str]
    users: frozenset[str]

    def means(self, row: AccessRow) -> bool:
        """Whether an access is that of those named."""
        if row.tenant != self.tenant or not (self.agents or self.users):
            return False
        mine = not self.agents or row.agent in self.agents or row.client in self.agents
        return mine and (not self.users or not row.user or row.user in self.users)


class Answer(Struct, frozen=True):
    """What was held, how each access stood at the end of the trail, and for how many users nobody named."""

    held: tuple[Held, ...]
    now: tuple[AccessRow, ...]
    other_users: int
    total: int
    """How many were held; more than `held` tells where there were too many."""
    beyond: bool
    """Whether somebody of those named has more accesses than were looked at."""


class Question(Struct, frozen=True):
    """What was held between two moments by those whom some alerts name."""

    named: frozenset[Named]
    first: int
    last: int


def question(alerts: Sequence[Alert], first: int, last: int) -> Question:
    """About the alerts of one incident, or one alert.

    A conversation acts for the users whom any alert of it names, though the one that tells its hijack may name none.
    """
    users = frozenset(_of(alert, "user") for alert in alerts)
    anybody = frozenset(name for names in users for name in names)
    tenants = {alert.tenant for alert in alerts}
    named = set()
    for alert in alerts:
        agents = _of(alert, "agent") | _of(alert, "client")
        mine = _of(alert, "user") or (anybody if _of(alert, "session") else frozenset())
        named |= {Named(tenant, agents, mine) for tenant in ({alert.tenant} if alert.tenant else tenants)}
    return Question(frozenset(named), first, last)


def _of(alert: Alert, kind: str) -> frozenset[str]:
    found = (one.partition(":") for one in alert.entities)
    return frozenset(value for name, _, value in found if name == kind and value)


class Watch:
    """Every access of a trail as `Holdings` knows it, and the answers to some questions about it."""

    def __init__(self, questions: Iterable[Question]) -> None:
        self.holdings = Holdings()
        self._questions = list(questions)
        self._waiting = sorted(range(len(self._questions)), key=lambda at: -self._questions[at].last)
        """Those that are not answered yet, the next one last."""
        self._rows: dict[int, list[AccessRow]] = {}
        self._others: dict[int, int] = {}
        self._totals: dict[int, tuple[int, bool]] = {}
        self._until: dict[tuple[_Identity, int], int] = {}
        """An access of an answer, told by when it began, to when it was taken away."""
        self._since: dict[_Identity, set[int]] = {}

    def take(self, event: Event) -> list[str]:
        """Remember an event; what it changed, a sentence each."""
        while self._waiting and event.time > self._questions[self._waiting[-1]].last:
            self._answer(self._waiting.pop())
        told = self.holdings.take(event)
        if told and self._since:
            for gone in self.holdings.ended:
                for since in self._since.pop(gone, ()):
                    self._until.setdefault((gone, since), event.time)
        return told

    def _answer(self, at: int) -> None:
        asked = self._questions[at]
        found: dict[_Identity, AccessRow] = {}
        users: set[str] = set()
        beyond = False
        for one in sorted(asked.named, key=lambda one: (one.tenant, sorted(one.agents), sorted(one.users))):
            mine = self.holdings.about(one.tenant, one.agents, one.users, asked.last)
            found.update({identity(row): row for row in mine if one.means(row) and _last(row) >= asked.first})
            beyond |= self.holdings.beyond(one.tenant, one.agents, one.users)
            users |= self.holdings.users_of(one.tenant, one.agents, asked.first, asked.last)
        rows = sorted(found.values(), key=_order)
        self._others[at] = len(users - {row.user for row in rows} - {""})
        self._rows[at] = rows[:MOST_HELD]
        self._totals[at] = len(rows), beyond
        for row in self._rows[at]:
            if row.ended is None:
                self._since.setdefault(identity(row), set()).add(row.since)

    def answers(self, end: int) -> list[Answer]:
        """The answer to each question; `end` is the end of the trail."""
        while self._waiting:
            self._answer(self._waiting.pop())
        final = {identity(row): row for row in self.holdings.rows(end)} if any(self._rows.values()) else {}
        told = []
        for at in range(len(self._questions)):
            rows = self._rows[at]
            now = [final[identity(row)] for row in rows if identity(row) in final]
            held = tuple(self._held(row, final.get(identity(row)), end) for row in rows)
            told.append(Answer(held, tuple(now), self._others[at], *self._totals[at]))
        return told

    def _held(self, row: AccessRow, now: AccessRow | None, end: int) -> Held:
        until = row.ended if row.ended is not None else self._until.get((identity(row), row.since))
        if row.basis == DELEGATION and row.token_expires is not None and row.token_expires <= end:
            until = row.token_expires if until is None else min(until, row.token_expires)
        left = now is not None and now.open(end)
        return Held(row=row, until=until, open=left)


def _order(row: AccessRow) -> tuple[str, ...]:
    return (row.tenant, row.agent, row.user, row.place, row.basis)


def _last(row: AccessRow) -> int:
    """The last moment at which it could be used."""
    if row.status == "active":
        return FOREVER
    return max(row.last_used, *(one for one in (row.token_expires, row.ended) if one is not None))
