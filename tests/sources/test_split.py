"""The splitter: whatever the bytes, each of them is in a record, in a gap, or between values."""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onesec_cli.model.event import Gap
from onesec_cli.sources.split import MAX_VALUE, Splitter

Found = tuple[list[tuple[bytes, int, int]], list[Gap]]

PIECES = (
    *(b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"\r\n", b" ", b"\t", b"\x1e", b"\0", b"a", b"1"),
    *(
        b'{"a":1}',
        b'{"a":"\xc3\xa9"}',
        b'{"b":[1,{"c":"}\\""}]}',
        b'{\n "a": {\n  "b": 2\n }\n}',
        b'{"a":',
        b'"}',
        b"null",
    ),
    *(b"\xff", b"\xc3", b"\xef\xbb\xbf", b"2026-03-01T09:00:00Z ", b'{"x":"\\ud800"}', b"[{},{}]", b"{}{}"),
)
ANY = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join),
    st.lists(st.sampled_from((*PIECES, b"\n", b"\n", b'{"a":1}\n')), max_size=24).map(b"".join),
)


def split(blocks: Iterable[bytes]) -> Found:
    """Records (bytes, line, offset) and gaps of some bytes; records are JSON objects, as the reader would have it."""
    records: list[tuple[bytes, int, int]] = []
    gaps: list[Gap] = []

    def accept(raw: bytes, line: int, offset: int) -> bool:
        try:
            value = json.loads(raw.decode())
        except (ValueError, RecursionError):
            return False
        if not isinstance(value, dict):
            return False
        records.append((raw, line, offset))
        return True

    Splitter("trail", accept, gaps.append).run(blocks)
    return records, gaps


def in_blocks(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


def told_lines(data: bytes, records: list[tuple[bytes, int, int]], gaps: list[Gap]) -> set[int]:
    """Numbers of the lines that a record covers or a gap names."""
    told = {gap.line for gap in gaps}
    for raw, line, _ in records:
        told |= set(range(line, line + raw.count(b"\n") + 1))
    return told


@given(ANY)
@example(b'{"a":1}\n{"a":')
@example(b'{"a":\n{"b":1}\n')
@example(b'[{"a":1},\n{"b":2}]')
@example(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}")
@example(b'{\n"":{"":0}}\x00')
@example(b"{\n\x00{}}")
def test_every_record_stands_where_it_says_and_every_line_is_told(data: bytes) -> None:
    records, gaps = split([data])
    for raw, line, offset in records:
        assert data[offset : offset + len(raw)] == raw
        assert data.count(b"\n", 0, offset) + 1 == line
    for gap in gaps:
        assert gap.reason
        assert data.count(b"\n", 0, gap.offset) + 1 == gap.line
        assert gap.offset <= len(data)
    told = told_lines(data, records, gaps)
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip(b" \t\r,[]\x1e\xef\xbb\xbf"):
            assert number in told, (number, line)


@given(ANY)
def test_no_byte_is_told_twice(data: bytes) -> None:
    records, _ = split([data])
    end = 0
    for raw, _, offset in sorted(records, key=lambda record: record[2]):
        assert offset >= end
        end = offset + len(raw)


@given(ANY, st.integers(1, 9))
@example(b"\xef\xbb\xbf{}", 1)
@example(b'{\n"":{"":0}}[\n', 1)
def test_the_size_of_blocks_changes_nothing(data: bytes, size: int) -> None:
    assert split(in_blocks(data, size)) == split([data])


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers(), max_size=3), max_size=6),
    st.data(),
)
def test_objects_are_found_however_they_are_laid_out(values: list[dict[str, object]], data: st.DataObject) -> None:
    texts = [json.dumps(one, indent=data.draw(st.sampled_from([None, 2])), ensure_ascii=False) for one in values]
    layout = data.draw(st.sampled_from(["\n", "\r\n", "", ",\n", "\n\n", "\x1e"]))
    text = layout.join(texts)
    if data.draw(st.booleans()):
        text = f"[{layout.join(texts)}]"
    records, gaps = split([text.encode()])
    assert [json.loads(raw) for raw, _, _ in records] == values
    assert gaps == []


@pytest.mark.parametrize("bom", [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE])
def test_utf_16_is_one_gap_that_says_so(bom: bytes) -> None:
    encoding = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(bom, "utf-32-le")
    data = bom + '{"a":1}\n{"b":2}\n'.encode(encoding)
    for size in (1, 2, 100):
        records, gaps = split(in_blocks(data, size))
        assert records == []
        assert [(gap.line, gap.offset) for gap in gaps] == [(1, 0)]
        assert "UTF-16" in gaps[0].reason or "UTF-32" in gaps[0].reason


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":\n' * 60_000,
        b'{"a":[\n' * 60_000,
        b'{"a":"\n' * 60_000,
        b'{"a":' * 200_000,
        b"[" * 2_000_000,
        b" " * (16 << 20),
        b"[\n" * 300_000,
        b'{"a":{' * 200_000 + b"\n" + b"}" * 200_000,
        (b'{"a":\n' * 400 + b"\n") * 150,
        b'{"a":"' + b"\\" * 4_000_000,
        b'{"a":1}' * 100_000,
        b'{"k":' + b'[{"x":1},\n' * 30_000,
    ],
    ids=lambda data: repr(data[:12]),
)
def test_absurd_input_takes_no_absurd_time(data: bytes) -> None:
    started = time.process_time()
    records, gaps = split(in_blocks(data, 1 << 20))
    assert time.process_time() - started < 8
    assert records or gaps or not data.strip(b" [\n")


def test_a_value_beyond_the_bound_is_one_gap_and_its_neighbours_are_read() -> None:
    data = b'{"a":1}\n{"b":"' + b"x" * MAX_VALUE + b'"}\n{"c":3}\n'
    records, gaps = split(in_blocks(data, 1 << 20))
    assert [raw for raw, _, _ in records] == [b'{"a":1}', b'{"c":3}']
    assert [gap.line for gap in gaps] == [2]
