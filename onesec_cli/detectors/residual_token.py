"""A provider token outlives the unlink."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR, MINUTE, SECOND, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.accounts.links import VAULT_FLOWS, Links, display
from onesec_cli.state.accounts.removal import REMOVES
from onesec_cli.state.accounts.removals import READS, Loss, Toll, take
from onesec_cli.state.bounds import shed
from onesec_cli.state.delegation.tree import Pair
from onesec_cli.state.scope.scopes import ADMIN, provider_of, worst

MOST_TOKENS: Final = 50
"""Provider tokens remembered for one user and connection, and agents for one token; the one that ends first goes."""
MOST_PAIRS: Final = 100_000
"""Users and connections with tokens; the oldest are forgotten first."""
MOST_LISTED: Final = 1_000
"""Tokens and names listed of one removal; the totals count them all."""


class Token(Struct):
    """A provider token as last handed out."""

    expires: int | None
    agents: dict[str, str]
    """Agent key to the name shown, of those it was handed to."""
    privileged: bool
    origin: Origin
    time: int


class Residue(Struct):
    """Links, and the tokens still out, by user and connection, then thumbprint."""

    tells: ClassVar[Tells] = (
        Tell("tokens.*.*", "a token for {0.1} of user {0.0} lives until {value.expires:time}"),
        Tell("tokens.*.*.expires", "a token for {0.1} of user {0.0} lives until {value:time}"),
        Tell("tokens.*.*.agents.*", "agent {2} holds a token for {0.1} of user {0.0}"),
        Tell("tokens.*.*.privileged", "a token for {0.1} of user {0.0} carries administrative scopes"),
        Tell("tokens.*.*.*", ""),
    )

    links: Links = field(default_factory=Links)
    tokens: dict[Pair, dict[str, Token]] = field(default_factory=dict)


class ResidualToken(Detector[Residue]):
    """When access is removed, provider tokens handed out before are still alive: which, with whom, and until when.

    Low by default; medium where a token carries administrative scopes or lives for more than an hour yet; a record
    (informational) where the last of them ends within five minutes. Tokens that had expired before the removal are not
    told. A removal that is wider than one user is told once, with everything it left.

    ## Why it matters
    Unlinking deletes the vault's copy and does not revoke what an agent already holds. Until it expires, the agent can
    act at the provider without leaving a trace in Auth0.

    ## Judged on
    The expiry that each exchange logged for the provider token it handed out. One that cannot be read is said to be
    unknown if the token was handed out in the day before the removal.

    ## What it misses
    Tokens handed out before the trail begins or logged without any expiry; refresh tokens an agent obtained elsewhere;
    a revocation at the provider, which ends the token early and is not in these logs.

    ## What else it may be
    The user unlinked in the ordinary way, and nobody uses what still lives until it expires.

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
        kind = event.kind
        if kind == kinds.TOKEN_EXCHANGE and event.expires_text and event.flow in VAULT_FLOWS:
            tokens = state.tokens.get((event.user, event.connection))
            one = tokens.get(event.token) if tokens is not None else None
            if one is not None and event.agent in one.agents and event.expires == one.expires:
                one.origin, one.time = event.origin, event.time
                return NOTHING  # the link knows both the agent and the token
            _hand(state, event)
        if kind not in REMOVES:
            state.links.remember(event)
            return NOTHING
        toll = take(state.links, event)
        return self._removed(state, event, toll) if toll is not None else NOTHING

    def _removed(self, state: Residue, event: Event, toll: Toll) -> Iterator[Finding]:
        left = [(loss, tokens) for loss in toll.losses if (tokens := _left(state, event, loss))]
        if left:
            yield self._finding(event, toll, left)

    def _finding(self, event: Event, toll: Toll, left: list[tuple[Loss, dict[str, Token]]]) -> Finding:
        alive = [one for _, tokens in left for one in tokens.values()]
        until = max((one.expires for one in alive if one.expires is not None), default=None)
        span = 0 if until is None else until - event.time
        privileged = any(one.privileged for one in alive)
        agents = sorted({shown for one in alive for shown in one.agents.values()})
        users = sorted({loss.user for loss, _ in left})
        connections = sorted({loss.connection for loss, _ in left})
        unknown = sum(one.expires is None for one in alive)
        ending = f"until {show_time(until)}, {show_span(span)} more" if until is not None else "for an unknown time"
        also = f" ({unknown} of them for an unknown time)" if unknown and until is not None else ""
        whose = f"user {users[0]}" if len(users) == 1 else f"{len(users)} users"
        pair = (*(f"user:{one}" for one in users), *(f"connection:{one}" for one in connections))
        subject = pair if len(left) == 1 else toll.about or pair[:MOST_LISTED]
        handed = sorted({(one.time, one.origin.file, one.origin.offset): one for one in alive}.items())
        thumbprints = [name[:16] for _, tokens in left for name in tokens if not name.startswith("agent:")]
        count = f"{len(alive)} provider token{'s' if len(alive) > 1 else ''}"
        return Finding(
            rule=self.rule.id,
            level=_level(until, span, privileged),
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="alive" if until is not None else "unknown-expiry",
            message=f"{count} of {whose} on {', '.join(connections[:5])}, held by {', '.join(agents[:10])}, "
            f"stay{'' if len(alive) > 1 else 's'} alive {ending}{also}, after {toll.how}.",
            subject=subject,
            entities=tuple(dict.fromkeys((*subject, *pair[:MOST_LISTED], *(f"agent:{one}" for one in agents)))),
            evidence=(
                event.cite(toll.how),
                *(Evidence(one.origin, one.time, "the token was handed out") for _, one in handed[:MOST_LISTED]),
            ),
            judged_on="the expiry each exchange logged",
            facts={
                "alive_until": None if until is None else show_time(until),
                "seconds_left": None if until is None else span // SECOND,
                "privileged": privileged,
                "tokens": len(alive),
                "thumbprints": sorted(thumbprints)[:MOST_LISTED],
                "agents": agents[:MOST_LISTED],
                "users_total": len(users),
            },
        )


def _level(until: int | None, span: int, privileged: bool) -> Level:
    """By how long the last token lives on and what it may do; in its last minutes it is only a record."""
    if until is None or span >= 5 * MINUTE:
        return Level.medium if until is not None and (privileged or span > HOUR) else Level.low
    return Level.low if privileged else Level.informational


def _hand(state: Residue, event: Event) -> None:
    """A token was handed out, for the first time or to another agent."""
    pair = (state.links.user_of(event), event.connection)
    if not all(pair):
        return
    if len(state.tokens) > MOST_PAIRS:
        shed(state.tokens, MOST_PAIRS)
    tokens = state.tokens.setdefault(pair, {})
    name = event.token or f"agent:{event.agent}"
    before = tokens.pop(name, None)
    if tokens:
        _let_go(tokens, event.time)
    if len(tokens) >= MOST_TOKENS:
        del tokens[min(tokens, key=lambda one: (tokens[one].expires or 0, one))]
    agents = before.agents if before is not None else {}
    if len(agents) < MOST_TOKENS:
        agents[event.agent] = display(event)
    provider = provider_of(event.connection, str(event.fields.get("strategy") or ""))
    privileged = worst(event.scopes, provider) >= ADMIN
    tokens[name] = Token(event.expires, agents, privileged, event.origin, event.time)


def _let_go(tokens: dict[str, Token], now: int) -> None:
    """Forget tokens that have ended, and those of unknown end that are told for a day only."""
    for name, one in list(tokens.items()):
        if (one.time + DAY if one.expires is None else one.expires) < now:
            del tokens[name]


def _left(state: Residue, event: Event, loss: Loss) -> dict[str, Token]:
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
        if (one.expires > event.time if one.expires is not None else event.time - one.time <= DAY)
    }
