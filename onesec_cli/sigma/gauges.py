"""Which measure answers a correlation, and what its condition can come to at all."""

from __future__ import annotations

from onesec_cli.sigma.amounts import EventCount, ValueCount, ValueOf
from onesec_cli.sigma.bounds import bounds_of, enough, verdicts
from onesec_cli.sigma.gauge import Anything, Gauge
from onesec_cli.sigma.rule import Correlation
from onesec_cli.sigma.sequences import InOrder, Together, orders


def gauge_of(correlation: Correlation) -> Gauge:
    """The gauge that measures the windows of a correlation."""
    bounds, kind = bounds_of(correlation), correlation.kind
    if outcome(correlation) == "any event":
        return Anything()
    if kind.statistic is not None:
        return ValueOf(kind.statistic, correlation.percentile)
    if kind.stops:
        return EventCount(enough(bounds)) if kind.of == "events" else ValueCount(enough(bounds))
    if not kind.ordered:
        return Together(correlation.alternatives)
    return InOrder(orders(len(correlation.members), bounds, correlation.alternatives), bool(correlation.alternatives))


def outcome(correlation: Correlation) -> str:
    """`any event` where any event that enters a window meets the condition, `nothing` where none can, else empty."""
    if correlation.alternatives:
        return ""
    bounds = bounds_of(correlation)
    rules, kind = correlation.members, correlation.kind
    most = len(rules if kind.ordered else set(rules)) if kind.temporal else enough(bounds)
    answers = verdicts(bounds, most if kind.whole else None)
    return "" if len(answers) == 2 else "any event" if True in answers else "nothing"
