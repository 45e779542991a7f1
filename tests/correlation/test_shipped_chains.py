"""The chains that ship beside hijack-to-privilege: what makes an incident of each, and what must not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from onesec_cli.correlation.incidents import correlate
from onesec_cli.detectors import DETECTORS
from onesec_cli.model.clock import DAY, MINUTE
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Grade
from onesec_cli.model.level import Level
from tests.correlation.test_incidents import alert
from tests.run import SAMPLES, onesec, scan

DAYS = DAY // MINUTE
SESSION = ("session:s1", "user:alice", "agent:bot")
HIJACK = alert("goal-hijack", 0, *SESSION)


def memory(verdict: str, minutes: int, session: str, *names: str, **more: Any) -> Alert:
    one = alert("memory-poisoning", minutes, f"session:{session}", *names, **more)
    return replace(one, verdict=verdict, subject=(f"session:{session}", "memory:vendors"))


PLANTED = memory("planted", 0, "s1", "agent:bot")
RECALLED = memory("recalled", 14 * DAYS, "s2", "agent:bot", level=Level.low)
SLEEPER = memory("sleeper", 14 * DAYS + 1, "s2", "agent:bot", level=Level.critical)


@pytest.mark.parametrize("rule", ["exfiltration", "tool-misuse", "approval-bypass", "memory-poisoning", "rogue-agent"])
def test_a_hijack_and_the_harm_in_its_session_are_an_incident_without_the_identity_trail(rule: str) -> None:
    (told,) = correlate([alert(rule, 2, *SESSION), HIJACK])
    assert (told.chain, told.grade) == ("hijack-to-harm", Grade.certain)
    assert [step.rule for step in told.steps] == ["goal-hijack", rule]
    assert told.joins[0].on == ("session:s1",)


@pytest.mark.parametrize(
    "other",
    [
        alert("exfiltration", 2, "session:s9", "user:alice", "agent:bot"),
        alert("exfiltration", -2, *SESSION),
        alert("exfiltration", 61, *SESSION),
        alert("exfiltration", 2, *SESSION, level=Level.low),
        alert("exfiltration", 2, *SESSION, tenant="other"),
        alert("injection-exposure", 2, *SESSION),
        alert("goal-hijack", 2, *SESSION),
    ],
    ids=["another session", "before", "too late", "low", "another tenant", "no harm", "only a hijack"],
)
def test_harm_elsewhere_or_no_harm_makes_no_incident_of_a_hijack(other: Alert) -> None:
    assert correlate([HIJACK, other]) == ()


def test_where_the_identity_trail_tells_more_the_story_is_that_of_privilege() -> None:
    wider = alert("scope-escalation", 4, "user:alice", "client:bot")
    (told,) = correlate([HIJACK, alert("exfiltration", 2, *SESSION), wider])
    assert told.chain == "hijack-to-privilege" and len(told.steps) == 3


def test_a_planted_memory_and_what_it_does_weeks_later_in_another_session_are_an_incident() -> None:
    later = alert("exfiltration", 14 * DAYS + 2, "session:s2", "agent:bot")
    (told,) = correlate([PLANTED, RECALLED, SLEEPER, later])
    assert told.chain == "poisoned-memory-to-act"
    assert [step.alert for step in told.steps] == [PLANTED.id, RECALLED.id, SLEEPER.id, later.id]
    assert {"memory:vendors", "agent:bot"} <= set(told.joins[0].on)
    assert told.path == "ASI06 -> ASI01 -> ASI02"


def test_a_planted_memory_that_is_read_before_harm_is_one_too() -> None:
    later = alert("exfiltration", 14 * DAYS + 2, "session:s2", "agent:bot")
    (told,) = correlate([PLANTED, RECALLED, later])
    assert told.chain == "poisoned-memory-read-then-harm"
    assert correlate([PLANTED, RECALLED, replace(later, entities=("session:s3", "agent:bot"))]) == ()
    early = alert("exfiltration", 14 * DAYS - 2, "session:s2", "agent:bot")
    assert correlate([PLANTED, RECALLED, early]) == (), "what came before it was read is not its doing"


@pytest.mark.parametrize(
    "other",
    [
        replace(SLEEPER, subject=("session:s2", "memory:notes")),
        memory("planted", 14 * DAYS, "s2", "agent:bot"),
        memory("sleeper", 31 * DAYS, "s2", "agent:bot"),
        RECALLED,
        alert("exfiltration", 14 * DAYS, "session:s2", "agent:bot"),
    ],
    ids=["another memory", "planted again", "too late", "only read", "nothing names the memory"],
)
def test_what_no_memory_ties_together_is_no_incident(other: Alert) -> None:
    assert correlate([PLANTED, other]) == ()


def test_a_hijack_that_plants_a_memory_does_not_hide_what_the_memory_does_later() -> None:
    planted = replace(PLANTED, level=Level.medium, first_seen=PLANTED.first_seen + MINUTE)
    (told,) = correlate([HIJACK, planted, SLEEPER])
    assert {step.alert for step in told.steps} >= {HIJACK.id, planted.id}
    lone = replace(HIJACK, entities=("session:s0", "agent:bot"))
    (told,) = correlate([lone, planted, SLEEPER])
    assert told.chain == "poisoned-memory-to-act"


def test_a_phished_application_that_uses_what_it_was_given_is_an_incident_and_its_victims_elsewhere_are_not() -> None:
    phished = alert("consent-phishing", 0, "client:sync", "user:alice", "user:bob", "session:w1")
    used = alert("scope-escalation", 3 * DAYS, "client:sync", "user:alice")
    (told,) = correlate([phished, used])
    assert (told.chain, told.grade) == ("consent-phishing-to-data", Grade.strong)
    assert told.joins[0].on == ("agent:sync", "user:alice")
    for other in (
        alert("scope-escalation", 3 * DAYS, "client:mail", "user:alice", "session:w1"),
        alert("scope-escalation", 8 * DAYS, "client:sync", "user:alice"),
        alert("scope-escalation", 3 * DAYS, "client:sync", level=Level.low),
        alert("denied-scope-request", 3 * DAYS, "client:sync"),
    ):
        assert correlate([phished, other]) == (), other


def test_a_conversation_that_was_hijacked_and_sent_data_out_is_told_by_the_command() -> None:
    (one,) = scan(SAMPLES / "exfiltration" / "attack.jsonl")["incidents"]
    assert (one["chain"], one["grade"]) == ("hijack-to-harm", "certain")
    assert one["brief"]["hijacked"] and one["brief"]["by_text"] and one["brief"]["taken"]
    assert "INCIDENT  Hijacked goal, then harm" in onesec("scan", SAMPLES / "exfiltration" / "attack.jsonl")[1]


def test_a_memory_planted_in_one_conversation_and_obeyed_in_another_is_told_by_the_command() -> None:
    (one,) = scan(SAMPLES / "memory-poisoning" / "attack.jsonl")["incidents"]
    assert one["chain"] == "poisoned-memory-to-act"
    sessions = {name for name in one["entities"] if name.startswith("session:")}
    assert len(sessions) == 2 and any("memory:vendors" in join["on"] for join in one["joins"])


def exchanges(path: Path, client: str) -> Path:
    who = {"onesec": 1, "tenant": "acme-consent-phishing", "user": "auth0|u00", "client": client}
    scopes = (["calendar.read"], ["calendar.read"], ["calendar.read", "admin.directory.user"])
    lines = [
        {**who, "time": f"2026-04-12T10:{n}0:00Z", "kind": "token.exchange", "flow": "vault", "connection": "google"}
        | {"scopes": told}
        for n, told in enumerate(scopes)
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def test_a_phished_application_is_followed_to_its_tokens_by_the_command(tmp_path: Path) -> None:
    attack = SAMPLES / "consent-phishing" / "attack.jsonl"
    (one,) = scan(attack, exchanges(tmp_path / "a.jsonl", "invsync0001"))["incidents"]
    assert one["chain"] == "consent-phishing-to-data"
    assert [step["rule"] for step in one["steps"]][:2] == ["consent-phishing", "scope-escalation"]
    assert scan(attack, exchanges(tmp_path / "b.jsonl", "planner01"))["incidents"] == []


def test_no_honest_trail_makes_an_incident() -> None:
    for detector in DETECTORS:
        assert scan(SAMPLES / detector.rule.id / "benign.jsonl")["incidents"] == [], detector.rule.id
