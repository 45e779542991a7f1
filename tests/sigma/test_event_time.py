"""Correlations answer to the time of events: lines that come late, twice, shuffled or in pieces give the same alerts."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from onesec_cli import pipeline
from onesec_cli.replay import Replay
from tests.run import scan
from tests.sigma.tables import record

BASES = """
title: Fail
name: fail
logsource: {product: auth0}
detection: {sel: {type: fp}, condition: sel}
---
title: Login
name: login
logsource: {product: auth0}
detection: {sel: {type: s}, condition: sel}
---
title: Change
name: change
logsource: {product: auth0}
detection: {sel: {type: sapi}, condition: sel}
"""
BY_USER = "group-by: [user_id], timespan: 5m"
CORRELATIONS = {
    "event_count": f"{{type: event_count, rules: [fail, login], {BY_USER}, condition: {{gte: 4}}}}",
    "range": f"{{type: event_count, rules: [fail], {BY_USER}, condition: {{gte: 2, lt: 4}}}}",
    "eq": f"{{type: event_count, rules: [fail], {BY_USER}, condition: {{eq: 2}}}}",
    "value_count": f"{{type: value_count, rules: [fail], {BY_USER}, condition: {{gte: 3, field: ip}}}}",
    "value_sum": f"{{type: value_sum, rules: [login], {BY_USER}, condition: {{gt: 20, field: details.n}}}}",
    "value_avg": f"{{type: value_avg, rules: [login], {BY_USER}, condition: {{gt: 8, field: details.n}}}}",
    "value_median": f"{{type: value_median, rules: [login], {BY_USER}, condition: {{gt: 8, field: details.n}}}}",
    "value_percentile": f"{{type: value_percentile, rules: [login], {BY_USER},"
    " condition: {gt: 9, field: details.n, percentile: 75}}",
    "temporal": f"{{type: temporal, rules: [fail, login, change], {BY_USER}}}",
    "temporal_ordered": f"{{type: temporal_ordered, rules: [fail, login, change], {BY_USER}}}",
    "in_words": f"{{type: temporal, condition: login and change and not fail, {BY_USER}}}",
    "chained": f"{{type: temporal_ordered, rules: [c_event_count, change], {BY_USER}, generate: true}}",
    "alias": "{type: event_count, rules: [fail, login], group-by: [who], timespan: 1m, condition: {gte: 3},"
    " aliases: {who: {fail: user_id, login: ip}}}",
}


def rules() -> str:
    told = [
        f"title: C {name}\nname: c_{name}\nid: 00000000-0000-4000-8000-{number:012}\ncorrelation: {text}\n"
        for number, (name, text) in enumerate(CORRELATIONS.items())
    ]
    return "\n---\n".join([BASES, *told])


def story() -> list[str]:
    """Lines of a tenant's log in order of time; some of them share an instant."""
    dice = random.Random(7)
    lines, second = [], 0
    for number in range(240):
        second += dice.choice([0, 1, 7, 30, 30, 200])
        fields = {
            "type": dice.choice(["fp", "s", "sapi"]),
            "user_id": dice.choice(["a", "b", "c", ["a", "c"], ""]),
            "ip": f"198.51.100.{dice.randrange(4)}",
            "details": {"n": dice.choice([1, 5, "9", 12, None])},
        }
        one = record(number, fields, second)
        lines.append(json.dumps({"log_id": one["log_id"], "data": one}))
    return lines


def alerts(folder: Path, files: dict[str, list[str]]) -> list[dict[str, Any]]:
    """What a scan of files says, with the ids of records in place of where they stand."""
    logs = folder / "logs"
    logs.mkdir()
    for name, lines in files.items():
        (logs / name).write_text("\n".join(lines) + "\n")
    (folder / "rules.yml").write_text(rules())
    report = scan(logs, options=("--no-default-rules", "--rules", str(folder / "rules.yml")))
    assert report["rules"]["skipped"] == []
    told = [alert for alert in report["alerts"] if alert["rule"].startswith("00000000-0000-4000-8000-")]
    for alert in told:
        alert["evidence"] = [_read(Path(proof["file"]), proof) for proof in alert["evidence"]]
    return told


def _read(file: Path, proof: dict[str, Any]) -> tuple[str, str, str]:
    line = file.read_bytes()[proof["offset"] : proof["offset"] + proof["length"]]
    return json.loads(line)["log_id"], proof["time"], proof["role"]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    told = alerts(tmp_path_factory.mktemp("whole"), {"log.jsonl": story()})
    assert {alert["title"] for alert in told} == {f"C {name}" for name in CORRELATIONS}
    return told


def test_shuffled_lines_give_the_same_alerts_of_every_type(expected: Any, tmp_path: Path) -> None:
    for seed in range(4):
        lines = story()
        random.Random(seed).shuffle(lines)
        (tmp_path / str(seed)).mkdir()
        assert alerts(tmp_path / str(seed), {"log.jsonl": lines}) == expected


def test_lines_that_come_twice_give_the_same_alerts_of_every_type(expected: Any, tmp_path: Path) -> None:
    lines = story()
    assert alerts(tmp_path, {"a.jsonl": lines, "b.jsonl": lines[::-1][:150]}) == expected


def test_lines_that_come_late_in_other_files_give_the_same_alerts_of_every_type(expected: Any, tmp_path: Path) -> None:
    lines = story()
    late = lines[3::7]
    in_time = [line for line in lines if line not in late]
    assert alerts(tmp_path, {"1.jsonl": in_time[120:], "2.jsonl": late[::-1], "3.jsonl": in_time[:120]}) == expected


def test_state_saved_and_loaded_after_every_event_changes_nothing(tmp_path: Path) -> None:
    log, file = tmp_path / "log.jsonl", tmp_path / "rules.yml"
    log.write_text("\n".join(story()) + "\n")
    file.write_text(rules())
    options = pipeline.Options(rules=pipeline.load_rules([str(file)], pipeline.Options().policy))
    panel = pipeline.Panel(options)
    events = list(pipeline.open_case([str(log)], options, panel, lambda what, done: None).events(None))
    whole = Replay(panel.sigma)
    expected = [list(whole.feed([event])) for event in events]
    assert sum(map(len, expected)) > 50
    saved = Replay(panel.sigma).save()
    for event, findings in zip(events, expected, strict=True):
        replay = Replay(pipeline.Panel(options).sigma)
        replay.load(saved)
        assert list(replay.feed([event])) == findings
        saved = replay.save()
