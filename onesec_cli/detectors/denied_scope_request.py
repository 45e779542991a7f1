"""A refresh asks for more than it gets."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.scopes import ADMIN, READ, gained, worst


class Nothing(Struct):
    """Each exchange is judged on its own."""


class DeniedScopeRequest(Detector[Nothing]):
    """A token was asked for with scopes or for an audience that it was not issued with.

    The refresh exchange is the one success that logs both what was asked and what was issued; canonical records may log both
    for any exchange.

    ## Why it matters
    An agent that was told by an injected text to do more asks for it first. The refusal is the earliest trace of a hijack.

    ## Judged on
    Requested against issued scope of one exchange, in the provider's sense of inclusion.

    ## What it misses
    Requests that are granted (see scope-escalation), refused outright (see exchange-failure-burst), or made to the Token Vault,
    which logs no request.

    ## What to do
    Find out which instruction made the agent ask: read its tool results before this moment. If the client's code never asks for
    this scope, treat the agent as hijacked and revoke its refresh token.
    """

    rule = Rule(
        id="denied-scope-request",
        title="Asked for more than it was given",
        level=Level.medium,
        asi=("ASI03", "ASI01"),
        attack=("T1078.004",),
    )
    reads = frozenset({kinds.TOKEN_REFRESH, kinds.TOKEN_EXCHANGE})
    key = ("tenant", "agent")
    state = Nothing

    def observe(self, state: Nothing, event: Event) -> Iterator[Finding]:
        if not event.requested or not event.scopes or event.requested <= event.scopes:
            return
        denied = gained(event.scopes, event.requested, "")
        risk = worst(denied)
        if not denied or risk == 0:
            return
        who = event.agent_id or event.external_agent_id or event.agent
        place = event.audience or event.connection or "its audience"
        yield Finding(
            rule=self.rule.id,
            level=Level.high if risk >= ADMIN else Level.medium if risk > READ else Level.low,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="scope",
            message=f"Agent {who} asked {place} for {', '.join(sorted(denied))} and was not given it.",
            subject=(f"agent:{who}", f"audience:{place}"),
            entities=event.entities(),
            evidence=(event.cite("the exchange"),),
            judged_on="requested against issued scope of the same exchange",
            facts={
                "denied": sorted(denied),
                "requested": sorted(event.requested),
                "issued": sorted(event.scopes),
            },
        )
