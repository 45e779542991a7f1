"""The types of Sigma correlations, each in one row: what it looks at, and how that is asked and told."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

CorrelationType = Literal[
    "event_count",
    "value_count",
    "value_sum",
    "value_avg",
    "value_median",
    "value_percentile",
    "temporal",
    "temporal_ordered",
]
Statistic = Literal["sum", "avg", "median", "percentile"]


class Kind(Struct, frozen=True, kw_only=True):
    """What sets one type apart from the others."""

    of: Literal["events", "values", "numbers", "rules"]
    """What a window of it holds: events, different values of a field, the numbers in it, or which rules have matched."""
    asked: str
    """What it asks for, in words; `{bound}`, `{fields}`, `{percentile}`, `{of}`, `{each}` and `{then}` are filled in."""
    found: str
    """What a window came to, in words; `{shown}`, `{s}`, `{fields}`, `{percentile}` and `{rules}` are filled in."""
    statistic: Statistic | None = None
    """Which number is made of the numbers."""
    ordered: bool = False
    """Whether the rules must match in the order they are named."""

    @property
    def temporal(self) -> bool:
        """Whether it asks which rules matched: what one of its rules says lasts, and a condition may be an expression."""
        return self.of == "rules"

    @property
    def needs_field(self) -> bool:
        """Whether its condition names a field."""
        return self.of in ("values", "numbers")

    @property
    def numeric(self) -> bool:
        """Whether it reads the field as numbers."""
        return self.of == "numbers"

    @property
    def whole(self) -> bool:
        """Whether it measures whole numbers from one up."""
        return self.of != "numbers"

    @property
    def stops(self) -> bool:
        """Whether it is counted no further than its condition can tell counts apart."""
        return self.of in ("events", "values")


KINDS: Final[dict[CorrelationType, Kind]] = {
    "event_count": Kind(of="events", asked="{bound} events {of}", found="{shown} event{s}"),
    "value_count": Kind(
        of="values", asked="{bound} different values of {fields} {of}", found="{shown} different value{s} of {fields}"
    ),
    "value_sum": Kind(
        of="numbers",
        statistic="sum",
        asked="a sum of {fields} {bound}, over events {of}",
        found="the sum of {fields} was {shown}",
    ),
    "value_avg": Kind(
        of="numbers",
        statistic="avg",
        asked="an average of {fields} {bound}, over events {of}",
        found="the average of {fields} was {shown}",
    ),
    "value_median": Kind(
        of="numbers",
        statistic="median",
        asked="a median of {fields} {bound}, over events {of}",
        found="the median of {fields} was {shown}",
    ),
    "value_percentile": Kind(
        of="numbers",
        statistic="percentile",
        asked="a percentile {percentile} of {fields} {bound}, over events {of}",
        found="percentile {percentile} of {fields} was {shown}",
    ),
    "temporal": Kind(of="rules", asked="each of {each}", found="{rules}"),
    "temporal_ordered": Kind(of="rules", ordered=True, asked="each of {then}, in this order", found="{rules}"),
}
"""Every type that is known."""
