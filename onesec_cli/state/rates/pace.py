"""How many calls an agent makes in a minute, and how many it used to make."""

from __future__ import annotations

from statistics import median
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.clock import MINUTE
from onesec_cli.model.event import Event
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.rates.windows import Burst, Mark, Window, open_burst

MAX_PAST: Final = 240
"""Busy minutes that are remembered: the last ones."""
SPREADS: Final = 8
"""How many robust deviations above its median a minute must be to stand out."""


class Pace(Struct):
    """The last minute of an agent, the busy minutes before it, and the burst it may be in."""

    tells: ClassVar[Tells] = (
        Tell("count", "calls in this minute: {value}"),
        Tell("threshold", "calls in a minute that are too many: {value}"),
        Tell("tainted", "this minute teaches nothing: something was told of it"),
        *quiet("minute", "past"),
    )

    window: Window = field(default_factory=Window)
    burst: Burst | None = None
    minute: int = -1
    count: int = 0
    past: list[int] = field(default_factory=list)
    """Calls in each earlier minute that had any and was no part of a burst."""
    tainted: bool = False
    """Whether the minute under way is part of a burst."""
    threshold: int = 0
    """Of the burst under way or the last one."""

    def step(self, event: Event, least: int, factor: int, learn: int) -> Burst | None:
        """Count a call; the burst that ended before it, if one did."""
        self._turn(event.time // MINUTE)
        self.count += 1
        mark = Mark(event.time, event.user, event.session, event.tool, event.origin)
        count = self.window.add(mark, MINUTE)
        burst = self.burst
        if burst is not None:
            if count > self.threshold:
                burst.take(mark)
                burst.measure(count)
                self.tainted = True
                return None
            self.burst = None
            return burst
        if count > least and len(self.past) >= learn:
            self.threshold = self._limit(least, factor)
            if count > self.threshold:
                self.burst = open_burst(self.window, event.id)
                self.tainted = True
        return None

    def end(self) -> Burst | None:
        """The burst still running at the end of the log."""
        burst, self.burst = self.burst, None
        return burst

    def usual(self) -> int:
        """Calls of a usual busy minute."""
        return round(median(self.past)) if self.past else 0

    def _turn(self, minute: int) -> None:
        if minute == self.minute:
            return
        if self.count and not self.tainted:
            self.past.append(self.count)
            if len(self.past) > MAX_PAST:
                del self.past[0]
        self.minute, self.count, self.tainted = minute, 0, self.burst is not None

    def _limit(self, least: int, factor: int) -> int:
        middle = median(self.past)
        spread = 1.4826 * median([abs(one - middle) for one in self.past])
        return max(least, round(middle * factor), round(middle + SPREADS * spread))
