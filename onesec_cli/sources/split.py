"""A stream of bytes to JSON records, each with its line and offset; what is not a record becomes a gap.

The quick way takes a physical line as one record. What does not decode as one object goes the thorough way: several
values on a line, values over many lines, top-level arrays (each element is a record), text before the JSON.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Final

from onesec_cli.model.event import Gap

MAX_VALUE: Final = 32 * 1024 * 1024
"""Bytes of the longest record that is read; a longer one is a gap."""
MAX_PREFIX: Final = 256
"""Bytes of text that may stand before the JSON on a line (CloudWatch writes a time there)."""
WASTE: Final = 64 * 1024 * 1024
"""Bytes that may be read twice because a value over many lines turned out broken; then only lines are tried."""
LINE_COST: Final = 256
"""Bytes that a line counts for at least when it is read again."""
WINDOW: Final = 64 * 1024
"""Bytes of pretty-printed values that are tried together."""
BLOCK_LONG: Final = 4 * 1024 * 1024
"""From this length on, a line without an end is searched for whole values while it streams."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NOT_BRACKET = re.compile(rb"[^\[\]{}]+")
_PUNCTUATION = b" \t\r\n,[]\x1e"
_BETWEEN = re.compile(r"[ \t\r\n,\[\]\x1e]*")
_decoder = json.JSONDecoder()
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
"""Marks of texts in wide characters; that of UTF-32, little end first, begins with that of UTF-16."""

Place = tuple[bytes, int, int]
"""A line's bytes, number and offset."""
Accept = Callable[[bytes, int, int], bool]
"""Takes (record, line, offset); False if the bytes are not one JSON object."""
Take = Callable[[list[bytes], int, int, int], tuple[int, int]]
"""Takes plain lines from (lines, index) on, which starts at (line, offset); index and offset of the first that is not."""


class Splitter:
    """Splits one stream. Every non-blank line ends up in a record or in a gap.

    Where `take` is given, it is offered whole runs of lines first, and `accept_odd` what it did not take.
    """

    def __init__(
        self,
        file: str,
        accept: Accept,
        gap: Callable[[Gap], None],
        take: Take | None = None,
        accept_odd: Accept | None = None,
    ) -> None:
        self._file = file
        self._accept = accept
        self._accept_line = accept_odd or accept
        self._take = take or _take_none
        self._gap = gap
        self._open: list[Place] = []
        self._stack = bytearray()
        self._whole = False
        self._open_size = 0
        self._wasted = 0
        self.line = 1
        """The line that is read, once `run` is over the last one."""

    def run(self, blocks: Iterable[bytes]) -> None:
        """Read everything."""
        carry, line, offset, skipping, tried = b"", 1, 0, False, 0
        start, blocks = _start(iter(blocks))
        if start.startswith(_WIDE):
            self._bad(1, 0, "UTF-16 or UTF-32 text, of which nothing was read; convert it to UTF-8")
            for _ in blocks:
                pass
            return
        for block in blocks:
            if offset == 0 and not carry and block.startswith(codecs.BOM_UTF8):
                block, offset = block[3:], 3
            lines = block.split(b"\n")
            lines[0] = carry + lines[0]
            carry = lines.pop()
            if lines:
                line, offset = self._lines(lines, line, offset, skipping)
                skipping, tried = False, 0
            if skipping:
                offset, carry = offset + len(carry), b""
            elif len(carry) > max(BLOCK_LONG, 2 * tried):
                used = 0 if self._open else self._values(carry, line, offset, ended=False)
                skipping = used < 0
                offset, carry = (offset + len(carry), b"") if skipping else (offset + used, carry[used:])
                tried = len(carry)
            if len(carry) > MAX_VALUE:
                self._bad(line, offset, f"longer than {MAX_VALUE:,} bytes")
                offset, carry, skipping = offset + len(carry), b"", True
        self.line = line
        if carry and not skipping and (self._open or not self._take([carry], 0, line, offset)[0]):
            self._line(carry, line, offset, last=True)
        while self._open:
            self._read(self._give_up("cut off at end of file"))

    def _lines(self, lines: list[bytes], line: int, offset: int, skipping: bool) -> tuple[int, int]:
        """Read whole lines, the first of them not if it is the end of one that is skipped; line and offset behind them."""
        position = 0
        if not skipping and len(lines[0]) > MAX_VALUE:
            self._bad(line, offset, f"longer than {MAX_VALUE:,} bytes")
            skipping = True
        while position < len(lines):
            if not (skipping or self._open):
                start = position
                position, offset = self._take(lines, start, line, offset)
                line += position - start
                if position == len(lines):
                    break
            text = lines[position]
            if not (skipping or self._open) and text.rstrip()[-1:] == b"{":
                spread = self._spread(lines, position, line, offset)
                if spread:
                    offset += sum(map(len, lines[position : position + spread])) + spread
                    position, line = position + spread, line + spread
                    continue
            if not skipping:
                self._line(text, line, offset)
            skipping = False
            line, offset, position = line + 1, offset + len(text) + 1, position + 1
        return line, offset

    def _spread(self, lines: list[bytes], first: int, line: int, offset: int) -> int:
        """Take values that go over several lines, as pretty printers write them; how many whole lines are behind us.

        Only values that are well-formed from end to end are taken; the first that is not is left to `_line`.
        """
        last, size = first, 0
        while last < len(lines) and size < WINDOW:
            size += len(lines[last]) + 1
            last += 1
        text = b"\n".join(lines[first:last]) + b"\n"
        try:
            told = text.decode()
        except UnicodeDecodeError:
            return 0
        ascii_only = len(told) == len(text)
        waiting: list[tuple[bytes, int, int]] = []
        position = at = above = taken = 0
        while True:
            start = _skip(told, position)
            between = told[position:start].count("\n")
            if between:  # whoever stands before the end of a line was whole, and so is the line
                for value, number, where in waiting:
                    if not self._accept(value, number, where):
                        self._bad(number, where, "not valid JSON")
                waiting.clear()
                above += between
                taken = above
            at += start - position
            if start >= len(told) or told[start] != "{":
                return taken
            try:
                _, end = _decoder.raw_decode(told, start)
            except (json.JSONDecodeError, RecursionError):
                return taken
            size = end - start if ascii_only else len(told[start:end].encode())
            waiting.append((text[at : at + size], line + above, offset + at))
            above += text.count(b"\n", at, at + size)
            position, at = end, at + size

    def _bad(self, line: int, offset: int, reason: str) -> None:
        self._gap(Gap(self._file, line, offset, reason))

    def _line(self, text: bytes, line: int, offset: int, last: bool = False) -> None:
        """One line: more of an open value, which may turn out broken so that its lines are read again, or a new one."""
        if self._open:
            self._read(self._continue(text, line, offset))
        else:
            self._new_line(text, line, offset, last)

    def _read(self, again: list[Place]) -> None:
        """Read lines of a value that did not end once more, each on its own."""
        waiting = again[::-1]
        while waiting:
            text, line, offset = waiting.pop()
            if self._open:
                waiting.extend(reversed(self._continue(text, line, offset)))
            else:
                self._new_line(text, line, offset)

    def _new_line(self, text: bytes, line: int, offset: int, last: bool = False) -> None:
        if text[:1] == b"{" and self._accept_line(text, line, offset):
            return
        bare = text.strip(_PUNCTUATION)
        if not bare:
            return
        if len(text) > MAX_VALUE:
            self._bad(line, offset, f"longer than {MAX_VALUE:,} bytes")
            return
        start = text.index(bare[:1], len(text) - len(text.lstrip(_PUNCTUATION)))
        if bare[:1] == b"{" and bare != text and self._accept(bare, line, offset + start):
            return
        self._values(text, line, offset, ended=True, last=last)

    def _values(self, text: bytes, line: int, offset: int, ended: bool, last: bool = False) -> int:
        """Take every value of a text; how many bytes are behind us, or -1 if the rest of the line is one gap."""
        try:
            told, known = codecs.utf_8_decode(text, "strict", ended)
        except UnicodeDecodeError as error:
            self._bad(line, offset, f"bad bytes (not UTF-8 at byte {error.start} of the line)")
            return -1
        ascii_only = len(told) == known
        position = at = counted = 0  # in characters, in bytes, bytes whose line ends are in `above`
        above = 0
        while True:
            start = _skip(told, position)
            at += start - position  # punctuation is ASCII
            position = start
            if position >= len(told):
                return at if not ended else len(text)
            above += text.count(b"\n", counted, at)
            counted = at
            if told[position] != "{":
                found = told.find("{", position, position + MAX_PREFIX)
                if found < 0 or position > 0 or '"' in told[position:found]:
                    self._bad(line + above, offset + at, "not a JSON object")
                    return -1
                at += len(told[position:found].encode())
                position = found
            try:
                _, end = _decoder.raw_decode(told, position)
            except (json.JSONDecodeError, RecursionError) as error:
                if not ended:
                    return at
                self._broken(text[at:], line + above, offset + at, error, last)
                return len(text)
            size = end - position if ascii_only else len(told[position:end].encode())
            if not self._accept(text[at : at + size], line + above, offset + at):
                self._bad(line + above, offset + at, "not valid JSON")
            position, at = end, at + size

    def _broken(self, text: bytes, line: int, offset: int, error: Exception, last: bool) -> None:
        """A value that does not end on its line: it goes on over the next lines, or it is a gap."""
        if b"\n" not in text and not last and self._wasted < WASTE and self._opens(text):
            self._open.append((text, line, offset))
            self._open_size = len(text)
            return
        self._bad(line, offset, "cut off at end of file" if last else _why(error))

    def _opens(self, text: bytes) -> bool:
        """Whether the text leaves brackets open and breaks no string; keeps the brackets."""
        self._stack.clear()
        return self._brackets(text) and bool(self._stack)

    def _brackets(self, text: bytes) -> bool:
        """Follow the brackets of a line; False if they do not fit. `_whole` says that the value was over at some point."""
        self._whole = False
        rest = _STRING.sub(b"", text)
        if b'"' in rest:
            return False
        for bracket in _NOT_BRACKET.sub(b"", rest):
            if bracket in b"{[":
                self._stack.append(bracket)
            elif not self._stack:
                if bracket != 93:  # a `]` after the value ends the top-level array it stands in
                    return False
            elif self._stack.pop() != bracket - 2:  # in ASCII a closing bracket is two after its opening one
                return False
            self._whole = self._whole or not self._stack
        return len(self._stack) < 500

    def _continue(self, text: bytes, line: int, offset: int) -> list[Place]:
        """One more line of a value that goes on; lines that are to be read again."""
        bare = text.strip()
        before = self._open[-1][0].rstrip()[-1:] or b","
        expected = before in b"[:" or (before == b"," and self._stack[-1:] == b"[")
        self._open_size += len(text) + 1
        fits = not (bare[:1] == b"{" and not expected) and self._open_size <= MAX_VALUE and self._brackets(text)
        if bare or fits:
            self._open.append((text, line, offset))
        if not fits:
            return self._give_up("broken JSON (a value over several lines does not end)")
        if self._whole:
            joined = b"\n".join(part for part, _, _ in self._open)
            fault = _fault(joined)
            if fault:
                return self._give_up(fault)
            _, first, start = self._open[0]
            self._open = []
            self._values(joined, first, start, ended=True)
        return []

    def _give_up(self, reason: str) -> list[Place]:
        """The open value is broken: its first line is a gap; the lines after it, to be read on their own."""
        lines, self._open = self._open, []
        self._stack.clear()
        self._wasted += self._open_size + LINE_COST * len(lines)
        _, line, offset = lines[0]
        self._bad(line, offset, reason)
        return lines[1:]


def _start(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first four bytes at least, if there are, and all blocks."""
    start = b""
    for block in blocks:
        start += block
        if len(start) >= 4:
            break
    return start, chain([start], blocks) if start else blocks


def _take_none(lines: list[bytes], start: int, line: int, offset: int) -> tuple[int, int]:
    return start, offset


def _skip(text: str, position: int) -> int:
    between = _BETWEEN.match(text, position)
    return between.end() if between else position


def _fault(text: bytes) -> str:
    """Why no value can be read at the start of a text; empty if one can."""
    try:
        _decoder.raw_decode(text.decode())
    except UnicodeDecodeError as error:
        return f"bad bytes (not UTF-8 at byte {error.start} of the value)"
    except (json.JSONDecodeError, RecursionError) as error:
        return _why(error)
    return ""


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"broken JSON ({error.msg} at character {error.pos})"
    return "nested too deeply"
