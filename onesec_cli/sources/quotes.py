"""Evidence read again: each record an alert cites, sealed with its digest and quoted with its secrets masked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import orjson
from msgspec.structs import replace

from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.finding import Alert
from onesec_cli.model.mask import mask
from onesec_cli.model.names import names_in, texts_of
from onesec_cli.model.report import Quote

MAX_QUOTE: Final = 4000
"""Characters of a quote; the rest of a longer record stays in its file."""
EARLIER: Final = " (an earlier file of this name)"
_MARGIN: Final = 2048
"""Characters masked beyond the end of a part, so that a secret is told by its shape before the end cuts it."""
_HEAD: Final = 600
_BEFORE: Final = 150
_AFTER: Final = 350
_MOST_PLACES: Final = 6
_SEARCHED: Final = 2_000_000
"""Characters of a record in which names are looked for."""
_NAMES: Final = 40
_CAVEATS: Final = 5


class Files(Protocol):
    """The trails of a run, open to a second look."""

    def fetch(self, name: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], bytes]]:
        """Spans (offset, length) of a file again; fewer bytes where the file has become shorter, none where it is gone."""

    def has(self, name: str) -> bool:
        """Whether it is a file of this run; what was judged on an earlier night may stand in another."""

    def intact(self, name: str) -> bool:
        """Whether the file still is what was read at first."""


def seal(alerts: Sequence[Alert], files: Files) -> tuple[list[Alert], dict[str, Quote]]:
    """The alerts with the digest of each cited record, and the quotes by `file:offset`.

    What was judged is only known by the digest of the whole file. So where a file changed after it was read, none of
    its records is vouched for: their digests stay empty and their quotes say that they are not intact.
    """
    spans: dict[str, dict[tuple[int, int], dict[str, None]]] = {}
    for alert in alerts:
        names = names_in([alert.message, *texts_of(alert.facts)])
        for proof in alert.evidence:
            span = (proof.origin.offset, proof.origin.length)
            spans.setdefault(proof.origin.file, {}).setdefault(span, {}).update(dict.fromkeys(names))
    quotes: dict[str, Quote] = {}
    digests: dict[tuple[str, int, int], str] = {}
    for file in sorted(spans):
        if not files.has(file):
            continue
        told = {
            span: _quoted(raw, span[1], list(spans[file][span])[:_NAMES])
            for span, raw in files.fetch(file, sorted(spans[file]))
        }
        intact = files.intact(file)
        for offset, length in sorted(spans[file]):
            digest, quote = told.get((offset, length), ("", _LOST))
            digests[file, offset, length] = digest if intact else ""
            quotes[f"{file}:{offset}"] = quote if intact else _LOST
    return [
        replace(alert, evidence=tuple(_sealed(proof, digests) for proof in alert.evidence)) for alert in alerts
    ], quotes


_LOST: Final = Quote(text="", intact=False)


def _sealed(proof: Evidence, digests: dict[tuple[str, int, int], str]) -> Evidence:
    origin = proof.origin
    digest = digests.get((origin.file, origin.offset, origin.length), origin.sha256)
    if origin.sha256 and digest and digest != origin.sha256:  # a file of an earlier night had the same name
        file = f"{origin.file}{EARLIER}"
        return Evidence(Origin(file, origin.line, origin.offset, origin.length, origin.sha256), proof.time, proof.role)
    return Evidence(Origin(origin.file, origin.line, origin.offset, origin.length, digest), proof.time, proof.role)


def _quoted(raw: bytes, length: int, names: Sequence[str]) -> tuple[str, Quote]:
    """Digest and quote of one record, which must have its whole length."""
    if len(raw) != length:
        return "", _LOST
    return hashlib.sha256(raw).hexdigest(), Quote(text=_short(raw, names), intact=True, caveats=_caveats(raw))


def _short(raw: bytes, names: Sequence[str]) -> str:
    """The whole record, or the beginning of a long one and the places of it that hold one of the names."""
    text = raw.decode(errors="backslashreplace")
    if len(text) <= MAX_QUOTE:
        told = mask(text)
        return told if len(told) <= MAX_QUOTE else told[:MAX_QUOTE]
    parts = []
    end = 0
    for start, stop in _places(text, names):
        before = " [...] " if start > end else ""
        parts.append(before + mask(text[start : stop + _MARGIN])[: stop - start])
        end = stop
    return "".join(parts) + f" [...] (record of {len(text):,} characters, shortened)"


def _places(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    """Parts of a text, in order and apart: its beginning, and around the first place of each name beyond that."""
    found = [(0, _HEAD)]
    searched = text[:_SEARCHED]
    for name in names:
        match = re.compile(re.escape(name), re.IGNORECASE).search(searched, _HEAD)
        if match:
            found.append((max(0, match.start() - _BEFORE), min(len(text), match.start() + _AFTER)))
        if len(found) > _MOST_PLACES:
            break
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _caveats(raw: bytes) -> tuple[str, ...]:
    """Keys that stand twice in one object: readers differ in which of the two they take, which is a way to hide."""
    twice: set[str] = set()

    def pairs(found: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in found:
            (twice if name in seen else seen).add(name)

    if _is_plain(raw):
        return ()
    try:
        json.loads(raw, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return ()  # what a tolerant reader took; the gap rules speak of it
    return tuple(
        f"key {mask(name[:80])!r} stands twice in one object; the last was judged" for name in sorted(twice)[:_CAVEATS]
    )


def _is_plain(raw: bytes) -> bool:
    """Whether a record is written again as it stands: then no key is lost in reading it, and none stands twice."""
    try:
        return orjson.dumps(orjson.loads(raw)) == raw
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False
