"""One trajectory in several formats is one story, as far as each format carries it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.model import kinds
from tests.run import DATA, scan
from tests.sources.agents.reading import read
from tests.sources.agents.stories import story

FOLDER = DATA / "agent-formats"
NAMES = sorted(path.name.removesuffix(".chat.json") for path in FOLDER.glob("*.chat.json"))
WHOLE = ("claude.jsonl", "codex.jsonl", "openclaw.jsonl", "gemini.jsonl")
"""Formats that carry all but the operator's words."""

needs_data = pytest.mark.skipif(not NAMES, reason=f"no trajectories under {FOLDER}: set ONESEC_SHARED")


def told(folder: Path, name: str, ending: str) -> list[tuple[Any, ...]]:
    target = folder / ending
    target.mkdir()
    shutil.copy(FOLDER / f"{name}.{ending}", target)
    return story(read(target))


def without(one: list[tuple[Any, ...]], *authors: str) -> list[tuple[Any, ...]]:
    return [part for part in one if part[2].get("author") not in authors]


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_a_trajectory_is_one_story_in_every_format(tmp_path: Path, name: str) -> None:
    chat = without(told(tmp_path, name, "chat.json"), "system")
    assert chat[0][0] == kinds.GOAL_SET
    for ending in WHOLE:
        assert without(told(tmp_path, name, ending), "system", "context") == chat, ending


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_spans_tell_what_was_asked_called_and_answered(tmp_path: Path, name: str) -> None:
    wanted = (kinds.GOAL_SET, kinds.TOOL_CALL, kinds.TOOL_RESULT)
    chat = [part for part in told(tmp_path, name, "chat.json") if part[0] in wanted]
    assert [part for part in told(tmp_path, name, "otlp.json") if part[0] in wanted] == chat


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_a_protocol_log_tells_what_was_called_and_answered(tmp_path: Path, name: str) -> None:
    def acts(one: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        wanted = (kinds.TOOL_CALL, kinds.TOOL_RESULT)
        return [(kind, tool, said.get("args"), said.get("text")) for kind, tool, said in one if kind in wanted]

    assert acts(told(tmp_path, name, "mcp.jsonl")) == acts(told(tmp_path, name, "chat.json"))


@needs_data
@pytest.mark.parametrize("name", NAMES)
def test_findings_are_the_same_in_every_format_that_carries_the_goal(tmp_path: Path, name: str) -> None:
    found = []
    for ending in ("chat.json", "otlp.json", *WHOLE):
        target = tmp_path / ending
        target.mkdir()
        shutil.copy(FOLDER / f"{name}.{ending}", target)
        found.append(sorted((alert["rule"], alert["level"]) for alert in scan(target)["alerts"]))
    assert all(one == found[0] for one in found), found


@needs_data
@pytest.mark.parametrize("ending", ["chat.json", "otlp.json", "mcp.jsonl", *WHOLE])
def test_a_folder_of_one_format_is_read_without_gaps(tmp_path: Path, ending: str) -> None:
    for path in FOLDER.glob(f"*.{ending}"):
        shutil.copy(path, tmp_path)
    report = scan(tmp_path)
    assert sum(one["gaps"] for one in report["inputs"]) == 0
    assert sum(one["events"] for one in report["inputs"]) > 60
