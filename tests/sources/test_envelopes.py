"""Every published shape of a tenant log gives the same event."""

from __future__ import annotations

from pathlib import Path

import pytest

from onesec_cli.sources.open_trail import Trail, discover
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.shapes import NOT_A_TRAIL, SHAPES, Shape

READS = frozenset({"token.exchange", "delegation.issue"})


def read(tmp_path: Path, text: str) -> Reader:
    path = tmp_path / "trail.bin"
    path.write_text(text)
    reader = Reader(READS, 60_000_000)
    Trail(discover([str(path)])).read(reader, lambda what, done: None)
    return reader


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_sample_of_each_shape_is_read_whole(tmp_path: Path, shape: Shape, end: str) -> None:
    reader = read(tmp_path, shape.sample + end)
    assert reader.gaps == []
    expected = 2 if shape.name == "firehose" else 1
    assert len(reader.events) == reader.files[0].records == expected
    event = reader.events[0]
    if shape.name == "onesec":
        assert (event.kind, event.agent) == ("delegation.issue", "bot")
        return
    assert (event.kind, event.code, event.user, event.client) == ("token.exchange", "seta", "auth0|alice", "bot")
    assert event.time == 1_772_355_600_100_000
    assert event.scopes == {"calendar.readonly"}
    assert (event.tenant, event.connection, event.flow) == ("acme", "google-oauth2", "vault")
    assert event.id.startswith("9002026")


@pytest.mark.parametrize("shape", NOT_A_TRAIL, ids=lambda shape: shape.name)
def test_other_products_are_named_and_ignored(tmp_path: Path, shape: Shape) -> None:
    reader = read(tmp_path, shape.sample + "\n")
    assert reader.gaps == []
    assert reader.events == []
    assert sum(reader.files[0].ignored.values()) == 1


def test_all_shapes_in_one_file_are_read_together(tmp_path: Path) -> None:
    reader = read(tmp_path, "\n".join(shape.sample for shape in (*SHAPES, *NOT_A_TRAIL)))
    assert reader.gaps == []
    assert len(reader.events) == len(SHAPES) + 1
    file = reader.files[0]
    assert file.records == file.events + sum(file.ignored.values())


def test_pretty_printed_and_broken_lines_leave_the_good_ones(tmp_path: Path) -> None:
    one = SHAPES[3].sample
    pretty = '[\n  {\n    "log_id": "x1",\n    "data": {"type": "seta", "date": "2026-03-01T09:00:00Z"}\n  },\n  {\n'
    pretty += '    "log_id": "x2",\n    "data": {"type": "seta", "date": "2026-03-01T09:00:00Z"}\n  }\n]\n'
    reader = read(tmp_path, pretty + '{"cut": {"off": 1\n' + one + "\nnoise\n" + one[:60] + "\n" + one + "\n[]\n")
    assert len(reader.events) == 4
    assert [gap.line for gap in reader.gaps] == [11, 13, 14]
    assert [event.origin.line for event in reader.events] == [2, 6, 12, 15]
