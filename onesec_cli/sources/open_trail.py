"""The trails of one run: opened, split into records; and opened again to quote them."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Final, cast

from onesec_cli.model.event import Gap
from onesec_cli.plain_file import is_plain
from onesec_cli.sources import sqlite_store
from onesec_cli.sources.agents.side_results import tail_of
from onesec_cli.sources.decompress import BAD_STREAM, ZIP, packing_of, unpacked
from onesec_cli.sources.discover import STDIN, discover, refusal
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.second import SPOOL
from onesec_cli.sources.seen import BLOCK, Seen
from onesec_cli.sources.split import Splitter

__all__ = ["Trail", "discover"]

MIN_AHEAD: Final = 8 * 1024
MAX_WINDOWS: Final = 256
"""Files that are kept open while records are read again."""
MAX_MEMBERS: Final = 10_000
_ESCAPED: Final = re.compile(r"\\x([89a-f][0-9a-f])")
"""A byte that is not UTF-8, as it is shown."""
BROKEN: Final[tuple[type[Exception], ...]] = (*BAD_STREAM, sqlite3.Error)
"""What a broken or encrypted file raises."""

Progress = Callable[[str, int], None]


class Trail:
    """The files of one run."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = list(paths)
        self._stdin: IO[bytes] | None = None
        self._parts: dict[str, tuple[str, int]] = {}
        """Name shown to (path, number of the archive member or -1)."""
        self._seen: dict[str, Seen] = {}
        self._intact: dict[str, bool] = {}
        self._archive: tuple[str, zipfile.ZipFile] | None = None
        self._spool: IO[bytes] | None = None
        self._windows: dict[str, Window] = {}
        self._done = 0

    def read(self, reader: Reader, progress: Progress) -> None:
        """Read every file into the reader, in order of name."""
        for path in self._paths:
            try:
                with self._raw(path, progress) as handle:
                    self._read_file(path, handle, reader, progress)
            except OSError as error:
                self._unreadable(reader, path, f"cannot be opened ({error.strerror})")
        reader.close()

    def _read_file(self, path: str, handle: IO[bytes], reader: Reader, progress: Progress) -> None:
        kind = packing_of(handle)
        self._seen[path] = Seen(handle, packed=bool(kind) or sqlite_store.is_store(_start(handle)))
        if kind == ZIP:
            self._read_archive(path, handle, reader, progress)
        else:
            self._read_part(self._named(path, "", -1), path, lambda: _contents(handle), reader, progress)

    def _read_archive(self, path: str, handle: IO[bytes], reader: Reader, progress: Progress) -> None:
        try:
            archive = zipfile.ZipFile(handle)
        except BROKEN as error:
            self._unreadable(reader, path, f"a zip archive that cannot be read ({_told(error)})")
            return
        infos = archive.infolist()
        members = _members(archive)
        if len(members) > MAX_MEMBERS:
            self._unreadable(reader, path, f"an archive of {len(members):,} files; the first {MAX_MEMBERS:,} are read")
        for member, number in members[:MAX_MEMBERS]:

            def inner(number: int = number) -> AbstractContextManager[IO[bytes]]:
                return _contents(archive.open(infos[number]))

            self._read_part(self._named(path, member, number), path, inner, reader, progress)

    def _read_part(
        self,
        name: str,
        path: str,
        opened: Callable[[], AbstractContextManager[IO[bytes]]],
        reader: Reader,
        progress: Progress,
    ) -> None:
        """Read one stream of bytes, as far as it can be."""
        seen = self._seen[path]
        file = reader.start_file(name, path, self._spooled() if seen.packed else None)
        trouble = ""
        read = 0

        def blocks() -> Iterator[bytes]:
            nonlocal trouble, read
            try:
                with opened() as stream:
                    while block := stream.read(BLOCK):
                        read += len(block)
                        if not seen.take(block):
                            trouble = f"decompression stopped after {read:,} bytes: more than its bounds"
                            return
                        self._done += len(block)
                        progress(f"reading {name}", self._done)
                        yield block
            except BROKEN as error:
                trouble = f"cannot be read to its end ({_told(error)})"

        splitter = Splitter(name, reader.accept, reader.gap, reader.take, reader.accept_any)
        if tail := tail_of(name):
            reader.side(tail, blocks())
        else:
            splitter.run(blocks())
        file.sha256, file.bytes = seen.sha256, seen.bytes
        if trouble:
            reader.gap(Gap(name, splitter.line, read, trouble))

    def _unreadable(self, reader: Reader, path: str, reason: str) -> None:
        name = self._named(path, "", -1)
        file = reader.start_file(name, path)
        if path in self._seen:
            file.sha256, file.bytes = self._seen[path].sha256, self._seen[path].bytes
        reader.gap(Gap(name, 1, 0, reason))

    def _named(self, path: str, member: str, number: int) -> str:
        """The name a stream is shown by: always text, and never that of another stream."""
        name = "<stdin>" if path == STDIN else show(path)
        name = f"{name}!{show(member)}" if member else name
        free, nth = name, 1
        while free in self._parts and self._parts[free] != (path, number):
            nth += 1
            free = f"{name}#{nth}"
        self._parts[free] = (path, number)
        return free

    def _raw(self, path: str, progress: Progress = lambda what, done: None) -> IO[bytes]:
        """The bytes of a file as given; standard input is spooled so that it can be read again."""
        if path != STDIN:
            if not is_plain(path):
                raise OSError(0, refusal(path))
            return Path(path).open("rb")
        if self._stdin is None:
            if sys.stdin is None or sys.stdin.closed:
                raise OSError(0, "standard input is closed")
            self._stdin = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the run
            done, source = 0, cast("io.BufferedReader", sys.stdin.buffer)
            while block := source.read1(BLOCK):
                done += self._stdin.write(block)
                progress("reading standard input", done)
        self._stdin.seek(0)
        return _Shared(self._stdin)

    def _spooled(self) -> IO[bytes]:
        """Where records of compressed files are copied, so that they can be read again in any order."""
        if self._spool is None:
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the run
        return self._spool

    def names(self) -> Iterator[str]:
        """The name of every stream that is in the files, which are opened but not read to their end."""
        for path in self._paths:
            with self._raw(path) as handle:
                kind = packing_of(handle)
                self._seen[path] = Seen(handle, packed=bool(kind) or sqlite_store.is_store(_start(handle)))
                if kind != ZIP:
                    yield self._named(path, "", -1)
                    continue
                for member, number in _members(zipfile.ZipFile(handle))[:MAX_MEMBERS]:
                    yield self._named(path, member, number)

    def again(self, name: str, offset: int, length: int) -> bytes:
        """Read one span of a file that is not compressed, or of the spool, again; bytes are missing where they are gone."""
        window = self._windows.get(name)
        if window is None:
            if len(self._windows) >= MAX_WINDOWS:
                del self._windows[next(iter(self._windows))]
            try:
                handle = self._spooled() if name == SPOOL else self._raw(self._parts[name][0])
            except OSError:
                return b""
            window = self._windows[name] = Window(handle)
        return window.read(offset, length)

    def has(self, name: str) -> bool:
        """Whether it is a file or member of this run."""
        return name in self._parts

    def intact(self, name: str) -> bool:
        """Whether a file still is what was read at first. What was only added behind it does not count."""
        path = self._parts[name][0]
        if path not in self._intact:
            self._intact[path] = path == STDIN or self._same(path)
        return self._intact[path]

    def _same(self, path: str) -> bool:
        try:
            with self._raw(path) as handle:
                return self._seen[path].still(handle)
        except OSError:
            return False

    def fetch(self, name: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], bytes]]:
        """Read spans (offset, length) of a file or member again, in order of offset.

        Bytes are missing, or all of them, where the file has become shorter, broken or is gone.
        """
        waiting, told = sorted(spans), 0
        try:
            with self.opened(name) as stream:
                seekable = isinstance(stream, io.BufferedReader) and stream.seekable()  # rows of a store are not
                base, window = 0, b""
                for offset, length in waiting:
                    if seekable:
                        stream.seek(offset)
                        data = stream.read(length)
                    else:
                        base, window = _advance(stream, base, window, offset, length)
                        data = window[:length]
                    told += 1
                    yield (offset, length), data
        except BROKEN:
            for span in waiting[told:]:
                yield span, b""

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """The decompressed stream of a file or member. The archive read last stays open for its other members."""
        path, number = self._parts[name]
        if number < 0:
            with self._raw(path) as handle:
                if self._seen[path].packed:
                    with _contents(handle) as stream:
                        yield stream
                else:
                    yield handle
            return
        if self._archive is None or self._archive[0] != path:
            self._archive = (path, zipfile.ZipFile(self._raw(path)))
        archive = self._archive[1]
        with _contents(archive.open(archive.infolist()[number])) as stream:
            yield stream


def _members(archive: zipfile.ZipFile) -> list[tuple[str, int]]:
    """Name and number of the files of an archive, in the order in which they are read."""
    return sorted((info.filename, number) for number, info in enumerate(archive.infolist()) if not info.is_dir())


@contextmanager
def _contents(handle: IO[bytes]) -> Iterator[IO[bytes]]:
    """What lies in a file or a member: the rows of a store, or the bytes without their compressions."""
    if sqlite_store.is_store(_start(handle)):
        with sqlite_store.opened(handle) as rows:
            yield rows
    else:
        yield unpacked(handle)


def _start(handle: IO[bytes]) -> bytes:
    """The first bytes of a file, which is then read from its start."""
    handle.seek(0)
    start = handle.read(16)
    handle.seek(0)
    return start


def _advance(stream: IO[bytes], base: int, window: bytes, offset: int, length: int) -> tuple[int, bytes]:
    """Read on until the window, which began at `base`, begins at `offset` and holds `length` bytes if there are."""
    blocks = [window[offset - base :]] if offset - base < len(window) else []
    if not blocks:
        skip = offset - base - len(window)
        while skip > 0 and (block := stream.read(min(BLOCK, skip))):
            skip -= len(block)
    got = sum(map(len, blocks))
    while got < length and (block := stream.read(BLOCK)):
        blocks.append(block)
        got += len(block)
    return offset, b"".join(blocks)


class Window:
    """Reads spans of one file. Reads ahead as far as that has paid: far for a trail in order, hardly for a shuffled one."""

    def __init__(self, handle: IO[bytes]) -> None:
        handle.flush()
        self._handle = handle  # keeps the descriptor open
        self._descriptor = handle.fileno()
        self._base, self._block, self._size, self._hits = 0, b"", MIN_AHEAD, 0

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on; fewer than `length` where the file has become shorter."""
        start = offset - self._base
        if start < 0 or start + length > len(self._block):
            self._size = min(self._size * 2, BLOCK) if self._hits > 1 else max(self._size // 2, MIN_AHEAD)
            self._base, self._hits, start = offset, 0, 0
            self._block = os.pread(self._descriptor, max(self._size, length), offset)
        self._hits += 1
        return self._block[start : start + length]


class _Shared(io.BufferedReader):
    """The spool of standard input: closing it leaves the spool open."""

    def __init__(self, spool: IO[bytes]) -> None:
        super().__init__(io.FileIO(os.dup(spool.fileno())))
        self.seek(0)


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def show(path: str) -> str:
    """A name that is always text; bytes that are not UTF-8 are shown escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def unshown(name: str) -> str:
    """The name of a file that `show` may have shown so."""
    return _ESCAPED.sub(lambda match: chr(0xDC00 + int(match[1], 16)), name)
