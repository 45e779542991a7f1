"""A provider token outlives the unlink."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import HOUR, MINUTE, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import READS, Links, Pair
from onesec_cli.state.scopes import ADMIN, worst

_MOST_TOKENS = 50


class Token(Struct):
    """A provider token as last handed out."""

    expires: int | None
    expires_text: str
    agent: str
    privileged: bool
    handed: Evidence


class Residue(Struct):
    """Links, and the tokens still out, by user and connection, then thumbprint."""

    links: Links = field(default_factory=Links)
    tokens: dict[Pair, dict[str, Token]] = field(default_factory=dict)


class ResidualToken(Detector[Residue]):
    """When an account is removed, provider tokens handed out before are still alive, and until when.

    ## Why it matters
    Unlinking deletes the vault's copy and does not revoke what an agent already holds. Until it expires, the agent can act at the
    provider without leaving a trace in Auth0.

    ## Judged on
    The expiry that each exchange logged for the provider token. One that cannot be read is said to be unknown.

    ## What it misses
    Tokens handed out before the trail begins; refresh tokens an agent obtained elsewhere; revocation at the provider.

    ## What to do
    Revoke the grant at the provider, not only in Auth0, and watch the provider's own audit log until the expiry.
    """

    rule = Rule(
        id="residual-token",
        title="Token alive after the unlink",
        level=Level.low,
        asi=("ASI03",),
        attack=("T1550.001",),
    )
    reads = READS
    key = ("tenant",)
    state = Residue

    def observe(self, state: Residue, event: Event) -> Iterator[Finding]:
        removal = state.links.take(event)
        if removal is not None:
            for pair in removal.pairs:
                yield from self._alive(event, pair, state.tokens.pop(pair, {}), removal.how)
        elif event.kind == kinds.TOKEN_EXCHANGE and event.expires_text and event.user and event.connection:
            tokens = state.tokens.setdefault((event.user, event.connection), {})
            if len(tokens) >= _MOST_TOKENS and event.token not in tokens:
                del tokens[min(tokens, key=lambda name: (tokens[name].expires or 0, name))]
            tokens[event.token] = Token(
                event.expires,
                event.expires_text,
                event.agent_id or event.external_agent_id or event.agent,
                worst(event.scopes) >= ADMIN,
                event.cite("the token was handed out"),
            )

    def _alive(self, event: Event, pair: Pair, tokens: dict[str, Token], how: str) -> Iterator[Finding]:
        alive = {name: one for name, one in tokens.items() if one.expires is None or one.expires > event.time}
        if not alive:
            return
        ends = [one.expires for one in alive.values() if one.expires is not None]
        until = max(ends, default=None)
        left = 0 if until is None else until - event.time
        privileged = any(one.privileged for one in alive.values())
        level = Level.medium if privileged or left > HOUR else Level.low
        if 0 < left < MINUTE:
            level = Level.informational
        agents = sorted({one.agent for one in alive.values()})
        ending = f"until {show_time(until)}, {show_span(left)} more" if until is not None else "for an unknown time"
        user, connection = pair
        yield Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="alive" if until is not None else "unknown-expiry",
            message=f"{len(alive)} provider token(s) of user {user} on {connection}, held by {', '.join(agents)}, "
            f"stay alive {ending}, after {how}.",
            subject=(f"user:{user}", f"connection:{connection}"),
            entities=tuple(sorted({f"user:{user}", f"connection:{connection}", *(f"agent:{one}" for one in agents)})),
            evidence=(event.cite(how), *(alive[name].handed for name in sorted(alive))),
            judged_on="the expiry each exchange logged",
            facts={
                "alive_until": None if until is None else show_time(until),
                "thumbprints": sorted(name[:16] for name in alive),
                "agents": agents,
            },
        )
