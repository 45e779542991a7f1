"""Trails read as a run reads them, without judging them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from onesec_cli.model.event import Event, Gap
from onesec_cli.model.mapping import Mapping
from onesec_cli.replay import order_key
from onesec_cli.sources.duplicates import settle
from onesec_cli.sources.ledger import FileCount
from onesec_cli.sources.open_trail import Trail, discover
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.second import SecondReading, in_order


class Reading(NamedTuple):
    """What both readings of some paths tell."""

    events: list[Event]
    """In total order."""
    gaps: list[Gap]
    files: list[FileCount]


def read(path: Path, kinds: frozenset[str], mappings: tuple[Mapping, ...] = ()) -> Reading:
    """Read a file or folder for events of some kinds."""
    reader = Reader(kinds, 60_000_000, mappings)
    trail = Trail(discover([str(path)]))
    trail.read(reader, lambda what, done: None)
    settled = settle(reader, trail.fetch)
    second = SecondReading(reader.ledger, trail.again, reader.lose, settled.dropped, settled.variants, settled.tenants)
    return Reading(list(in_order(second, reader.events, order_key)), reader.gaps, reader.files)
