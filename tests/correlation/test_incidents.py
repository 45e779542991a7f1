"""What began in a conversation and went on in the identity trail is one incident."""

from __future__ import annotations

import random
from typing import Any

import pytest

from onesec_cli.correlation.incidents import correlate
from onesec_cli.model.clock import HOUR, MINUTE
from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Grade
from onesec_cli.model.level import Level

NINE = 1_772_355_600_000_000


def alert(
    rule: str, minutes: int, *entities: str, level: Level = Level.high, tenant: str = "acme", until: int = 0
) -> Alert:
    time = NINE + minutes * MINUTE
    told: dict[str, Any] = dict.fromkeys(("title", "message", "verdict", "judged_on"), rule)
    return Alert(
        **told,
        id=f"{rule}@{minutes}",
        rule=rule,
        level=level,
        asi=(),
        attack=(),
        tenant=tenant,
        subject=(),
        entities=entities,
        first_seen=time,
        last_seen=NINE + until * MINUTE if until else time,
        count=1,
        evidence=(Evidence(Origin("a", 1, 0, 1), time, "it"),),
        evidence_total=1,
        facts={},
    )


HIJACK = alert("goal-hijack", 0, "session:s1", "user:alice", "agent:bot")
WIDER = alert("scope-escalation", 4, "user:alice", "client:bot", "connection:google")
ROGUE = alert("rogue-agent", 9, "session:s1", "agent:worker")


def test_a_hijack_and_the_wider_exchange_after_it_are_one_incident_in_causal_order() -> None:
    (told,) = correlate([ROGUE, WIDER, HIJACK])
    assert [step.alert for step in told.steps] == [HIJACK.id, WIDER.id, ROGUE.id]
    assert told.path == "ASI01 -> ASI03 -> ASI10"
    assert told.joins[0].on == ("agent:bot", "user:alice")
    assert [join.grade for join in told.joins] == [Grade.strong, Grade.certain]
    assert (told.level, told.grade) == (Level.high, Grade.strong)
    assert "4 min later scope-escalation" in told.message


def test_poisoned_memory_comes_first_in_the_name_of_the_chain() -> None:
    (told,) = correlate([alert("memory-poisoning", -20, "session:s0", "user:alice"), HIJACK, WIDER])
    assert told.chain == "poisoned-memory-to-privilege"
    assert told.path == "ASI06 -> ASI01 -> ASI03"


@pytest.mark.parametrize(
    "later",
    [
        alert("scope-escalation", -4, "user:alice", "client:bot"),
        alert("scope-escalation", 90, "user:alice", "client:bot"),
        alert("scope-escalation", 4, "user:bob", "client:other"),
        alert("scope-escalation", 4, "user:alice", "client:bot", tenant="other"),
        alert("scope-escalation", 4, "user:alice", "client:bot", level=Level.informational),
        alert("log-tampering", 4, "user:alice", "client:bot"),
    ],
    ids=["before", "too late", "another user", "another tenant", "informational", "another rule"],
)
def test_what_does_not_follow_is_no_part_of_it(later: Alert) -> None:
    named = alert("scope-escalation", 300, "user:alice", "client:bot")
    assert correlate([HIJACK, later, named]) == ()


def test_an_alert_that_went_on_after_the_hijack_follows_from_it() -> None:
    (told,) = correlate([HIJACK, alert("rapid-exchange", -30, "client:bot", until=10)])
    assert told.steps[1].time == NINE + 10 * MINUTE


def test_a_hijack_in_a_log_that_names_nobody_is_linked_by_time_alone_and_says_so() -> None:
    nameless = alert("goal-hijack", 0, "session:s1", "agent:main")
    (told,) = correlate([nameless, WIDER])
    assert (told.grade, told.level) == (Grade.weak, Level.medium)
    assert "time alone" in told.title
    assert correlate([nameless, alert("scope-escalation", 20, "user:alice", "client:bot")]) == ()


def test_a_log_that_names_somebody_whom_the_identity_trail_knows_is_never_linked_by_time() -> None:
    bob = alert("goal-hijack", 0, "session:s1", "user:bob")
    assert correlate([bob, WIDER, alert("scope-escalation", 600, "user:bob", "client:x")]) == ()


def test_time_alone_never_links_what_a_story_can_do_without() -> None:
    hijack = alert("goal-hijack", 0, "session:s1")
    unlinked = alert("unlink-cascade", 5, "user:bob", "connection:google", level=Level.low)
    (told,) = correlate([hijack, WIDER, unlinked])
    assert [step.alert for step in told.steps] == [hijack.id, WIDER.id]


def test_a_phished_consent_and_what_an_unlink_leaves_behind_belong_to_the_story() -> None:
    phished = alert("consent-phishing", 20, "user:alice", "client:helper")
    ended = alert("unlink-cascade", 50, "user:alice", "connection:google", level=Level.low)
    alive = alert("residual-token", 50, "user:alice", "client:helper", level=Level.medium)
    (told,) = correlate([alive, ended, phished, HIJACK])
    assert [step.alert for step in told.steps] == [HIJACK.id, phished.id, alive.id, ended.id]
    assert told.path == "ASI01 -> ASI09 -> ASI03"
    assert correlate([HIJACK, ended, alive]) == ()


def test_a_conversation_without_a_clock_is_linked_to_nothing() -> None:
    assert correlate([alert("goal-hijack", -NINE // MINUTE, "user:alice"), WIDER]) == ()


def test_two_hijacks_before_one_exchange_are_one_incident() -> None:
    again = alert("goal-hijack", 2, "session:s2", "user:alice", "agent:bot")
    (told,) = correlate([HIJACK, again, WIDER])
    assert [step.alert for step in told.steps] == [HIJACK.id, again.id, WIDER.id]


def test_the_order_of_alerts_changes_nothing() -> None:
    alerts = [HIJACK, WIDER, ROGUE, alert("exfiltration", 6, "session:s1"), alert("memory-poisoning", -5, "user:alice")]
    first = correlate(alerts)
    for seed in range(20):
        random.Random(seed).shuffle(alerts)
        assert correlate(alerts) == first
    assert first[0].last_seen - first[0].first_seen < HOUR


def test_authority_that_nobody_had_and_those_who_act_with_it_are_one_incident() -> None:
    wide = alert("delegation-chain", 0, "agent:writer", "agent:mirror", "user:alice")
    rogue = alert("rogue-agent", 2, "agent:mirror", "session:s1")
    used = alert("unauthorized-agent", 25, "agent:mirror", "user:alice", "session:s1")
    (told,) = correlate([used, rogue, wide])
    assert told.chain == "delegation-abuse" and [step.alert for step in told.steps] == [wide.id, rogue.id, used.id]
    assert "2 min later rogue-agent" in told.message and "(joined on agent:mirror: a fair link)" in told.message
    assert not correlate([wide, alert("delegation-chain", 1, "agent:mirror", "user:alice")])
    (hijack,) = correlate(
        [
            HIJACK,
            alert("delegation-chain", 3, "agent:bot", "user:alice"),
            alert("unauthorized-agent", 5, "agent:bot", "user:alice"),
        ]
    )
    assert hijack.chain == "hijack-to-privilege"


def test_a_sentence_grades_the_link_it_speaks_of_and_names_the_least_sure_one() -> None:
    (told,) = correlate([HIJACK, WIDER, alert("rogue-agent", 9, "agent:bot")])
    assert "a strong link); 1 more alert belongs to it, the least sure by a fair link." in told.message
