"""`onesec explain`: what it says is what the scan says, and what it says would silence an alert does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ruamel.yaml import YAML

from onesec_cli.correlation import brief, containment
from onesec_cli.desk import silence
from onesec_cli.detectors import DETECTORS
from onesec_cli.model.policy import Policy
from tests.run import ROOT, SAMPLES, onesec, scan

BOTH = SAMPLES / "both_trails"
FULL = SAMPLES / "full_story"
RULE = ROOT / "rules" / "tenant" / "brute_force_protection_off.yml"
TRAILS = sorted(path for path in SAMPLES.iterdir() if (path / "attack.jsonl").exists())


def explained(about: str, *args: object) -> dict[str, Any]:
    code, out, err = onesec("explain", "-q", "-f", "json", about, *args)
    assert code == 0, err
    told: dict[str, Any] = json.loads(out)
    return told


def test_the_harmless_explanation_is_that_of_the_author_of_a_detector_and_of_a_rule() -> None:
    trail = SAMPLES / "privileged-grant-change" / "attack.jsonl"
    alerts = {one["rule"]: one["id"] for one in scan(trail)["alerts"]}
    assert explained(alerts["privileged-grant-change"], trail)["alerts"][0]["benign"].startswith("An administrator")
    (rule,) = YAML(typ="safe", pure=True).load_all(RULE)
    told = explained(alerts[rule["id"]], trail)["alerts"][0]["benign"]
    assert rule["falsepositives"][0].rstrip(".") in told


def test_every_rule_that_a_table_names_is_a_detector() -> None:
    ids = {detector.rule.id for detector in DETECTORS}
    for table in (brief.TAKES, containment._HIJACKED, silence._DESTINATION, silence._COUNTS_AT):
        assert set(table) <= ids
    limits = msgspec.to_builtins(Policy().thresholds)
    assert not [rule for (rule, _), name in silence._COUNTED.items() if name not in limits[rule]]


def test_an_incident_is_told_with_steps_grades_reach_and_what_to_take_away() -> None:
    (incident,) = scan(BOTH)["incidents"]
    told = explained(incident["id"][:8], BOTH)
    assert [one["rule"] for one in told["alerts"]] == ["goal-hijack", "scope-escalation", "exfiltration"]
    assert {one["grade"]: one["edge"] for one in told["incident"]["joins"]} == {"strong": "inferred", "certain": "hard"}
    assert all(one["remembered"] for one in told["alerts"])
    held = {(row["agent"], row["user"]): row["scopes"] for row in told["blast_radius"]["held"]}
    desk, victim = "deskAgentClient000000000000000001", "auth0|66a0c0ffee00000000a11ce0"
    assert "https://www.googleapis.com/auth/admin.directory.user" in held[desk, victim]
    done = {(one["action"], *one["target"]): one["open"] for one in told["containment"]}
    assert done["unlink-account", f"user:{victim}", "connection:google-oauth2"]
    assert done["rotate-client-secret", f"client:{desk}"]
    assert done["block-destination", "destination:intake@parcels-archive.example"]
    _, text, _ = onesec("explain", "-q", incident["id"], BOTH)
    assert "hard (certain)" in text and "inferred (strong)" in text and "OPEN" in text


def test_what_was_taken_away_already_is_told_as_done_unless_a_token_lives() -> None:
    (alert,) = [
        one
        for one in scan(FULL)["alerts"]
        if one["rule"] == "unauthorized-agent" and one["verdict"] == "never-authorized"
    ]
    told = explained(alert["id"], FULL)
    assert {one["open"] for one in told["containment"] if one["action"] == "unlink-account"} == {False}
    (grant,) = [one for one in told["containment"] if one["action"] == "revoke-grant"]
    assert grant["open"] and "client:shadowCl00000000000000000000cccc" in " ".join(grant["target"]).replace(
        "agent:", "client:"
    )


def test_conditions_stand_beside_their_thresholds() -> None:
    (alert,) = [one for one in scan(FULL)["alerts"] if one["rule"] == "consent-phishing"]
    told = explained(alert["id"][:10], FULL)["alerts"][0]
    assert {"name": "scopes", "observed": 12, "threshold": 10} in told["conditions"]
    assert told["limits"]["thresholds.consent-phishing.max-scopes"] == 10
    assert told["limits"].keys() == {key for key in told["limits"] if key.startswith("thresholds.consent-phishing.")}
    times = [proof["time"] for proof in told["evidence"]]
    assert times == sorted(times)


@pytest.mark.parametrize("trail", [FULL, BOTH, *TRAILS], ids=lambda path: path.name)
def test_whatever_is_said_to_silence_an_alert_does_so(trail: Path, tmp_path: Path) -> None:
    policy = tmp_path / "onesec.yaml"
    report = scan(trail)
    seen: set[tuple[str, str]] = set()
    for alert in report["alerts"]:
        if (alert["rule"], alert["verdict"]) in seen:
            continue
        seen.add((alert["rule"], alert["verdict"]))
        told = explained(alert["id"], trail)["alerts"][0]
        assert (told["id"], told["claim"], told["level"]) == (alert["id"], alert["message"], alert["level"])
        assert len(told["evidence"]) == len(alert["evidence"])
        assert told["benign"] and told["silenced_by"][-1]["policy"].startswith("suppressions:")
        for silencer in told["silenced_by"]:
            policy.write_text(silencer["policy"])
            after = scan(trail, options=("--policy", str(policy)))
            kept = {(one["id"], one["level"], one["message"]) for one in after["alerts"]}
            assert (alert["id"], alert["level"], alert["message"]) not in kept, silencer


def test_an_id_that_no_alert_or_several_have_is_an_error() -> None:
    assert onesec("explain", "-q", "zz", FULL)[0] == 2
    assert onesec("explain", "-q", "", FULL)[0] == 2


HOSTILE = "\x1b[2J<script>\u202e\u200b'\"\\: *[x]{y}\n- #=cmd"


def test_hostile_names_are_inert_and_the_lines_to_paste_still_hold(tmp_path: Path) -> None:
    trail, policy = tmp_path / "t.jsonl", tmp_path / "onesec.yaml"
    text = (FULL / "identity.jsonl").read_text()
    trail.write_text(text.replace('"shadowCl00000000000000000000cccc"', json.dumps(HOSTILE)))
    told = [one for one in scan(trail)["alerts"] if one["rule"] in ("unauthorized-agent", "consent-phishing")]
    assert told
    for alert in told:
        code, out, err = onesec("explain", "-q", alert["id"], trail)
        assert code == 0, err
        assert not any(mark in out for mark in ("\x1b", "\u202e", "\u200b"))
        shown = out[out.index("suppressions:") : out.index("\n\n", out.index("suppressions:"))]
        assert all(len(line) < 2000 for line in out.splitlines())
        policy.write_text("\n".join(line.removeprefix(" " * 13) for line in shown.splitlines()) + "\n")
        after = scan(trail, options=("--policy", str(policy)))
        assert alert["id"] not in {one["id"] for one in after["alerts"]}
        assert alert["id"] in {one["id"] for one in after["suppressed"]}
