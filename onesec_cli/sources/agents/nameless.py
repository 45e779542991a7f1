"""Logs that name no session: their records wait until the file ends, and together they name it.

Neither the name of a file nor its first record may do so: the one changes when a file is moved, the other when its lines are shuffled or
when all logs begin alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import Passed, orjson_text

MAX_HELD: Final = 20_000
"""Records of one file that wait; a longer one is named by those, and goes on under that name."""
MAX_BYTES: Final = 32_000_000
"""Their size in the file."""


class Nameless:
    """The records of one file that wait for a name."""

    __slots__ = ("_size", "records")

    def __init__(self) -> None:
        self.records: list[tuple[dict[str, Any], Origin]] = []
        self._size = 0

    def hold(self, record: dict[str, Any], origin: Origin) -> bool:
        """Take one more; whether there are now so many that they must be named."""
        self.records.append((record, origin))
        self._size += origin.length
        return len(self.records) >= MAX_HELD or self._size >= MAX_BYTES

    def name(self) -> str:
        """The digest of the records in any order, each counted once."""
        each = {hashlib.sha256(orjson_text(record).encode()).digest() for record, _ in self.records}
        return hashlib.sha256(b"".join(sorted(each))).hexdigest()[:16]


def late(told: Sequence[Event | str], origin: Origin) -> list[Event | Gap | Passed]:
    """What a record told, as `close` hands it over."""
    found: list[Event | Gap | Passed] = []
    for one in told:
        if isinstance(one, Event):
            found.append(one)
        elif one.startswith("ignored:"):
            found.append(Passed(origin.file, one.removeprefix("ignored:")))
        else:
            found.append(Gap(origin.file, origin.line, origin.offset, one))
    return found
