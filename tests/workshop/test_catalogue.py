"""`onesec rules list`, `show`, `coverage` and `profile`: one list of all that can fire, and what it is worth on a log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.taxonomy import ASI
from tests.run import SAMPLES, onesec
from tests.workshop.samples import RULES, event

ONLY = ("--no-default-rules", "--rules")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(
        RULES.replace("level: high\n", "level: high\ntags: [asi03, attack.t1528]\nfalsepositives: [a test]\n", 1)
    )
    return path


def told(*args: object) -> Any:
    code, out, err = onesec("rules", *args, "--format", "json")
    assert code in (0, 3), err
    return json.loads(out)


def test_the_list_holds_rules_correlations_and_detectors(rules: Path) -> None:
    entries = told("list", *ONLY, rules)["entries"]
    kinds = [one["kind"] for one in entries]
    assert kinds[:4] == ["rule", "rule", "correlation", "rule"]
    assert sorted(one["id"] for one in entries if one["kind"] == "detector") == sorted(one.rule.id for one in DETECTORS)
    assert [(one["line"], one["raises"]) for one in entries[:4]] == [(1, True), (15, False), (23, True), (33, True)]
    assert entries[2]["source"] == "event_count of One reuse"
    assert [one["kind"] for one in told("list", *ONLY, rules, "--kind", "correlation")["entries"]] == ["correlation"]


def test_what_was_not_loaded_is_listed_with_its_reason(rules: Path) -> None:
    rules.write_text(RULES.replace("product: auth0", "product: windows", 1))
    note = told("list", *ONLY, rules)["skipped"][0]
    assert note["line"] == 1
    assert "windows" in note["reason"]
    out = onesec("rules", "list", *ONLY, rules)[1]
    assert out.splitlines()[-1] == f"CAN FIRE: 2 rules, 1 correlation, {len(DETECTORS)} detectors; 1 not loaded"


def test_a_rule_is_shown_in_plain_words(rules: Path) -> None:
    one = told("show", "Wide vault scope", *ONLY, rules)
    assert one["looks_for"] == [
        "all of",
        "  all of (selection)",
        "    data.type is seta",
        "    data.details.scope contains mail.send",
        "    data.details.is_privileged_worker is true",
        "  not",
        "    data.client_id is known",
    ]
    assert (one["falsepositives"], one["asi"], one["attack"]) == (["a test"], ["ASI03"], ["T1528"])
    many = told("show", "5f0c8a3e-1111-4222-8333-944445555603", *ONLY, rules)
    assert many["looks_for"][0] == "at least 3 events of One reuse within 1 h, for the same data.user_id"


def test_a_detector_is_shown_with_its_page() -> None:
    one = told("show", "rapid-exchange")
    assert one["kind"] == "detector"
    assert set(one["sections"]) == {"Why it matters", "Judged on", "What it misses", "What to do"}
    assert onesec("rules", "show", "rapid-exchange")[1].splitlines()[-1] == "DETECTOR: rapid-exchange"


def test_what_has_no_name_or_too_many_is_an_error(rules: Path) -> None:
    assert "no rule or detector is named" in onesec("rules", "show", "nothing", *ONLY, rules)[2]
    rules.write_text(RULES.replace("title: Agent reads keys", "title: Many reuses"))
    assert "names several rules" in onesec("rules", "show", "Many reuses", *ONLY, rules)[2]


def test_coverage_is_by_asi_and_technique(rules: Path) -> None:
    matrix = told("coverage", *ONLY, rules)
    assert list(matrix["asi"]) == list(ASI)
    assert "5f0c8a3e-1111-4222-8333-944445555601" in matrix["asi"]["ASI03"]["by"]
    assert "5f0c8a3e-1111-4222-8333-944445555601" in matrix["attack"]["T1528"]["by"]
    assert matrix["events"] is None
    assert (
        onesec("rules", "coverage", *ONLY, rules)[1]
        .splitlines()[-1]
        .startswith("COVERAGE: 10 of 10 OWASP Agentic entries")
    )


def test_profile_counts_what_each_rule_was_shown_and_matched(rules: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    lines = [event(minute, "ferrt" if minute % 2 else "s") for minute in range(20)]
    log.write_text("\n".join(lines) + "\n")
    costs = told("profile", log, *ONLY, rules)
    rows = {one["title"]: (one["examined"], one["hits"]) for one in costs["rules"]}
    assert rows == {"Wide vault scope": (0, 0), "One reuse": (10, 10), "Agent reads keys": (0, 0)}
    assert (costs["events"], costs["decoded"]) == (20, 10)
    assert costs["rules"][0]["title"] == "One reuse"
    again = told("profile", log, *ONLY, rules)
    assert {one["title"]: (one["examined"], one["hits"]) for one in again["rules"]} == rows
    log.write_text("\n")
    assert onesec("rules", "profile", log, *ONLY, rules)[0] == 3


def test_every_command_runs_on_the_shipped_samples() -> None:
    assert onesec("rules", "coverage", SAMPLES / "full_story")[0] == 0
    assert onesec("rules", "profile", SAMPLES / "full_story")[0] == 0
    assert onesec("rules", "list")[0] == 0


def test_an_output_is_written_and_nothing_is_overwritten(rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "list.json"
    assert onesec("rules", "list", *ONLY, rules, "-o", out)[0] == 0
    assert onesec("rules", "list", *ONLY, rules, "-o", out)[0] == 2
    assert onesec("rules", "list", *ONLY, rules, "-o", out, "--force")[0] == 0
    text = rules.read_text()
    for command in (("list",), ("show", "rapid-exchange"), ("coverage",)):
        assert onesec("rules", *command, *ONLY, rules, "-o", rules, "--force")[0] == 2
    assert rules.read_text() == text


def test_hostile_rule_text_reaches_no_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    hostile = '"\\x1b[31mred\\u202e\\u200b\\nline two"'
    path.write_text(
        RULES.replace("Wide vault scope", hostile)
        .replace("known}", f"{hostile}}}")
        .replace("status: test", f"description: {hostile}")
    )
    for args in (
        ("list",),
        ("show", "5f0c8a3e-1111-4222-8333-944445555601"),
        ("coverage", "-v"),
        ("profile", SAMPLES / "full_story"),
    ):
        for format in ("console", "json"):
            code, out, err = onesec("rules", *args, *ONLY, path, "--format", format)
            assert code == 0, err
            assert not {"\x1b", "\u202e", "\u200b"} & set(out + err)
