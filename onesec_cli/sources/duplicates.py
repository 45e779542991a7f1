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


def settle(reader: Reader, fetch: Fetch) -> list[list[Copy]]:
    """Drop repeated events from the reader; per id with several payloads, one copy of each, by time and digest."""
    groups: dict[int, list[int]] = {}
    for first, later in reader.again:
        groups.setdefault(first, [first]).append(later)
    if not groups:
        return []
    copies = {copy.ordinal: copy for copy in _read_again(reader, groups, fetch)}
    dropped: list[Copy] = []
    variants: dict[int, str] = {}
    reused: list[list[Copy]] = []
    for members in groups.values():
        by_id: dict[str, dict[str, Copy]] = {}
        for copy in (copies[ordinal] for ordinal in members):
            if by_id.setdefault(copy.id, {}).setdefault(copy.digest, copy) is not copy:
                dropped.append(copy)
        for payloads in by_id.values():
            if len(payloads) > 1:
                variants.update({copy.ordinal: copy.digest for copy in payloads.values()})
                reused.append(sorted(payloads.values(), key=lambda copy: (copy.time, copy.digest)))
    _drop(reader, dropped, variants)
    return sorted(reused, key=lambda found: (found[0].time, found[0].id))


def _drop(reader: Reader, dropped: list[Copy], variants: dict[int, str]) -> None:
    files = {file.name: file for file in reader.files}
    for copy in dropped:
        file = files[reader.places.file_of(copy.ordinal)]
        file.events -= 1
        file.duplicates += 1
        reader.codes[copy.code] -= 1
    gone = {copy.ordinal for copy in dropped}
    kept = [pair for pair in zip(reader.ordinals, reader.events, strict=True) if pair[0] not in gone]
    reader.ordinals = [ordinal for ordinal, _ in kept]
    reader.events = [event for _, event in kept]
    for ordinal, event in kept:
        event.variant = variants.get(ordinal, "")


def _read_again(reader: Reader, groups: dict[int, list[int]], fetch: Fetch) -> Iterator[Copy]:
    """Each record of each group once more."""
    places = reader.places
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
