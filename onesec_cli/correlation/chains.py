"""Which alerts, in which order, are one attack over both trails."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.clock import HOUR, MINUTE


class Chain(Struct, frozen=True, kw_only=True):
    """A first act in an agent's conversation, and what may follow from it."""

    id: str
    title: str
    starts: dict[str, str]
    """Rule to the OWASP code it stands for as the first act."""


FOLLOWS: Final[dict[str, str]] = {
    "scope-escalation": "ASI03",
    "denied-scope-request": "ASI03",
    "unauthorized-agent": "ASI03",
    "rapid-exchange": "ASI03",
    "exchange-failure-burst": "ASI03",
    "privileged-grant-change": "ASI03",
    "delegation-chain": "ASI03",
    "tool-misuse": "ASI02",
    "exfiltration": "ASI02",
    "rogue-agent": "ASI10",
    "use-after-unlink": "ASI10",
}
"""What a hijacked agent does next, by rule, and the OWASP code it stands for then."""

IDENTITY: Final = frozenset(
    {
        *("scope-escalation", "denied-scope-request", "unauthorized-agent", "rapid-exchange"),
        *("exchange-failure-burst", "privileged-grant-change", "delegation-chain", "use-after-unlink"),
    }
)
"""Followers that the identity trail tells; a chain needs one of them to cross the trails."""

CHAINS: Final = (
    Chain(
        id="poisoned-memory-to-privilege",
        title="Poisoned memory, then privilege",
        starts={"memory-poisoning": "ASI06"},
    ),
    Chain(id="hijack-to-privilege", title="Hijacked goal, then privilege", starts={"goal-hijack": "ASI01"}),
)
"""Told under the first chain whose start is among the alerts."""

STARTS: Final = {rule: code for chain in CHAINS for rule, code in chain.starts.items()}

MAX_GAP: Final = HOUR
"""Between an act and what follows from it, where both name the same entity."""
MAX_GAP_UNNAMED: Final = 15 * MINUTE
"""The same where time alone links them."""
