"""The trails of one run: found, opened, split into records; and opened again to quote them."""

from __future__ import annotations

import glob
import hashlib
import io
import os
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import zstandard
from isal import igzip

from onesec_cli.model.errors import InputError
from onesec_cli.model.event import Gap
from onesec_cli.sources import sqlite_store
from onesec_cli.sources.agents.side_results import tail_of
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.second import SPOOL
from onesec_cli.sources.split import Splitter

BLOCK: Final = 1024 * 1024
MAX_RATIO: Final = 1000
"""Decompressed to compressed bytes, judged beyond `RATIO_FROM`: more is a decompression bomb."""
RATIO_FROM: Final = 64 * 1024 * 1024
MAX_TOTAL: Final = 64 * 1024**3
"""Decompressed bytes of one file or member that are read."""
MIN_AHEAD: Final = 8 * 1024
MAX_WINDOWS: Final = 256
"""Files that are kept open while records are read again."""
MAX_MEMBERS: Final = 10_000
STDIN: Final = "-"

_BAD_STREAM = (
    OSError,
    EOFError,
    zlib.error,
    zstandard.ZstdError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    sqlite3.Error,
)
"""What decompressors and SQLite raise on a broken or encrypted stream."""


def discover(paths: Sequence[str]) -> list[str]:
    """Files named by files, folders (recursive, no hidden names), globs and `-`, each once, by name."""
    found: dict[str, str] = {}
    for path in paths:
        for name in [path] if path == STDIN else _expand(path):
            found.setdefault(name if name == STDIN else os.path.realpath(name), name)
    return sorted(found.values())


def _expand(path: str) -> list[str]:
    if Path(path).is_dir():
        return [
            os.path.join(folder, name)  # noqa: PTH118  # a Path would drop the leading ./ the user typed
            for folder, folders, names in os.walk(path)
            for name in names
            if not name.startswith(".") and not _hide(folders)
        ]
    if os.path.lexists(path):
        return [path]
    matched = [name for name in glob.glob(path, recursive=True) if Path(name).is_file()]  # noqa: PTH207  # any root
    if not matched:
        raise InputError(f"{path}: no such file or folder, and no file matches it")
    return matched


def _hide(folders: list[str]) -> bool:
    """Leave hidden folders out of the walk; always False."""
    folders[:] = sorted(name for name in folders if not name.startswith("."))
    return False


class _Stream:
    """The decompressed blocks of one file or member, within bounds; `trouble` says why it ended early."""

    def __init__(self, handle: IO[bytes], member: str, size: int | None, advance: Callable[[int], None]) -> None:
        self._handle, self._member, self._size, self._advance = handle, member, size, advance
        self.hasher = hashlib.sha256()
        """Of the blocks, where the bytes as given were not hashed before (`size` None)."""
        self.read = 0
        self.trouble = ""

    def blocks(self) -> Iterator[bytes]:
        """Read to the end, or as far as can be."""
        try:
            with _opened(self._handle, self._member) as stream:
                while block := stream.read(BLOCK):
                    self.read += len(block)
                    if self._size is None:
                        self.hasher.update(block)
                    elif self.read > MAX_TOTAL or (self.read > RATIO_FROM and self.read > MAX_RATIO * self._size):
                        self.trouble = f"decompression stopped after {self.read:,} bytes: more than its bounds"
                        return
                    self._advance(len(block))
                    yield block
        except _BAD_STREAM as error:
            self.trouble = f"cannot be read to its end ({type(error).__name__}: {error})"


class Trail:
    """The files of one run."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = list(paths)
        self._stdin: IO[bytes] | None = None
        self._members: dict[str, tuple[str, str]] = {}
        """Name shown to (path, archive member)."""
        self._spool: IO[bytes] | None = None
        self._windows: dict[str, Window] = {}

    def read(self, reader: Reader, progress: Callable[[str, int], None]) -> None:
        """Read every file into the reader, in order of name."""
        done = 0
        for path in self._paths:
            try:
                handle = self._raw(path)
            except OSError as error:
                self._unreadable(reader, path, f"cannot be opened ({error.strerror})")
                continue
            with handle:
                hashed = _digest(handle) if path == STDIN or _magic(handle) else None
                for name, member in self._parts(path, handle):
                    file = reader.start_file(name, path, self._spooled() if _magic(handle) else None)

                    def advance(count: int, name: str = name) -> None:
                        nonlocal done
                        done += count
                        progress(f"reading {name}", done)

                    stream = _Stream(handle, member, hashed[1] if hashed else None, advance)
                    if tail := tail_of(name):
                        reader.side(tail, stream.blocks())
                    else:
                        Splitter(name, reader.accept, reader.gap, reader.take, reader.accept_any).run(stream.blocks())
                    file.sha256, file.bytes = hashed or (stream.hasher.hexdigest(), stream.read)
                    if stream.trouble:
                        reader.gap(Gap(name, 1, stream.read, stream.trouble))
        reader.close()

    def _unreadable(self, reader: Reader, path: str, reason: str) -> None:
        reader.start_file(_show(path), path)
        reader.gap(Gap(_show(path), 1, 0, reason))

    def _raw(self, path: str) -> IO[bytes]:
        """The bytes of a file as given; standard input is spooled so that it can be read again."""
        if path != STDIN:
            if not Path(path).is_file():
                raise OSError(0, "not a regular file")
            return Path(path).open("rb")
        if self._stdin is None:
            self._stdin = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the run
            while block := sys.stdin.buffer.read(BLOCK):
                self._stdin.write(block)
        self._stdin.seek(0)
        return _Shared(self._stdin)

    def _parts(self, path: str, handle: IO[bytes]) -> list[tuple[str, str]]:
        """(name shown, archive member) of each stream in a file."""
        shown = "<stdin>" if path == STDIN else _show(path)
        parts = [(shown, "")]
        if _magic(handle) == b"PK\x03\x04":
            try:
                with zipfile.ZipFile(handle) as archive:
                    names = sorted(info.filename for info in archive.infolist() if not info.is_dir())[:MAX_MEMBERS]
                parts = [(f"{shown}!{_show(name)}", name) for name in names] or parts
            except zipfile.BadZipFile:
                parts = [(shown, "")]
        for name, member in parts:
            self._members[name] = (path, member)
        return parts

    def _spooled(self) -> IO[bytes]:
        """Where records of compressed files are copied, so that they can be read again in any order."""
        if self._spool is None:
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the run
        return self._spool

    def again(self, name: str, offset: int, length: int) -> bytes:
        """Read one span of a file that is not compressed, or of the spool, again. Raises InputError if it cannot be."""
        window = self._windows.get(name)
        if window is None:
            if len(self._windows) >= MAX_WINDOWS:
                del self._windows[next(iter(self._windows))]
            try:
                handle = self._spooled() if name == SPOOL else self._raw(self._members[name][0])
            except OSError as error:
                raise InputError(f"{name}: cannot be read again ({error.strerror})") from None
            window = self._windows[name] = Window(handle)
        return window.read(offset, length)

    def fetch(self, name: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], bytes]]:
        """Read spans (offset, length) of a file or member again, in order of offset."""
        path, member = self._members[name]
        with self._raw(path) as handle, _opened(handle, member) as stream:
            base, window = 0, b""
            for offset, length in sorted(spans):
                if stream.seekable() and stream is handle:
                    stream.seek(offset)
                    yield (offset, length), stream.read(length)
                    continue
                while base + len(window) < offset + length and (block := stream.read(BLOCK)):
                    if base + len(window) < offset:
                        base, window = base + len(window), b""
                    window += block
                if offset > base:
                    base, window = offset, window[offset - base :]
                yield (offset, length), window[:length]


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


@contextmanager
def _opened(handle: IO[bytes], member: str) -> Iterator[IO[bytes]]:
    """The decompressed stream of a file, or of one member of it; told by magic bytes, never by name."""
    handle.seek(0)
    if member:
        with zipfile.ZipFile(handle) as archive, archive.open(member) as inner:
            if sqlite_store.is_store(_start(inner)):
                with sqlite_store.opened(inner) as rows:
                    yield rows
            else:
                yield inner
        return
    magic = _magic(handle)
    if magic[:2] == b"\x1f\x8b":
        with igzip.IGzipFile(fileobj=handle, mode="rb") as inflated:  # type: ignore[no-untyped-call]  # untyped library
            yield inflated  # type: ignore[misc]  # reads like any binary stream
    elif magic == b"\x28\xb5\x2f\xfd":
        with zstandard.ZstdDecompressor().stream_reader(handle, read_across_frames=True, closefd=False) as reader:
            yield reader
    elif sqlite_store.is_store(_start(handle)):
        with sqlite_store.opened(handle) as rows:
            yield rows
    else:
        yield handle


def _magic(handle: IO[bytes]) -> bytes:
    """The first four bytes if what is read is not the file as it lies there: compressed, or a database; else empty."""
    start = _start(handle)
    known = start[:2] == b"\x1f\x8b" or start[:4] in (b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
    return start[:4] if known or sqlite_store.is_store(start) else b""


def _start(handle: IO[bytes]) -> bytes:
    """The first bytes of a file, which is then read from its start."""
    handle.seek(0)
    start = handle.read(16)
    handle.seek(0)
    return start


def _digest(handle: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and length of the bytes as given."""
    hasher, size = hashlib.sha256(), 0
    handle.seek(0)
    while block := handle.read(BLOCK):
        hasher.update(block)
        size += len(block)
    return hasher.hexdigest(), size


def _show(path: str) -> str:
    """A name that is always text; bytes that are not UTF-8 are shown escaped."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
