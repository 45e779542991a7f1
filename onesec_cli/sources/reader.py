"""The first reading of a trail: every record of every file is counted as an event, ignored or a gap.

What a detector reads is only noted (`ledger.Index`) and read again, in time order, by `second.py`: a trail need not fit in
memory. Events of agent logs, which only make sense in the order of their file, are made at once and kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

import msgspec
import orjson
from msgspec import Raw, Struct

from onesec_cli.model import kinds
from onesec_cli.model.event import NOBODY, UNDATED, Asker, Event, Gap, Origin
from onesec_cli.model.mapping import Mapping
from onesec_cli.sources import auth0, canonical, quick
from onesec_cli.sources.agents.carried import Carried
from onesec_cli.sources.agents.logs import AgentLogs
from onesec_cli.sources.agents.side_results import MAX_SIDE
from onesec_cli.sources.auth0_types import TYPES
from onesec_cli.sources.envelopes import unwrap
from onesec_cli.sources.ledger import ANY, FileCount, Ledger
from onesec_cli.sources.values import MAX_DEPTH, shallow

MAX_GAPS_KEPT: Final = 10_000
"""Gaps told one by one; all are counted."""
UNKNOWN: Final = "a JSON object, but no event of a known shape (--map can tell what it is)"


class _Pages(Struct, gc=False):
    """Envelopes that hold many records, each with its own place in the file."""

    logs: list[Raw] | None = None
    Records: list[Raw] | None = None


_pages = msgspec.json.Decoder(_Pages)


def wanted_codes(reads: frozenset[str], asker: Asker) -> dict[str, int | quick.Some]:
    """Every known log type code, and which of its events can be of a kind that a detector reads, or are read by rules."""
    found: dict[str, int | quick.Some] = {}
    for code, (kind, _, _) in TYPES.items():
        may = {kind, kinds.ADMIN_CHANGE_FAILED} if kind in (kinds.ADMIN_CHANGE, kinds.ADMIN_READ) else {kind}
        consent = kind == kinds.SESSION_LOGIN and kinds.GRANT_CONSENT in reads
        found[code] = (
            quick.YES if may & reads else _by_rules(code, sorted(may), asker, (b'"consent"',) if consent else ())
        )
    return found


def _by_rules(code: str, may: Sequence[str], asker: Asker, needles: quick.Needles) -> int | quick.Some:
    """What is read of a log type whose events are of one of some kinds, if detectors read only what holds the needles."""
    wanted = [kind for kind in may if asker.wants(code, kind)]
    if any(asker.whole(code, kind) for kind in wanted):
        return quick.YES
    keys = [asker.keys(code, kind) for kind in wanted]
    rules = dict.fromkeys(f'{key}"'.encode() for names in keys for key in names)
    if not needles and not wanted:
        return quick.NO
    return quick.Some(needles, tuple(rules), not all(keys))


class Reader:
    """Collects what the files of one run say. Feed it records through `take` and `accept`, file by file."""

    def __init__(
        self,
        reads: frozenset[str],
        max_early: int,
        mappings: Sequence[Mapping] = (),
        asker: Asker = NOBODY,
    ) -> None:
        self._reads = reads
        self._wants = asker.wants
        self._wanted = wanted_codes(reads, asker)
        self.ledger = Ledger(max_early)
        self.files: list[FileCount] = []
        self.events: list[Event] = []
        """Events of agent logs."""
        self.gaps: list[Gap] = []
        self.gaps_total = 0
        self.carried = Carried()
        self._agents = AgentLogs(mappings)
        self._behaviour: dict[str, int] = {}
        """Id of each event of the behaviour trail to its index in `events`, or -1 where no detector reads its kind."""
        self._file = FileCount("", "")
        self._batch = quick.Batch(self._wanted)

    def start_file(self, name: str, path: str, spool: IO[bytes] | None = None) -> FileCount:
        """The records that follow are of this file; what must be read again is copied to `spool`, if one is given."""
        self._file = FileCount(name, path)
        self._batch = quick.Batch(self._wanted, shapes=self._file.shapes)
        self.files.append(self._file)
        self.ledger.places.start_file(name)
        self.ledger.index.spool = spool
        self._agents.start_file(name)
        return self._file

    def close(self) -> None:
        """Every file was read: take what could not be told before."""
        files = {file.name: file for file in self.files}
        for told in self._agents.close():
            self._file = files[told.origin.file if isinstance(told, Event) else told.file]
            if isinstance(told, Gap):
                self.gap(told)
                continue
            if isinstance(told, Event) and told.kind == kinds.TRAIL_ANOMALY:
                self._anomaly(told)
                continue
            self._file.records += 1
            if isinstance(told, Event):
                self._take_behaviour(told)
            else:
                self._file.ignored[told.reason] = self._file.ignored.get(told.reason, 0) + 1

    def side(self, tail: str, blocks: Iterable[bytes]) -> None:
        """Take a whole file as one long result of an agent's session, which tells it when every file was read."""
        kept, size = bytearray(), 0
        for block in blocks:
            size += len(block)
            if len(kept) <= MAX_SIDE:
                kept += block
        self._file.shapes.add("claude")
        self._agents.side(tail, kept.decode(errors="replace"), Origin(self._file.name, 1, 0, size))

    def gap(self, gap: Gap) -> None:
        """Count something unreadable."""
        self._file.records += 1
        self._file.gaps += 1
        self.gaps_total += 1
        if len(self.gaps) < MAX_GAPS_KEPT:
            self.gaps.append(gap)

    def lose(self, origin: Origin) -> None:
        """A record that was counted as an event cannot be read again: it is a gap."""
        file = next(file for file in self.files if file.name == origin.file)
        file.records -= 1  # `gap` counts the record
        file.events -= 1
        self._file = file
        self.gap(Gap(origin.file, origin.line, origin.offset, "changed while it was being read"))

    def take(self, lines: list[bytes], start: int, line: int, offset: int) -> tuple[int, int]:
        """Count whole lines from `start` on, as long as they are plain; the index of the first that is not, and its offset.

        `line` and `offset` are those of `lines[start]`.
        """
        end = quick.take(self.ledger, self._batch, lines, start)
        taken = end - start
        if taken:
            self._file.records += taken
            self._file.events += taken
            offset = self.ledger.places.add_lines(lines[start:end], line, offset)
        return end, offset

    def accept(self, raw: bytes, line: int, offset: int) -> bool:
        """Take one record; False if the bytes are not one well-formed JSON object."""
        return self.take([raw], 0, line, offset)[0] == 1 or self.accept_any(raw, line, offset)

    def accept_any(self, raw: bytes, line: int, offset: int) -> bool:
        """The thorough way: any envelope, any kind."""
        record = load(raw)
        if record is None:
            return False
        deep = raw.count(b"[") + raw.count(b"{") > MAX_DEPTH
        adapter = None if canonical.is_canonical(record) else self._agents.adapter_of(record)
        if adapter is not None:
            self._file.shapes.add(adapter.name)
        elif self._pages(record, raw, line, offset):
            return True
        origin = Origin(self._file.name, line, offset, len(raw))
        found = adapter.read(shallow(record) if deep else record, origin) if adapter else self._told(record, origin)
        if found == [UNKNOWN] and (rest := self._agents.rest()):
            adapter = rest
            self._file.shapes.add(rest.name)
            found = rest.read(shallow(record) if deep else record, origin)
        for item, told in enumerate(found):
            if adapter is not None and isinstance(told, Event) and told.kind == kinds.TRAIL_ANOMALY:
                self._anomaly(told)
                continue
            self._file.records += 1
            if isinstance(told, Event):
                if adapter is None:
                    self._note(told, item, raw)
                else:
                    self._take_behaviour(told)
            elif told.startswith("ignored:"):
                reason = told.removeprefix("ignored:")
                self._file.ignored[reason] = self._file.ignored.get(reason, 0) + 1
            else:
                self._file.records -= 1  # `gap` counts the record
                self.gap(Gap(self._file.name, line, offset, told))
        return True

    def _told(self, record: dict[str, Any], origin: Origin) -> list[Event | str]:
        """Each event of a record, `ignored:<reason>`, or the reason of a gap."""
        events, _, shape = read_record(record, origin)
        if shape:
            self._file.shapes.add(shape)
        return events

    def _pages(self, record: dict[str, Any], raw: bytes, line: int, offset: int) -> bool:
        """Take the elements of a page (`{"logs": [...]}`) one by one, each at its own place."""
        name = next((name for name in ("logs", "Records") if isinstance(record.get(name), list) and record[name]), None)
        if name is None:
            return False
        elements: list[Raw] | None = getattr(_pages.decode(raw), name)
        position = raw.find(b'"' + name.encode() + b'"')
        for element in elements or ():
            text = bytes(element)
            found = raw.find(text, position)
            start = found if found >= 0 else 0
            at = line + raw.count(b"\n", 0, start)
            if not self.accept(text, at, offset + start):
                self.gap(Gap(self._file.name, at, offset + start, "not a JSON object"))
            position = start + len(text)
        self._file.shapes.add("page")
        return True

    def _note(self, event: Event, item: int, raw: bytes) -> None:
        """Count an event, and note it to be read again if a detector reads its kind."""
        ledger, origin = self.ledger, event.origin
        ordinal = ledger.places.add(origin.line, origin.offset, origin.length)
        if item:
            ledger.places.items[ordinal] = item
        self._file.events += 1
        ledger.count(event.code or event.kind, event.id, event.tenant, event.time, ordinal)
        if event.kind in self._reads or self._wants(event.code, event.kind):
            ledger.index.add(ordinal, event.time, ANY, raw)

    def _anomaly(self, event: Event) -> None:
        """Take what records contradict; it is no record itself."""
        if event.id not in self._behaviour:
            self._behaviour[event.id] = len(self.events)
            self.events.append(event)

    def _take_behaviour(self, event: Event) -> None:
        """Take an event of an agent log. Its id is the digest of all it says: the same id is the same event."""
        self.carried.add(event)
        known = self._behaviour.get(event.id)
        if known is not None:
            self._file.duplicates += 1
            if known >= 0:
                agree(self.events[known], event)
            return
        self._file.events += 1
        self.ledger.codes[event.code] += 1
        if event.time != UNDATED:
            self.ledger.widen(event.time)
        self._behaviour[event.id] = -1
        if event.kind in self._reads or self._wants(event.code, event.kind):
            self._behaviour[event.id] = len(self.events)
            self.events.append(event)


def agree(known: Event, again: Event) -> None:
    """Let an event that is told twice stand at the earliest place and time it was told at, whatever was read first."""
    known.seq = min(known.seq, again.seq)
    if not known.timed and again.time != UNDATED and (known.time == UNDATED or again.time < known.time):
        known.time = again.time


def load(raw: bytes) -> dict[str, Any] | None:
    """The object in some bytes, or None. A lone surrogate, which no strict decoder takes, becomes `?`: whoever can
    write one into a log must not be able to hide the record with it."""
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError:
        if b"\\ud" not in raw.lower():
            return None
        try:
            record = orjson.loads(
                json.dumps(json.loads(raw), ensure_ascii=False, allow_nan=False).encode(errors="replace")
            )
        except (ValueError, RecursionError):
            return None
    return record if isinstance(record, dict) else None


def read_record(record: dict[str, Any], origin: Origin) -> tuple[list[Event | str], list[dict[str, Any]], str]:
    """The events of one record (or `ignored:<reason>`, or the reason of a gap), their raw forms, and its shape."""
    if canonical.is_canonical(record):
        record = shallow(record)
        return [canonical.normalise(record, origin)], [record], "onesec"
    told = unwrap(record)
    events: list[Event | str] = [auth0.normalise(one.event, origin, one.time, one.tenant) for one in told.found]
    payloads = [one.event for one in told.found]
    if not events:
        reason = f"ignored:{told.ignored}" if told.ignored else UNKNOWN
        return [reason], [{}], ""
    events += ["an element beside events is no event"] * told.stray
    return events, payloads, told.shape
