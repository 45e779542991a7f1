"""The told order: every event of every trail, or those that a pivot asks for, with the alerts they prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from onesec_cli.desk.telling import tell
from onesec_cli.model.event import UNDATED, Event
from onesec_cli.model.finding import Alert
from onesec_cli.model.kinds import BEHAVIOUR, TRAIL_ACTIVITY, TRAIL_ANOMALY
from onesec_cli.model.mask import mask_name
from onesec_cli.model.timeline import Row

Place = tuple[str, int, int]
"""File and offset of a record, and the time of the event: one record may hold a whole conversation."""


class Pivot(Struct, frozen=True, kw_only=True):
    """Which events are told. Values of one entity are alternatives, entities are all required; empty asks for nothing."""

    users: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    """Agent ids, client ids, client names and agent keys."""
    sessions: frozenset[str] = frozenset()
    connections: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    relevant: bool = False
    """Only events that an alert rests on."""

    def asks_for(self, event: Event) -> bool:
        """Whether an event is told."""
        if (self.since is not None and event.time < self.since) or (self.until is not None and event.time > self.until):
            return False
        return (
            (not self.users or event.user in self.users)
            and (not self.agents or not self.agents.isdisjoint(agents_of(event)))
            and (not self.sessions or event.session in self.sessions)
            and (
                not self.connections or event.connection in self.connections or event.connection_id in self.connections
            )
            and (not self.addresses or event.ip in self.addresses)
            and (not self.tokens or event.token in self.tokens)
        )

    def asks_for_entities(self, entities: Iterable[str]) -> bool:
        """Whether a claim about these entities (`type:value`) is told, though no event stands for it."""
        named: dict[str, set[str]] = {}
        for entity in entities:
            kind, _, value = entity.partition(":")
            named.setdefault("agent" if kind == "client" else kind, set()).add(value)
        wanted = {
            "user": self.users,
            "agent": self.agents,
            "session": self.sessions,
            "connection": self.connections,
            "ip": self.addresses,
            "token": self.tokens,
        }
        return all(not values or values & named.get(kind, set()) for kind, values in wanted.items())


def agents_of(event: Event) -> tuple[str, ...]:
    """Every name that an event has for an agent."""
    return (
        event.agent,
        event.agent_id,
        event.external_agent_id,
        event.client,
        event.client_name,
        *event.actors,
        str(event.fields.get("child") or ""),
    )


def rows(events: Iterable[Event], alerts: Sequence[Alert], pivot: Pivot) -> Iterator[Row]:
    """A row an event, in the order of the events; derived events are left out, as no record tells them."""
    proofs = proofs_of(alerts)
    for event in events:
        if event.kind in (TRAIL_ACTIVITY, TRAIL_ANOMALY) or not pivot.asks_for(event):
            continue
        proven = proofs.get((event.origin.file, event.origin.offset, event.time), [])
        if proven or not pivot.relevant:
            yield row(event, proven)


def row(event: Event, proven: Sequence[Alert] = ()) -> Row:
    """An event as a row; `proven` are the alerts that rest on it."""
    return Row(
        time=event.time,
        trail="behaviour" if event.kind in BEHAVIOUR else "identity",
        source=event.source,
        kind=event.kind,
        code=event.code,
        tenant=event.tenant,
        entities=tuple(map(mask_name, event.entities())),
        message=tell(event),
        origin=event.origin,
        event=event.id,
        alerts=tuple(alert.id for alert in proven),
        level=max((alert.level for alert in proven), default=None),
    )


def proofs_of(alerts: Sequence[Alert]) -> Mapping[Place, list[Alert]]:
    """The place of each event that proves something, to the alerts it proves, worst first."""
    found: dict[Place, dict[str, Alert]] = {}
    for alert in alerts:
        for proof in alert.evidence:
            found.setdefault((proof.origin.file, proof.origin.offset, proof.time), {})[alert.id] = alert
    return {place: sorted(ones.values(), key=lambda one: (-one.level, one.id)) for place, ones in found.items()}


def around(alert: Alert, span: int) -> tuple[int | None, int | None]:
    """The moments between which an alert and what happened near it lie; unbounded where the log tells no time."""
    if alert.first_seen == UNDATED:
        return None, None
    return alert.first_seen - span, alert.last_seen + span
