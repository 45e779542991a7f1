"""A connection is linked again, by somebody else upstream."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level


class Upstream(Struct):
    """The upstream identities one user has linked on one connection."""

    live: dict[str, Evidence] = field(default_factory=dict)
    """Account id to its link, of the accounts linked now."""
    identities: dict[str, str] = field(default_factory=dict)
    """Account id to upstream identity."""
    last: str = ""
    last_link: Evidence | None = None
    unlinked: Evidence | None = None


class AccountSwap(Detector[Upstream]):
    """After an unlink, the same user's connection is linked again by another upstream identity.

    A second account beside a linked one is not a swap; the same identity coming back is not one either.

    ## Why it matters
    Whoever controls the new upstream account reads what the agent writes there, and can feed the agent text of their choice.

    ## Judged on
    The upstream user id that the connect event logs.

    ## What it misses
    Links whose events carry no upstream id; a first link made to an attacker's account.

    ## What to do
    Ask the user whether they changed accounts. If not, unlink it, end the user's sessions, and treat what agents wrote to the new
    account as disclosed.
    """

    rule = Rule(
        id="account-swap",
        title="Linked again by another identity",
        level=Level.medium,
        asi=("ASI03", "ASI09"),
        attack=("T1098",),
    )
    reads = frozenset({kinds.ACCOUNT_LINK, kinds.ACCOUNT_UNLINK})
    key = ("tenant", "user", "connection")
    state = Upstream

    def observe(self, state: Upstream, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ACCOUNT_UNLINK:
            if event.account in state.live:
                del state.live[event.account]
            else:
                state.live.clear()
            state.unlinked = event.cite("the earlier account was unlinked")
            return
        identity = event.identity
        if not identity:
            return
        before, link = state.last, state.last_link
        swapped = before and identity != before and not state.live and link is not None
        if swapped and identity not in state.identities.values():
            proofs = [event.cite("the new link")] + [one for one in (state.unlinked, link) if one is not None]
            since = event.time - state.unlinked.time if state.unlinked else 0
            yield Finding(
                rule=self.rule.id,
                level=Level.medium,
                time=event.time,
                tenant=event.tenant,
                event_id=event.id,
                message=f"User {event.user} linked {event.connection} again as {identity}, {show_span(since)} after "
                f"the account of {before} was unlinked.",
                subject=(f"user:{event.user}", f"connection:{event.connection}"),
                entities=event.entities(),
                evidence=tuple(proofs),
                judged_on="upstream user ids of the connect events",
                facts={"before": before, "now": identity},
            )
        state.last, state.last_link = identity, event.cite("the earlier link")
        state.live[event.account] = state.last_link
        state.identities[event.account] = identity
