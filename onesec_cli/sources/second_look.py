"""The files that a report names, looked at again: are they the same, and does each record still stand at its place?

A report is not trusted: it may name any path, any place and any length. Nothing but regular files is opened, nothing of what is
read is shown, and the work is bounded by the size of the files, not by what the report says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from heapq import heappop, heappush
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

from onesec_cli.model.errors import InputError
from onesec_cli.model.verification import State
from onesec_cli.plain_file import is_plain
from onesec_cli.sources.open_trail import BROKEN, Trail, show, unshown
from onesec_cli.sources.seen import BLOCK, MAX_RATIO, RATIO_FROM
from onesec_cli.sources.split import MAX_VALUE

MAX_OPEN: Final = 100
"""Cited records that may overlap at one place: no trail has more than a few."""
_AROUND: Final = b" \t\r[],"
"""What may stand around a record on its line, in an array of records; at most so many of them are looked past."""
MAX_AROUND: Final = 64


class Cited(Struct, frozen=True):
    """A record as a report cites it."""

    line: int
    offset: int
    length: int
    sha256: str


class Found(Struct, frozen=True):
    """What was found of it; `now_at` is the line of a moved one."""

    state: State
    now_at: int = 0


class Look:
    """Looks at the files of one report under a folder. A file is read once for its digest, once for each stream in it."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self._digests: dict[str, str] = {}
        self._streams: dict[str, tuple[Trail, dict[str, str]]] = {}

    def size(self, name: str) -> int | None:
        """Bytes of a file as given (of its archive, for a member); None where there is no such file."""
        outer, _ = self._outer(name)
        return Path(outer).stat().st_size if outer else None

    def digest(self, name: str) -> str:
        """SHA-256 of the bytes of a file as given (of its archive, for a member); empty where it cannot be read."""
        outer, _ = self._outer(name)
        if outer not in self._digests:
            self._digests[outer] = _digest(outer) if outer else ""
        return self._digests[outer]

    def records(self, name: str, cited: Iterable[Cited]) -> dict[Cited, Found]:
        """What stands at each place of a file or member. A record that is not there is looked for in its other lines."""
        told = {one: Found(State.missing if one.sha256 else State.unsealed) for one in cited}
        wanted = sorted((one for one in told if one.sha256), key=lambda one: (one.offset, one.length, one.line))
        _check_overlap(wanted)
        outer, member = self._outer(name)
        if not outer or not wanted:
            return told
        most = max(RATIO_FROM, MAX_RATIO * Path(outer).stat().st_size)
        try:
            with self._opened(outer, member) as stream:
                told.update(_at_places(_blocks(stream, most), wanted))
            lost = [one for one in wanted if told[one].state in (State.changed, State.missing)]
            if lost:
                with self._opened(outer, member) as stream:
                    told.update(_elsewhere(_blocks(stream, most), lost))
        except BROKEN:
            pass  # what could not be reached stays missing
        return told

    def _outer(self, name: str) -> tuple[str, str]:
        """The file on disk that a name stands for, or lies in, and the rest of the name; empty if there is none."""
        path = name
        while path:
            for one in dict.fromkeys((path, unshown(path))):
                try:
                    if is_plain(self._root / one):
                        return str(self._root / one), name[len(path) :]
                except ValueError:  # a name that no file can have
                    return "", ""
            path = path.rpartition("!")[0]
        return "", ""

    def _opened(self, outer: str, member: str) -> AbstractContextManager[IO[bytes]]:
        if outer not in self._streams:
            trail = Trail([outer])
            shown = len(show(outer))
            self._streams[outer] = (trail, {one[shown:]: one for one in trail.names()})
        trail, names_of = self._streams[outer]
        if member not in names_of:
            raise OSError(0, "no such member")
        return trail.opened(names_of[member])


def _check_overlap(wanted: list[Cited]) -> None:
    """Refuse records, in order of offset, that overlap as those of no trail do: each would have to be digested anew."""
    ends: list[int] = []
    for one in wanted:
        while ends and ends[0] <= one.offset:
            heappop(ends)
        heappush(ends, one.offset + one.length)
        if len(ends) > MAX_OPEN:
            raise InputError(f"the report cites more than {MAX_OPEN:,} records that overlap at byte {one.offset:,}")


def _blocks(stream: IO[bytes], most: int) -> Iterator[bytes]:
    """The stream, as far as a file of its size may be unpacked."""
    while most > 0 and (block := stream.read(BLOCK)):
        most -= len(block)
        yield block


class _Reading:
    """A cited record that is being read."""

    def __init__(self, cited: Cited, line: int) -> None:
        self.cited, self.line = cited, line
        self.left = cited.length
        self._hasher = hashlib.sha256()

    def take(self, part: bytes) -> None:
        """The next bytes of the stream; what is behind the record is left."""
        part = part[: self.left]
        self._hasher.update(part)
        self.left -= len(part)

    def judged(self) -> Found:
        """What it is, now that it is whole. The same bytes on another line than was told have moved."""
        if self._hasher.hexdigest() != self.cited.sha256:
            return Found(State.changed)
        return Found(State.intact) if self.line == self.cited.line else Found(State.moved, self.line)


def _at_places(blocks: Iterable[bytes], wanted: list[Cited]) -> Iterator[tuple[Cited, Found]]:
    """Each record of a list in order of offset, while the stream is read once."""
    at, line = 0, 1
    waiting, reading = wanted[::-1], list[_Reading]()
    for block in blocks:
        for one in reading:
            one.take(block)
        cursor = 0
        while waiting and waiting[-1].offset < at + len(block):
            cited = waiting.pop()
            start = cited.offset - at
            line += block.count(b"\n", cursor, start)
            cursor = start
            reading.append(_Reading(cited, line))
            reading[-1].take(block[start : start + cited.length])
        line += block.count(b"\n", cursor)
        at += len(block)
        yield from ((one.cited, one.judged()) for one in reading if not one.left)
        reading = [one for one in reading if one.left]
        if not waiting and not reading:
            return


def _elsewhere(blocks: Iterable[bytes], lost: list[Cited]) -> Iterator[tuple[Cited, Found]]:
    """Lost records that stand on another line."""
    by_digest: dict[str, list[Cited]] = {}
    for one in lost:
        by_digest.setdefault(one.sha256, []).append(one)
    lengths = {one.length for one in lost if one.length <= MAX_VALUE}
    for number, line in _lines(blocks, max(lengths, default=0) + MAX_AROUND):
        for text in dict.fromkeys((line, line.strip(_AROUND))):
            if len(text) in lengths:
                for one in by_digest.pop(hashlib.sha256(text).hexdigest(), ()):
                    yield one, Found(State.moved, number)


def _lines(blocks: Iterable[bytes], most: int) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of the lines that are not longer than `most`."""
    number, rest, too_long = 1, b"", False
    for block in blocks:
        *whole, last = block.split(b"\n")
        for piece in whole:
            if not too_long and len(rest) + len(piece) <= most:
                yield number, rest + piece
            number, rest, too_long = number + 1, b"", False
        too_long = too_long or len(rest) + len(last) > most
        rest = b"" if too_long else rest + last
    if rest:
        yield number, rest


def _digest(path: str) -> str:
    whole = hashlib.sha256()
    try:
        with Path(path).open("rb") as handle:
            while block := handle.read(BLOCK):
                whole.update(block)
    except OSError:
        return ""
    return whole.hexdigest()
