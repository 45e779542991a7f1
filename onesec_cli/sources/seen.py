"""What a file was when it was read, to tell later whether it still is that."""

from __future__ import annotations

import hashlib
import os
from typing import IO, Final

BLOCK: Final = 1024 * 1024
MAX_RATIO: Final = 250
"""Decompressed to compressed bytes, judged beyond `RATIO_FROM`: more is a decompression bomb."""
RATIO_FROM: Final = 64 * 1024 * 1024
MAX_TOTAL: Final = 64 * 1024**3
"""Decompressed bytes of one file, with all its members, that are read."""


def mark_of(handle: IO[bytes]) -> tuple[int, ...]:
    """A cheap mark of an open file that changes when its bytes do."""
    status = os.fstat(handle.fileno())
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Seen:
    """A cheap mark of a file, and the digest and length of its bytes as given."""

    def __init__(self, handle: IO[bytes], packed: bool) -> None:
        self._mark = mark_of(handle)
        self._hasher = hashlib.sha256()
        self.packed = packed
        self.bytes = 0
        self.unpacked = 0
        """Bytes that came out of it, of all members."""
        if packed:
            handle.seek(0)
            while block := handle.read(BLOCK):
                self._hash(block)
            handle.seek(0)

    def _hash(self, block: bytes) -> None:
        self._hasher.update(block)
        self.bytes += len(block)

    def take(self, block: bytes) -> bool:
        """Take in what was read; False if that is more than a file of its size may hold."""
        self.unpacked += len(block)
        if not self.packed:
            self._hash(block)
            return True
        return self.unpacked <= MAX_TOTAL and self.unpacked <= max(RATIO_FROM, MAX_RATIO * self.bytes)

    @property
    def sha256(self) -> str:
        """Of the bytes as given, as far as they were read."""
        return self._hasher.hexdigest()

    def still(self, handle: IO[bytes]) -> bool:
        """Whether a file still begins with the bytes that were read."""
        if mark_of(handle) == self._mark:
            return True
        hasher, left = hashlib.sha256(), self.bytes
        handle.seek(0)
        while left and (block := handle.read(min(BLOCK, left))):
            hasher.update(block)
            left -= len(block)
        return not left and hasher.digest() == self._hasher.digest()
