"""Events that no single record tells: activity by the hour, ids older than their events, ids used twice."""

from __future__ import annotations

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND
from onesec_cli.model.event import Event
from onesec_cli.sources.duplicates import Settled
from onesec_cli.sources.ledger import id_time
from onesec_cli.sources.reader import Reader


def activity(reader: Reader, settled: Settled) -> list[Event]:
    """First and last record of each hour of each tenant, as `trail.activity`."""
    told = []
    for (tenant, _), hour in sorted(reader.ledger.activity.hours.items()):
        edges = [("first", hour.first, hour.first_ordinal), ("last", hour.last, hour.last_ordinal)]
        for edge, (time, id), ordinal in edges[: 1 if hour.first == hour.last else 2]:
            named = tenant or settled.tenants.get(ordinal, "")
            told.append(_derived(reader, ordinal, time, id, named, kinds.TRAIL_ACTIVITY, edge))
    return told


def early_ids(reader: Reader, settled: Settled) -> list[Event]:
    """Records whose `log_id` holds an ingest time before the event time, as `trail.anomaly`."""
    told = []
    for (log_id, time), (tenant, ordinal) in sorted(reader.ledger.early.items()):
        tenant = tenant or settled.tenants.get(ordinal, "")
        event = _derived(reader, ordinal, time, log_id, tenant, kinds.TRAIL_ANOMALY, "id-before-event")
        event.fields = {"issue": "id-before-event", "seconds": (time - (id_time(log_id) or 0)) // SECOND}
        told.append(event)
    return told


def reused_ids(reader: Reader, settled: Settled) -> list[Event]:
    """Ids that carry several payloads, as one `trail.anomaly` each, at the earliest payload."""
    told = []
    for first, *others in settled.reused:
        event = _derived(reader, first.ordinal, first.time, first.id, first.tenant, kinds.TRAIL_ANOMALY, "id-reused")
        event.fields = {
            "issue": "id-reused",
            "id": first.id,
            "payloads": 1 + len(others),
            "others": [reader.ledger.places.origin(copy.ordinal) for copy in others],
        }
        told.append(event)
    return told


def _derived(reader: Reader, ordinal: int, time: int, id: str, tenant: str, kind: str, variant: str) -> Event:
    return Event(
        time=time,
        kind=kind,
        origin=reader.ledger.places.origin(ordinal),
        id=id,
        variant=variant,
        tenant=tenant,
        source="onesec",
    )
