"""Trails to events: every record of every file becomes an event, an ignored record or a gap.

Most records of a tenant are of kinds that no detector reads. Those are recognised from four fields by a typed
decoder and leave only a place, a time and an id; the rest are decoded whole and normalised.
"""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec
import orjson
from msgspec import Raw, Struct

from onesec_cli.model import kinds
from onesec_cli.model.clock import MINUTE, parse_time
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources import auth0, canonical
from onesec_cli.sources.agents.logs import AgentLogs
from onesec_cli.sources.auth0_types import TYPES
from onesec_cli.sources.envelopes import unwrap
from onesec_cli.sources.ledger import Activity, FileCount, Places

MAX_GAPS_KEPT: Final = 10_000
"""Gaps told one by one; all are counted."""


class _Inner(Struct, gc=False):
    type: str = ""
    log_id: str = ""
    date: str = ""
    tenant_name: str = ""


class _Head(Struct, gc=False):
    """The few fields that tell a webhook line or a bare event from anything else."""

    type: str = ""
    log_id: str = ""
    date: str = ""
    tenant_name: str = ""
    data: _Inner | None = None
    detail: Raw | None = None
    specversion: Raw | None = None
    eventType: Raw | None = None  # noqa: N815  # Event Grid's own spelling
    p_log_type: Raw | None = None
    attributes: Raw | None = None


class _Pages(Struct, gc=False):
    """Envelopes that hold many records, each with its own place in the file."""

    logs: list[Raw] | None = None
    Records: list[Raw] | None = None


class _Wrapped(Struct, gc=False):
    data: auth0.RawEvent


_wrapped = msgspec.json.Decoder(_Wrapped)
_bare = msgspec.json.Decoder(auth0.RawEvent)
_head = msgspec.json.Decoder(_Head)
_pages = msgspec.json.Decoder(_Pages)
_hours: dict[str, int | None] = {}


def id_time(log_id: str) -> int | None:
    """The ingest time inside an Auth0 `log_id` (56 digits), to the minute, or None."""
    stamp = log_id[3:13]
    try:
        hour = _hours[stamp]
    except KeyError:
        hour = (
            parse_time(f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:00:00.000Z") if stamp.isdigit() else None
        )
        if len(_hours) < 100_000:
            _hours[stamp] = hour
    if hour is None:
        return None
    minute = log_id[13:15]
    return hour + int(minute) * MINUTE if minute.isdigit() else hour


class Reader:
    """Collects what the files of one run say. Feed it records through `accept`, file by file."""

    def __init__(self, reads: frozenset[str], max_early: int) -> None:
        self._wanted = {code: kind in reads for code, (kind, _, _) in TYPES.items()}
        self._wanted_kinds = reads
        self._consents = kinds.GRANT_CONSENT in reads
        self._max_early = max_early
        self.places = Places()
        self.activity = Activity()
        self.files: list[FileCount] = []
        self.codes: dict[str, int] = {}
        """Events by the source's own word for their kind."""
        self.events: list[Event] = []
        self.ordinals: list[int] = []
        """The ordinal of each event of `events`."""
        self.early: dict[tuple[str, int], tuple[str, int]] = {}
        """(id, event time) of records whose id was made before they happened: tenant and ordinal."""
        self.gaps: list[Gap] = []
        self.gaps_total = 0
        self.seen: dict[int, int] = {}
        """Hash of an event id to the ordinal it was first seen at."""
        self.again: list[tuple[int, int]] = []
        """(first ordinal, later ordinal) of records whose id was seen before: settled in `duplicates`."""
        self.tenants: set[str] = set()
        self._agents = AgentLogs()
        self._behaviour: dict[str, int] = {}
        """Id of each event of the behaviour trail to its index in `events`, or -1 where no detector reads its kind."""
        self._file = FileCount("", "")

    def start_file(self, name: str, path: str) -> FileCount:
        """The records that follow are of this file."""
        self._file = FileCount(name, path)
        self.files.append(self._file)
        self.places.start_file(name)
        self._agents.start_file(name)
        return self._file

    def close(self) -> None:
        """Every file was read: take what could not be told before."""
        for event in self._agents.close():
            self._take_behaviour(event)

    def gap(self, gap: Gap) -> None:
        """Count something unreadable."""
        self._file.records += 1
        self._file.gaps += 1
        self.gaps_total += 1
        if len(self.gaps) < MAX_GAPS_KEPT:
            self.gaps.append(gap)

    def accept(self, raw: bytes, line: int, offset: int) -> bool:
        """Take one record; False if the bytes are not one well-formed JSON object."""
        try:
            if not raw.isascii():
                raw.decode()
            head = _head.decode(raw)
        except msgspec.ValidationError:
            return self._accept_any(raw, line, offset)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return b"\\u" in raw and self._accept_any(raw, line, offset)
        inner = head.data
        if inner is None:
            code, shape = head.type, "bare"
            log_id, date, tenant = head.log_id, head.date, head.tenant_name
        elif head.type or not inner.log_id:
            return self._accept_any(raw, line, offset)
        else:
            code, shape = inner.type, "webhook"
            log_id, date, tenant = inner.log_id, inner.date, inner.tenant_name
        wanted = self._wanted.get(code)
        if wanted is None or not (log_id and date) or head.detail or head.specversion or head.eventType:
            return self._accept_any(raw, line, offset)
        if head.p_log_type or head.attributes:
            return self._accept_any(raw, line, offset)
        if wanted or (code == "s" and self._consents and b'"consent"' in raw):
            return self._accept_known(raw, line, offset, shape)
        time = parse_time(date)
        if time is None:
            return self._accept_any(raw, line, offset)
        ordinal = self.places.add(line, offset, len(raw))
        file = self._file
        file.records += 1
        file.events += 1
        file.shapes.add(shape)
        self._count(code, log_id, tenant, time, ordinal)
        return True

    def _accept_known(self, raw: bytes, line: int, offset: int, shape: str) -> bool:
        """A webhook line or a bare event of a kind that a detector reads, with the types its schema promises."""
        try:
            event = _wrapped.decode(raw).data if shape == "webhook" else _bare.decode(raw)
        except msgspec.ValidationError:
            return self._accept_any(raw, line, offset)
        time = parse_time(event.date or "")
        if time is None:
            return self._accept_any(raw, line, offset)
        file = self._file
        file.records += 1
        file.shapes.add(shape)
        self._take(auth0.build(event, event.type or "", time, Origin(file.name, line, offset, len(raw))), 0)
        return True

    def _count(self, code: str, log_id: str, tenant: str, time: int, ordinal: int) -> None:
        """Coverage, activity, id and clock of one event."""
        self.codes[code] = self.codes.get(code, 0) + 1
        self.tenants.add(tenant)
        self.activity.add(tenant, time, log_id, ordinal)
        first = self.seen.setdefault(hash(log_id), ordinal)
        if first != ordinal:
            self.again.append((first, ordinal))
        if len(log_id) == 56:
            ingest = id_time(log_id)
            if ingest is not None and time - ingest > self._max_early + MINUTE:
                self.early.setdefault((log_id, time), (tenant, ordinal))

    def _accept_any(self, raw: bytes, line: int, offset: int) -> bool:
        """The thorough way: any envelope, any kind."""
        record = load(raw)
        if record is None:
            return False
        adapter = None if canonical.is_canonical(record) else self._agents.adapter_of(record)
        if adapter is not None:
            self._file.shapes.add(adapter.name)
        elif self._pages(record, raw, line, offset):
            return True
        origin = Origin(self._file.name, line, offset, len(raw))
        for item, told in enumerate(adapter.read(record, origin) if adapter else self._told(record, origin)):
            self._file.records += 1
            if isinstance(told, Event):
                if adapter is None:
                    self._take(told, item)
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

    def _take_behaviour(self, event: Event) -> None:
        """Take an event of an agent log. Its id is the digest of all it says: the same id is the same event."""
        known = self._behaviour.get(event.id)
        if known is not None:
            self._file.duplicates += 1
            if known >= 0 and event.seq < self.events[known].seq:
                self.events[known].seq = event.seq
            return
        self._file.events += 1
        self.codes[event.code] = self.codes.get(event.code, 0) + 1
        self._behaviour[event.id] = -1
        if event.kind in self._wanted_kinds:
            self._behaviour[event.id] = len(self.events)
            self.events.append(event)
            self.ordinals.append(self.places.add(event.origin.line, event.origin.offset, event.origin.length))

    def _take(self, event: Event, item: int) -> None:
        origin = event.origin
        ordinal = self.places.add(origin.line, origin.offset, origin.length)
        if item:
            self.places.items[ordinal] = item
        self._file.events += 1
        self._count(event.code or event.kind, event.id, event.tenant, event.time, ordinal)
        if event.kind in self._wanted_kinds:
            self.events.append(event)
            self.ordinals.append(ordinal)


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
        return [canonical.normalise(record, origin)], [record], "onesec"
    told = unwrap(record)
    events: list[Event | str] = [auth0.normalise(one.event, origin, one.time, one.tenant) for one in told.found]
    payloads = [one.event for one in told.found]
    if not events:
        reason = f"ignored:{told.ignored}" if told.ignored else "a JSON object, but no event of a known shape"
        return [reason], [{}], ""
    events += ["an element beside events is no event"] * told.stray
    return events, payloads, told.shape
