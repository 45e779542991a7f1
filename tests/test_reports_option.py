"""`--report`: several reports of one run, and never one over another, over a file, or over a trail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from onesec_cli.reports.formats import Format
from tests.run import SAMPLES, onesec

STORY = SAMPLES / "full_story"


def test_one_run_writes_every_format_and_each_is_what_format_prints(tmp_path: Path) -> None:
    formats = [one for one in Format if one is not Format.console]
    options = [part for one in formats for part in ("--report", f"{one}:{tmp_path / one.value}")]
    code, out, err = onesec("scan", STORY, "--fail-on", "high", *options)
    assert (code, err) == (1, "")
    assert out.splitlines()[-1].startswith("ALERTS: ")
    for one in formats:
        alone = onesec("scan", STORY, "--fail-on", "high", "-f", one.value)[1]
        assert (tmp_path / one.value).read_text() == alone


def test_the_console_report_can_be_a_file_too(tmp_path: Path) -> None:
    onesec("scan", STORY, "-f", "json", "-o", tmp_path / "a.json", "--report", f"console:{tmp_path / 'a.txt'}")
    assert (tmp_path / "a.txt").read_text() == onesec("scan", STORY)[1]
    assert json.loads((tmp_path / "a.json").read_text())["alerts"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("out.sarif", "is not FORMAT:PATH with one of console, json,"),
        ("html5:out", "is not FORMAT:PATH"),
        ("sarif:", "is no file name"),
        ("sarif:-", "--format writes to standard output"),
        ("sarif:nowhere/out", "there is no folder"),
    ],
)
def test_a_report_that_cannot_be_written_is_an_error_before_anything_is_read(value: str, told: str) -> None:
    code, out, err = onesec("scan", "no-such-path", "--report", value)
    assert (code, out) == (2, "")
    assert told in err and "no-such-path" not in err


def test_two_reports_never_share_a_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    same = f"json:{tmp_path / 'sub' / '..' / 'a'}"
    for options in (
        ("--report", f"sarif:{tmp_path / 'a'}", "--report", same),
        ("-o", tmp_path / "a", "--report", same),
    ):
        code, _, err = onesec("scan", STORY, *options, "--force")
        assert code == 2 and "two reports cannot be written to one file" in err
    assert not (tmp_path / "a").exists()


def test_no_report_overwrites_a_file_without_force_nor_a_trail_with_it(tmp_path: Path) -> None:
    trail = tmp_path / "identity.jsonl"
    shutil.copy(STORY / "identity.jsonl", trail)
    before = trail.read_bytes()
    there = tmp_path / "there.csv"
    there.write_text("mine")
    code, _, err = onesec("scan", trail, "--report", f"json:{tmp_path / 'new.json'}", "--report", f"csv:{there}")
    assert code == 2 and "--force overwrites it" in err
    assert there.read_text() == "mine" and not (tmp_path / "new.json").exists()
    assert onesec("scan", trail, "--force", "--report", f"csv:{there}")[0] == 0
    assert there.read_text().startswith('"id","level"')
    for path in (trail, tmp_path / "." / "identity.jsonl"):
        code, _, err = onesec("scan", tmp_path, "--force", "--report", f"csv:{path}")
        assert code == 2 and "never overwrites evidence" in err
    assert trail.read_bytes() == before


def test_an_empty_table_is_never_taken_for_a_clean_trail(tmp_path: Path) -> None:
    junk = tmp_path / "junk.jsonl"
    junk.write_text("nonsense\n")
    for format in ("csv", "timesketch", "ocsf"):
        code, _, err = onesec("scan", junk, "-f", format)
        assert code == 3 and err.startswith("onesec: INCONCLUSIVE: ")
        assert onesec("scan", junk, "-f", format, "-q")[2] == ""
    code, out, err = onesec("scan", junk, "--report", f"csv:{tmp_path / 'out.csv'}")
    assert (code, err) == (3, "") and out.splitlines()[-1].startswith("INCONCLUSIVE: ")
