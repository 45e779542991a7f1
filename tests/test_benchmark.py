"""The benchmark's trail: the same every time, true to form, and with attacks in it that are found."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.generate import FEWEST, MIX, lines, write
from benchmarks.measure import compare
from onesec_cli.model.event import Origin
from onesec_cli.sources.auth0 import normalise
from onesec_cli.sources.auth0_types import TYPES
from tests.run import ROOT, scan

EVENTS = 5000


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("benchmark") / "trail.jsonl"
    write(path, EVENTS)
    return path


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(trail: Path, tmp_path: Path) -> None:
    again, other = tmp_path / "trail.jsonl", tmp_path / "other.jsonl"
    command = [sys.executable, "-m", "benchmarks", "generate", "--events", str(EVENTS), "--out"]
    subprocess.run([*command, str(again)], check=True, cwd=ROOT, capture_output=True)
    assert again.read_bytes() == trail.read_bytes()
    truth = "trail.jsonl.truth.json"
    assert (tmp_path / truth).read_bytes() == trail.with_name(truth).read_bytes()
    write(other, EVENTS, seed=2)
    assert other.read_bytes() != trail.read_bytes()


def test_lines_are_log_stream_events_of_known_types_in_the_order_received(trail: Path) -> None:
    records = [json.loads(line) for line in trail.read_text(encoding="ascii").splitlines()]
    assert len(records) == EVENTS
    assert len({record["log_id"] for record in records}) == EVENTS
    counts: Counter[str] = Counter()
    for record in records:
        assert record.keys() == {"log_id", "data"}
        assert record["data"]["log_id"] == record["log_id"]
        event = normalise(record["data"], Origin("trail", 1, 0, 1))
        assert not isinstance(event, str)
        counts[event.code] += 1
    assert counts.keys() <= TYPES.keys()
    assert {code for code in counts if counts[code] > EVENTS / 20} == {"s", "seacft", "sertft", "seccft", "seta"}
    dates = [record["data"]["date"] for record in records]
    assert sorted(dates) == dates
    ids = [record["log_id"][3:20] for record in records]
    assert sorted(ids) != ids or EVENTS < 100_000


def test_a_line_has_the_length_that_tenant_logs_have(trail: Path) -> None:
    assert 1200 <= trail.stat().st_size / EVENTS <= 1340


def test_the_mix_is_told_per_thousand() -> None:
    assert sum(MIX.values()) == 1000
    assert MIX.keys() <= TYPES.keys()


def test_what_was_planted_is_found_and_the_honest_work_raises_nothing(trail: Path) -> None:
    truth = json.loads(trail.with_name("trail.jsonl.truth.json").read_text(encoding="ascii"))
    report = scan(trail)
    planted = {one["rule"]: set(one["log_ids"]) for one in truth["incidents"]}
    where = [json.loads(line)["log_id"] for line in trail.read_text(encoding="ascii").splitlines()]
    for rule, ids in planted.items():
        alerts = [alert for alert in report["alerts"] if alert["rule"] == rule]
        proofs = {where[proof["line"] - 1] for alert in alerts for proof in alert["evidence"]}
        assert proofs & ids, f"{rule} says nothing of what was planted for it"
    touched = set().union(*planted.values())
    for alert in report["alerts"]:
        proofs = {where[proof["line"] - 1] for proof in alert["evidence"]}
        assert alert["level"] == "informational" or proofs & touched, alert["message"]


def test_a_trail_too_short_for_its_attacks_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        next(lines(FEWEST - 1))
    assert sum(1 for _ in lines(FEWEST)) == FEWEST


def test_both_sides_are_measured_in_one_run(trail: Path, tmp_path: Path) -> None:
    told = compare(trail, 1, tmp_path)
    assert told.startswith(f"{EVENTS:,} events")
    for name in ("orjson.loads loop", "onesec scan"):
        row = next(line for line in told.splitlines() if line.startswith(name)).removeprefix(name).split()
        assert all(float(number) > 0 for number in row)
    assert json.loads((tmp_path / "out").read_text(encoding="utf-8"))["counts"]["events"] == EVENTS


def test_stages_are_told_for_each_detector_that_was_shown_something(trail: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "stages", str(trail)], check=True, cwd=ROOT, capture_output=True, text=True
    )
    told = done.stdout.splitlines()
    assert [line.split("  ")[0] for line in told[:3]] == ["first reading", "second reading", "all detectors"]
    assert any("scope-escalation" in line for line in told[3:])
    assert "events" in told[1]


def test_every_report_format_is_measured() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "reports", "--alerts", "40", "--format", "sarif"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"\| sarif \| [\d.]+ \| [\d.]+ \| [\d.]+ \| \d+ \|\n", done.stdout), done.stdout
