"""Values of an attribute that were seen of an agent, and whether a new one means something."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from onesec_cli.model.clock import DAY
from onesec_cli.model.event import Evidence

FEW: Final = 5
"""Values of one attribute up to which a new one is always judged."""
CALM: Final = 4
"""From then on it is judged if so many events for each known value brought none."""
MAX_VALUES: Final = 64
"""An attribute with more values says nothing: cloud egress hops, users carry their own devices."""
FRESH: Final = DAY
"""How long a single new value still counts when another attribute is new."""


class Seen(Struct):
    """Values of one attribute of an agent."""

    values: dict[str, None] = field(default_factory=dict)
    changed: int = 0
    """The number of the event that brought the last of them."""
    fresh: str = ""
    """A value that was new alone, after the learning period."""
    proof: Evidence | None = None

    def judges(self, value: str, events: int) -> bool:
        """Whether the value is new, and new values are rare enough to mean something."""
        known = len(self.values)
        if not value or value in self.values or not 0 < known < MAX_VALUES:
            return False
        return known < FEW or events - self.changed >= CALM * known

    def learn(self, value: str, events: int) -> None:
        """Remember a value."""
        if value and value not in self.values and len(self.values) < MAX_VALUES:
            self.values[value] = None
            self.changed = events

    def is_fresh(self, value: str, now: int) -> bool:
        """Whether the value was new alone a short while ago."""
        return bool(value) and self.fresh == value and self.proof is not None and now - self.proof.time < FRESH


@lru_cache(maxsize=65_536)
def network_of(ip: str) -> str:
    """The /24 or /48 network of an address; empty where it is none."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address) >> 80 << 80, 48)))
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((int(address) >> 8 << 8, 24)))


def family_of(software: str) -> str:
    """Client software without its version."""
    name, _, version = software.rpartition(" ")
    return name if version.isdigit() else software
