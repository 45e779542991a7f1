"""What lay within reach of those whom alerts name, until when, and what takes it away."""

from __future__ import annotations

from msgspec import Struct

from onesec_cli.model.access import AccessRow


class Held(Struct, frozen=True, kw_only=True):
    """One access that was held while something happened."""

    row: AccessRow
    """As it stood at the end of what happened."""
    until: int | None
    """When the trail takes it away, before, during or after; None where it never does."""
    open: bool
    """Whether something of it was left at the end of the trail: the access, one given anew, or a token that lives on."""


class Measure(Struct, frozen=True, kw_only=True):
    """One thing to take away, as data."""

    action: str
    """`revoke-at-provider`, `unlink-account`, `revoke-delegation`, `revoke-grant`, `revoke-refresh-tokens`,
    `rotate-client-secret`, `end-session`, `stop-agent`, `clean-memory`, `block-user`, `block-destination`."""
    target: tuple[str, ...]
    """Entities it is done to, `type:value`."""
    open: bool
    """Whether what it takes away was still there at the end of the trail."""
    reason: str
    proofs: tuple[str, ...]
    """`file:line` of what it rests on."""


class Radius(Struct, frozen=True, kw_only=True):
    """The blast radius of alerts."""

    held: tuple[Held, ...] = ()
    at: int = 0
    """The moment at which `held` tells each access: the end of what happened. `onesec state --at` tells the same of it."""
    ends: int = 0
    """The end of the trail, which `open` speaks of."""
    other_users: int = 0
    """Users whom no alert names and for whom the same agents held access then."""
    held_total: int = 0
    """How many accesses there were; more than `held` has where that was capped."""
    most_looked: int = 0
    """Of somebody whom the alerts name no more accesses than this were looked at, though there were more; 0 where all were."""
    measures: tuple[Measure, ...] = ()
    """What to take away, what ends most at once first."""
