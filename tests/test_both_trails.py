"""One folder with every format, one identity trail and one story across both: one incident, in order, and it opens."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

from tests.run import SAMPLES, onesec, rules, scan

FOLDER = SAMPLES / "both_trails"


def test_a_hijack_and_the_wider_token_after_it_are_one_incident() -> None:
    report = scan(FOLDER)
    assert rules(report) == {"goal-hijack", "scope-escalation", "exfiltration"}
    (incident,) = report["incidents"]
    assert incident["path"] == "ASI01 -> ASI03 -> ASI02"
    assert [step["rule"] for step in incident["steps"]] == ["goal-hijack", "scope-escalation", "exfiltration"]
    assert incident["grade"] == "strong"
    assert {one.partition(":")[0] for one in incident["joins"][0]["on"]} == {"user", "agent"}
    assert incident["first_seen"] < incident["steps"][1]["time"] <= incident["last_seen"]
    told = {alert["id"] for alert in report["alerts"]}
    assert {step["alert"] for step in incident["steps"]} <= told


def test_every_format_is_read_and_every_piece_of_evidence_opens() -> None:
    report = scan(FOLDER)
    assert report["counts"]["gaps"] == 0
    formats = {file["format"] for file in report["inputs"]}
    assert formats == {"webhook", "chat", "claude", "codex", "gemini", "mcp", "openclaw", "otlp"}
    for alert in report["alerts"]:
        for proof in alert["evidence"]:
            data = Path(proof["file"]).read_bytes()
            record = data[proof["offset"] : proof["offset"] + proof["length"]]
            assert hashlib.sha256(record).hexdigest() == proof["sha256"]
    hijack = next(alert for alert in report["alerts"] if alert["rule"] == "goal-hijack")
    assert len(hijack["evidence"]) >= 3, "the goal, the instruction and the call"


def test_without_the_hijack_there_is_no_incident(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "trails")
    trace = tmp_path / "trails" / "desk-agent.otlp.json"
    document = json.loads(trace.read_text(encoding="utf-8"))
    spans = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans[:] = [span for span in spans if "mail_send" not in span["name"] and "directory" not in span["name"]]
    trace.write_text(json.dumps(document), encoding="utf-8")
    report = scan(tmp_path / "trails")
    assert "goal-hijack" not in rules(report)
    assert report["incidents"] == []


def test_the_console_tells_the_incident_before_its_alerts() -> None:
    _, out, _ = onesec("scan", FOLDER, "--width", "100")
    assert out.index("INCIDENT") < out.index("goal-hijack  Agent obeyed")
    assert "ASI01 -> ASI03" in out
    head = " ".join(out[out.index("INCIDENT") : out.index("goal-hijack  Agent obeyed")].split())
    assert "agent obeyed an instruction it read (goal-hijack), and" in head
    first = scan(FOLDER)["incidents"][0]["steps"][0]
    assert f"(the text was read {first['time']}, the act came " in head
    for step in scan(FOLDER)["incidents"][0]["steps"]:
        assert next(one["message"] for one in scan(FOLDER)["alerts"] if one["id"] == step["alert"])[:60] in head


def test_the_console_explains_a_rule_once() -> None:
    _, out, _ = onesec("scan", FOLDER.parent, "--width", "200")
    for told in re.finditer(r"  next       as told under ([0-9a-f]{16})\n", out):
        assert re.search(rf"(?m)^ [A-Z]+  [a-z-]+  .*  {told[1]}$", out[: told.start()])
    reasons = re.findall(r"(?m)^  why        (.*)$", out)
    assert len(reasons) == len(set(reasons)) > 10
