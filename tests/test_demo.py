"""`onesec demo`: the whole story without set-up, told the same each time, and the README and the walk-through keep to what is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.run import ROOT, onesec


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
        < out.index("OPEN")
        < out.index("   INTACT")
        < out.index("NOT INTACT")
    )
    ((command, told),) = blocks("README.md")
    assert command == "demo" and len(told) > 10
    for line in told:
        assert line == "..." or line in out.splitlines(), line


def test_every_command_of_the_walkthrough_tells_what_it_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = blocks("docs/walkthrough.md")
    assert len(shown) >= 4
    for command, told in shown:
        code, out, err = onesec(*command.split())
        assert code == 0, err
        lines = out.splitlines()
        assert len(told) > 5
        for line in told:
            assert line == "..." or line in lines, (command, line)
