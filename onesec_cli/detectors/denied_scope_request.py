"""A token is asked for with more than it is given."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.scopes import ADMIN, BASIC, WRITE, gained, provider_of, worst

_OWN_APIS = ("/api/v2", "/me")
"""Auth0's Management and My Account API: audiences with power over the tenant or the user."""
_LEVELS = {WRITE: Level.medium, ADMIN: Level.high}


class Nothing(Struct):
    """Each exchange is judged on its own."""


class DeniedScopeRequest(Detector[Nothing]):
    """A token was asked for with scopes, or for an audience, that it was not issued with.

    The refresh exchange is the one success in Auth0 that logs both what was asked for and what was issued; canonical records may
    log both for any exchange. A scope that an issued one includes was not denied. One alert per agent and audience.

    ## Why it matters
    An agent that was told by an injected text to do more asks for it first. The refusal is the earliest trace of a hijack, while
    nothing is lost yet.

    ## Judged on
    Requested against issued scope and audience of one exchange, in the provider's sense of inclusion. Reading is low, changing
    medium, administration high. Identity scopes and offline access are left out: a refresh seldom repeats them.

    ## What it misses
    Requests that are granted (see scope-escalation) or refused outright (see exchange-failure-burst), and requests to the Token
    Vault, which logs none. Where the issued scope is not logged nothing is claimed. A client that always asks for more than its
    users grant raises this by habit.

    ## What to do
    Find out which instruction made the agent ask: read the tool results it saw before. If the client's code never asks for this
    scope, treat the agent as hijacked: revoke its refresh token and rotate the client's secret.
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
        if event.requested and event.scopes and not event.requested <= event.scopes:
            yield from self._scope(event)
        wanted = event.fields.get("requested_audience")
        if wanted and event.audience and isinstance(wanted, str) and wanted != event.audience:
            yield from self._audience(event, wanted)

    def _scope(self, event: Event) -> Iterator[Finding]:
        provider = provider_of(event.connection, str(event.fields.get("strategy", "")))
        denied = gained(event.scopes, event.requested, provider) - {"offline_access"}
        risk = worst(denied, provider)
        if risk == BASIC:
            return
        if risk >= WRITE and event.audience.rstrip("/").endswith(_OWN_APIS):
            risk = ADMIN
        place = event.audience or event.connection or "an unnamed audience"
        what = f"scope {', '.join(sorted(denied))} on {place}"
        yield self._finding(event, "scope", _LEVELS.get(risk, Level.low), what, sorted(denied))

    def _audience(self, event: Event, wanted: str) -> Iterator[Finding]:
        """Audiences of a token may be several; a slash at the end is no difference."""
        issued = {one.rstrip("/") for one in event.audience.split()}
        missing = sorted({one.rstrip("/") for one in wanted.split()} - issued)
        if missing:
            level = Level.high if any(one.endswith(_OWN_APIS) for one in missing) else Level.medium
            yield self._finding(event, "audience", level, f"audience {', '.join(missing)}", missing)

    def _finding(self, event: Event, verdict: str, level: Level, what: str, denied: list[str]) -> Finding:
        who = event.agent_id or event.external_agent_id or event.agent
        whom = f" for user {event.user}" if event.user else ""
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=f"Agent {who} asked for {what}{whom} and was not given it.",
            subject=(f"agent:{event.agent}", f"audience:{event.audience or event.connection or '-'}"),
            entities=event.entities(),
            evidence=(event.cite("the exchange that asked for more"),),
            judged_on="what was requested against what was issued in the same exchange",
            facts={
                "denied": denied,
                "requested": sorted(event.requested),
                "issued": sorted(event.scopes),
                "audience": event.audience,
            },
        )
