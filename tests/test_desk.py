"""The responder's commands as a shell sees them: timeline, access, state, replay."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.cli.walk import move, walk
from onesec_cli.desk.timeline import Pivot
from onesec_cli.model.clock import parse_time
from tests.desk.test_steps import STORY, walked
from tests.run import ROOT, SAMPLES, onesec, scan
from tests.test_cli import environment

BOTH = SAMPLES / "both_trails"
FULL = SAMPLES / "full_story"
ALICE = "auth0|65f1c0ffee0000000000a11c"
HOSTILE = "\x1b[2J<script>alert(1)</script>\u202e\u200b=cmd|' /C calc'!A0"


def lines(*args: object) -> list[dict[str, Any]]:
    code, out, err = onesec(*args)
    assert code == 0, err
    assert out.endswith("\n") or not out
    return [json.loads(line) for line in out.splitlines()]


def test_a_timeline_tells_every_event_of_every_trail_once_in_order() -> None:
    rows = lines("timeline", "-q", "-f", "jsonl", FULL)
    report = scan(FULL)
    assert len(rows) == report["counts"]["events"]
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    assert {row["trail"] for row in rows} == {"identity", "behaviour"} or "delegation.issue" in {
        row["kind"] for row in rows
    }
    proven = {alert for row in rows for alert in row["alerts"]}
    assert proven == {alert["id"] for alert in report["alerts"]}
    both = lines("timeline", "-q", "-f", "jsonl", SAMPLES / "both_trails")
    assert {row["trail"] for row in both} == {"identity", "behaviour"}


def test_pivots_narrow_a_timeline() -> None:
    everything = lines("timeline", "-q", "-f", "jsonl", FULL)
    hers = lines("timeline", "-q", "-f", "jsonl", "--user", ALICE, FULL)
    assert 0 < len(hers) < len(everything)
    assert all(f"user:{ALICE}" in row["entities"] for row in hers)
    relevant = lines("timeline", "-q", "-f", "jsonl", "--only-relevant", FULL)
    assert relevant == [row for row in everything if row["alerts"]]
    (one,) = [alert for alert in scan(FULL)["alerts"] if alert["rule"] == "consent-phishing"][:1]
    near = lines("timeline", "-q", "-f", "jsonl", "--around", one["id"][:10], "--near", "1h", FULL)
    assert any(one["id"] in row["alerts"] for row in near)
    first, last = parse_time(one["first_seen"]), parse_time(one["last_seen"])
    assert first is not None and last is not None
    for row in near:
        moment = parse_time(row["time"])
        assert moment is not None and first - 3_600_000_000 <= moment <= last + 3_600_000_000


def test_a_name_that_no_event_has_is_told_with_what_is_like_it() -> None:
    code, out, err = onesec("timeline", BOTH, "-q", "--user", "a11ce0", "--agent", "nobody at all")
    assert code == 0
    assert out.strip().endswith("0 events")
    assert "--user a11ce0: no event names it; like it: auth0|66a0c0ffee00000000a11ce0" in err
    assert "--agent nobody at all: no event names it\n" in err
    _, _, err = onesec("timeline", BOTH, "-q", "--user", "auth0|66a0c0ffee00000000a11ce0")
    assert err == ""


def test_access_is_asked_for_by_any_name_of_an_agent() -> None:
    answers = {
        name: onesec("access", BOTH, "-q", "--agent", name)[1] for name in ("agt_desk01", "Desk Agent", "desk-agent")
    }
    by_client = onesec("access", BOTH, "-q", "--agent", "deskAgentClient000000000000000001")[1]
    assert by_client.count("by token vault") == 2
    assert answers["agt_desk01"] == answers["Desk Agent"] == by_client
    assert answers["desk-agent"].strip().endswith("0 active, 0 ended or expired")


def test_of_a_record_with_many_events_only_those_that_prove_something_are_marked() -> None:
    _, out, _ = onesec("timeline", BOTH, "-q", "-f", "jsonl", "--session", "desk-2026-06-10-0930")
    rows = [json.loads(line) for line in out.splitlines()]
    assert len({(row["origin"]["offset"]) for row in rows}) == 1
    marked = [row for row in rows if row["alerts"]]
    assert marked
    assert len(marked) < len(rows)
    _, out, _ = onesec("timeline", BOTH, "-q", "-f", "jsonl", "--session", "desk-2026-06-10-0930", "--only-relevant")
    assert [json.loads(line) for line in out.splitlines()] == marked


def test_a_timeline_is_a_table_and_what_timesketch_imports() -> None:
    _, out, _ = onesec("timeline", "-q", "-f", "csv", FULL)
    told = list(csv.DictReader(io.StringIO(out)))
    assert len(told) == scan(FULL)["counts"]["events"]
    assert all(row["time"].endswith("Z") and int(row["line"]) > 0 for row in told)
    for row in lines("timeline", "-q", "-f", "timesketch", FULL):
        assert {"message", "datetime", "timestamp", "timestamp_desc"} <= row.keys()
        assert isinstance(row["timestamp"], int) and not any(name.startswith("_") for name in row)


@pytest.mark.parametrize("command", [("timeline",), ("replay", "--all"), ("access",)])
def test_hostile_text_reaches_nobody_raw(command: tuple[str, ...], tmp_path: Path) -> None:
    record = {
        "onesec": 1,
        "time": "2026-03-01T09:00:00Z",
        "kind": "token.exchange",
        "flow": "vault",
        "tenant": HOSTILE,
        "user": HOSTILE,
        "client": f"=1+1{HOSTILE}",
        "connection": HOSTILE,
        "scopes": [HOSTILE],
        "id": HOSTILE,
    }
    trail = tmp_path / "trail.jsonl"
    trail.write_text(json.dumps(record) + "\n", encoding="utf-8")
    code, out, _ = onesec(*command, "-q", trail)
    assert code == 0 and out
    assert all(char == "\n" or char.isprintable() for char in out)
    forms = {"timeline": ("csv", "timesketch", "jsonl"), "access": ("csv", "json"), "replay": ("jsonl",)}[command[0]]
    for form in forms:
        _, out, _ = onesec(*command, "-q", "-f", form, trail)
        assert "\x1b" not in out and "\u202e" not in out and "\u200b" not in out
        if form == "csv":
            for row in list(csv.reader(io.StringIO(out)))[1:]:
                assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)


def test_access_at_a_moment_is_that_of_a_trail_cut_there(tmp_path: Path) -> None:
    _, out, _ = onesec("state", "-q", "--at", "2026-05-15T09:45:00Z", "-f", "json", FULL)
    then = json.loads(out)
    assert {one["status"] for one in then["access"]} == {"active"}
    assert any(one["user"] == ALICE and one["basis"] == "token vault" for one in then["access"])
    _, out, _ = onesec("access", "-q", "-f", "json", "--since", "2026-05-15T09:45:00Z", FULL)
    now = json.loads(out)
    ended = {one["agent"] for one in now["changes"] if one["change"] == "ended"}
    assert {one["agent"] for one in then["access"] if one["user"] == ALICE and one["place"] == "google-oauth2"} <= ended
    for one in now["access"]:
        assert one["evidence"] and (one["ended"] is not None) == (one["status"] == "ended")
    code, out, _ = onesec("access", "-q", "--user", ALICE, FULL)
    assert code == 0 and out.splitlines()[-1].endswith("ended or expired")


def test_every_step_says_what_the_scan_found() -> None:
    steps = lines("replay", "-q", "-f", "jsonl", FULL)
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    said = [(one["rule"], line) for step in steps for one in step["weighed"] for line in one["said"]]
    alerts = scan(FULL)["alerts"]
    for alert in alerts:
        assert any(rule == alert["rule"] for rule, _ in said) or alert["rule"] == "log-tampering", alert["rule"]
    assert any(step["changes"] for step in steps)


def test_wrong_options_are_one_line() -> None:
    for args in (
        ("timeline", "--around", "zzzz", FULL),
        ("timeline", "--near", "soon", FULL),
        ("timeline", "--since", "24h", FULL),
        ("state", "--at", "noon", FULL),
        ("access", "--since", "2026-05-16", "--at", "2026-05-15", FULL),
        ("replay", "--speed", "2", "-f", "jsonl", FULL),
        ("timeline", "nowhere.jsonl"),
    ):
        code, out, err = onesec(*args)
        assert (code, out) == (2, "") and err.count("\n") == 1, args


def test_an_empty_trail_is_inconclusive(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("")
    for command in (("timeline",), ("access",), ("replay",), ("state", "--at", "2026-01-01")):
        assert onesec(*command, "-q", tmp_path / "empty.jsonl")[0] == 3


def test_going_back_is_exact_and_keys_lead_where_they_say(capsys: pytest.CaptureFixture[str]) -> None:
    steps, _ = walked(STORY, Pivot())
    assert (move(steps, 0, "b"), move(steps, 0, "n"), move(steps, 5, "n"), move(steps, 2, "G")) == (None, 1, None, 5)
    assert move(steps, 0, "a") is not None
    keys = iter(["n", "n", "b", "/", "G", "a", "q"])
    walk(steps, lambda step, total: f"<{step.number}/{total}>\n", key=lambda: next(keys), ask=lambda text: "unlink")
    told = capsys.readouterr().out
    shown = [part.partition("/")[0] for part in told.split("<")[1:]]
    assert shown[:4] == ["1", "2", "3", "2"]
    assert "no alert further that way" in told


def press(terminal: int, key: bytes, process: subprocess.Popen[bytes]) -> None:
    """Press a key until something answers: what is typed before the program listens is thrown away."""
    while select.select([terminal], [], [], 0.3)[0]:  # the rest of what it shows, so that an answer can be told from it
        os.read(terminal, 65536)
    for _ in range(30):
        os.write(terminal, key)
        if select.select([terminal], [], [], 1)[0] or process.poll() is not None:
            return
    raise AssertionError(f"{key!r} had no effect")


def test_a_terminal_is_walked_through_with_keys() -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    command = [sys.executable, "-m", "onesec_cli", "replay", "-q", "--user", ALICE, str(FULL)]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=environment(TERM="xterm-256color")
    )
    os.close(theirs)
    try:
        for awaited, key in ((b"step 1 of", b"n"), (b"step 2 of", b"b"), (b"step 1 of", b"q")):
            told = b""
            while awaited not in told or b"q quit" not in told.partition(awaited)[2]:
                ready, _, _ = select.select([ours], [], [], 60)
                assert ready, f"{awaited!r} was not shown"
                told += os.read(ours, 65536)
            press(ours, key, process)
        while process.poll() is None and select.select([ours], [], [], 30)[0]:
            try:
                os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.parametrize("folder", ["both_trails", "full_story"])
def test_no_event_of_any_trail_is_missing_from_any_later_answer(folder: str) -> None:
    report = scan(SAMPLES / folder)
    assert len(lines("timeline", "-q", "-f", "jsonl", SAMPLES / folder)) == report["counts"]["events"]
    rows = lines("replay", "-q", "--all", "-f", "jsonl", SAMPLES / folder)
    assert len([row for row in rows if row["kind"] != "end of the log"]) == report["counts"]["events"]
    assert {alert for row in rows for alert in row["alerts"]} == {alert["id"] for alert in report["alerts"]}
