"""Whole console reports, as a person sees them. Read a difference before you accept it:

ONESEC_GOLDEN=accept python -m pytest tests/test_golden.py && git diff tests/golden
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.run import ROOT, SAMPLES, onesec
from tests.test_cli import CSI, on_terminal

GOLDEN = Path(__file__).parent / "golden"
STORY, BENIGN = "sample_logs/full_story", "sample_logs/rapid-exchange/benign.jsonl"


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def held(name: str, told: str) -> None:
    """Hold a report against the golden one of this name, or accept it where that is asked for."""
    path = GOLDEN / name
    told = re.sub(r"\Aonesec \S+", "onesec VERSION", told)
    told = re.sub(
        r"(?m)^  blind .*\n(?: {13}.*\n)*", "  blind      (whoever was shown nothing)\n", told
    )  # grows with us
    told = re.sub(r"(?m)^(  rules +)\d+ Sigma rules, .*\n", r"\1(how many there are)\n", told)
    if os.environ.get("ONESEC_GOLDEN") == "accept":
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8"), f"tests/golden/{name} differs; see tests/test_golden.py"


@pytest.mark.parametrize("width", [80, 200])
def test_the_full_story_reads_as_it_should(width: int) -> None:
    held(f"full_story.{width}.txt", onesec("scan", STORY, "--width", width)[1])


def test_an_honest_trail_reads_as_it_should() -> None:
    held("benign.80.txt", onesec("scan", BENIGN)[1])


def test_a_dumb_terminal_gets_the_same_report_without_a_single_escape() -> None:
    code, told = on_terminal("scan", STORY, "-q", TERM="dumb")
    assert code == 0
    assert told.replace("\r\n", "\n") == onesec("scan", STORY, "--width", 80)[1]


def test_colour_changes_no_letter_of_the_report() -> None:
    coloured = on_terminal("scan", STORY, "-q")[
        1
    ]  # progress, which only a slow machine shows, is no part of the report
    assert CSI.search(coloured)
    told = CSI.sub("", coloured).replace("\r\n", "\n")
    plain = onesec("scan", STORY, "--width", 80)[1]
    assert "\n".join(line.rstrip() for line in told.split("\n")) == plain


def test_every_sample_trail_fits_the_narrowest_page() -> None:
    for path in sorted(SAMPLES.iterdir()):
        lines = onesec("scan", path, "--width", 40)[1].splitlines()
        assert max(map(len, lines[:-1])) <= 40, path.name
