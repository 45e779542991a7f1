"""The same records give the same findings, however they are delivered."""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.run import SAMPLES, onesec, scan

STORY = [
    *(SAMPLES / "full_story" / "identity.jsonl").read_text().splitlines(),
    *(SAMPLES / "full_story" / "agents.jsonl").read_text().splitlines(),
]


def findings(report: dict[str, Any]) -> Any:
    """Alerts without the places of their evidence, which do depend on the files."""
    told = json.loads(json.dumps(report["alerts"]))
    for alert in told:
        alert["evidence"] = [(proof["time"], proof["role"]) for proof in alert["evidence"]]
    return told


def whole(tmp_path: Path) -> Any:
    path = tmp_path / "whole.jsonl"
    path.write_text("\n".join(STORY) + "\n")
    told = findings(scan(path))
    assert told
    return told


def test_shuffled_lines_give_the_same_findings(tmp_path: Path) -> None:
    expected = whole(tmp_path)
    for seed in range(5):
        lines = STORY[:]
        random.Random(seed).shuffle(lines)
        path = tmp_path / "shuffled.jsonl"
        path.write_text("\n".join(lines) + "\n")
        assert findings(scan(path)) == expected


def test_duplicated_lines_give_the_same_findings_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    path.write_text("\n".join(STORY + STORY[::-1]) + "\n")
    report = scan(path)
    assert report["counts"]["duplicates"] == len(STORY)
    assert findings(report) == whole(tmp_path)


def test_one_event_in_another_envelope_is_a_duplicate(tmp_path: Path) -> None:
    bare = [json.dumps(json.loads(line)["data"]) for line in STORY if '"data"' in line]
    (tmp_path / "whole.jsonl").write_text("\n".join(STORY) + "\n")
    (tmp_path / "pull.json").write_text("[" + ",\n".join(bare) + "]")
    report = scan(tmp_path)
    assert report["counts"]["duplicates"] == len(bare)
    assert findings(report) == whole(tmp_path)


@pytest.mark.parametrize("pieces", [2, 7])
def test_split_over_files_gives_the_same_findings(tmp_path: Path, pieces: int) -> None:
    expected = whole(tmp_path)
    parts = tmp_path / "parts"
    parts.mkdir()
    for number in range(pieces):
        (parts / f"{number}.log").write_text("\n".join(STORY[number::pieces]) + "\n")
    assert findings(scan(parts)) == expected


def test_recompressed_files_give_the_same_findings(tmp_path: Path) -> None:
    expected = whole(tmp_path)
    text = ("\n".join(STORY) + "\n").encode()
    (tmp_path / "a.gz").write_bytes(gzip.compress(text))
    (tmp_path / "b.zst").write_bytes(zstandard.ZstdCompressor().compress(text))
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.jsonl", text)
    for name in ("a.gz", "b.zst", "c.zip"):
        report = scan(tmp_path / name)
        assert findings(report) == expected, name
        assert all(proof["sha256"] for alert in report["alerts"] for proof in alert["evidence"])


def test_the_order_of_paths_does_not_change_a_byte(tmp_path: Path) -> None:
    for name, lines in (("b.jsonl", STORY[:9]), ("a.jsonl", STORY[9:]), ("c.jsonl", STORY[4:12])):
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    names = [tmp_path / name for name in ("a.jsonl", "b.jsonl", "c.jsonl")]
    first = onesec("scan", "--format", "json", *names)[1]
    assert first
    assert onesec("scan", "--format", "json", *reversed(names))[1] == first
    assert onesec("scan", "--format", "json", tmp_path)[1] == first
    assert onesec("scan", *names)[1] == onesec("scan", *reversed(names))[1]


def test_standard_input_gives_the_same_findings_with_quotes(tmp_path: Path) -> None:
    code, out, _ = onesec("scan", "--format", "json", "-", stdin=("\n".join(STORY) + "\n").encode())
    assert code == 0
    report = json.loads(out)
    assert findings(report) == whole(tmp_path)
    assert all(proof["quote"] for alert in report["alerts"] for proof in alert["evidence"])
