"""The trails of one run, read once; their events in order, as often as a question needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.event import NO_FIELDS, NOBODY, UNDATED, Asker, Event, Origin
from onesec_cli.model.mapping import Mapping
from onesec_cli.model.policy import Policy
from onesec_cli.replay import order_key
from onesec_cli.sources import derived
from onesec_cli.sources.auth0_types import OTHER, TYPES
from onesec_cli.sources.duplicates import settle
from onesec_cli.sources.open_trail import Trail, discover
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.second import SecondReading, in_order
from onesec_cli.sources.tenants import Tenants
from onesec_cli.state.accounts.access import READS as ACCESS
from onesec_cli.state.identity import Identity

Progress = Callable[[str, int], None]
"""Told what is being done and how many bytes of the inputs are behind us."""

EVERY_KIND: Final = frozenset({*kinds.KINDS, OTHER[0], *(kind for kind, _, _ in TYPES.values())})
"""What a question about the trail itself reads, as opposed to what detectors read."""


class Case:
    """What was read of the trails under some paths. Raises InputError for a path that cannot be used."""

    def __init__(
        self,
        paths: Sequence[str],
        policy: Policy,
        reads: frozenset[str],
        mappings: Sequence[Mapping] = (),
        asker: Asker = NOBODY,
        progress: Progress = lambda what, done: None,
        whole: bool = False,
    ) -> None:
        self._policy = policy
        max_early = policy.thresholds.log_tampering.max_early_seconds * 1_000_000
        self._asker = asker
        self._reads = reads
        self._whole = whole
        self.reader = Reader(reads, max_early, mappings, asker)
        self.trails = Trail(discover(paths))
        self.trails.read(self.reader, progress)
        progress("settling duplicates", 0)
        self._settled = settle(self.reader, self.trails.fetch)
        self._nameless = "" in self.reader.ledger.tenants
        self._tenants = Tenants(self.reader.ledger.tenants)
        trail = self._second(_known_lost)
        talks = chain(self.reader.events, trail if self._nameless else ())
        self._tenants.learn(talks, trail, policy.agent_clients)
        self._extra = self._untold()
        self._lose: Callable[[Origin], None] = self.reader.lose

    def reach(self) -> tuple[int, int] | None:
        """The first and the last moment of any event, or None where none has a time."""
        return self.reader.ledger.reach()

    def events(self, until: int | None = None) -> Iterator[Event]:
        """The distinct events and the derived ones, in total order, with tenants and agents named.

        Gone through again, a case that is not `whole` tells only what bears on access, and conversations without their words.
        """
        identity = Identity(key_of=dict(self._policy.agent_clients))
        for event in self.unnamed():
            if until is not None and event.time > until:
                break
            self.name(identity, event)
            yield event

    def name(self, identity: Identity, event: Event) -> None:
        """Name the agent of an event; what nobody but a rule reads teaches no names."""
        identity.resolve(event, event.kind in self._reads)

    def unnamed(self) -> Iterator[Event]:
        """The same events, their agents not named yet."""
        second: Iterable[Event] = self._second(self._lose, self._asker)
        if self._nameless:
            second = map(self._at_home, second)
        if self._whole:
            extra = list(self._extra)
        else:  # what is told is dropped, to keep memory small
            extra, self._extra = self._extra, list(map(_wordless, (one for one in self._extra if one.kind in ACCESS)))
        try:
            yield from in_order(second, extra, order_key)
        finally:
            self._lose = _known_lost

    def moments(self) -> Iterator[int]:
        """The time of every event that is judged, in no order; agent logs may have some without."""
        return chain(
            self.reader.ledger.index.times, (event.time for event in self.reader.events if event.time != UNDATED)
        )

    def digests(self) -> dict[tuple[str, int, int], str]:
        """(file, offset, length) of each record that is judged, to the digest of its bytes."""
        places = self.reader.ledger.places
        origins = chain(
            map(places.origin, self.reader.ledger.index.ordinals), (one.origin for one in self.reader.events)
        )
        spans: dict[str, set[tuple[int, int]]] = {}
        for origin in origins:
            spans.setdefault(origin.file, set()).add((origin.offset, origin.length))
        return {
            (file, *span): hashlib.sha256(raw).hexdigest()
            for file, wanted in spans.items()
            for span, raw in self.trails.fetch(file, sorted(wanted))
            if len(raw) == span[1]
        }

    def adopted(self, id: str) -> bool:
        """Whether the event with this id, which was gone through, names no tenant itself."""
        return self._tenants.adopted(id)

    def _second(self, lose: Callable[[Origin], None], asker: Asker = NOBODY) -> SecondReading:
        one = self._settled
        return SecondReading(self.reader.ledger, self.trails.again, lose, one.dropped, one.variants, one.tenants, asker)

    def _at_home(self, event: Event) -> Event:
        self._tenants.take(event)
        return event

    def _untold(self) -> list[Event]:
        """Events of agent logs, and those that no single record tells."""
        reader, settled = self.reader, self._settled
        extra = [*reader.events, *derived.activity(reader, settled), *derived.early_ids(reader, settled)]
        extra += derived.reused_ids(reader, settled)
        return list(map(self._at_home, extra))


def _wordless(event: Event) -> Event:
    """A call without its arguments, which say nothing of access."""
    return replace(event, fields=NO_FIELDS) if event.kind == kinds.TOOL_CALL else event


def _known_lost(origin: Origin) -> None:
    """A record that is gone was counted as a gap when the events were gone through for the first time."""
