"""Records delivered again, and ids that carry more than one payload.

Delivery of tenant logs is at least once, so one event may stand in a trail many times and in several envelopes. Same
id and same payload is one event, told by its first place (files by name, then offset). Same id with another payload
keeps every payload and says so.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import orjson
from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.sources import canonical
from onesec_cli.sources.auth0 import canonical_payload
from onesec_cli.sources.ledger import WEBHOOK, Ledger
from onesec_cli.sources.quick import head_of
from onesec_cli.sources.reader import Reader, load, read_record

Fetch = Callable[[str, Sequence[tuple[int, int]]], Iterator[tuple[tuple[int, int], bytes]]]
"""Reads spans (offset, length) of a file again, in order of offset."""


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
    copies: list[Copy] = []
    """Repeats in another form."""
    tenants: dict[int, str] = {}
    """Ordinal of a record that names no tenant to the one that a copy of it names."""


def settle(reader: Reader, fetch: Fetch) -> Settled:
    """Tell repeated records from records that share an id, and count the first as duplicates of their files."""
    ledger = reader.ledger
    ledger.seen = bytearray()  # every record is read: the marks have done their work
    counts = Counter(key for key in ledger.hashes if key in ledger.again)
    groups: dict[int, list[int]] = {key: [] for key, count in counts.items() if count > 1}
    if not groups:
        return Settled(set(), {}, [])
    for ordinal, key in enumerate(ledger.hashes):
        if key in groups:
            groups[key].append(ordinal)
    repeated = _repeated(ledger, groups, fetch)
    settled = _compare(ledger, groups, fetch)
    repeated += [(copy.ordinal, copy.code) for copy in settled.copies]
    files = {file.name: file for file in reader.files}
    for ordinal, code in repeated:
        settled.dropped.add(ordinal)
        file = files[ledger.places.file_of(ordinal)]
        file.events -= 1
        file.duplicates += 1
        ledger.codes[code] -= 1
    return settled


def _repeated(ledger: Ledger, groups: dict[int, list[int]], fetch: Fetch) -> list[tuple[int, str]]:
    """Ordinals and codes of records that repeat another to the byte; groups of nothing else are taken out of `groups`."""
    first: dict[int, bytes] = {}
    repeated: dict[int, list[tuple[int, str]]] = {}
    contested: set[int] = set()
    for ordinal, raw in _read_again(ledger, groups.values(), fetch):
        key = ledger.hashes[ordinal]
        mark = hashlib.sha256(raw).digest() + b"%d" % ledger.places.items.get(ordinal, 0)
        if first.setdefault(key, mark) != mark or not raw:
            contested.add(key)
        elif ordinal != groups[key][0] and key not in contested:
            head = head_of(raw, WEBHOOK)
            code = _tell(ledger, ordinal, raw).code if head is None else head[0].type
            repeated.setdefault(key, []).append((ordinal, code))
    for key in first.keys() - contested:
        del groups[key]
    return [one for key, ones in repeated.items() if key not in contested for one in ones]


def _compare(ledger: Ledger, groups: dict[int, list[int]], fetch: Fetch) -> Settled:
    """Records with one id and several forms, by their payloads."""
    copies = {ordinal: _tell(ledger, ordinal, raw) for ordinal, raw in _read_again(ledger, groups.values(), fetch)}
    tenants = _named(copies.values())
    settled = Settled(set(), {}, [], tenants=tenants)
    for members in groups.values():
        by_id: dict[str, dict[str, Copy]] = {}
        for copy in (copies[ordinal] for ordinal in members):
            if by_id.setdefault(copy.id, {}).setdefault(copy.digest, copy) is not copy:
                settled.copies.append(copy)
        for payloads in by_id.values():
            if len(payloads) > 1:
                settled.variants.update({copy.ordinal: copy.digest for copy in payloads.values()})
                settled.reused.append(sorted(payloads.values(), key=lambda copy: (copy.time, copy.digest)))
    settled.reused.sort(key=lambda found: (found[0].time, found[0].id))
    return settled


def _named(copies: Iterable[Copy]) -> dict[int, str]:
    """Names the tenant of each copy that does not, if another copy of the same event does; by ordinal."""
    tenants: dict[tuple[str, str], str] = {}
    for copy in copies:
        if copy.tenant:
            tenants[copy.id, copy.digest] = min(copy.tenant, tenants.get((copy.id, copy.digest), copy.tenant))
    found = {}
    for copy in copies:
        if not copy.tenant and (copy.id, copy.digest) in tenants:
            found[copy.ordinal] = copy.tenant = tenants[copy.id, copy.digest]
    return found


def _read_again(ledger: Ledger, groups: Iterable[list[int]], fetch: Fetch) -> Iterator[tuple[int, bytes]]:
    """Each record of each group once more, by ordinal."""
    places = ledger.places
    by_file: dict[str, dict[tuple[int, int], list[int]]] = {}
    for ordinal in sorted(ordinal for members in groups for ordinal in members):
        span = (places.offsets[ordinal], places.lengths[ordinal])
        by_file.setdefault(places.file_of(ordinal), {}).setdefault(span, []).append(ordinal)
    for name, spans in by_file.items():
        for span, raw in fetch(name, sorted(spans)):
            for ordinal in spans[span]:
                yield ordinal, raw


def _tell(ledger: Ledger, ordinal: int, raw: bytes) -> Copy:
    origin, item = ledger.places.origin(ordinal), ledger.places.items.get(ordinal, 0)
    try:
        record = load(raw) or {}
        events, payloads, _ = read_record(record, origin)
        event, payload = events[item], payloads[item]
    except IndexError:
        event, payload = "changed", {}
    if not isinstance(event, Event):  # it no longer stands there: no copy of anything; the second reading counts it
        return Copy(ordinal, f"changed:{ordinal}", "", 0, "", "")
    if canonical.is_canonical(record):
        body = orjson.dumps({**payload, "id": None}, option=orjson.OPT_SORT_KEYS)
    else:
        body = canonical_payload(payload)
    code = event.code or event.kind
    return Copy(ordinal, event.id, code, event.time, event.tenant, hashlib.sha256(body).hexdigest())
