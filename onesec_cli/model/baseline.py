"""What an earlier report told: the alerts that are no news any more."""

from __future__ import annotations

from bisect import bisect_right

from msgspec import Struct

from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.report import BaselineUse


class Told(Struct, frozen=True, kw_only=True):
    """An alert of an earlier report."""

    id: str
    claim: str
    level: Level
    first_seen: int
    last_seen: int


class Baseline:
    """Looks up whether an alert was told before."""

    def __init__(self, use: BaselineUse, told: tuple[Told, ...]) -> None:
        self.use = use
        self._levels: dict[str, Level] = {}
        self._claims: dict[str, list[Told]] = {}
        for one in told:
            self._levels[one.id] = max(one.level, self._levels.get(one.id, one.level))
            self._claims.setdefault(one.claim, []).append(one)
        for spans in self._claims.values():
            spans.sort(key=lambda one: (one.first_seen, one.last_seen, one.id))
        self._starts = {claim: [one.first_seen for one in spans] for claim, spans in self._claims.items()}

    def knows(self, alert: Alert) -> bool:
        """Whether it was told at this level or a higher one.

        By its id; or, as the first events of an alert leave a trail that is cut at its beginning (the last seven days,
        exported each night), by its claim, if that was told over the time at which this one begins.
        """
        if alert.level <= self._levels.get(alert.id, -1):
            return True
        spans = self._claims.get(alert.claim, [])
        at = bisect_right(self._starts.get(alert.claim, []), alert.first_seen) - 1
        return at >= 0 and alert.first_seen <= spans[at].last_seen and alert.level <= spans[at].level
