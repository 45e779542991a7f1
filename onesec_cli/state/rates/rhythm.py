"""When a tenant's log usually speaks: hours of the day, on weekdays and on weekends."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.clock import DAY, HOUR
from onesec_cli.model.telling import Tell, Tells, quiet

WEEKDAY, WEEKEND = "weekday", "weekend"
WEEK: Final = 7
MAX_HOURS: Final = 24 * 400
"""A silence is looked at for so many hours; a longer one is long whatever it holds."""


def kind_of(day: int) -> str:
    """Whether the day since the epoch, which was a Thursday, is a weekday (UTC)."""
    return WEEKEND if (day + 3) % 7 >= 5 else WEEKDAY


class Rhythm(Struct):
    """Activity by hour of day, over the whole days since the first; plain data."""

    tells: ClassVar[Tells] = (
        Tell("longest", "the longest silence so far was {value} microseconds"),
        *quiet("last", "counted", "seen", "active"),
    )

    last: int = -1
    """The last moment that was learned."""
    counted: int = 0
    """Days before this one are counted, hours before it are not marked any more. It starts at the first whole day."""
    seen: dict[str, int] = field(default_factory=dict)
    """Whole days that passed, by kind."""
    active: dict[str, list[int]] = field(default_factory=dict)
    """How many of them spoke in each hour."""
    longest: int = 0
    """The most usual hours that were missing at once and were not told."""

    def days(self) -> int:
        """Whole days learned."""
        return sum(self.seen.values())

    def step(self, time: int, learn_days: int) -> tuple[int, int, int]:
        """The silence before `time`, how many usual hours it missed whole, and the most that were missed before.

        Nothing is missed while fewer than `learn_days` days were learned.
        """
        if self.last < 0:
            self.counted = time // DAY + 1
            return 0, 0, 0
        gap = time - self.last
        if gap < HOUR or self.days() < learn_days:
            return gap, 0, self.longest
        hours = range(self.last // HOUR + 1, min(time // HOUR, self.last // HOUR + MAX_HOURS))
        return gap, sum(self._usual(hour, learn_days) for hour in hours), self.longest

    def is_inside(self, time: int, missing: int, learn_days: int) -> bool:
        """Whether the silence before `time` lies within hours that are all usual, after a week in which none was missed."""
        first, last = self.last // HOUR, time // HOUR
        return (
            self.days() >= WEEK
            and self.longest == 0
            and missing == last - first - 1
            and missing < 24
            and self._usual(first, learn_days)
            and self._usual(last, learn_days)
        )

    def keep(self, time: int, missing: int) -> None:
        """Learn the moment and the silence before it."""
        self.longest = max(self.longest, missing)
        self._pass(time // DAY)
        self._mark(time)

    def forgive(self, time: int) -> None:
        """Learn the moment, but not the silence: its days did not happen."""
        self.counted = max(self.counted, time // DAY + 1)
        self.last = time

    def _pass(self, today: int) -> None:
        """Count the days that are over."""
        for day in range(max(self.counted, today - 400), today):
            kind = kind_of(day)
            self.seen[kind] = self.seen.get(kind, 0) + 1
        self.counted = max(self.counted, today)

    def _mark(self, time: int) -> None:
        hour, day = time // HOUR, time // DAY
        if self.counted <= day and self.last // HOUR != hour:
            hours = self.active.setdefault(kind_of(day), [0] * 24)
            hours[hour % 24] += 1
        self.last = time

    def _usual(self, hour: int, learn_days: int) -> bool:
        """Whether the hour spoke on nine of ten days of its kind; of all days, where its kind is not learned."""
        kind, at = kind_of(hour // 24), hour % 24
        days = self.seen.get(kind, 0)
        spoke = self.active.get(kind, [0] * 24)[at]
        if days >= learn_days:
            return 10 * spoke >= 9 * days
        everywhere = sum(hours[at] for hours in self.active.values())
        return days > 0 and 10 * spoke >= 9 * days and 10 * everywhere >= 9 * self.days()
