"""`onesec demo`: the whole story without set-up, told the same each time, and the README and the walk-through keep to what is."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.run import ROOT, SAMPLES, onesec

WALK = "docs/walkthrough.md"


def blocks(page: str) -> list[tuple[str, list[str]]]:
    """Each command that a page shows (the words after `onesec`), with the lines it says that it tells, without their indent."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.finditer(r"(?m)^ {4}\$ onesec (.+)\n((?: {4}.*\n)+)", text)
    return [(one[1], [line[4:] for line in one[2].splitlines()]) for one in found]


def test_the_demo_says_what_the_readme_says_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, out, err = onesec("demo")
    assert (code, err) == (0, "")
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in out and out == onesec("demo")[1]
    assert (
        out.index("CLEAN")
        < out.index("INCIDENT")
        < out.index("hijacked:")
        < out.index("by text:")
        < out.index("taken:")
        < out.index("still open:")
        < out.index("revoke now:")
        < out.index("   INTACT")
        < out.index("NOT INTACT")
    )
    ((command, told),) = blocks("README.md")
    assert command == "demo" and len(told) > 10
    for line in told:
        assert line == "..." or line in out.splitlines(), line


def test_every_command_of_the_walkthrough_tells_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(SAMPLES / "full_story", tmp_path / "sample_logs" / "full_story")
    monkeypatch.chdir(tmp_path)
    assert "    $ onesec scan -q sample_logs/full_story -f json -o report.json\n" in (ROOT / WALK).read_text()
    assert onesec("scan", "-q", "sample_logs/full_story", "-f", "json", "-o", "report.json")[0] == 0
    shown = blocks(WALK)
    assert {command.split()[0] for command, _ in shown} == {
        *("scan", "timeline", "replay", "explain", "access", "verify"),
    }
    for command, told in shown:
        code, out, err = onesec(*command.split())
        assert code == 0, err
        lines = out.splitlines()
        assert [line for line in told if line != "..."]
        for line in told:
            assert line == "..." or line in lines, (command, line)
