"""The shipped trails: each attack raises its detector and nothing unrelated, each benign twin stays silent."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from onesec_cli.detectors import DETECTORS
from tests.run import ROOT, SAMPLES, onesec, rules, scan

RELATED: dict[str, set[str]] = {
    "unlink-cascade": {"residual-token", "use-after-unlink"},
    "use-after-unlink": {"unlink-cascade", "residual-token", "unauthorized-agent"},
    "residual-token": {"unlink-cascade"},
    "account-swap": {"unlink-cascade"},
    "approval-bypass": {"tool-misuse"},
    "rogue-agent": {"injection-exposure"},
    "memory-poisoning": {"goal-hijack", "injection-exposure"},
    "exfiltration": {"goal-hijack", "injection-exposure"},
}
"""Other rules that speak of the same act: an unlink always ends something."""
PACK: dict[str, set[str]] = {
    "approval-bypass": {"agent/own_permissions_changed.yml"},
    "tool-misuse": {"agent/credential_read_then_sent.yml"},
    "privileged-grant-change": {"tenant/brute_force_protection_off.yml", "tenant/mfa_never_required.yml"},
}
"""Rules of the pack that speak of the same act, by their file."""


def related(rule: str) -> set[str]:
    """Ids of everything that may speak beside a detector on its own trail."""
    files = [ROOT / "rules" / name for name in PACK.get(rule, ())]
    return RELATED.get(rule, set()) | {
        one["id"] for file in files for one in YAML(typ="safe", pure=True).load_all(file)
    }


def test_every_detector_has_an_attack_trail_and_a_benign_twin() -> None:
    for detector in DETECTORS:
        for name in ("attack.jsonl", "benign.jsonl"):
            assert (SAMPLES / detector.rule.id / name).is_file(), f"{detector.rule.id}/{name}"


@pytest.mark.parametrize("rule", [detector.rule.id for detector in DETECTORS])
def test_an_attack_trail_raises_its_detector_and_nothing_unrelated(rule: str) -> None:
    raised = rules(scan(SAMPLES / rule / "attack.jsonl"))
    if rule == "unlink-cascade":  # a cascade is a record of what ended; only live sub-delegations raise it
        assert raised <= {rule} | related(rule)
        assert raised
        return
    assert rule in raised
    assert raised <= {rule} | related(rule)


@pytest.mark.parametrize("rule", [detector.rule.id for detector in DETECTORS])
def test_a_benign_twin_raises_nothing_above_informational(rule: str) -> None:
    report = scan(SAMPLES / rule / "benign.jsonl")
    assert not rules(report)
    assert report["counts"]["events"] >= 20
    assert report["verdict"]["status"] == "clean"


def test_the_full_story_holds_the_published_five() -> None:
    raised = rules(scan(SAMPLES / "full_story"))
    assert {
        "scope-escalation",
        "unauthorized-agent",
        "consent-phishing",
        "use-after-unlink",
        "delegation-chain",
    } <= raised


def test_the_full_story_is_one_incident_from_the_injected_text_to_the_planted_memory() -> None:
    report = scan(SAMPLES / "full_story")
    (incident,) = report["incidents"]
    steps = [step["rule"] for step in incident["steps"]]
    told = ("goal-hijack", "scope-escalation", "exfiltration", "memory-poisoning", "rogue-agent", "delegation-chain")
    later = ("consent-phishing", "unauthorized-agent", "unlink-cascade", "use-after-unlink")
    assert [steps.index(rule) for rule in (*told, *later)] == sorted(steps.index(rule) for rule in (*told, *later))
    assert steps[-1] == "memory-poisoning", "what was planted works in a later conversation"
    times = [step["time"] for step in incident["steps"]]
    assert times == sorted(times)
    assert {join["later"] for join in incident["joins"]} == {step["alert"] for step in incident["steps"][1:]}
    others = {one for one in incident["entities"] if one.startswith("user:")} - {"user:auth0|65f1c0ffee0000000000a11c"}
    assert not others, "nobody else's events belong to it"


def test_nothing_of_the_honest_work_in_the_full_story_is_told_above_a_note() -> None:
    report = scan(SAMPLES / "full_story")
    steps = {step["alert"] for step in report["incidents"][0]["steps"]}
    apart = [(one["rule"], one["level"]) for one in report["alerts"] if one["id"] not in steps]
    assert apart == [("memory-poisoning", "low"), ("unlink-cascade", "informational")]
    before = scan(SAMPLES / "full_story", options=("--until", "2026-05-15T09:29:00Z"))
    assert before["verdict"]["status"] == "clean"


def test_every_piece_of_evidence_opens() -> None:
    report = scan(SAMPLES)
    assert report["alerts"]
    for alert in report["alerts"]:
        assert alert["evidence"]
        for proof in alert["evidence"]:
            data = Path(proof["file"]).read_bytes()
            record = data[proof["offset"] : proof["offset"] + proof["length"]]
            assert hashlib.sha256(record).hexdigest() == proof["sha256"]
            assert data.count(b"\n", 0, proof["offset"]) + 1 == proof["line"]


def test_the_sample_scan_exits_as_the_readme_says() -> None:
    code, out, _ = onesec("scan", SAMPLES)
    assert code == 0
    assert out.rstrip().splitlines()[-1].startswith("ALERTS: ")
    assert onesec("scan", SAMPLES, "--fail-on", "high")[0] == 1
