"""What every measure of a window speaks of: events as they enter, readings of what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from msgspec import Struct

from onesec_cli.sigma.windows import Group, Lone, Mark

FEW: Final = 3
"""Events cited of the beginning of a window; as many of its end."""


class Entry(Struct):
    """One event as it enters one group."""

    mark: Mark
    places: frozenset[int]
    """Places, in the correlation, of the rules it matched."""
    names: Sequence[str] = ()
    numbers: Sequence[float] = ()
    lost: int = 0
    """Set by the gauge: numbers that were still in the window but had to be forgotten."""


class Reading(Struct, frozen=True):
    """What a window holds, for those who want to see it: event and what it counted for."""

    mark: Mark
    what: str = ""
    place: int | None = None
    """Place of the rule it matched, where that matters."""


class Gauge(Protocol):
    """Takes events into a group and says what the window that ends at the latest of them amounts to."""

    def fresh(self) -> Group: ...

    def take(self, group: Any, entry: Entry, since: int) -> tuple[float, int]:
        """The measure of the window, and how much more is now kept."""

    def ends(self, group: Any, since: int) -> Sequence[Reading]:
        """The first and last events of the window, in order."""

    def all(self, group: Any, since: int) -> Sequence[Reading]:
        """Every event that is kept of the window, in order."""


class Anything:
    """The condition holds at any event."""

    fresh = Lone

    def take(self, group: Lone, entry: Entry, since: int) -> tuple[float, int]:
        return 1, 0

    def ends(self, group: Lone, since: int) -> Sequence[Reading]:
        return ()

    all = ends
