"""What is handed over beside the trails, of any kind but a regular file on a disk, is refused at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onesec_cli.plain_file import is_plain, read_plain
from tests.run import SAMPLES, onesec, scan

STORY = SAMPLES / "full_story" / "identity.jsonl"


@pytest.fixture(params=["pipe", "zeros", "kernel", "folder", "gone", "nul"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "odd"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "zeros":
        path.symlink_to("/dev/zero")
    elif request.param == "kernel":
        if not Path("/proc/self/maps").exists():
            pytest.skip("no /proc here")
        path.symlink_to("/proc/self/maps")
    elif request.param == "folder":
        path.mkdir()
    return "a\0b" if request.param == "nul" else str(path)


@pytest.mark.parametrize("option", ["--policy", "--baseline", "--map", "--state"])
def test_no_option_waits_for_it_or_reads_for_ever(odd: str, option: str) -> None:
    code, _, err = onesec("scan", STORY, option, odd)
    assert code == 2
    assert err.startswith("onesec: ") and err.count("\n") == 1


def test_neither_does_verify(odd: str) -> None:
    assert onesec("verify", odd)[0] == 2


def test_in_a_folder_of_rules_or_evidence_it_is_told(odd: str, tmp_path: Path) -> None:
    if not os.path.lexists(odd) or Path(odd).is_dir():
        return
    rules, trail = tmp_path / "rules", tmp_path / "trail"
    rules.mkdir()
    trail.mkdir()
    (rules / "a.yml").symlink_to(odd)
    (trail / "a.jsonl").symlink_to(odd)
    (trail / "b.jsonl").write_bytes(STORY.read_bytes())
    report = scan(trail, options=("--no-default-rules", "--rules", str(rules)))
    assert [one["reason"] for one in report["rules"]["skipped"]] == ["cannot be read (not a regular file on a disk)"]
    assert [one["reason"] for one in report["gaps"]] == ["cannot be opened (not a regular file)"]
    assert onesec("rules", "lint", rules)[0] == 2
    assert onesec("rules", "test", rules)[0] == 3


def test_no_more_is_read_than_asked_for_and_one_byte_tells_that_there_is_more(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert is_plain(tmp_path / "f") and not is_plain(tmp_path)
    assert [read_plain(str(tmp_path / "f"), most) for most in (2, 4, 5, 10**12)] == [
        b"123",
        *[b"12345"] * 3,
    ]
