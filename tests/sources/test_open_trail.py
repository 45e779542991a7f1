"""Files as they come: compressed, cut off, hostile, changing while they are read."""

from __future__ import annotations

import gzip
import os
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard

from onesec_cli.sources.discover import discover
from onesec_cli.sources.open_trail import MAX_MEMBERS, Trail
from tests.run import SAMPLES, onesec, scan

STORY = (SAMPLES / "full_story" / "identity.jsonl").read_bytes()
LINES = STORY.splitlines(keepends=True)
ZSTD = zstandard.ZstdCompressor().compress


def reasons(report: dict[str, Any]) -> list[str]:
    return [gap["reason"] for gap in report["gaps"]]


def archive(path: Path, *members: tuple[str, bytes]) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        warnings.simplefilter("ignore")  # two members of one name are the point of a test
        for name, data in members:
            made.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(STORY[:5000]) + gzip.compress(STORY[5000:]) + b"\0" * 40,
        gzip.compress(gzip.compress(STORY)),
        ZSTD(STORY[:5000]) + ZSTD(STORY[5000:]),
        b"\x50\x2a\x4d\x18\x04\0\0\0skip" + ZSTD(STORY),
        gzip.compress(ZSTD(STORY)),
    ],
    ids=["members and padding", "twice", "frames", "skippable frame", "zstd in gzip"],
)
def test_every_frame_of_a_file_is_read(tmp_path: Path, packed: bytes) -> None:
    (tmp_path / "trail").write_bytes(packed)
    counts = scan(tmp_path / "trail")["counts"]
    assert (counts["events"], counts["gaps"]) == (len(LINES), 0)


@pytest.mark.parametrize("pack", [gzip.compress, ZSTD], ids=["gzip", "zstd"])
@pytest.mark.parametrize("keep", [0.9, 0.999])
def test_a_cut_off_file_is_read_up_to_the_cut_and_says_so(
    tmp_path: Path, pack: Callable[[bytes], bytes], keep: float
) -> None:
    packed = b"".join(pack(line) for line in LINES)  # frame by frame, so that a cut can fall between whole lines
    (tmp_path / "trail").write_bytes(packed[: int(len(packed) * keep)])
    report = scan(tmp_path / "trail")
    assert report["counts"]["events"] >= int(len(LINES) * keep) - 1
    assert any("ended before its end mark" in reason for reason in reasons(report))


def test_a_broken_place_is_a_gap_and_what_stands_before_it_is_read(tmp_path: Path) -> None:
    lines = b"".join(line.replace(b"0000", b"%04d" % number, 1) for number in range(300) for line in LINES)
    packed = bytearray(gzip.compress(lines))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    (tmp_path / "trail").write_bytes(packed)
    report = scan(tmp_path / "trail")
    assert report["counts"]["records"] > 500
    assert any("cannot be read to its end" in reason for reason in reasons(report))


@pytest.mark.parametrize("data", [b"\x1f\x8bno", b"\x28\xb5\x2f\xfdno", b"PK\x03\x04no"])
def test_what_only_looks_compressed_is_a_gap(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "trail").write_bytes(data)
    report = scan(tmp_path / "trail")
    assert (report["counts"]["gaps"], report["verdict"]["status"]) == (1, "inconclusive")


def test_a_bomb_is_stopped_and_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(STORY + b" " * (200 << 20)))
    (tmp_path / "b.zst").write_bytes(ZSTD(STORY + b" " * (200 << 20)))
    archive(tmp_path / "c.zip", ("a", STORY), *((f"b{number}", b" " * (40 << 20)) for number in range(5)))
    report = scan(tmp_path)
    assert report["counts"]["events"] + report["counts"]["duplicates"] == 3 * len(LINES)
    assert sum("more than its bounds" in reason for reason in reasons(report)) >= 3


def test_members_of_an_archive_are_read_whatever_their_names(tmp_path: Path) -> None:
    members = [
        ("same.json", LINES[0]),
        ("same.json", LINES[1]),
        ("../../up.json", LINES[2]),
        ("in.gz", gzip.compress(LINES[3])),
    ]
    made = archive(tmp_path / "trail.zip", *members)
    (tmp_path / "trail.zip!same.json").write_bytes(b"".join(LINES[4:]))
    report = scan(made, tmp_path / "trail.zip!same.json")
    assert (report["counts"]["events"], report["counts"]["gaps"]) == (len(LINES), 0)
    assert len({file["path"] for file in report["inputs"]}) == 5
    assert all(proof["intact"] for alert in report["alerts"] for proof in alert["evidence"])


def test_an_archive_of_very_many_files_is_read_in_time_and_its_rest_is_told(tmp_path: Path) -> None:
    made = archive(tmp_path / "trail.zip", *((f"{number:05d}", b"") for number in range(MAX_MEMBERS)), ("z", STORY))
    assert any(f"{MAX_MEMBERS + 1:,} files" in reason for reason in reasons(scan(made)))


def test_an_archive_in_an_archive_is_said_not_to_be_read(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", ("a", STORY)).read_bytes()
    report = scan(archive(tmp_path / "outer.zip", ("inner.zip", inner), ("b", LINES[0])))
    assert report["counts"]["events"] == 1
    assert any("inside another" in reason for reason in reasons(report))


def test_what_is_no_file_is_a_gap_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "trail.jsonl").write_bytes(STORY)
    (tmp_path / "again.jsonl").symlink_to("trail.jsonl")
    report = scan(tmp_path)
    assert report["counts"]["events"] == len(LINES)
    assert [Path(gap["file"]).name for gap in report["gaps"]] == ["fifo", "nowhere", "self", "zero"]


def test_a_link_out_of_the_folder_is_told_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (tmp_path / "logs" / "inner").mkdir(parents=True)
    outside.mkdir()
    (outside / "trail.jsonl").write_bytes(STORY)
    (tmp_path / "logs" / "away").symlink_to(outside)
    (tmp_path / "logs" / "here").symlink_to(tmp_path / "logs" / "inner")
    report = scan(tmp_path / "logs")
    assert report["counts"]["events"] == 0
    assert reasons(report) == ["cannot be opened (a link to a folder; name the folder to read it)"]
    assert scan(tmp_path / "logs", outside)["counts"]["gaps"] == 0
    assert scan(tmp_path / "logs" / "away")["counts"]["events"] == len(LINES)


def test_a_folder_that_cannot_be_listed_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as root, whom no permission stops; so the refusal of the system is put in its place."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "trail.jsonl").write_bytes(STORY)
    (tmp_path / "closed").mkdir()
    listed = os.scandir

    def refusing(path: str) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = scan(tmp_path)
    assert report["counts"]["events"] == len(LINES)
    assert reasons(report) == ["cannot be opened (cannot be listed)"]


def test_hidden_names_are_left_out_unless_named(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "a.jsonl").write_bytes(STORY)
    (tmp_path / ".b.jsonl").write_bytes(STORY)
    assert discover([str(tmp_path)]) == []
    assert len(discover([str(tmp_path / ".hidden"), str(tmp_path / ".b.jsonl")])) == 2


def test_names_that_are_no_text_are_shown_escaped(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.jsonl"
    try:
        Path(os.fsdecode(path)).write_bytes(STORY)
    except OSError:
        pytest.skip("this file system takes no such name")
    report = scan(tmp_path)
    assert report["inputs"][0]["path"].endswith("\\xff.jsonl")
    assert report["counts"]["events"] == len(LINES)


def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]) -> Trail:
    """A trail that was read whole and whose file is changed then."""
    path = tmp_path / "trail.jsonl"
    path.write_bytes(STORY)
    kept: list[Trail] = []
    read = Trail.read

    def and_change(self: Trail, *args: Any) -> None:
        read(self, *args)
        kept.append(self)

    monkeypatch.setattr(Trail, "read", and_change)
    assert onesec("scan", path)[0] == 0
    change(path)
    kept[0]._intact.clear()  # the scan asked before the change; it is asked again
    return kept[0]


@pytest.mark.parametrize(
    ("change", "intact"),
    [
        (lambda path: None, True),
        (lambda path: path.touch(), True),
        (lambda path: path.write_bytes(STORY + LINES[0]), True),
        (lambda path: path.write_bytes(STORY[:-50]), False),
        (lambda path: path.write_bytes(STORY.replace(b"admin", b"adMIN")), False),
        (lambda path: path.unlink(), False),
        (lambda path: (path.unlink(), os.mkfifo(path)), False),
    ],
    ids=["as it was", "touched", "longer", "shorter", "edited", "gone", "a pipe instead"],
)
def test_a_file_that_changed_after_it_was_read_is_not_intact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], intact: bool
) -> None:
    trail = changed(tmp_path, monkeypatch, change)
    name = str(tmp_path / "trail.jsonl")
    spans = [(0, len(LINES[0])), (len(STORY) - 40, 40)]
    told = list(trail.fetch(name, spans))
    assert [span for span, _ in told] == spans
    assert trail.intact(name) is intact
    if intact:
        assert [data for _, data in told] == [LINES[0], STORY[-40:]]
