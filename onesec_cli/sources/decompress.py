"""Compressed trails as streams of bytes: told by their first bytes, never by name, and never unpacked at once."""

from __future__ import annotations

import io
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import IO, Any, Final, cast

import zstandard
from isal import igzip_lib, isal_zlib

BAD_STREAM: Final[tuple[type[Exception], ...]] = (
    OSError,
    EOFError,
    zlib.error,
    cast("type[Exception]", igzip_lib.IsalError),
    zstandard.ZstdError,
    zipfile.BadZipFile,
    NotImplementedError,  # zipfile: a compression method it does not know
    RuntimeError,
    ValueError,
)
"""What decompressors raise on a broken or encrypted stream."""

GZIP: Final = "gzip"
ZSTD: Final = "zstd"
ZIP: Final = "zip"
_MAGIC: Final = (
    (b"\x1f\x8b", GZIP),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
)
MAX_LAYERS: Final = 2
"""Compressions that are taken off one stream: a member of an archive may itself be compressed."""
_LEAST: Final = 256 * 1024
"""Bytes that are gathered before they are handed on."""


def packing(start: bytes) -> str:
    """The compression that begins with these bytes, or empty."""
    if start[1:4] == b"\x2a\x4d\x18" and start[0] >> 4 == 5:
        return ZSTD  # a frame to be skipped, before the first real one
    return next((name for magic, name in _MAGIC if start.startswith(magic)), "")


def packing_of(handle: IO[bytes]) -> str:
    """The compression of a file, which is left at its beginning."""
    handle.seek(0)
    start = handle.read(4)
    handle.seek(0)
    return packing(start)


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """The stream, from its beginning, with its compressions taken off."""
    for _ in range(MAX_LAYERS):
        peeked = _Peeked(stream)
        kind = packing(peeked.start)
        if kind == ZIP:
            raise ValueError("an archive inside another is not read")
        if not kind:
            return cast("IO[bytes]", peeked)
        stream = cast("IO[bytes]", _Frames(cast("IO[bytes]", peeked), kind))
    return stream


class _Peeked(io.RawIOBase):
    """A stream whose first bytes were looked at. Unlike a buffered reader it loses nothing when the stream breaks."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.start = b""
        while len(self.start) < 4 and (more := source.read(4 - len(self.start))):
            self.start += more
        self._waiting = self.start

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes; none at the end."""
        if not self._waiting:
            return self._source.read(size)
        data, self._waiting = self._waiting, b""
        if 0 <= size < len(data):
            self._waiting = data[size:]
            return data[:size]
        try:
            return data + self._source.read(size - len(data) if size > 0 else size)
        except BAD_STREAM:
            return data  # the next call fails again


class _Frames(io.RawIOBase):
    """A file of one compressed frame or more. What is whole before a cut or a broken place is read; then it raises."""

    def __init__(self, source: IO[bytes], kind: str) -> None:
        self._source = source
        self._fresh, self._feed = _KINDS[kind]
        self._padding = b"\0" if kind == GZIP else b""
        self._frame: Any = None
        self._rest = b""
        self._block, self._at = b"", 0
        """What came out last, and how much of it was handed on."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Some bytes; none at the end."""
        most = sys.maxsize if size < 0 else size
        told: list[bytes] = []
        got = 0
        while got < most and (size < 0 or got < _LEAST):
            if self._at == len(self._block):
                try:
                    self._block, self._at = self._next(), 0
                except BAD_STREAM:
                    self._block, self._at = b"", 0
                    if not got:
                        raise
                    break  # the next call fails again
                if not self._block:
                    break
            told.append(self._block[self._at : self._at + most - got])
            self._at += len(told[-1])
            got += len(told[-1])
        return told[0] if len(told) == 1 else b"".join(told)

    def _next(self) -> bytes:
        while True:
            data, self._rest = self._rest or self._source.read(self._feed), b""
            if not data:
                if self._frame is not None:
                    raise EOFError("compressed data ended before its end mark")
                return b""
            if self._frame is None:
                data = data.lstrip(self._padding) if self._padding else data
                if not data:
                    continue
                self._frame = self._fresh()
            block: bytes = self._frame.decompress(data)
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
            if block:
                return block


_KINDS: Final[dict[str, tuple[Callable[[], Any], int]]] = {
    GZIP: (lambda: isal_zlib.decompressobj(wbits=31), 16 * 1024),
    ZSTD: (lambda: zstandard.ZstdDecompressor().decompressobj(), 2 * 1024),
}
"""What takes one frame, and how many compressed bytes it is fed at once: in gzip a byte can stand for 1 KB, in zstd a few
bytes for 128 KB."""
