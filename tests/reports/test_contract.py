"""The JSON report is a contract: every key that is promised is there, and all counts add up."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.run import DATA, SAMPLES, onesec, scan

TRAILS = sorted(path for path in SAMPLES.rglob("*.jsonl"))
TOP = ("schema_version", "verdict", "counts", "inputs", "coverage", "alerts", "incidents", "gaps")
INPUT = ("path", "sha256", "records", "events", "duplicates", "ignored", "gaps")
ALERT = (
    *("id", "rule", "level", "title", "message", "asi", "attack", "entities"),
    *("first_seen", "last_seen", "count", "evidence"),
)


@pytest.mark.parametrize("path", TRAILS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_sample_trail_has_a_report_that_keeps_the_contract(path: Path) -> None:
    report = scan(path)  # which also holds it against the schema and the conservation law
    assert set(TOP) <= set(report)
    assert report["verdict"]["status"] in ("clean", "alerts", "inconclusive")
    for file in report["inputs"]:
        assert set(INPUT) <= set(file)
        assert sum(file["ignored_reasons"].values()) == file["ignored"]
    for alert in report["alerts"]:
        assert set(ALERT) <= set(alert)
        assert alert["first_seen"] <= alert["last_seen"]
        for proof in alert["evidence"]:
            assert {"file", "line", "offset", "sha256"} <= set(proof)
            assert proof["intact"]
    counts = report["counts"]
    for name in ("records", "events", "duplicates", "ignored", "gaps"):
        assert counts[name] == sum(file[name] for file in report["inputs"]), name
    assert counts["alerts"] == len(report["alerts"]) == sum(counts["by_level"].values())
    assert counts["events"] == sum(family["events"] for family in report["coverage"]["families"])
    assert report["gaps_total"] == counts["gaps"]


def test_counts_of_real_events_add_up_with_coverage_too() -> None:
    path = DATA / "auth0-labelled" / "events.jsonl"
    if not path.exists():
        pytest.skip("the labelled Auth0 events are not beside this checkout")
    report = scan(path, path.parent)
    assert report["counts"]["events"] == sum(family["events"] for family in report["coverage"]["families"])


def test_json_lines_say_the_same_as_json() -> None:
    rows = [json.loads(line) for line in onesec("scan", SAMPLES / "full_story", "-f", "jsonl")[1].splitlines()]
    report = scan(SAMPLES / "full_story")
    by_type = {
        name: [row for row in rows if row["type"] == name] for name in ("run", "input", "alert", "gap", "verdict")
    }

    def plain(name: str) -> list[dict[str, object]]:
        return [{key: value for key, value in row.items() if key != "type"} for row in by_type[name]]

    assert (plain("input"), plain("alert"), plain("gap")) == (report["inputs"], report["alerts"], report["gaps"])
    assert by_type["run"][0]["counts"] == report["counts"]
    assert by_type["verdict"][0]["sentence"] == report["verdict"]["sentence"]


def test_since_and_until_are_told_in_the_verdict() -> None:
    story = SAMPLES / "full_story"
    calm = scan(story, options=("--since", "0s", "--min-level", "critical"))["verdict"]["sentence"]
    assert "told since 2026-05-15T13:10:30.000Z (" in calm
    assert "INCONCLUSIVE" not in calm
    day = scan(story, options=("--until", "1d"))["verdict"]["sentence"]
    assert "judged up to 2026-05-14T13:10:30.000Z" in day
    both = scan(story, options=("--until", "1d", "--since", "24h"))["verdict"]["sentence"]
    assert "judged up to 2026-05-14T13:10:30.000Z, told since 2026-05-13T13:10:30.000Z" in both


def test_bounds_that_hold_no_event_are_never_clean(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "full_story", tmp_path / "in")
    chat = {"messages": [{"role": "user", "content": "Where is my order?"}, {"role": "assistant", "content": "Here."}]}
    (tmp_path / "in" / "undated.jsonl").write_text(json.dumps(chat) + "\n")
    for folder in (SAMPLES / "full_story", tmp_path / "in"):
        for option, moment, told in (
            ("--since", "9999-12-31", "no event is as late as 9999-12-31T00:00:00.000Z: the trail ends 2026-05-1"),
            ("--until", "2026-05-01", "no event is as early as 2026-05-01T00:00:00.000Z: the trail begins 2026-05-"),
        ):
            code, out, _ = onesec("scan", folder, option, moment)
            assert (code, out.splitlines()[-1].startswith(f"INCONCLUSIVE: {told}")) == (3, True), out
    code, _, err = onesec("scan", SAMPLES / "full_story", "--since", "2026-05-14", "--until", "2026-05-13")
    assert (code, err.count("\n")) == (2, 1)
    assert "--since 2026-05-14 is later than --until 2026-05-13" in err


def test_what_is_left_aside_is_told_by_reason_and_with_v_by_file(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "full_story", tmp_path / "in")
    folder = tmp_path / "in" / "s1" / "subagents"
    folder.mkdir(parents=True)
    for number in range(30):
        meta = {"agentType": "Explore", "description": f"Task {number}", "toolUseId": f"toolu_{number}"}
        (folder / f"agent-a{number}.meta.json").write_text(json.dumps(meta))
    told = onesec("scan", tmp_path / "in", "--width", "400")[1]
    assert re.findall(r"(?m)^  ignored +(.*)$", told) == ["30 files (-v names them): 30 x meta file of a sub-agent"]
    assert len(re.findall(r"(?m)^  ignored ", onesec("scan", tmp_path / "in", "-v", "--width", "400")[1])) == 30
