"""Who may do what: one access of one agent, as a report tells it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model.event import Evidence

TOOL_CALL: Final = "tool call"
"""The basis of an access that only its use shows."""
DELEGATION: Final = "delegation"
"""The basis of an access that ends by itself."""


class AccessRow(Struct, frozen=True, kw_only=True):
    """What one agent could do for one user at one place at a moment. Times are microseconds UTC."""

    tenant: str
    agent: str
    client: str
    user: str
    """Empty where the agent acts for itself."""
    place: str
    """Connection, or audience of an API."""
    basis: str
    """What the access rests on: `token vault`, `consent`, `sign-in`, `delegation`, `on behalf of`, `client credentials` ..."""
    scopes: tuple[str, ...]
    status: str
    """`active`, `ended` or `expired`."""
    since: int
    last_used: int
    uses: int
    token_expires: int | None
    """When its last token ends by itself; a token lives on when its access was taken away."""
    ended: int | None
    giver: str = ""
    """Who handed a delegation on; empty for any other basis."""
    evidence: tuple[Evidence, ...]
    """Where it was first seen, its last use, and what ended it."""

    def lives(self, at: int) -> bool:
        """Whether its last token lives at a moment, though the access may be gone; a delegation takes its token with it."""
        gone = self.ended is not None and self.basis == DELEGATION
        return self.token_expires is not None and self.token_expires > at and not gone

    def open(self, at: int) -> bool:
        """Whether something of it is left at the moment that the row tells of."""
        return self.status == "active" or self.lives(at)


class AccessChange(Struct, frozen=True, kw_only=True):
    """What happened to one access between two moments."""

    what: str
    """`begun`, `wider`, `narrower` (ended and begun anew with less) or `ended`."""
    scopes: tuple[str, ...]
    row: AccessRow
