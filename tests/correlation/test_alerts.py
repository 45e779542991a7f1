"""Findings fold into alerts."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.correlation.alerts import MAX_EVIDENCE, QUIET, fold
from onesec_cli.model.detector import Rule
from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level

RULES = {name: Rule(id=name, title=f"Title of {name}", level=Level.low, asi=("ASI03",)) for name in ("a", "b")}


def finding(time: int, rule: str = "a", subject: str = "user:u", level: Level = Level.low) -> Finding:
    origin = Origin("trail", time + 1, time * 10, 5)
    return Finding(
        rule=rule,
        level=level,
        time=time,
        event_id=f"e{time}",
        message=f"at {time}",
        subject=(subject,),
        entities=(subject,),
        evidence=(Evidence(origin, time, "trigger"),),
    )


def test_a_hundred_and_twenty_copies_are_one_alert_with_a_count() -> None:
    (alert,) = fold([finding(time) for time in range(120)], RULES)
    assert (alert.count, alert.first_seen, alert.last_seen) == (120, 0, 119)
    assert (len(alert.evidence), alert.evidence_total) == (MAX_EVIDENCE, 120)
    assert alert.title == "Title of a"


def test_a_claim_that_comes_back_after_a_quiet_day_is_a_new_alert() -> None:
    alerts = fold([finding(0), finding(QUIET), finding(2 * QUIET + 1)], RULES)
    assert [alert.count for alert in alerts] == [2, 1]
    assert alerts[0].id != alerts[1].id


def test_the_worst_finding_gives_the_level_and_the_words() -> None:
    (alert,) = fold([finding(0), finding(5, level=Level.high), finding(9)], RULES)
    assert (alert.level, alert.message) == (Level.high, "at 5")
    assert alert.evidence[0].time == 5


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from("ab"), st.sampled_from(["u:1", "u:2"]), st.sampled_from(Level)),
        max_size=30,
        unique_by=lambda one: one[:3],
    ),
    st.integers(0, 9),
)
def test_the_order_of_findings_changes_nothing_and_none_is_lost(
    told: list[tuple[int, str, str, Level]], seed: int
) -> None:
    findings = [finding(*one) for one in told]
    shuffled = findings[:]
    random.Random(seed).shuffle(shuffled)
    assert fold(findings, RULES) == fold(shuffled, RULES)
    assert sum(alert.count for alert in fold(findings, RULES)) == len(findings)
