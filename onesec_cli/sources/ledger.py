"""What the first reading of a trail keeps of every record: its place, its hour, the hash of its id.

A trail of a million records must fit in memory, so a record leaves some thirty bytes, and those that a detector reads
(`Index`) some thirty more. They are read again, in time order, when they are judged.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, islice
from operator import le
from typing import IO, Final

from msgspec import Struct, field

from onesec_cli.model.clock import HOUR, MINUTE, parse_time
from onesec_cli.model.event import Origin


class Places:
    """Where each record stands, by its ordinal number: 20 bytes a record."""

    __slots__ = ("_files", "_last", "_starts", "items", "lengths", "lines", "offsets")

    def __init__(self) -> None:
        self._files: list[str] = []
        self._starts: list[int] = []
        self._last = (0, 0, "")
        """The file looked up last: its first ordinal, the one behind its last, its name."""
        self.offsets = array("Q")
        self.lengths = array("I")
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

    def add_lines(self, lines: list[bytes], line: int, offset: int) -> int:
        """Note records that are whole lines, one after another; the offset behind the last."""
        sizes = [len(text) + 1 for text in lines]
        offsets = list(accumulate(sizes, initial=offset))
        self.lengths.extend(size - 1 for size in sizes)
        self.lines.extend(range(line, line + len(lines)))
        behind = offsets.pop()
        self.offsets.extend(offsets)
        return behind

    def file_of(self, ordinal: int) -> str:
        """The file a record stands in."""
        return self._files[bisect_right(self._starts, ordinal) - 1]

    def origin(self, ordinal: int) -> Origin:
        """The place of a record, without its digest."""
        first, end, name = self._last
        if not first <= ordinal < end:
            at = bisect_right(self._starts, ordinal)
            end = self._starts[at] if at < len(self._starts) else len(self.offsets)
            name = self._files[at - 1]
            self._last = (self._starts[at - 1], end, name)
        return Origin(name, self.lines[ordinal], self.offsets[ordinal], self.lengths[ordinal])


SLOTS: Final = 1 << 24

WEBHOOK: Final = 0
BARE: Final = 1
BRIDGE: Final = 2
ANY: Final = 3
"""How a record is read the second time: by the typed decoder of its envelope, or the thorough way."""


class Index:
    """The records that a detector reads: 17 bytes each."""

    __slots__ = ("forms", "ordinals", "spool", "spooled", "times")

    def __init__(self) -> None:
        self.ordinals = array("Q")
        self.times = array("q")
        self.forms = array("B")
        self.spool: IO[bytes] | None = None
        """Where records of the file being read are copied, if the file cannot be read at any place once more."""
        self.spooled: dict[int, int] = {}
        """Ordinal to place in the spool."""

    def add(self, ordinal: int, time: int, form: int, raw: bytes) -> None:
        """Note one record."""
        self.ordinals.append(ordinal)
        self.times.append(time)
        self.forms.append(form)
        if self.spool is not None:
            self.copy(ordinal, raw)

    def copy(self, ordinal: int, raw: bytes) -> None:
        """Keep the bytes of a record in the spool."""
        if self.spool is not None:
            self.spooled[ordinal] = self.spool.tell()
            self.spool.write(raw)

    def in_time(self) -> list[int] | range:
        """Positions in order of time; within an instant, of arrival."""
        every = range(len(self.times))
        if all(map(le, self.times, islice(self.times, 1, None))):
            return every  # as most trails come
        return sorted(every, key=self.times.__getitem__)


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
            return
        if time >= hour.last[0] and (time, id) > hour.last:
            hour.last, hour.last_ordinal = (time, id), ordinal
        if time <= hour.first[0] and (time, id) < hour.first:
            hour.first, hour.first_ordinal = (time, id), ordinal


class Ledger:
    """All that the first reading keeps of the records of one run. Ordinals count the records that have an id and a time."""

    def __init__(self, max_early: int) -> None:
        self._max_early = max_early
        self.places = Places()
        self.index = Index()
        self.activity = Activity()
        self._reach: tuple[int, int] | None = None
        """First and last moment of agent logs."""
        self.codes: Counter[str] = Counter()
        """Events by the source's own word for their kind."""
        self.tenants: set[str] = set()
        self.hashes = array("q")
        """Hash of the id of each record, by ordinal."""
        self.seen = bytearray(SLOTS)
        """One mark per slot of the hash: memory does not grow with the trail."""
        self.again: set[int] = set()
        """Hashes whose slot was taken: repeated ids, and a few others. `duplicates` tells them apart."""
        self.early: dict[tuple[str, int], tuple[str, int]] = {}
        """(id, event time) of records whose id was made before they happened: tenant and ordinal."""

    def widen(self, time: int) -> None:
        """Let the trail reach from or to a moment of an agent log; its hours say nothing of the tenant's activity."""
        first, last = self._reach or (time, time)
        self._reach = (min(first, time), max(last, time))

    def reach(self) -> tuple[int, int] | None:
        """The first and the last moment of any event, or None where none has a time."""
        hours = self.activity.hours.values()
        moments = [*(hour.first[0] for hour in hours), *(hour.last[0] for hour in hours), *(self._reach or ())]
        return (min(moments), max(moments)) if moments else None

    def lone(self) -> int:
        """How many tenants have one single event."""
        hours = Counter(tenant for tenant, _ in self.activity.hours)
        return sum(
            1
            for (tenant, _), hour in self.activity.hours.items()
            if tenant and hours[tenant] == 1 and hour.first_ordinal == hour.last_ordinal
        )

    def count(self, code: str, id: str, tenant: str, time: int, ordinal: int) -> None:
        """Coverage, activity, id and clock of one event. Ordinals must come in turn."""
        self.codes[code] += 1
        self.tenants.add(tenant)
        self.activity.add(tenant, time, id, ordinal)
        self.know(hash(id))
        self.judge_id(id, time, tenant, ordinal)

    def know(self, key: int) -> None:
        """Note the hash of the id of the next ordinal."""
        slot = key & (SLOTS - 1)
        if self.seen[slot]:
            self.again.add(key)
        else:
            self.seen[slot] = 1
        self.hashes.append(key)

    def judge_id(self, log_id: str, time: int, tenant: str, ordinal: int) -> None:
        """Note an id that holds an ingest time too long before the event."""
        if len(log_id) == 56:
            ingest = id_time(log_id)
            if ingest is not None and time - ingest > self._max_early + MINUTE:
                known = self.early.setdefault((log_id, time), (tenant, ordinal))
                if tenant and not known[0]:
                    self.early[log_id, time] = (tenant, known[1])


def id_time(log_id: str) -> int | None:
    """The ingest time inside an Auth0 `log_id` (56 digits), to the minute, or None."""
    stamp = log_id[3:15]
    if not stamp.isdigit():
        return None
    hour = parse_time(f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:00:00.000Z")
    return None if hour is None else hour + int(stamp[10:12]) * MINUTE


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
