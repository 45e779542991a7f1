"""The score of an incident with its reasons, and its blast radius, as lines for a person and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from onesec_cli.model.clock import show_time
from onesec_cli.model.reachable import Held, Measure, Radius
from onesec_cli.model.report import Report
from onesec_cli.model.score import Component, Score
from onesec_cli.reports.access_data import access_data
from onesec_cli.reports.page import Page

MOST_HELD: Final = 100
"""Accesses that a report lists of one incident; `held_total` counts them all."""
MOST_MEASURES: Final = 100


def score(page: Page, told: Score) -> None:
    """The risk and what it is made of, then a line for each component."""
    page.field("risk", in_short(told), "bold")
    for one in told.components:
        page.field("", in_words(one))


def in_short(told: Score) -> str:
    """The numbers."""
    return f"{told.risk} of 100 = impact {told.impact} x confidence {told.confidence} / 100"


def in_words(one: Component) -> str:
    """One component."""
    return f"{one.counts} {one.points:>2} of {one.most} {one.name}: {one.reason}"


def score_data(told: Score) -> dict[str, Any]:
    """The names are those of OCSF; `score` says what they are made of."""
    return {
        "risk_score": told.risk,
        "impact_score": told.impact,
        "confidence_score": told.confidence,
        "score": [
            {
                "component": one.name,
                "counts": one.counts,
                "points": one.points,
                "most": one.most,
                "reason": one.reason,
                "evidence": list(one.evidence),
            }
            for one in told.components
        ],
    }


def radius_data(radius: Radius) -> dict[str, Any]:
    """What was held, at the moment that is named, until when, and whether it is still open."""
    return {
        "at": show_time(radius.at),
        "trail_ends": show_time(radius.ends),
        "other_users": radius.other_users,
        "open": sum(one.open for one in radius.held),
        "held_total": max(radius.held_total, len(radius.held)),
        "bounds": list(bounds(radius)),
        "held": [_held(one) for one in radius.held[:MOST_HELD]],
    }


def bounds(radius: Radius) -> Iterator[str]:
    """What the blast radius leaves out, in sentences; nothing where it is whole."""
    if radius.held_total > len(radius.held):
        kept = f"{len(radius.held):,} of {radius.held_total:,}"
        yield f"of the accesses held only {kept} were followed; what is open and what to revoke speaks of these alone"
    if radius.most_looked:
        looked = f"{radius.most_looked:,}"
        yield f"of somebody named here only {looked} accesses were looked at, and there are more; onesec access lists all"


def _held(one: Held) -> dict[str, Any]:
    return {
        **access_data(one.row),
        "held_until": None if one.until is None else show_time(one.until),
        "open": one.open,
    }


def measure_data(one: Measure) -> dict[str, Any]:
    """One thing to take away."""
    return {
        "action": one.action,
        "target": list(one.target),
        "open": one.open,
        "reason": one.reason,
        "evidence": list(one.proofs),
    }


class Linked(NamedTuple):
    """An alert's place in an incident."""

    incident: str
    risk: int
    link: str
    """`start`, `hard` or `inferred`."""


def linked(report: Report) -> dict[str, list[Linked]]:
    """Alert id to its places in incidents, in the order of these."""
    found: dict[str, list[Linked]] = {}
    for one in report.incidents:
        edges = {join.later: join.grade.edge for join in one.joins}
        for step in one.steps:
            found.setdefault(step.alert, []).append(Linked(one.id, one.score.risk, edges.get(step.alert, "start")))
    return found
