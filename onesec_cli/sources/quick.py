"""The usual line, read quickly: a log stream's webhook line, a bare event, an EventBridge object.

Most records of a tenant are of kinds that no detector reads, so a line is decoded just far enough to count it: type, id,
time and tenant. Whatever is not plainly one of these three forms is left to the thorough way in `reader.py`.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct

from onesec_cli.model.clock import HOUR, MINUTE, parse_time
from onesec_cli.sources.ledger import BARE, BRIDGE, SLOTS, WEBHOOK, Ledger

MEMO_SIZE: Final = 100_000

LAST_SLOT: Final = SLOTS - 1
NO, YES = 0, 1
GLANCE: Final = 8
"""Added to the form of a record that only rules read."""
NOT_READ: Final = -1
Needles = tuple[bytes, ...]

SHAPE_OF: Final = {WEBHOOK: "webhook", BARE: "bare", BRIDGE: "eventbridge"}


class Some(Struct, frozen=True):
    """Which records of a log type are read: those that hold some bytes, or that escape characters and so might hold them."""

    detectors: Needles = ()
    """Bytes of what a detector reads."""
    rules: Needles = ()
    """Bytes of what a rule reads."""
    every: bool = False
    """Whether rules read all of them."""

    def mark(self, raw: bytes, form: int) -> int:
        """The form of a record, with `GLANCE` where only rules read it; `NOT_READ` where nobody does."""
        escaped = b"\\" in raw
        if self.detectors and (escaped or any(map(raw.__contains__, self.detectors))):
            return form
        if self.every or (self.rules and (escaped or any(map(raw.__contains__, self.rules)))):
            return form | GLANCE
        return NOT_READ


class Batch(Struct):
    """What the lines of one file have in common."""

    wanted: dict[str, int | Some]
    """Known log type codes; `YES` where a detector reads them, and which of them are read where not all are."""
    form: int = WEBHOOK
    """The form of the last line, tried first for the next one."""
    shapes: set[str] = set()
    """Names of the forms seen."""


class Inner(Struct, gc=False):
    """What an event is counted by."""

    type: str = ""
    log_id: str = ""
    date: str = ""
    tenant_name: str = ""


class _Line(Struct, gc=False, forbid_unknown_fields=True):
    log_id: str
    data: Inner


class _Bare(Inner, gc=False):
    data: Raw | None = None
    specversion: Raw | None = None


class _Bridge(Struct, gc=False):
    source: str
    detail: _Line
    data: Raw | None = None
    specversion: Raw | None = None


class Minutes(dict[str, tuple[int, str]]):
    """`2026-03-01T09:00` to its microseconds and its digits, remembered."""

    def __missing__(self, text: str) -> tuple[int, str]:
        start = parse_time(f"{text}:00.000Z")
        if start is None:
            raise KeyError(text)
        if len(self) >= MEMO_SIZE:
            self.clear()
        digits = text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16]
        found = self[text] = (start, digits)
        return found


class Seconds(dict[str, int]):
    """`:07.123Z` to its microseconds, remembered."""

    def __missing__(self, text: str) -> int:
        time = parse_time(f"1970-01-01T00:00{text}") if len(text) == 8 else None
        if time is None or time >= MINUTE:
            raise KeyError(text)
        self[text] = time
        return time


_line = msgspec.json.Decoder(_Line)
_bare = msgspec.json.Decoder(_Bare)
_bridge = msgspec.json.Decoder(_Bridge)
_minutes: Final = Minutes()
_seconds: Final = Seconds()
_BROKEN: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def head_of(raw: bytes, form: int) -> tuple[Inner, int] | None:
    """The head of a record and its form, `form` tried first; None where it is of none of the three."""
    for one in (form, WEBHOOK, BARE, BRIDGE):
        try:
            if one == WEBHOOK:
                return _line.decode(raw).data, WEBHOOK
            if one == BARE:
                head = _bare.decode(raw)
                if head.log_id and head.data is None and head.specversion is None:
                    return head, BARE
            else:
                event = _bridge.decode(raw)
                inner = event.detail.data
                if event.data is None and event.specversion is None and inner.tenant_name:
                    return inner, BRIDGE
        except msgspec.ValidationError:
            continue
        except _BROKEN:
            return None
    return None


def take(ledger: Ledger, batch: Batch, lines: list[bytes], start: int) -> int:
    """Count lines from `start` on for as long as each is a plain record of a known type; index of the first that is not."""
    seen, again, know = ledger.seen, ledger.again, ledger.hashes.append
    wanted_of, index = batch.wanted.get, ledger.index
    note_ordinal, note_time, note_form = index.ordinals.append, index.times.append, index.forms.append
    activity, codes = ledger.activity.add, ledger.codes
    ordinal = len(ledger.hashes)
    form, decode = batch.form, _line.decode
    now, minute, digits = "", 0, ""
    tenant, since, until = "", 0, 0
    first_time = last_time = 0
    last_id, last_ordinal = "", -1
    for position in range(start, len(lines)):
        raw = lines[position]
        inner = None
        try:
            if not raw.isascii():
                raw.decode()
            if form == WEBHOOK:
                inner = decode(raw).data
        except msgspec.ValidationError:
            pass
        except _BROKEN:
            break
        if inner is None:
            head = head_of(raw, form)
            if head is None:
                break
            inner, form = head
            batch.shapes.add(SHAPE_OF[form])
        code, log_id, date = inner.type, inner.log_id, inner.date
        wanted = wanted_of(code)
        if wanted is None or not log_id:
            break
        try:
            if date[:16] != now:
                minute, digits = _minutes[date[:16]]
                now = date[:16]
            time = minute + _seconds[date[16:]]
        except KeyError:
            break
        mark = wanted.mark(raw, form) if isinstance(wanted, Some) else form if wanted else NOT_READ
        if mark != NOT_READ:
            note_ordinal(ordinal)
            note_time(time)
            note_form(mark)
            if index.spool is not None:
                index.copy(ordinal, raw)
        key = hash(log_id)
        slot = key & LAST_SLOT
        if seen[slot]:
            again.add(key)
        else:
            seen[slot] = 1
        know(key)
        codes[code] += 1
        if log_id[3:15] < digits:
            ledger.judge_id(log_id, time, inner.tenant_name, ordinal)
        if since <= time < until and inner.tenant_name == tenant:
            if time > last_time or (time == last_time and log_id > last_id):
                last_time, last_id, last_ordinal = time, log_id, ordinal
            elif time <= first_time:
                activity(tenant, time, log_id, ordinal)
        else:
            if until:
                activity(tenant, last_time, last_id, last_ordinal)
            tenant = inner.tenant_name
            ledger.tenants.add(tenant)
            since = time - time % HOUR
            until = since + HOUR
            first_time, last_time, last_id, last_ordinal = time, time, log_id, ordinal
            activity(tenant, time, log_id, ordinal)
        ordinal += 1
    else:
        position = len(lines)
    if until:
        activity(tenant, last_time, last_id, last_ordinal)
        batch.shapes.add(SHAPE_OF[form])
    batch.form = form
    return position
