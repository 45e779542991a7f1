"""Progress on stderr: only on a terminal, only for work that takes a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_QUIET_SECONDS = 1.0
_EVERY_SECONDS = 0.2


@contextmanager
def progress_on(stream: TextIO, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """A function that tells what is being done; it writes one line that it wipes at the end."""
    if quiet or not stream.isatty():
        yield lambda what, done: None
        return
    started = last = time.monotonic()  # how long the user has been waiting; no part of the analysis

    def told(what: str, done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - started > _QUIET_SECONDS and now - last > _EVERY_SECONDS:
            last = now
            size = f" {done / 1e6:,.0f} MB" if done else ""
            stream.write(f"\r\x1b[K{what}{size}")
            stream.flush()

    try:
        yield told
    finally:
        stream.write("\r\x1b[K")
        stream.flush()
