"""What a correlation could not judge, in words: for the report, and for `lint`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from onesec_cli.model.clock import show_span
from onesec_cli.sigma.bounds import bounds_of, words
from onesec_cli.sigma.gauges import outcome
from onesec_cli.sigma.panes import Panes, Windows
from onesec_cli.sigma.rule import Correlation

COUNTED: Final = ("entered", "unroutable", "lacking", "refused", "untimed", "crowded", "forgotten", "lost")
"""What panes count."""


def degenerate(correlation: Correlation) -> str:
    """Why a condition says nothing, if it does: it holds at any event, or at none."""
    asked = words(bounds_of(correlation))
    answer = outcome(correlation)
    if answer == "any event":
        return f"its condition ({asked}) holds at any event of its rules, whatever else is in the window"
    if answer == "nothing":
        return f"its condition ({asked}) can never hold"
    return ""


def unjudged(correlation: Correlation, states: Iterable[Windows]) -> tuple[tuple[str, ...], str]:
    """What was left out of the windows of a correlation, and why it could not match at all, if it could not."""
    total = Panes()
    for state in states:
        panes = state.panes.get(correlation.card.id)
        for name in COUNTED if panes else ():
            setattr(total, name, getattr(total, name) + getattr(panes, name))
        total.fullest = max(total.fullest, panes.fullest if panes else 0)
    told = tuple(_sentences(correlation, total))
    return told, f"none of its events entered a window: {told[0]}" if told and not total.entered else ""


def _sentences(correlation: Correlation, total: Panes) -> Iterator[str]:
    group, field = ", ".join(correlation.group_by), ", ".join(correlation.field)
    span, fullest = show_span(correlation.timespan), f"{total.fullest:,}"
    said = (
        (total.unroutable, "event{s} lacked a value to group by ({group})"),
        (total.lacking, "event{s} had no value in {field}"),
        (total.refused, "event{s} had no number in {field}"),
        (total.untimed, "event{s} had no time of {its} own"),
        (total.crowded, "event{s} had so many values to group by or to count that not all were judged"),
        (
            total.forgotten,
            "group{s} of the last {span} had to be forgotten, those that held least first (the fullest held {fullest}): "
            "its windows may hold more than was counted",
        ),
        (total.lost, "number{s} of {field} had to be forgotten within {span}: what they come to is that of the latest"),
    )
    for count, text in said:
        if count:
            its = "its" if count == 1 else "their"
            yield f"{count:,} {text.format(s='' if count == 1 else 's', its=its, group=group, field=field, span=span, fullest=fullest)}"
