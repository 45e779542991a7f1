"""The gates of a nightly run: what is known, what is silenced, at which level, and what is an error."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.reports.readers import read_junit, read_sarif
from tests.run import SAMPLES, onesec, scan

STORY = SAMPLES / "full_story"
TRAIL = (STORY / "identity.jsonl").read_text().splitlines()
KEPT = """version: 1
suppressions:
  - rule: use-after-unlink
    reason: the archive sync was switched off by hand
    owner: dora@example.com
    expires: {expires}
    entities: ['agent:archive-*']
"""


def night(tmp_path: Path, lines: list[str], name: str = "trail.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    return path


def policy(tmp_path: Path, text: str) -> tuple[str, str]:
    path = tmp_path / "onesec.yaml"
    path.write_text(text)
    return "--policy", str(path)


def levels(report: dict[str, Any]) -> dict[str, str]:
    return {alert["id"]: alert["level"] for alert in report["alerts"]}


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_what_last_night_told_fails_nothing_tonight(tmp_path: Path, format: str) -> None:
    old = tmp_path / "last-night"
    assert onesec("scan", STORY, "--fail-on", "high", "-f", format, "-o", old)[0] == 1
    assert onesec("scan", STORY, "--fail-on", "high")[0] == 1
    code, out, _ = onesec("scan", STORY, "--fail-on", "high", "--baseline", old)
    assert code == 0
    assert "known: the baseline told it" in out and f"{old} ({len(scan(STORY)['alerts'])} alerts)" in out.replace(
        "\n             ", ""
    )
    report = scan(STORY, options=("--baseline", str(old)))
    assert all(alert["known"] for alert in report["alerts"])
    assert report["counts"]["known"] == len(report["alerts"]) > 0
    assert report["baseline"]["sha256"] == hashlib.sha256(old.read_bytes()).hexdigest()


def test_only_what_is_new_fails(tmp_path: Path) -> None:
    before = [
        line for line in TRAIL if '"date":"2026-05-15T09:31' not in line and '"date":"2026-05-15T09:4' not in line
    ]
    assert 0 < len(before) < len(TRAIL)
    old = tmp_path / "old.json"
    onesec("scan", night(tmp_path, before), "-f", "json", "-o", old)
    told, report = json.loads(old.read_text()), scan(night(tmp_path, TRAIL), options=("--baseline", str(old)))
    new = {alert["id"] for alert in report["alerts"] if not alert["known"]}
    assert new and new >= set(levels(report)) - set(levels(told))
    worst = max((alert for alert in report["alerts"] if alert["id"] in new), key=lambda one: one["level"] == "critical")
    assert worst["level"] == "critical"
    assert onesec("scan", night(tmp_path, TRAIL), "--baseline", old, "--fail-on", "critical")[0] == 1


def test_an_alert_that_grew_worse_is_new(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    onesec("scan", STORY, "-f", "json", "-o", old)
    told = json.loads(old.read_text())
    told["alerts"][0]["level"] = "low"
    old.write_text(json.dumps(told))
    report = scan(STORY, options=("--baseline", str(old)))
    assert [alert["known"] for alert in report["alerts"]] == [False, *[True] * (len(told["alerts"]) - 1)]
    assert onesec("scan", STORY, "--baseline", old, "--fail-on", "critical")[0] == 1
    assert onesec("scan", STORY, "--baseline", old, "--fail-on", "critical", "--min-level", "critical")[0] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"schema_version": "1.0"}',
        '{"schema_version": "1.0", "inputs": [], "alerts": [{"id": 5}]}',
        '{"schema_version": "9.9", "inputs": [], "alerts": []}',
        '{"type": "run", "schema_version": "1.0"}\n{"type": "alert"}\n',
        '{"type": "run"}\n[]\n',
        '{"type": "run"}\nnonsense\n',
        "\x00\x01",
        "[" * 100_000,
        '{"type": "verdict"}\n{"type": "verdict"}\n',
    ],
)
def test_what_is_no_report_is_no_baseline(tmp_path: Path, text: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(text)
    code, out, err = onesec("scan", STORY, "--baseline", path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"onesec: {path}: is ")


def test_a_baseline_that_is_cut_or_gone_or_says_an_unknown_level_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    onesec("scan", STORY, "-f", "jsonl", "-o", path)
    whole = path.read_text()
    path.write_text("\n".join(whole.splitlines()[:-1]) + "\n")
    assert "the last line is not the verdict" in onesec("scan", STORY, "--baseline", path)[2]
    path.write_text(whole.replace('"level": "critical"', '"level": "terrible"'))
    assert "has the unknown level 'terrible'" in onesec("scan", STORY, "--baseline", path)[2]
    assert "cannot be read" in onesec("scan", STORY, "--baseline", tmp_path / "none")[2]


def test_a_suppressed_alert_is_listed_apart_and_fails_nothing(tmp_path: Path) -> None:
    before = scan(STORY)
    options = policy(tmp_path, KEPT.format(expires="2026-06-01T00:00:00Z"))
    report = scan(STORY, options=options)
    (one,) = report["suppressed"]
    assert (one["rule"], one["suppression"]["owner"]) == ("use-after-unlink", "dora@example.com")
    assert one["evidence"][0]["sha256"] and one["evidence"][0]["quote"]
    assert set(levels(before)) - set(levels(report)) == {one["id"]}
    assert [use["status"] for use in report["suppressions"]] == ["applied"]
    assert report["counts"]["suppressed"] == 1
    assert report["verdict"]["sentence"].endswith("; 1 alert suppressed by the policy")
    assert not any(step["alert"] == one["id"] for incident in report["incidents"] for step in incident["steps"])
    out = onesec("scan", STORY, *options)[1]
    assert one["id"] not in out and "dora@example.com" in out
    (run,) = read_sarif(onesec("scan", STORY, *options, "-f", "sarif")[1])["runs"]
    silent = [result for result in run["results"] if result["suppressions"]]
    assert [result["partialFingerprints"]["onesecAlert/v1"] for result in silent] == [one["id"]]
    told = read_junit(onesec("scan", STORY, *options, "-f", "junit")[1])
    failed = [one for one in report["alerts"] if one["level"] != "informational"]
    assert told.failures == len(failed) + len(report["incidents"])


def test_a_trail_of_which_everything_is_suppressed_is_clean_and_says_so(tmp_path: Path) -> None:
    rules = sorted({alert["rule"] for alert in scan(STORY)["alerts"]})
    lines = [f"  - {{rule: {rule}, reason: a drill, owner: dora, expires: 2026-06-01T00:00:00Z}}" for rule in rules]
    options = policy(tmp_path, "suppressions:\n" + "\n".join(lines))
    code, out, _ = onesec("scan", STORY, *options, "--fail-on", "low")
    assert code == 0
    assert out.splitlines()[-1] == "CLEAN: no alerts in 135 events; 18 alerts suppressed by the policy"


@pytest.mark.parametrize("expires", ["2026-05-15T10:07:00Z", "2026-05-01T00:00:00Z"])
def test_an_expired_suppression_silences_nothing_and_is_said(tmp_path: Path, expires: str) -> None:
    """The alert ends at 10:07:00 on 15 May, whatever day it is today."""
    options = policy(tmp_path, KEPT.format(expires=expires))
    report = scan(STORY, options=options)
    assert levels(report) == levels(scan(STORY))
    assert [(use["status"], use["alerts"]) for use in report["suppressions"]] == [("expired", 1)]
    assert "expired" in onesec("scan", STORY, *options)[1]
    (run,) = read_sarif(onesec("scan", STORY, *options, "-f", "sarif")[1])["runs"]
    told = run["invocations"][0]["toolConfigurationNotifications"]
    assert any("use-after-unlink by dora@example.com does not hold" in one["message"]["text"] for one in told)


@pytest.mark.parametrize("year", [1999, 2099])
def test_one_event_of_another_year_ends_no_suppression_and_revives_none(tmp_path: Path, year: int) -> None:
    far = tmp_path / "far.jsonl"
    far.write_text(
        f'{{"onesec": 1, "tenant": "acme", "time": "{year}-01-01T00:00:00Z", "kind": "token.exchange", "user": "eve", '
        '"client": "other", "connection": "google", "scopes": ["calendar.read"]}\n'
    )
    for expires, silenced in (("2026-05-15T10:07:00.001Z", 1), ("2026-05-15T10:07:00Z", 0)):
        options = policy(tmp_path, KEPT.format(expires=expires))
        for paths in ((STORY,), (STORY, far)):
            report = scan(*paths, options=options)
            assert (len(report["suppressed"]), report["suppressions"][0]["alerts"]) == (silenced, 1)


@pytest.mark.parametrize(
    ("text", "where", "told"),
    [
        (
            "suppressions:\n  - {rule: use-after-unlnk, reason: r, owner: o, expires: 2027-01-01T00:00:00Z}",
            "2:6",
            "did you mean 'use-after-unlink'?",
        ),
        (
            "version: 1\nseverities:\n  - level: low\n    rule: nonsense",
            "4:5",
            "no rule of this run has the id 'nonsense'",
        ),
        (
            "suppressions:\n  - {rule: use-after-unlink, owner: o, expires: 2027-01-01T00:00:00Z}",
            "2:5",
            "missing required field `reason`",
        ),
        (
            "suppressions:\n  - {rule: use-after-unlink, reason: '  ', owner: o, expires: 2027-01-01T00:00:00Z}",
            "2:30",
            "matching regex",
        ),
        ("suppressions:\n  - {rule: use-after-unlink, reason: r, owner: o}", "2:5", "missing required field `expires`"),
        ("suppressions:\n  - {rule: use-after-unlink, reason: r, owner: o, expires: 2027-01-01}", "2:", "with a zone"),
        (
            "suppressions:\n  - {rule: a, reason: r, owner: o, expires: 2027-01-01T00:00:00Z, entity: x}",
            "2:",
            "did you mean 'entities'?",
        ),
        ("severities:\n  - {rule: use-after-unlink, level: severe}", "2:", "Invalid enum value 'severe'"),
    ],
)
def test_a_wrong_line_is_an_error_with_its_place(tmp_path: Path, text: str, where: str, told: str) -> None:
    options = policy(tmp_path, text)
    code, out, err = onesec("scan", STORY, *options)
    assert (code, out) == (2, "")
    assert f"onesec.yaml:{where}" in err and told in err


def test_a_severity_moves_an_alert_for_the_gate_the_order_and_the_least_level(tmp_path: Path) -> None:
    options = policy(tmp_path, "severities:\n  - {rule: use-after-unlink, level: informational, reason: ours}")
    report = scan(STORY, options=options)
    (moved,) = [alert for alert in report["alerts"] if alert["judged_level"]]
    assert (moved["rule"], moved["level"], moved["judged_level"]) == ("use-after-unlink", "informational", "critical")
    assert report["alerts"].index(moved) >= len(report["alerts"]) - 2
    assert "critical by the rule, informational by the policy" in onesec("scan", STORY, *options)[1].replace(
        "\n             ", " "
    )
    kept = scan(STORY, options=(*options, "-m", "low"))
    assert moved["id"] not in levels(kept) and kept["counts"]["withheld"] == 2


def test_the_manifest_says_what_judged_and_with_which_options(tmp_path: Path) -> None:
    first = scan(STORY, options=("--since", "24h", "--until", "2026-05-15T11:00:00Z", "-m", "low", "--fail-on", "high"))
    made = first["manifest"]
    assert made["options"] | {} == {
        "min_level": "low",
        "since": "86400s",
        "until": "2026-05-15T11:00:00.000Z",
        "map": [],
        "rules": [],
        "default_rules": True,
    }
    assert made["fail_on"] == "high" and len(made["detectors_sha256"]) == 64
    assert scan(STORY)["manifest"]["detectors_sha256"] == made["detectors_sha256"]


def test_the_manifest_knows_the_rules_by_what_they_say_not_by_where_they_lie(tmp_path: Path) -> None:
    text = "title: x\nid: {id}\nlogsource: {{product: auth0}}\ndetection:\n  a: {{type: seta}}\n  condition: a\n"
    digests = []
    for folder, marker in (("a", "1"), ("b", "1"), ("c", "2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "r.yml").write_text(text.format(id=f"00000000-0000-4000-8000-00000000000{marker}"))
        report = scan(STORY, options=("--no-default-rules", "--rules", str(tmp_path / folder)))
        assert len(report["rules"]["loaded"]) == 1
        digests.append(report["manifest"]["rules_sha256"])
    assert digests[0] == digests[1] != digests[2] and all(len(one) == 64 for one in digests)
    assert scan(STORY, options=("--no-default-rules",))["manifest"]["rules_sha256"] == ""


def test_a_sigma_rule_can_be_suppressed_by_its_id(tmp_path: Path) -> None:
    name = "00000000-0000-4000-8000-000000000001"
    (tmp_path / "r.yml").write_text(
        f"title: Every exchange\nid: {name}\nlevel: high\nlogsource: {{product: auth0}}\n"
        "detection:\n  a: {type: seta}\n  condition: a\n"
    )
    rules = ("--no-default-rules", "--rules", str(tmp_path / "r.yml"))
    assert name in {alert["rule"] for alert in scan(STORY, options=rules)["alerts"]}
    text = f"suppressions:\n  - {{rule: {name}, reason: too wide, owner: dora, expires: 2027-01-01T00:00:00Z}}"
    options = policy(tmp_path, text)
    report = scan(STORY, options=(*rules, *options))
    assert name not in {alert["rule"] for alert in report["alerts"]}
    assert {one["rule"] for one in report["suppressed"]} == {name}
    assert "no rule of this run has the id" in onesec("scan", STORY, "--no-default-rules", *options)[2]


def test_a_file_that_is_cut_fails_where_that_is_asked_for(tmp_path: Path) -> None:
    whole = night(tmp_path, TRAIL[:6], "whole.jsonl")
    cut = night(tmp_path, ['{"log_id": "900'], "cut.jsonl")
    assert onesec("scan", whole, "-q", "--fail-on-gaps")[0] == 0
    assert onesec("scan", whole, cut, "-q")[0] == 0
    assert onesec("scan", whole, cut, "-q", "--fail-on-gaps")[0] == 3
    assert onesec("scan", STORY, cut, "-q", "--fail-on-gaps", "--fail-on", "high")[0] == 1


def test_the_verdict_says_how_many_alerts_are_new(tmp_path: Path) -> None:
    first = tmp_path / "first.json"
    assert "new" not in onesec("scan", STORY, "-q")[1].splitlines()[-1]
    onesec("scan", STORY, "-q", "-f", "json", "-o", first)
    last = onesec("scan", STORY, "-q", "--baseline", first)[1].splitlines()[-1]
    assert last.startswith("ALERTS: ")
    assert last.endswith("; 0 of them new")
