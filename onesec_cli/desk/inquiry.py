"""Questions about a case, answered: the timeline, who could do what, the attack step by step."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.case import Case, Progress
from onesec_cli.desk.names import Names, look_up
from onesec_cli.desk.steps import Walk
from onesec_cli.desk.timeline import Pivot, around, rows
from onesec_cli.model.access import AccessChange, AccessRow
from onesec_cli.model.errors import InputError
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.report import Report
from onesec_cli.model.step import Step
from onesec_cli.model.timeline import Row
from onesec_cli.pipeline import Options, Panel, judge_case, open_case
from onesec_cli.state.accounts.holdings import Holdings, compare
from onesec_cli.state.accounts.within_reach import Watch
from onesec_cli.state.in_force import each_judged_by, judging_by

NEAR: int = 10 * 60 * 1_000_000
"""How much of the trail around an alert is told, before and after, in microseconds."""


class Access(Struct, frozen=True, kw_only=True):
    """An answer to who could do what. Times are microseconds UTC."""

    at: int
    since: int | None
    rows: tuple[AccessRow, ...]
    changes: tuple[AccessChange, ...] | None
    """None where no earlier moment was asked about."""
    forgotten: int
    """Accesses that are missing because there were too many to remember."""

    def only(self, users: frozenset[str], agents: frozenset[str], places: frozenset[str], active: bool) -> Access:
        """The same answer, narrowed; an empty set asks for nothing."""

        def asked(row: AccessRow) -> bool:
            return (
                (not users or row.user in users)
                and (not agents or row.agent in agents or row.client in agents)
                and (not places or row.place in places)
            )

        return replace(
            self,
            rows=tuple(row for row in self.rows if asked(row) and (row.status == "active" or not active)),
            changes=None if self.changes is None else tuple(one for one in self.changes if asked(one.row)),
        )


class Inquiry:
    """A case that was judged once. Every answer goes through its events again, in the same order."""

    def __init__(self, paths: Sequence[str], options: Options, progress: Progress) -> None:
        self.options = options
        self._panel = Panel(options)
        self._case: Case = open_case(paths, options, self._panel, progress, whole=True)
        self.report: Report = judge_case(self._case, options, self._panel, progress, assessed=False)

    def names(self, pivot: Pivot) -> Names:
        """What a pivot names, looked up in the trail."""
        return look_up(self._case.events(), pivot)

    def pivot(self, pivot: Pivot, about: str | None, near: int = NEAR) -> Pivot:
        """The pivot narrowed to an alert, or to the steps of an incident, named by (the beginning of) its id.

        Raises InputError where no alert and no incident has the id, or several have.
        """
        if about is None:
            return pivot
        alerts, incidents = self.named(about)
        since, until = (
            (incidents[0].first_seen - near, incidents[0].last_seen + near) if incidents else around(alerts[0], near)
        )
        return replace(
            pivot,
            since=since if pivot.since is None else pivot.since,
            until=until if pivot.until is None else pivot.until,
        )

    def named(self, about: str) -> tuple[list[Alert], list[Incident]]:
        """The one alert or the one incident whose id begins so. Raises InputError where none does, or several do."""
        incidents = [one for one in self.report.incidents if one.id.startswith(about)]
        alerts = [one for one in self.report.alerts if one.id.startswith(about)]
        if len(incidents) + len(alerts) != 1:
            many = "no alert or incident has" if not incidents and not alerts else "several alerts or incidents have"
            raise InputError(f"{many} an id that begins with {about!r}")
        return alerts, incidents

    def timeline(self, pivot: Pivot) -> Iterator[Row]:
        """Every event the pivot asks for, in the told order."""
        return rows(self._case.events(), self.report.alerts, pivot)

    def steps(self, pivot: Pivot) -> Iterator[Step]:
        """The same events, with what each changed and who weighed it how."""
        walk = Walk([*self._panel.detectors, *self._panel.sigma], self.report.alerts, pivot)
        return each_judged_by(self.options.knowledge, walk.feed(self._case.events()))

    def remembering(self, alerts: Sequence[Alert], watch: Watch) -> Iterator[Step]:
        """The events that these alerts rest on, with what each detector that weighed them remembered before.

        `watch` is shown every event on the way, so that what was held needs no pass of its own.
        """
        detectors = [*self._panel.detectors, *self._panel.sigma]
        walk = Walk(detectors, alerts, Pivot(relevant=True), remember=True, holdings=watch)
        return each_judged_by(self.options.knowledge, walk.feed(self._case.events()))

    def ends(self) -> int:
        """The last moment of the trail."""
        reach = self._case.reach()
        return reach[1] if reach is not None else 0

    def access(self, at: int | None, since: int | None = None) -> Access:
        """Who could do what at a moment (the last of the trail if None), and what changed since an earlier one."""
        with judging_by(self.options.knowledge):
            return self._access(at, since)

    def _access(self, at: int | None, since: int | None) -> Access:
        moment = at if at is not None else self.ends()
        holdings, before = Holdings(), None
        for event in self._case.events(until=moment):
            if since is not None and before is None and event.time > since:
                before = holdings.rows(since)
            holdings.take(event)
        now = holdings.rows(moment)
        changes = None
        if since is not None:
            changes = tuple(compare(before if before is not None else holdings.rows(since), now))
        return Access(at=moment, since=since, rows=tuple(now), changes=changes, forgotten=holdings.forgotten)


@contextmanager
def uncollected() -> Iterator[None]:
    """Events and states are acyclic: scanning them for cycles costs more than it frees."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
