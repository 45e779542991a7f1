"""A token is asked for with more than it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.scope.scopes import ADMIN, BASIC, WRITE, gained, provider_of, worst

_OWN_APIS = ("/api/v2", "/me")
"""Auth0's Management and My Account API: audiences with power over the tenant or the user."""
_LEVELS = {WRITE: Level.medium, ADMIN: Level.high}


NOTHING: Final[Iterator[Finding]] = iter(())
"""No finding: it is exhausted, so it can be handed out again and again."""
HABIT_TIMES: Final = 10
"""Denied requests, over a day at least and from the agent's first one on, that are its habit."""
MAX_WAITING: Final = 16


class Waiting(Struct):
    """A request that the agent has made, and been denied, since it was first seen."""

    finding: Finding
    count: int = 1
    last: int = 0

    def is_habit(self) -> bool:
        """Whether it asks so often and so long that its code must say so."""
        return self.count >= HABIT_TIMES and self.last - self.finding.time >= DAY


class Asked(Struct):
    """What one agent asks for."""

    tells: ClassVar[Tells] = (
        Tell("honest", "refreshes of this agent tell what was asked for"),
        Tell("waiting.*", "the refused request for {0} is waited for: it may be a habit"),
    )

    honest: bool = False
    """Whether it ever asked for no more than it got."""
    waiting: dict[str, Waiting] = field(default_factory=dict)
    """By what was denied."""


class DeniedScopeRequest(Detector[Asked]):
    """A token was asked for with scopes, or for an audience, that it was not issued with.

    The refresh exchange is the one success in Auth0 that logs both what was asked for and what was issued; canonical records may
    log both for any exchange. A scope that an issued one includes was not denied. One alert per agent and audience.

    ## Why it matters
    An agent that was told by an injected text to do more asks for it first. The refusal is the earliest trace of a hijack, while
    nothing is lost yet.

    ## Judged on
    Requested against issued scope and audience of one exchange, in the provider's sense of inclusion. Reading is low, changing
    medium, administration high. Identity scopes and offline access are left out: a refresh seldom repeats them. What an agent
    asks for from its first exchange on, ten times and for more than a day, without ever asking for less, is how it was written:
    it is told once, as informational, unless it is administrative.

    ## What it misses
    Requests that are granted (see scope-escalation) or refused outright (see exchange-failure-burst), and requests to the Token
    Vault, which logs none. Where the issued scope is not logged nothing is claimed. An agent that was hijacked before the trail
    begins, and asks for the same ever since, looks like habit. A client that asks for more of some users than they grant raises
    this by habit.

    ## What else it may be
    A new version of the agent asks for a scope that nobody has enabled yet.

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
    state = Asked

    def observe(self, state: Asked, event: Event) -> Iterator[Finding]:
        requested, wanted = event.requested, event.fields.get("requested_audience")
        if not requested and not wanted:
            return NOTHING
        return self._asked(state, event, wanted if isinstance(wanted, str) else "")

    def finish(self, state: Asked) -> Iterator[Finding]:
        for one in state.waiting.values():
            yield _habit(one) if one.is_habit() else one.finding

    def _asked(self, state: Asked, event: Event, wanted: str) -> Iterator[Finding]:
        found: list[Finding] = []
        if event.requested and event.scopes and not event.requested <= event.scopes:
            found += self._scope(event)
        if wanted and event.audience and wanted != event.audience:
            found += self._audience(event, wanted)
        if not found and event.scopes:
            state.honest = True
            young = [name for name, one in state.waiting.items() if not one.is_habit()]
            yield from (state.waiting.pop(name).finding for name in young)
        for one in found:
            name = " ".join((one.verdict, *one.facts["denied"], event.audience))
            known = state.waiting.get(name)
            if known is not None:
                known.count += 1
                known.last = event.time
            elif state.honest or one.level >= Level.high or len(state.waiting) >= MAX_WAITING:
                yield one
            else:
                state.waiting[name] = Waiting(one, last=event.time)

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


def _habit(one: Waiting) -> Finding:
    """What the agent has asked for since it was first seen."""
    return replace(
        one.finding,
        level=Level.informational,
        message=f"{one.finding.message.removesuffix('.')}; it asks so by habit, {one.count} times so far.",
        until=one.last,
    )
