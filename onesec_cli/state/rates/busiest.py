"""What one key usually does at its busiest: the peak of each hour and day, so that a burst can be held against it."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.clock import DAY, HOUR
from onesec_cli.model.telling import Tell, Tells, quiet

MAX_DAYS: Final = 30
MAX_HOURS: Final = 48
FEW_HOURS: Final = 6
"""Other hours that must be known before hours stand in for days."""
FACTOR: Final = 2
"""A peak of up to so many times an earlier one is nothing new."""


class Past(Struct):
    """Peaks of the hours and days in which the key was active; plain data."""

    tells: ClassVar[Tells] = (
        Tell("events", "events of that past: {value}"),
        Tell("peak", "the busiest window of this hour: {value}"),
        *quiet("since", "hour", "until", "hours", "days", "told"),
    )

    since: int = -1
    events: int = 0
    hour: int = -1
    """The hour since the epoch that is running."""
    until: int = -1
    """Where it ends."""
    peak: int = 0
    """The highest count in it so far; counts too small to matter may be left out."""
    hours: list[tuple[int, int]] = field(default_factory=list)
    days: list[tuple[int, int]] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    """Days on which something fired: nothing is learned from them."""

    def turn(self, time: int) -> bool:
        """Put the running hour away and begin the one of `time`; whether that is a new day too."""
        before, self.hour = self.hour, time // HOUR
        self.until = (self.hour + 1) * HOUR
        if before < 0:
            self.since = time
            return True
        self._put(before)
        self.peak = 0
        return before // 24 != self.hour // 24

    def close(self) -> None:
        """Put the running hour away at the end of the log."""
        if self.hour >= 0:
            self._put(self.hour)

    def _put(self, hour: int) -> None:
        if not self.hours or self.hours[-1][0] != hour:
            self.hours.append((hour, self.peak))
            del self.hours[:-MAX_HOURS]
        day = hour // 24
        if self.days and self.days[-1][0] == day:
            self.days[-1] = (day, max(self.days[-1][1], self.peak))
        else:
            self.days.append((day, self.peak))
            del self.days[:-MAX_DAYS]

    def spoil(self, first: int, last: int) -> None:
        """Something fired between the two times: its days teach nothing."""
        self.told = [*self.told, *range(first // DAY, min(last // DAY, first // DAY + MAX_DAYS) + 1)][-MAX_DAYS:]

    def is_usual(self, peak: int, first: int, last: int) -> bool:
        """Whether a third of the other days, or half of the other hours where there is no other day, came near `peak`."""
        days = range(first // DAY, last // DAY + 1)
        others = [most for day, most in self.days if day not in days and day not in self.told]
        if others:
            return 3 * sum(FACTOR * most >= peak for most in others) >= len(others)
        hours = range(first // HOUR, last // HOUR + 1)
        others = [most for hour, most in self.hours if hour not in hours and hour // 24 not in self.told]
        return len(others) >= FEW_HOURS and 2 * sum(FACTOR * most >= peak for most in others) >= len(others)

    def typical(self) -> int:
        """The peak that a third of the learned days reach; 0 if none were learned."""
        known = sorted((most for day, most in self.days if day not in self.told), reverse=True)
        return known[(len(known) - 1) // 3] if known else 0
