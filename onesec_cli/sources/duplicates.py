"""Records delivered again, and ids that carry more than one payload.

Delivery of tenant logs is at least once, so one event may stand in a trail many times and in several envelopes. Same
id and same payload is one event, told by its first place (files by name, then offset). Same id with another payload
keeps every payload and says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

import orjson
from msgspec import Struct

from onesec_cli.model.errors import InputError
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources import canonical
from onesec_cli.sources.auth0 import canonical_payload
from onesec_cli.sources.ledger import Ledger
from onesec_cli.sources.reader import Reader, load, read_record

Fetch = Callable[[str, Sequence[tuple[int, int]]], Iterator[tuple[tuple[int, int], bytes]]]
"""Reads spans (offset, length) of a file again, in order of offset."""

BATCH: Final = 4096


class Copy(Struct, gc=False):
    """One of several records with the same id, as far as telling them apart needs."""

    ordinal: int
    id: str
    code: str
    time: int
    tenant: str
    digest: str
    """Of the canonical payload: the same for every envelope and form of one event."""


class Settled(Struct):
    """What became of the records whose id was seen more than once."""

    dropped: set[int]
    """Ordinals of repeated records."""
    variants: dict[int, str]
    """Ordinal to payload digest, where one id has several payloads."""
    reused: list[list[Copy]]
    """Per id with several payloads, one copy of each, by time and digest."""


def settle(reader: Reader, fetch: Fetch) -> Settled:
    """Tell repeated records from records that share an id, and count the first as duplicates of their files."""
    settled = Settled(set(), {}, [])
    ledger = reader.ledger
    if not ledger.again:
        return settled
    groups: dict[int, list[int]] = {}
    for ordinal, key in enumerate(ledger.hashes):
        if key in ledger.again:
            groups.setdefault(key, []).append(ordinal)
    copies = {copy.ordinal: copy for copy in _read_again(ledger, groups, fetch)}
    files = {file.name: file for file in reader.files}
    for members in groups.values():
        by_id: dict[str, dict[str, Copy]] = {}
        for copy in (copies[ordinal] for ordinal in members):
            if by_id.setdefault(copy.id, {}).setdefault(copy.digest, copy) is not copy:
                settled.dropped.add(copy.ordinal)
                file = files[ledger.places.file_of(copy.ordinal)]
                file.events -= 1
                file.duplicates += 1
                ledger.codes[copy.code] -= 1
        for payloads in by_id.values():
            if len(payloads) > 1:
                settled.variants.update({copy.ordinal: copy.digest for copy in payloads.values()})
                settled.reused.append(sorted(payloads.values(), key=lambda copy: (copy.time, copy.digest)))
    settled.reused.sort(key=lambda found: (found[0].time, found[0].id))
    return settled


def _read_again(ledger: Ledger, groups: dict[int, list[int]], fetch: Fetch) -> Iterator[Copy]:
    """Each record of each group once more."""
    places = ledger.places
    by_file: dict[str, dict[tuple[int, int], list[int]]] = {}
    for ordinal in sorted({ordinal for members in groups.values() for ordinal in members}):
        span = (places.offsets[ordinal], places.lengths[ordinal])
        by_file.setdefault(places.file_of(ordinal), {}).setdefault(span, []).append(ordinal)
    for name, spans in by_file.items():
        told = fetch(name, sorted(spans))
        while batch := list(islice(told, BATCH)):
            for span, raw in batch:
                for ordinal in spans[span]:
                    yield _tell(raw, ordinal, places.origin(ordinal), places.items.get(ordinal, 0))


def _tell(raw: bytes, ordinal: int, origin: Origin, item: int) -> Copy:
    try:
        record = load(raw) or {}
        events, payloads, _ = read_record(record, origin)
        event, payload = events[item], payloads[item]
    except IndexError:
        event, payload = "changed", {}
    if not isinstance(event, Event):
        raise InputError(f"{origin.file}: changed while it was being read (line {origin.line})")
    if canonical.is_canonical(record):
        body = orjson.dumps({**record, "id": None}, option=orjson.OPT_SORT_KEYS)
    else:
        body = canonical_payload(payload)
    code = event.code or event.kind
    return Copy(ordinal, event.id, code, event.time, event.tenant, hashlib.sha256(body).hexdigest())
