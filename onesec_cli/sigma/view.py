"""A window laid open: what is kept of it, what it amounts to, and what the condition asks."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from onesec_cli.model.clock import show_span, show_time
from onesec_cli.model.event import Evidence
from onesec_cli.sigma.bounds import bounds_of, enough
from onesec_cli.sigma.fired import amount, condition
from onesec_cli.sigma.gauge import Reading
from onesec_cli.sigma.rule import Correlation


class View(Struct, frozen=True, kw_only=True):
    """The window of one group that ends at an event."""

    group: tuple[tuple[str, str], ...]
    """Field or alias of `group-by` with the value that the events share."""
    condition: str
    """What the condition asks, in words."""
    timespan: str
    measure: int | float | str | None
    """What the window amounts to; None where nothing needs to be counted, or a condition in words is asked."""
    holds: bool
    fires: bool
    """Whether this event made it fire; where it holds and does not fire, it has fired not long before."""
    events: tuple[tuple[Evidence, str], ...]
    """The events that are kept of the window, in order, with the value each counts for, if one is counted."""
    complete: bool
    """False where the window may hold more events than are kept, because no more are needed to judge it."""


def view(
    correlation: Correlation,
    titles: Sequence[str],
    group: Sequence[str],
    measure: float | None,
    answer: tuple[bool, bool],
    readings: Sequence[Reading],
) -> View:
    """What is known of a window; `answer` is whether the condition holds, and whether it fires."""
    told = tuple(readings)
    roles = ["" if one.place is None else titles[one.place] for one in told]
    events = [(Evidence(one.mark.origin, one.mark.time, role), one.what) for one, role in zip(told, roles, strict=True)]
    return View(
        group=tuple(zip(correlation.group_by, group, strict=True)),
        condition=condition(correlation),
        timespan=show_span(correlation.timespan),
        measure=None if measure is None or correlation.alternatives else amount(correlation, measure),
        holds=answer[0],
        fires=answer[1],
        events=tuple(events),
        complete=measure is not None and not (correlation.kind.stops and measure >= enough(bounds_of(correlation))),
    )


def lines(one: View, event: str = "this event") -> list[str]:
    """A window that ends at an event as lines of text; log text in them is as it came, for the caller to make harmless."""
    group = ", ".join(f"{name} = {value}" for name, value in one.group)
    counted = "" if one.measure is None else f"; the window comes to {one.measure}"
    told = [
        f"group: {group or 'all events together'}",
        f"window: {one.timespan} up to {event}",
        f"condition: {one.condition}{counted}",
        "holds and fires here" if one.fires else "holds, and has fired before" if one.holds else "does not hold",
    ]
    for proof, what in one.events:
        origin = proof.origin
        words = [show_time(proof.time), f"{origin.file}:{origin.line}", proof.role, what]
        told.append("  " + "  ".join(word for word in words if word))
    if not one.complete:
        told.append("  (earlier events may be in the window; the condition needs no more than these)")
    return told
