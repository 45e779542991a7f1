"""What a run tells on stderr while it works: progress on a terminal, and with --verbose what took how long."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TextIO

from onesec_cli.reports.neutralise import neutralise

_QUIET_SECONDS = 1.0
_EVERY_SECONDS = 0.2

Progress = Callable[[str, int], None]


@contextmanager
def progress_on(stream: TextIO, quiet: bool, verbose: bool = False) -> Iterator[Progress]:
    """A function that is told what is being done, and how many bytes are behind us.

    On a terminal it keeps one line, which it wipes at the end; nothing is written for work that is done at once, for
    a dumb terminal or into a pipe. `verbose` writes a line for each step that is over.
    """
    line = _Line(stream, shown=not quiet and stream.isatty() and os.environ.get("TERM", "") not in ("", "dumb"))
    steps = _Steps(line.say)

    def told(what: str, done: int) -> None:
        line.show(what, done)
        if verbose:
            steps.tell(what, done)

    try:
        yield told
        if verbose:
            steps.tell("", 0)
    finally:
        line.wipe()


class _Line:
    """The last line of a terminal."""

    def __init__(self, stream: TextIO, shown: bool) -> None:
        self._stream, self._shown, self._cells = stream, shown, 0
        self._started = self._last = time.monotonic()  # how long the user has waited; no part of the analysis

    def show(self, what: str, done: int) -> None:
        now = time.monotonic()
        if self._shown and now - self._started > _QUIET_SECONDS and now - self._last > _EVERY_SECONDS:
            self._last = now
            size = f" {done / 1e6:,.0f} MB" if done else ""
            room = shutil.get_terminal_size((80, 24)).columns - len(size) - 1
            self.wipe()
            told = _cut(neutralise(what), room) + size
            self._cells = _cells(told)
            self._stream.write(told)
            self._stream.flush()

    def say(self, text: str) -> None:
        self.wipe()
        self._stream.write(f"onesec: {neutralise(text)}\n")

    def wipe(self) -> None:
        """Write spaces over it: NO_COLOR and the simplest terminal ask for no escape sequence."""
        if self._cells:
            self._stream.write(f"\r{' ' * self._cells}\r")
            self._stream.flush()
            self._cells = 0


def _cells(text: str) -> int:
    """Columns that a text takes at most: whatever is not ASCII may be wide."""
    return sum(1 if letter.isascii() else 2 for letter in text)


def _cut(text: str, room: int) -> str:
    ends = accumulate(1 if letter.isascii() else 2 for letter in text)
    return text[: sum(end <= room for end in ends)]


class _Steps:
    """How long each step took, told when the next one begins."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._what, self._done, self._before = "", 0, 0
        self._started = time.monotonic()

    def tell(self, what: str, done: int) -> None:
        if what != self._what:
            now = time.monotonic()
            if self._what:
                size = f"{(self._done - self._before) / 1e6:,.1f} MB in " if self._done > self._before else ""
                self._say(f"{self._what}: {size}{now - self._started:.2f} s")
            self._what, self._started, self._before = what, now, self._done if done else 0
        self._done = done
