"""What the whole trail shows, kept while it streams by: places, activity, coverage, ids.

A trail of a million records must fit in memory although only a fifth of them matter to a detector. So every record
leaves a few bytes (its place and the hash of its id), and only what a detector reads becomes an `Event`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from msgspec import Struct, field

from onesec_cli.model.clock import HOUR
from onesec_cli.model.event import Origin


class Places:
    """Where each record stands, by its ordinal number: 20 bytes a record."""

    __slots__ = ("_files", "_starts", "items", "lengths", "lines", "offsets")

    def __init__(self) -> None:
        self._files: list[str] = []
        self._starts: list[int] = []
        self.offsets = array("Q")
        self.lengths = array("Q")
        self.lines = array("Q")
        self.items: dict[int, int] = {}
        """Which event of its record, where one record holds several."""

    def start_file(self, name: str) -> None:
        """The records that follow are of this file."""
        self._files.append(name)
        self._starts.append(len(self.offsets))

    def add(self, line: int, offset: int, length: int) -> int:
        """Note one record; its ordinal."""
        self.offsets.append(offset)
        self.lengths.append(length)
        self.lines.append(line)
        return len(self.offsets) - 1

    def file_of(self, ordinal: int) -> str:
        """The file a record stands in."""
        return self._files[bisect_right(self._starts, ordinal) - 1]

    def origin(self, ordinal: int) -> Origin:
        """The place of a record, without its digest."""
        return Origin(self.file_of(ordinal), self.lines[ordinal], self.offsets[ordinal], self.lengths[ordinal])


class Hour(Struct, gc=False):
    """The first and the last record of one hour of one tenant, by (time, id)."""

    first: tuple[int, str]
    first_ordinal: int
    last: tuple[int, str]
    last_ordinal: int


class Activity:
    """First and last record of every hour of every tenant. Order and duplicates of input do not matter."""

    __slots__ = ("hours",)

    def __init__(self) -> None:
        self.hours: dict[tuple[str, int], Hour] = {}

    def add(self, tenant: str, time: int, id: str, ordinal: int) -> None:
        """Count one record in."""
        key = (tenant, time // HOUR)
        hour = self.hours.get(key)
        if hour is None:
            moment = (time, id)
            self.hours[key] = Hour(moment, ordinal, moment, ordinal)
        elif time >= hour.last[0]:
            if (time, id) > hour.last:
                hour.last, hour.last_ordinal = (time, id), ordinal
        elif time <= hour.first[0] and (time, id) < hour.first:
            hour.first, hour.first_ordinal = (time, id), ordinal


class FileCount(Struct):
    """What became of the records of one file."""

    name: str
    path: str
    records: int = 0
    events: int = 0
    duplicates: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    gaps: int = 0
    shapes: set[str] = field(default_factory=set)
    sha256: str = ""
    bytes: int = 0
