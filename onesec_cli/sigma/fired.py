"""What a correlation says when it fires."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from msgspec import Struct

from onesec_cli.model.clock import show_span
from onesec_cli.model.event import Event, Evidence
from onesec_cli.sigma.bounds import bounds_of, enough, number, words
from onesec_cli.sigma.gauge import Reading
from onesec_cli.sigma.rule import Correlation


class Fired(Struct, frozen=True, kw_only=True):
    """One crossing: the condition holds in the window that ends at an event, and did not hold, or long ago, before.

    It holds what was seen; how that is told is worked out when somebody asks.
    """

    correlation: int
    """Its index in the rule book."""
    rule: Correlation
    titles: tuple[str, ...]
    """Of the rules it watches."""
    values: tuple[str, ...]
    """What the events share, in the order of `group-by`."""
    event: Event
    """The one that made it fire."""
    measure: float | None
    """What the window amounts to; None where nothing needs to be counted."""
    readings: tuple[Reading, ...]
    """The first and the last events of the window."""

    @property
    def group(self) -> tuple[tuple[str, str], ...]:
        """Field or alias of `group-by` with the value that the events share."""
        return tuple(zip(self.rule.group_by, self.values, strict=True))

    @property
    def first(self) -> int:
        """Time of the earliest event cited."""
        return min((one.mark.time for one in self.readings), default=self.event.time)

    @property
    def last(self) -> int:
        """Time of the event that made it fire."""
        return self.event.time

    @property
    def told(self) -> str:
        """What was seen, as a part of a sentence: `5 or more events within 1 h`."""
        return told(self.rule, self.titles, self.measure, self.readings)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The event that made it fire, then the first and the last ones of its window."""
        alike = self.titles[0] if len(set(self.rule.members)) == 1 else "an event of the window"
        earlier = [
            Evidence(one.mark.origin, one.mark.time, alike if one.place is None else self.titles[one.place])
            for one in self.readings
            if one.mark.origin != self.event.origin
        ]
        return (self.event.cite("the event that completed it"), *dict.fromkeys(earlier))

    @property
    def facts(self) -> dict[str, Any]:
        """Measure, condition, timespan and group; JSON types only."""
        found: dict[str, Any] = {
            "condition": condition(self.rule),
            "timespan": show_span(self.rule.timespan),
            "group": dict(self.group),
        }
        if self.measure is not None and not self.rule.alternatives:
            found["measure"] = amount(self.rule, self.measure)
        values = list(dict.fromkeys(one.what for one in self.readings)) if self.rule.kind.of == "values" else []
        return {**found, "values": values} if values else found


def condition(correlation: Correlation) -> str:
    """The condition in words, e.g. `at least 10`."""
    return correlation.expression or words(bounds_of(correlation))


def amount(correlation: Correlation, measure: float) -> int | float | str:
    """A measure for a fact: a count that was not followed further is told as `N or more`."""
    if correlation.kind.stops and measure >= enough(bounds_of(correlation)):
        return f"{int(measure)} or more"
    if not isfinite(measure):
        return f"{'below -' if measure < 0 else 'above '}1.8e308"
    return int(measure) if measure == int(measure) and abs(measure) < 2**53 else measure


def told(correlation: Correlation, titles: Sequence[str], measure: float | None, readings: Sequence[Reading]) -> str:
    """What the window amounts to, as a part of a sentence."""
    span = f"within {show_span(correlation.timespan)}"
    if measure is None:
        return f"one event, which is enough for its condition ({condition(correlation)})"
    shown = amount(correlation, measure)
    shown = shown if isinstance(shown, str) else number(shown)
    joint = ", then " if correlation.kind.ordered else ", "
    found = correlation.kind.found.format(
        shown=shown,
        s="" if shown == "1" else "s",
        fields=", ".join(correlation.field),
        percentile=correlation.percentile,
        rules=joint.join(titles[one.place] for one in readings if one.place is not None),
    )
    return f"{found} {span}"
