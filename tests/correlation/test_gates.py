"""Levels, suppressions and baselines: what a site has decided, and how far it reaches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from onesec_cli.correlation.gates import graded, known, silenced
from onesec_cli.model.baseline import Baseline, Told
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Severity, Suppression
from onesec_cli.model.report import BaselineUse
from tests.reports.made import story

DAY = 86_400_000_000
NOON = 1_772_366_400_000_000
ALERT = replace(
    story().alerts[0],
    id="a" * 16,
    rule="scope-escalation",
    level=Level.high,
    verdict="grew",
    tenant="north",
    subject=("user:auth0|alice", "connection:google"),
    entities=("agent:build-7", "user:auth0|alice"),
    first_seen=NOON,
    last_seen=NOON + DAY,
)


def line(expires: int = NOON + 10 * DAY, **fields: Any) -> Suppression:
    when = datetime.fromtimestamp(expires / 1_000_000, UTC)
    return Suppression(
        **{"rule": "scope-escalation", "reason": "looked at", "owner": "dora", "expires": when, **fields}
    )


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({}, True),
        ({"rule": "rapid-exchange"}, False),
        ({"entities": ("user:auth0|alice",)}, True),
        ({"entities": ("connection:google",)}, True),
        ({"entities": ("agent:build-*", "user:auth0|alice")}, True),
        ({"entities": ("agent:build-*", "user:auth0|bob")}, False),
        ({"entities": ("agent:build",)}, False),
        ({"verdict": "grew"}, True),
        ({"verdict": "grew-*"}, False),
        ({"tenant": "north"}, True),
        ({"tenant": "south"}, False),
    ],
)
def test_a_line_covers_the_alerts_it_names_and_no_others(fields: dict[str, Any], covered: bool) -> None:
    left, apart, (use,) = silenced([ALERT], [line(**fields)])
    assert (len(left), len(apart), use.status, use.alerts) == ((0, 1, "applied", 1) if covered else (1, 0, "unused", 0))


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (NOON + 10 * DAY - 1, "applied"),
        (NOON + 10 * DAY, "expired"),
        (NOON + 99 * DAY, "expired"),
        (UNDATED, "undated"),
    ],
)
def test_an_expiry_is_judged_by_the_alerts_own_end_and_never_holds_without_one(last: int, status: str) -> None:
    left, apart, (use,) = silenced([replace(ALERT, first_seen=min(NOON, last), last_seen=last)], [line()])
    assert (use.status, use.alerts) == (status, 1)
    assert bool(apart) == (status == "applied") != bool(left)


def test_an_alert_of_another_time_neither_ends_a_suppression_nor_revives_it() -> None:
    late = replace(ALERT, id="b" * 16, first_seen=NOON + 99 * DAY, last_seen=NOON + 99 * DAY)
    left, apart, (use,) = silenced([ALERT, late], [line()])
    assert ([one.id for one in left], [one.alert.id for one in apart]) == ([late.id], [ALERT.id])
    assert (use.status, use.alerts) == ("applied", 1)


def test_a_line_that_still_holds_serves_where_an_expired_one_stands_before_it() -> None:
    old, new = line(expires=NOON, reason="old"), line(reason="new")
    left, apart, uses = silenced([ALERT], [old, new])
    assert left == [] and apart[0].reason == "new"
    assert [(use.status, use.alerts) for use in uses] == [("expired", 0), ("applied", 1)]


def test_a_severity_sets_the_level_remembers_the_rules_own_and_keeps_the_order() -> None:
    other = replace(ALERT, id="b" * 16, rule="rapid-exchange", level=Level.medium)
    lines = [
        Severity(rule="scope-escalation", level="critical", verdict="nothing"),
        Severity(rule="scope-escalation", level="low", entities=("agent:build-*",)),
        Severity(rule="scope-escalation", level="critical"),
        Severity(rule="rapid-exchange", level="medium"),
    ]
    told = graded([ALERT, other], lines)
    assert [(one.rule, one.level, one.judged) for one in told] == [
        ("rapid-exchange", Level.medium, None),
        ("scope-escalation", Level.low, Level.high),
    ]


def baseline(*alerts: Alert) -> Baseline:
    told = tuple(
        Told(id=one.id, claim=one.claim, level=one.level, first_seen=one.first_seen, last_seen=one.last_seen)
        for one in alerts
    )
    return Baseline(BaselineUse(path="b.json", sha256="0" * 64, alerts=len(told)), told)


@pytest.mark.parametrize(
    ("changes", "is_known"),
    [
        ({}, True),
        ({"last_seen": NOON + 5 * DAY, "count": 99}, True),
        ({"level": Level.low}, True),
        ({"level": Level.critical}, False),
        ({"id": "c" * 16}, True),
        ({"id": "c" * 16, "first_seen": NOON + DAY}, True),
        ({"id": "c" * 16, "first_seen": NOON + DAY + 1}, False),
        ({"id": "c" * 16, "first_seen": NOON - 1}, False),
        ({"id": "c" * 16, "level": Level.critical}, False),
        ({"id": "c" * 16, "verdict": "else"}, False),
        ({"id": "c" * 16, "subject": ("user:auth0|bob",)}, False),
        ({"id": "c" * 16, "tenant": "south"}, False),
        ({"id": "c" * 16, "rule": "rapid-exchange"}, False),
    ],
)
def test_an_alert_is_known_by_its_id_or_by_its_claim_over_the_time_it_begins(
    changes: dict[str, Any], is_known: bool
) -> None:
    (told,) = known([replace(ALERT, **changes)], baseline(ALERT))
    assert told.known is is_known


def test_without_a_baseline_nothing_is_known() -> None:
    assert [one.known for one in known([ALERT], None)] == [False]


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 6)), max_size=8), st.integers(1, 50))
def test_what_a_report_told_of_a_claim_is_known_exactly_within_its_spans(
    spans: list[tuple[int, int]], start: int
) -> None:
    """Against the plain reading, for spans that lie apart as the folding of findings makes them."""
    apart: list[tuple[int, int]] = []
    for first, length in sorted(spans):
        if not apart or first > apart[-1][1]:
            apart.append((first, first + length))
    old = [replace(ALERT, id=f"{at:016x}", first_seen=first, last_seen=last) for at, (first, last) in enumerate(apart)]
    (told,) = known([replace(ALERT, id="f" * 16, first_seen=start, last_seen=99)], baseline(*old))
    assert told.known is any(first <= start <= last for first, last in apart)


def test_an_undated_alert_is_known_by_its_claim() -> None:
    timeless = replace(ALERT, first_seen=UNDATED, last_seen=UNDATED)
    assert known([replace(timeless, id="d" * 16)], baseline(timeless))[0].known
