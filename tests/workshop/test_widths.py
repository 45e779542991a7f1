"""What the commands for rules tell keeps within the columns there are, and what is wrapped stands under itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run import SAMPLES, onesec
from tests.workshop.samples import RULES

LONG = "Something with a title that is a good deal longer than any terminal is wide, and that goes on and on and on"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "a_folder_of_a_long_name_that_says_little" / "rules_of_a_long_name_that_says_little.yml"
    path.parent.mkdir()
    path.write_text(RULES.replace("Wide vault scope", LONG) + "---\ntitle: lost\nlevel: worse\n")
    return path


@pytest.mark.parametrize("width", [40, 59, 60, 79, 80, 120])
@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("show", LONG),
        ("lint",),
        ("test",),
        ("coverage",),
        ("coverage", str(SAMPLES / "full_story")),
        ("profile", str(SAMPLES / "full_story")),
    ],
    ids=lambda words: " ".join(words)[:20],
)
def test_no_line_but_the_last_is_longer_than_the_console(rules: Path, words: tuple[str, ...], width: int) -> None:
    given = [rules] if words[0] in ("lint", "test") else ["--no-default-rules", "--rules", rules]
    _, out, err = onesec("rules", *words, *given, "--width", width)
    assert out, err
    lines = out.splitlines()
    assert max(map(len, lines[:-1])) <= width
    assert lines[-1][:1].isupper()


@pytest.mark.parametrize("width", [40, 80])
def test_what_is_wrapped_begins_under_itself(rules: Path, width: int) -> None:
    out = onesec("rules", "list", "--no-default-rules", "--rules", rules, "--width", width)[1]
    levels = ("informational", "low", "medium", "high", "critical", "not loaded", "CAN FIRE")
    assert [line for line in out.splitlines() if not line.startswith((*levels, " "))] == []
    assert " ".join(LONG.split()) in " ".join(out.split())
    assert "5f0c8a3e-1111-4222-8333-944445555601" in out
