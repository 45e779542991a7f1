"""The second reading: what a detector reads, decoded whole and handed on in the total order.

Only the records of one instant are held at a time, so memory does not grow with the trail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any, Final

import msgspec
from msgspec import Struct

from onesec_cli.model.event import NOBODY, Asker, Event, Origin, Record
from onesec_cli.sources.auth0 import RawEvent, build
from onesec_cli.sources.auth0_types import TYPES
from onesec_cli.sources.instants import causal
from onesec_cli.sources.ledger import ANY, BARE, BRIDGE, WEBHOOK, Ledger
from onesec_cli.sources.quick import GLANCE
from onesec_cli.sources.reader import load, read_record

Fetch = Callable[[str, int, int], bytes]
"""Reads (file, offset, length) again; the file named `SPOOL` is what was copied at the first reading."""

NEVER: Final = 2**63
SPOOL: Final = "\0spool"
NOT_ASKED: Final = Event(time=0, kind="", origin=Origin("", 0, 0, 0))
"""Stands for a record that only rules read, and none matches."""


class _Webhook(Struct, gc=False):
    data: RawEvent


class _Bridge(Struct, gc=False):
    detail: _Webhook


_BELOW: Final[dict[int, tuple[str, ...]]] = {WEBHOOK: ("data",), BRIDGE: ("detail", "data"), BARE: ()}
"""Where the record stands in its envelope."""

_bare = msgspec.json.Decoder(RawEvent)
_webhook = msgspec.json.Decoder(_Webhook)
_bridge = msgspec.json.Decoder(_Bridge)


class SecondReading:
    """The records a first reading noted, less those that settled as duplicates; `named` holds the tenant that only a copy names."""

    def __init__(
        self,
        ledger: Ledger,
        fetch: Fetch,
        lose: Callable[[Origin], None],
        dropped: Set[int],
        variants: Mapping[int, str],
        named: Mapping[int, str],
        asker: Asker = NOBODY,
    ) -> None:
        self._ledger = ledger
        self._fetch = fetch
        self._lose = lose
        self._dropped = dropped
        self._variants = variants
        self._named = named
        self._wants, self._glance = asker.wants, asker.glance

    def __iter__(self) -> Iterator[Event]:
        """Events in order of time; within an instant, of arrival."""
        ledger, dropped = self._ledger, self._dropped
        index = ledger.index
        for position in index.in_time():
            ordinal = index.ordinals[position]
            if ordinal in dropped:
                continue
            event = self._read(ordinal, index.forms[position], index.times[position])
            if event is NOT_ASKED:
                continue
            if event is None:
                self._lose(ledger.places.origin(ordinal))
                continue
            if self._variants:
                event.variant = self._variants.get(ordinal, "")
            if not event.tenant and self._named:
                event.tenant = self._named.get(ordinal, "")
            yield event

    def _read(self, ordinal: int, form: int, time: int) -> Event | None:
        """The event of a record, or None where the file no longer holds what it held at the first reading."""
        origin = self._ledger.places.origin(ordinal)
        spooled = self._ledger.index.spooled
        if ordinal in spooled:
            raw = self._fetch(SPOOL, spooled[ordinal], origin.length)
        else:
            raw = self._fetch(origin.file, origin.offset, origin.length)
        record = None
        if form & GLANCE:
            form ^= GLANCE
            record = Record(raw, _BELOW[form])
            if not self._matches(record, ordinal, time, origin):
                return NOT_ASKED
        if form != ANY:
            try:
                if form == WEBHOOK:
                    event = _webhook.decode(raw).data
                elif form == BRIDGE:
                    event = _bridge.decode(raw).detail.data
                else:
                    event = _bare.decode(raw)
                if hash(event.log_id or "") == self._ledger.hashes[ordinal]:
                    told = build(event, event.type or "", time, origin)
                    if self._wants(told.code, told.kind):
                        told.record = record or Record(raw, _BELOW[form])
                    return told
            except msgspec.ValidationError:
                pass  # a type that its schema does not promise: the thorough way coerces it
            except (msgspec.DecodeError, UnicodeDecodeError):
                return None
        return self._read_any(raw, ordinal, time, origin)

    def _matches(self, record: Record, ordinal: int, time: int, origin: Origin) -> bool:
        """Whether a record that only rules read is worth an event: a rule matches it, or it is not what was read before."""
        told = record.told()
        code, log_id = told.get("type"), told.get("log_id")
        if (
            not isinstance(code, str)
            or code not in TYPES
            or not isinstance(log_id, str)
            or hash(log_id) != self._ledger.hashes[ordinal]
        ):
            return True
        kind = TYPES[code][0]
        return self._glance(Event(time=time, kind=kind, origin=origin, source="auth0", code=code, record=record))

    def _read_any(self, raw: bytes, ordinal: int, time: int, origin: Origin) -> Event | None:
        record = load(raw)
        events, payloads, _ = read_record(record, origin) if record is not None else ([], [], "")
        item = self._ledger.places.items.get(ordinal, 0)
        event = events[item] if item < len(events) else None
        if isinstance(event, Event) and event.time == time and hash(event.id) == self._ledger.hashes[ordinal]:
            if event.source == "auth0" and self._wants(event.code, event.kind):
                event.record = Record(raw, (), payloads[item])
            return event
        return None


def in_order(second: Iterable[Event], extra: list[Event], order: Callable[[Event], Any]) -> Iterator[Event]:
    """Events in order of time, and others in any order, together in the total order `order`, which begins with the time;
    where canonical events of one instant say no order, in that of cause."""
    extra.sort(key=order, reverse=True)
    following = extra[-1].time if extra else NEVER
    instant: list[Event] = []
    now = -1
    for event in second:
        if event.time != now:
            if len(instant) == 1:
                yield instant[0]
            else:
                yield from causal(sorted(instant, key=order))
            now = event.time
            while following < now:
                yield extra.pop()
                following = extra[-1].time if extra else NEVER
            instant = []
            while following == now:
                instant.append(extra.pop())
                following = extra[-1].time if extra else NEVER
        instant.append(event)
    yield from causal(sorted(instant, key=order))
    yield from reversed(extra)
