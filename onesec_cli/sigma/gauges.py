"""Which measure answers a correlation, and what its condition can come to at all."""

from __future__ import annotations

from typing import Final

from onesec_cli.sigma.amounts import EventCount, ValueCount, ValueOf
from onesec_cli.sigma.bounds import bounds_of, enough, verdicts
from onesec_cli.sigma.gauge import Anything, Gauge
from onesec_cli.sigma.rule import Correlation
from onesec_cli.sigma.sequences import InOrder, Together, orders

COUNTS: Final = ("event_count", "value_count", "temporal", "temporal_ordered")


def gauge_of(correlation: Correlation) -> Gauge:
    """The gauge that measures the windows of a correlation."""
    bounds, kind = bounds_of(correlation), correlation.type
    if outcome(correlation) == "any event":
        return Anything()
    if kind == "event_count":
        return EventCount(enough(bounds))
    if kind == "value_count":
        return ValueCount(enough(bounds))
    if kind == "temporal":
        return Together(correlation.alternatives)
    if kind == "temporal_ordered":
        return InOrder(
            orders(len(correlation.members), bounds, correlation.alternatives), bool(correlation.alternatives)
        )
    return ValueOf(kind, correlation.percentile)


def outcome(correlation: Correlation) -> str:
    """`any event` where any event that enters a window meets the condition, `nothing` where none can, else empty."""
    if correlation.alternatives:
        return ""
    bounds = bounds_of(correlation)
    rules = correlation.members
    at_most = {"temporal": len(set(rules)), "temporal_ordered": len(rules)}
    most = at_most.get(correlation.type) or enough(bounds)
    answers = verdicts(bounds, most if correlation.type in COUNTS else None)
    return "" if len(answers) == 2 else "any event" if True in answers else "nothing"
