"""One event of a timeline: when, on which trail, who, what, and the alerts that it proves."""

from __future__ import annotations

from msgspec import Struct

from onesec_cli.model.event import Origin
from onesec_cli.model.level import Level


class Row(Struct, frozen=True, kw_only=True):
    """An event as the told order has it. Secrets in the message are masked; nothing is escaped yet."""

    time: int
    """Microseconds UTC; `model.event.UNDATED` where the log tells no time."""
    trail: str
    """`identity` or `behaviour`."""
    source: str
    """The reader that made it: `auth0`, or the name of an agent log format."""
    kind: str
    code: str
    """The source's own word for the kind."""
    tenant: str
    entities: tuple[str, ...]
    message: str
    """What happened, in one sentence."""
    origin: Origin
    event: str
    """Id of the event."""
    alerts: tuple[str, ...] = ()
    """Ids of the alerts it proves, worst first."""
    level: Level | None = None
    """The worst of them."""
