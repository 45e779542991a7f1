"""`onesec scan` from the command line: exit codes, bad input, the labelled events."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.run import DATA, SAMPLES, onesec, scan

STORY = SAMPLES / "full_story"


def test_a_trail_with_nothing_readable_is_inconclusive_not_clean(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"hello": 1}\nnot json\n')
    code, out, _ = onesec("scan", tmp_path)
    assert code == 3
    assert out.rstrip().splitlines()[-1].startswith("INCONCLUSIVE")
    assert scan(tmp_path)["counts"]["gaps"] == 2


def test_an_empty_file_is_inconclusive(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    assert onesec("scan", tmp_path / "empty.jsonl")[0] == 3


@pytest.mark.parametrize(
    "args",
    [
        ("scan", "no-such-file.jsonl"),
        ("scan", STORY, "--since", "yesterdayish"),
        ("scan", STORY, "--policy", "no-such-policy.yaml"),
        ("scan", STORY, "--min-level", "awful"),
        ("formats", "no-such-shape"),
    ],
)
def test_a_wrong_option_or_path_is_exit_code_2_in_words(args: tuple[object, ...]) -> None:
    code, out, err = onesec(*args)
    assert code == 2
    assert out == ""
    assert "Traceback" not in err


def test_bad_lines_become_gaps_with_place_and_reason_and_change_no_finding(tmp_path: Path) -> None:
    good = (STORY / "identity.jsonl").read_bytes().splitlines(keepends=True)
    bad = [b'{"type": "seta", "log_id": \n', b"\xff\xfe\xfa\n", b"[1, 2\n", b"null\n", b'{"type":"s"}{\n', b'"text"\n']
    mixed = tmp_path / "mixed.jsonl"
    lines: list[bytes] = []
    for number, line in enumerate(good):
        lines.append(line)
        if number < len(bad):
            lines.append(bad[number])
    mixed.write_bytes(
        b"".join(lines) + b'{"log_id":"9002026',
    )
    whole, broken = scan(STORY / "identity.jsonl"), scan(mixed)
    assert [alert["id"] for alert in broken["alerts"]] == [alert["id"] for alert in whole["alerts"]]
    assert broken["counts"]["events"] == len(good)
    assert broken["counts"]["gaps"] >= len(bad) + 1
    for gap in broken["gaps"]:
        assert gap["reason"]
        assert gap["line"] >= 1
    assert broken["gaps"][-1]["line"] == len(good) + len(bad) + 1


def test_min_level_hides_and_counts_and_fail_on_still_sees(tmp_path: Path) -> None:
    everything = scan(STORY)
    critical = scan(STORY, options=("--min-level", "critical"))
    assert {alert["level"] for alert in critical["alerts"]} == {"critical"}
    assert critical["counts"]["withheld"] == len(everything["alerts"]) - len(critical["alerts"])
    assert onesec("scan", STORY, "--min-level", "critical", "--fail-on", "medium")[0] == 1


def test_since_hides_what_ended_before_and_until_cuts_the_trail() -> None:
    assert scan(STORY, options=("--since", "2026-05-16"))["alerts"] == []
    assert scan(STORY, options=("--since", "30d"))["alerts"] == scan(STORY)["alerts"]
    before = scan(STORY, options=("--until", "2026-05-14"))
    assert all(alert["level"] == "informational" for alert in before["alerts"])


def test_the_output_file_is_never_overwritten_without_force(tmp_path: Path) -> None:
    out = tmp_path / "report.json"
    assert onesec("scan", STORY, "-f", "json", "-o", out)[0] == 0
    first = out.read_bytes()
    assert json.loads(first)["verdict"]["status"] == "alerts"
    assert onesec("scan", STORY, "-f", "json", "-o", out)[0] == 2
    assert onesec("scan", STORY, "-f", "json", "-o", out, "--force")[0] == 0
    assert out.read_bytes() == first


def test_jsonl_ends_with_the_verdict() -> None:
    lines = onesec("scan", STORY, "-f", "jsonl")[1].splitlines()
    assert json.loads(lines[-1])["type"] == "verdict"
    assert {json.loads(line)["type"] for line in lines} >= {"input", "alert", "verdict"}


def test_the_labelled_events_are_all_accounted_for() -> None:
    path = DATA / "auth0-labelled" / "events.jsonl"
    if not path.exists():
        pytest.skip("the labelled Auth0 events are not beside this checkout")
    report = scan(path)
    counts = report["counts"]
    assert counts["records"] == 57
    assert counts["gaps"] == 0
    assert counts["events"] + counts["ignored"] == 49
    assert counts["duplicates"] == 8
    reused = [alert for alert in report["alerts"] if alert["rule"] == "evidence-integrity"]
    assert sum(alert["count"] for alert in reused) == 7
    for alert in reused:
        assert alert["evidence"]


def test_formats_shows_a_sample_of_each_shape() -> None:
    code, out, _ = onesec("formats")
    assert code == 0
    assert "onesec" in out
    assert out.count("\n\n") >= 18


def test_a_lone_surrogate_does_not_hide_the_record_it_stands_in(tmp_path: Path) -> None:
    event = {"type": "seta", "log_id": "1", "date": "2026-03-01T09:00:00.000Z", "user_id": "auth0|a", "client_id": "c"}
    event |= {"connection": "google-oauth2", "details": {"scope": "admin.directory.user"}, "user_agent": "x\ud800"}
    path = tmp_path / "trail.jsonl"
    path.write_text(json.dumps(event) + "\n")
    report = scan(path)
    assert report["counts"]["gaps"] == 0
    assert [alert["rule"] for alert in report["alerts"]] == ["scope-escalation"]


def test_one_endless_line_without_json_is_one_gap(tmp_path: Path) -> None:
    (tmp_path / "zeros").write_bytes(b"\0" * (20 << 20))
    (tmp_path / "huge").write_bytes(b'{"a":"' + b"x" * (40 << 20) + b'"}\n')
    counts = scan(tmp_path)["counts"]
    assert (counts["records"], counts["gaps"]) == (2, 2)


@pytest.mark.parametrize("spelt", [str.upper, lambda code: f"{code}\u200b", lambda code: [code, code]])
def test_a_trail_of_unknown_log_types_is_never_clean(tmp_path: Path, spelt: Callable[[str], object]) -> None:
    rows = [json.loads(line) for line in (SAMPLES / "full_story" / "identity.jsonl").read_text().splitlines()]
    for row in rows:
        row["data"]["type"] = spelt(row["data"]["type"])
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = scan(tmp_path / "log.jsonl")
    assert report["verdict"]["status"] == "inconclusive"
    assert any("log types that onesec does not know" in note for note in report["coverage"]["notes"])


def story_with(**spelt: Callable[[Any], object]) -> str:
    """The tenant log of the full story with some attributes of every record spelt otherwise."""
    rows = [json.loads(line) for line in (SAMPLES / "full_story" / "identity.jsonl").read_text().splitlines()]
    for row in rows:
        for name, spell in spelt.items():
            if name in row["data"]:
                row["data"][name] = spell(row["data"][name])
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize("spell", [lambda name: {"x": name}, lambda name: [name, name], lambda name: None])
def test_a_trail_that_says_nowhere_who_it_is_about_is_never_clean(
    tmp_path: Path, spell: Callable[[str], object]
) -> None:
    names = dict.fromkeys(("user_id", "client_id", "agent_id", "connection", "connection_id"), spell)
    (tmp_path / "log.jsonl").write_text(story_with(**names))
    report = scan(tmp_path / "log.jsonl", options=("--until", "2026-05-15T09:00:00Z"))
    assert report["verdict"]["status"] == "inconclusive"
    assert "most events do not say which user" in report["verdict"]["sentence"]
    assert any("lack the user, agent, client or connection" in note for note in report["coverage"]["notes"])


def test_a_name_in_a_list_of_one_is_that_name(tmp_path: Path) -> None:
    (tmp_path / "as-is.jsonl").write_text(story_with())
    lists = dict.fromkeys(("type", "user_id", "client_id", "connection", "tenant_name"), lambda value: [value])
    (tmp_path / "lists.jsonl").write_text(story_with(**lists))
    told, wrapped = (scan(tmp_path / name) for name in ("as-is.jsonl", "lists.jsonl"))
    assert {one["id"] for one in wrapped["alerts"]} == {one["id"] for one in told["alerts"]} != set()
    assert not any("came to nothing" in note for note in told["coverage"]["notes"])
