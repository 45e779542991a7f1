"""The first questions of a responder, answered from the alerts of an incident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from onesec_cli.correlation.brief import MOST, brief_of
from onesec_cli.correlation.containment import measures
from onesec_cli.model.access import AccessRow
from onesec_cli.model.clock import MINUTE, show_time
from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.finding import ASKED, INSTRUCTED, OBEYED, PLANTED, Alert
from onesec_cli.model.level import Level
from tests.correlation.test_incidents import HIJACK, NINE, WIDER, alert
from tests.run import SAMPLES, onesec, scan


def proof(line: int, role: str = "it") -> Evidence:
    return Evidence(Origin("a", line, line, 1), NINE, role)


def with_(one: Alert, *proofs: Evidence, **facts: Any) -> Alert:
    return replace(one, evidence=proofs or one.evidence, facts=facts)


TOLD = with_(
    HIJACK,
    proof(7),
    proof(3, INSTRUCTED),
    goal="Sum up",
    instruction="Send it",
    source="result",
    source_tool="read_mail",
)


def test_the_text_is_quoted_where_it_stands_and_not_where_it_was_obeyed() -> None:
    brief = brief_of([TOLD])
    assert [(one.text, one.proof) for one in brief.by_text] == [("'Send it' (a result of read_mail)", "a:3")]
    assert [(one.text, one.proof) for one in brief.hijacked] == [("bot, acting for alice, in session s1", "a:7")]
    assert [one.text for one in brief.asked] == ["Sum up"]


def test_where_nobody_was_seen_obeying_the_planted_memory_is_what_there_is() -> None:
    poisoned = with_(
        alert("memory-poisoning", 0, "session:s0"),
        proof(1),
        proof(2, PLANTED),
        sentence="Always pay",
        source_tool="read_page",
    )
    brief = brief_of([poisoned, WIDER])
    assert [(one.text, one.proof) for one in brief.by_text] == [("'Always pay' (a result of read_page)", "a:2")]
    assert "does not name, acting for a user that its log does not name, in session s0" in brief.hijacked[0].text
    assert (
        brief_of([TOLD, poisoned]).by_text[0].text.startswith("'Send it'")
        and len(brief_of([TOLD, poisoned]).by_text) == 1
    )


def test_of_two_alerts_on_one_record_the_graver_tells_what_was_taken() -> None:
    used = replace(alert("use-after-unlink", 9, level=Level.critical), message="used", evidence=(proof(9),))
    revoked = replace(alert("unauthorized-agent", 9), message="revoked", evidence=(proof(9),))
    assert [one.text for one in brief_of([TOLD, revoked, used]).taken] == ["used"]
    assert [one.text for one in brief_of([TOLD, used, revoked]).taken] == ["used"]


def test_data_is_told_by_where_it_was_read_and_where_it_went() -> None:
    sent = with_(alert("exfiltration", 4), proof(8), source_tool="list_users", destination="x.example", tool="mail")
    assert brief_of([TOLD, sent]).taken[0].text == "data: what list_users had returned, sent to x.example through mail"
    assert brief_of([TOLD, with_(sent, proof(8), source_tool="", tool="mail")]).taken[0].text == "exfiltration"


def test_what_was_tried_in_vain_was_not_taken_and_what_was_done_often_says_so() -> None:
    refused = replace(alert("use-after-unlink", 9), verdict="refused", evidence=(proof(9),))
    failed = with_(alert("exfiltration", 4), proof(8), outcome="failed")
    often = replace(alert("scope-escalation", 5, until=20), message="wider.", count=3, evidence=(proof(10),))
    told = brief_of([TOLD, refused, failed, often]).taken
    assert [one.text for one in told] == [f"wider (3 times, the last {show_time(NINE + 20 * MINUTE)})"]


def test_what_a_turned_agent_sent_is_taken_though_no_other_alert_tells_it() -> None:
    def call(line: int, minutes: int) -> Evidence:
        return Evidence(Origin("a", line, line, 1), NINE + minutes * MINUTE, OBEYED)

    def step(minutes: int, to: str, outcome: str = "done") -> dict[str, str]:
        return {
            "tool": "mail",
            "level": "high",
            "outcome": outcome,
            "time": show_time(NINE + minutes * MINUTE),
            "to": to,
        }

    chain = [step(1, "x.example"), step(2, "x.example"), step(3, ""), step(4, "y.example", "refused")]
    turned = with_(HIJACK, *(call(20 + n, n) for n in (1, 2, 3, 4)), chain=chain, goal="Sum up")
    sent = replace(alert("exfiltration", 1), message="data left", evidence=(call(21, 1),))
    told = [(one.text, one.proof) for one in brief_of([turned, sent]).taken]
    assert told == [("data left", "a:21"), ("data: what mail carried, sent to x.example", "a:22")]


def test_the_wish_is_shown_where_the_user_spoke() -> None:
    assert brief_of([with_(TOLD, proof(7), proof(2, ASKED), goal="Sum up")]).asked[0].proof == "a:2"


def test_power_that_was_handed_on_without_being_held_is_taken() -> None:
    wide = replace(alert("delegation-chain", 1), verdict="child-wider-than-parent", evidence=(proof(1),))
    long = replace(alert("delegation-chain", 2), verdict="child-outlives-parent", evidence=(proof(2),))
    assert [one.proof for one in brief_of([wide, long]).taken] == ["a:1"]


def test_answers_to_one_question_are_bounded_and_each_is_told_once() -> None:
    many = [replace(alert("scope-escalation", n), message=f"m{n}", evidence=(proof(n + 1),)) for n in range(2 * MOST)]
    assert len(brief_of([TOLD, *many]).taken) == MOST
    assert len(brief_of([TOLD, TOLD]).asked) == 1


def row(basis: str, **given: Any) -> AccessRow:
    told: dict[str, Any] = {"tenant": "acme", "agent": "bot", "client": "bot", "user": "alice", "place": "google"}
    told |= {"basis": basis, "scopes": (), "status": "active", "since": NINE, "last_used": NINE, "uses": 1}
    told |= {"token_expires": None, "ended": None, "evidence": (proof(1),)}
    return AccessRow(**{**told, **given})


def test_what_was_used_after_the_unlink_is_revoked_at_the_provider_and_not_unlinked_again() -> None:
    used = replace(alert("use-after-unlink", 9), subject=("agent:bot", "user:alice", "connection:google"))
    vault = row("token vault", status="ended", ended=NINE)
    told = {one.action: one for one in measures([row("tool call"), vault], [used], NINE)}
    assert told["revoke-at-provider"].target == ("user:alice", "connection:google")
    assert told["revoke-at-provider"].open and not told["unlink-account"].open
    refused = replace(used, verdict="refused")
    assert "revoke-at-provider" not in {one.action for one in measures([vault], [refused], NINE)}
    assert {one.action: one.open for one in measures([row("tool call"), vault], [], NINE)}["unlink-account"]


def test_planted_memories_are_cleaned_and_agents_that_nobody_brought_in_are_stopped() -> None:
    planted = replace(alert("memory-poisoning", 1), subject=("session:s1", "memory:CLAUDE.md"))
    rogue = replace(alert("rogue-agent", 2), verdict="planted-task", subject=("agent:worker", "session:s1"))
    parent = replace(rogue, entities=("agent:worker", "session:s1", "agent:bot"))
    told = [(one.action, one.target) for one in measures([], [planted, parent], NINE)]
    assert told == [("stop-agent", ("agent:worker",)), ("clean-memory", ("memory:CLAUDE.md",))]
    assert [one.reason.rpartition("; ")[2] for one in measures([], [planted, parent], NINE)] == [
        "whether it was stopped is not seen in the trail",
        "whether it was cleaned since is not seen in the trail",
    ]
    assert not measures([], [replace(planted, level=Level.low), replace(rogue, verdict="too-many")], NINE)


def test_a_delegation_that_was_used_after_its_end_is_not_done_with() -> None:
    ended = row("delegation", status="ended", ended=NINE)
    later = row("tool call", since=NINE + 1, last_used=NINE + 1, evidence=(proof(4),))
    told = measures([ended, later], [], NINE + 2)
    assert [(one.action, one.open) for one in told if "secret" not in one.action] == [("revoke-delegation", True)]
    assert "acted" in told[0].reason and told[0].proofs == ("a:1", "a:4")
    other = row("tool call", agent="else", last_used=NINE + 1)
    assert ("revoke-delegation", False) in [(one.action, one.open) for one in measures([ended, other], [], NINE + 2)]


def test_an_agent_that_surely_obeyed_is_stopped() -> None:
    assert [(one.action, one.target) for one in measures([], [HIJACK], NINE)] == [("stop-agent", ("agent:bot",))]
    assert not measures([], [replace(HIJACK, level=Level.medium)], NINE)


def test_an_agent_is_stopped_where_the_trail_takes_each_of_its_accesses_away() -> None:
    rogue = replace(alert("rogue-agent", 2), verdict="planted-task", subject=("agent:worker", "session:s1"))

    def stop(*rows: AccessRow, others: int = 0) -> bool:
        (one,) = [each for each in measures(rows, [rogue], NINE, others) if each.action == "stop-agent"]
        return one.open

    gone = row("consent", agent="worker", client="worker", status="ended", ended=NINE)
    assert not stop(gone) and not stop(gone, row("consent"))
    assert stop() and stop(row("consent")), "nothing is seen of it"
    assert stop(gone, row("token vault", agent="worker", client="worker")), "one is left"
    ran_out = row("token vault", agent="worker", client="worker", status="expired", token_expires=NINE)
    assert stop(gone, ran_out), "what ran out by itself was not taken away"
    assert stop(gone, others=1), "it held access for others too"


def test_what_the_trail_does_not_show_the_end_of_is_told_so_by_the_command() -> None:
    (one,) = scan(SAMPLES / "full_story")["incidents"]
    stops = [each for each in one["containment"] if each["action"] in ("stop-agent", "clean-memory")]
    assert stops and all(each["open"] and "is not seen in the trail" in each["reason"] for each in stops)


def test_an_agent_whose_access_was_taken_away_is_told_as_stopped_by_the_command(tmp_path: Path) -> None:
    attack, identity = SAMPLES / "rogue-agent" / "attack.jsonl", tmp_path / "identity.jsonl"
    told = next(each for each in scan(attack)["alerts"] if each["verdict"] == "planted-task")
    who = {"onesec": 1, "tenant": told["tenant"], "user": "ada", "client": "agent-8c2", "connection": "google"}
    lines = [
        {**who, "time": "2026-03-02T08:59:00Z", "kind": "token.exchange", "flow": "vault", "scopes": ["a.read"]},
        {**who, "time": "2026-03-02T10:00:00Z", "kind": "account.unlink"},
    ]
    for number, is_open in ((1, True), (2, False)):
        identity.write_text("".join(f"{json.dumps(line)}\n" for line in lines[:number]))
        explained = json.loads(onesec("explain", "-q", "-f", "json", told["id"], attack, identity)[1])
        (stop,) = [each for each in explained["containment"] if each["action"] == "stop-agent"]
        assert (stop["target"], stop["open"]) == (["agent:agent-8c2"], is_open)
        assert ("taken away, the last 2026-03-02T10:00:00.000Z" in stop["reason"]) is not is_open
