"""What no longer stands where it stood at the first reading is a counted gap; the run goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.sources.open_trail import Trail
from tests.run import SAMPLES, scan

STORY = (SAMPLES / "full_story" / "identity.jsonl").read_bytes()
AGENTS = (SAMPLES / "full_story" / "agents.jsonl").read_bytes()
CHANGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(STORY[:300]),
    "edited": lambda path: path.write_bytes(STORY.replace(b'"log_id":"900', b'"log_id":"901')),
    "gone": lambda path: path.unlink(),
    "a pipe instead": lambda path: (path.unlink(), os.mkfifo(path)),
}


@pytest.mark.parametrize("twice", [False, True], ids=["once", "every record twice"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_during_the_run_loses_its_records_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, twice: bool
) -> None:
    path = tmp_path / "identity.jsonl"
    path.write_bytes(STORY * (1 + twice))
    (tmp_path / "agents.jsonl").write_bytes(AGENTS)
    read = Trail.read

    def and_change(self: Trail, *args: Any) -> None:
        read(self, *args)
        CHANGES[change](path)

    monkeypatch.setattr(Trail, "read", and_change)
    report = scan(tmp_path)
    agents, identity = report["inputs"]
    assert agents["events"] == agents["records"] == AGENTS.count(b"\n")
    lines = STORY.count(b"\n") * (1 + twice)
    assert identity["records"] == lines
    assert identity["gaps"] >= lines - 2
    assert {gap["reason"] for gap in report["gaps"]} == {"changed while it was being read"}


def test_a_file_that_only_grows_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "identity.jsonl"
    path.write_bytes(STORY)
    before = scan(tmp_path)
    read = Trail.read

    def and_grow(self: Trail, *args: Any) -> None:
        read(self, *args)
        path.write_bytes(STORY + STORY)

    monkeypatch.setattr(Trail, "read", and_grow)
    after = scan(tmp_path)
    assert [alert["id"] for alert in after["alerts"]] == [alert["id"] for alert in before["alerts"]]
    assert after["counts"]["gaps"] == 0
