"""The events of some logs, one by one, each with the record that rules look into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onesec_cli.case import EVERY_KIND, Case
from onesec_cli.model.event import Event, Nobody
from onesec_cli.model.kinds import TRAIL_ACTIVITY, TRAIL_ANOMALY
from onesec_cli.model.policy import Policy


class _Everything(Nobody):
    """Asks for every event, with its record."""

    def wants(self, code: str, kind: str) -> bool:
        return True

    def whole(self, code: str, kind: str) -> bool:
        return True


def events_of(logs: Sequence[str], policy: Policy) -> Iterator[Event]:
    """Every distinct event in total order; what onesec derives itself is left out. Raises InputError for a wrong path."""
    for event in Case(logs, policy, EVERY_KIND, asker=_Everything()).events():
        if event.kind not in (TRAIL_ACTIVITY, TRAIL_ANOMALY):
            yield event
