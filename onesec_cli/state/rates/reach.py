"""How much of the vault one agent reaches: bursts, and the users whose tokens it took in a day."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.rates.windows import MAX_SAMPLES, Burst, Mark

MAX_USERS: Final = 2_000
"""Users of one day that are told apart."""
REACH_DAYS: Final = 3
"""Days of reach that must be known before another one is told."""


class Surge(Struct):
    """A burst with what was known when it began."""

    burst: Burst
    settled: bool
    """Whether the agent had a past to be held against."""
    joined: bool = False
    """Whether it stands for several bursts; its peak speaks for them."""

    def span(self) -> tuple[int, int]:
        """The time that is left out of the past it is held against."""
        burst = self.burst
        return (burst.peak.time, burst.peak.time) if self.joined else (burst.first.time, burst.last.time)


class Reach(Struct):
    """Users whose vaulted tokens the agent took today, and how many it took on earlier days."""

    tells: ClassVar[Tells] = (
        Tell("today", "users reached today: {value}"),
        Tell("linked", "users who connected an account today: {value}"),
        Tell("limit", "more users a day than this are told: {value}"),
        *quiet("samples", "days", "first", "crossed", "crossed_id"),
    )

    today: set[str] = field(default_factory=set)
    samples: list[Mark] = field(default_factory=list)
    linked: set[str] = field(default_factory=set)
    """Users who connected an account today: no wonder that they are new."""
    days: list[int] = field(default_factory=list)
    limit: int = 0
    """More users than this are told; 0 while nothing is known."""
    first: Mark | None = None
    crossed: Mark | None = None
    crossed_id: str = ""

    def met(self, mark: Mark, event_id: str) -> None:
        """Count a user of the day, and note the one who was too many."""
        if not mark.user or mark.user in self.linked or len(self.today) >= MAX_USERS:
            return
        self.today.add(mark.user)
        if self.first is None:
            self.first = mark
        elif len(self.samples) < MAX_SAMPLES:
            self.samples.append(mark)
        if len(self.today) == self.limit + 1 and self.limit:
            self.crossed, self.crossed_id = mark, event_id

    def next_day(self, least: int, fired: bool) -> Reach:
        """The day is over: it is learned if nothing fired on it."""
        learned = bool(self.today) and self.crossed is None and not fired
        days = [*self.days, len(self.today)][-30:] if learned else self.days
        return Reach(days=days, limit=max(least, 3 * max(days)) if len(days) >= REACH_DAYS else 0)
