"""A provider token outlives the unlink."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR, MINUTE, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import VAULT_FLOWS, Links, Pair, display
from onesec_cli.state.removals import READS, Loss, take
from onesec_cli.state.scopes import ADMIN, provider_of, worst

MOST_TOKENS: Final = 50
"""Provider tokens remembered for one user and connection; the one that ends first goes."""
MOST_PAIRS: Final = 100_000


class Token(Struct):
    """A provider token as last handed out."""

    expires: int | None
    agents: dict[str, str]
    """Agent key to the name shown, of those it was handed to."""
    privileged: bool
    handed: Evidence


class Residue(Struct):
    """Links, and the tokens still out, by user and connection, then thumbprint."""

    links: Links = field(default_factory=Links)
    tokens: dict[Pair, dict[str, Token]] = field(default_factory=dict)


class ResidualToken(Detector[Residue]):
    """When access is removed, provider tokens handed out before are still alive: which, with whom, and until when.

    Low by default; medium where a token carries administrative scopes or lives for more than an hour yet; low again
    within the last five minutes. Tokens that had expired before the removal are not told.

    ## Why it matters
    Unlinking deletes the vault's copy and does not revoke what an agent already holds. Until it expires, the agent can
    act at the provider without leaving a trace in Auth0.

    ## Judged on
    The expiry that each exchange logged for the provider token it handed out. One that cannot be read is said to be
    unknown if the token was handed out in the day before the removal.

    ## What it misses
    Tokens handed out before the trail begins or logged without any expiry; refresh tokens an agent obtained elsewhere;
    a revocation at the provider, which ends the token early and is not in these logs.

    ## What to do
    Revoke the grant at the provider, not only in Auth0 (Google: the account's third-party access page; GitHub: the
    authorised applications), and watch the provider's own audit log for the named agents until the expiry.
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
        for loss in take(state.links, event):
            alive = self._left(state, event, loss)
            if alive:
                yield self._finding(event, loss, alive)
        handed = event.kind == kinds.TOKEN_EXCHANGE and event.expires_text and event.flow in VAULT_FLOWS
        if handed and event.user and event.connection:
            self._handed(state, event)

    def _handed(self, state: Residue, event: Event) -> None:
        pair = (event.user, event.connection)
        tokens = state.tokens.setdefault(pair, {})
        name = event.token or f"agent:{event.agent}"
        before = tokens.pop(name, None)
        if len(tokens) >= MOST_TOKENS:
            del tokens[min(tokens, key=lambda one: (tokens[one].expires or 0, one))]
        agents = before.agents if before is not None else {}
        if len(agents) < MOST_TOKENS:
            agents[event.agent] = display(event)
        provider = provider_of(event.connection, str(event.fields.get("strategy") or ""))
        privileged = worst(event.scopes, provider) >= ADMIN
        tokens[name] = Token(event.expires, agents, privileged, event.cite("the token was handed out"))
        if len(state.tokens) > MOST_PAIRS:
            del state.tokens[next(iter(state.tokens))]

    def _left(self, state: Residue, event: Event, loss: Loss) -> dict[str, Token]:
        """The tokens that outlive a loss, which are forgotten with it."""
        pair = (loss.user, loss.connection)
        tokens = state.tokens.get(pair)
        if not tokens:
            return {}
        link = state.links.link(pair)
        losers = {*loss.agents, *(name for one in (*loss.direct, *loss.deeper) for name in one.names)}
        ours = {}
        for name, one in tokens.items():
            of_account = bool(loss.accounts) and link.tokens.get(name) in loss.accounts
            if loss.whole or of_account or (not loss.accounts and one.agents.keys() <= losers):
                ours[name] = one
        for name in ours:
            del tokens[name]
        return {
            name: one
            for name, one in ours.items()
            if (one.expires > event.time if one.expires is not None else event.time - one.handed.time <= DAY)
        }

    def _finding(self, event: Event, loss: Loss, alive: dict[str, Token]) -> Finding:
        until = max((one.expires for one in alive.values() if one.expires is not None), default=None)
        left = 0 if until is None else until - event.time
        privileged = any(one.privileged for one in alive.values())
        grave = until is not None and left >= 5 * MINUTE and (privileged or left > HOUR)
        agents = sorted({shown for one in alive.values() for shown in one.agents.values()})
        unknown = sum(one.expires is None for one in alive.values())
        ending = f"until {show_time(until)}, {show_span(left)} more" if until is not None else "for an unknown time"
        also = f" ({unknown} of them for an unknown time)" if unknown and until is not None else ""
        return Finding(
            rule=self.rule.id,
            level=Level.medium if grave else Level.low,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="alive" if until is not None else "unknown-expiry",
            message=f"{len(alive)} provider token(s) of user {loss.user} on {loss.connection}, held by "
            f"{', '.join(agents)}, stay alive {ending}{also}, after {loss.how}.",
            subject=(f"user:{loss.user}", f"connection:{loss.connection}"),
            entities=(f"user:{loss.user}", f"connection:{loss.connection}", *(f"agent:{one}" for one in agents)),
            evidence=(event.cite(loss.how), *(alive[name].handed for name in sorted(alive))),
            judged_on="the expiry each exchange logged",
            facts={
                "alive_until": None if until is None else show_time(until),
                "seconds_left": None if until is None else left // 1_000_000,
                "privileged": privileged,
                "thumbprints": sorted(name[:16] for name in alive if not name.startswith("agent:")),
                "agents": agents,
            },
        )
