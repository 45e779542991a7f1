"""Files that end: what is read of a disk, and nothing that hangs, goes on for ever or belongs to the running system.

Whoever hands over files chooses their kind as well: a pipe without a writer, a link to /dev/zero or to /proc/kmsg.
"""

from __future__ import annotations

import os
import stat
from functools import cache
from pathlib import Path
from typing import Final

_OF_KERNEL: Final = ("/proc", "/sys")


def is_plain(path: str | Path) -> bool:
    """Whether a path leads to a regular file on a disk. Raises ValueError for a name that no file can have."""
    try:
        told = os.stat(path)  # noqa: PTH116  # half the price, and asked of every file
    except OSError:
        return False
    return stat.S_ISREG(told.st_mode) and told.st_dev not in _kernel_devices()


def read_plain(path: str, most: int) -> bytes:
    """The bytes of a plain file. Raises OSError, whose `strerror` says why not; one byte more than `most` means that it is longer."""
    try:
        if os.path.lexists(path) and not Path(path).is_dir() and not is_plain(path):
            raise OSError(0, "not a regular file on a disk")
        with Path(path).open("rb") as file:
            return file.read(min(most, os.fstat(file.fileno()).st_size) + 1)
    except ValueError:
        raise OSError(0, "no file can have this name") from None


@cache
def _kernel_devices() -> frozenset[int]:
    """The devices of the file systems that the kernel makes up; where they are not mounted there are none."""
    root = Path("/").stat().st_dev
    return frozenset(Path(one).stat().st_dev for one in _OF_KERNEL if Path(one).is_dir()) - {root}
