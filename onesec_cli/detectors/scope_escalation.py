"""A holder is handed more than it held before."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.scopes import ADMIN, WRITE, gained, provider_of, worst

_CLIENT_KINDS = frozenset({kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH})
_SHARED_FLOWS = frozenset({"", "vault"})


class Held(Struct):
    """What one holder has been handed so far."""

    scopes: frozenset[str] = frozenset()
    seen: int = 0
    last: Evidence | None = None
    relinked: Evidence | None = None
    """A reconnect since the last exchange."""


class Holder(Struct):
    """By upstream identity, because one connection may hold two accounts of one user."""

    accounts: dict[str, Held] = field(default_factory=dict)
    relinked: Evidence | None = None


class ScopeEscalation(Detector[Holder]):
    """An exchange yields a scope that no earlier one of the same holder included.

    Vaulted scopes belong to user, connection and account, whoever exchanges; tokens that are per client belong to agent and
    audience or connection. Scopes are compared in the provider's own sense, so that narrowing and another spelling are never
    escalation. A declared policy is asked first. The first grant is judged too when it is privileged.

    ## Why it matters
    A hijacked agent with a legitimate token needs only one wider grant to leave its task: reading a calendar becomes
    administering a directory. The vault hands the wider token to every client of the same account.

    ## Judged on
    Granted scopes; what was asked for only where the log holds it (refresh exchanges, canonical records). The baseline is what
    the same holder was handed before; it never learns from an exchange that fired.

    ## What it misses
    The scope an agent asks the Token Vault for is never logged. Authorization-code and CIBA exchanges log no scope at all. A
    first grant that is wide but not privileged becomes the baseline. Relations between scopes that a provider does not
    document are not assumed.

    ## What to do
    Compare the gained scopes with the agent's task. If nobody widened it on purpose, unlink the connected account, revoke the
    provider token at the provider, rotate the client, and look at what was called with the new scope.
    """

    rule = Rule(
        id="scope-escalation",
        title="Wider scope than before",
        level=Level.high,
        asi=("ASI03", "ASI02"),
        attack=("T1078.004", "T1550.001"),
    )
    reads = frozenset({kinds.TOKEN_EXCHANGE, kinds.ACCOUNT_LINK, *_CLIENT_KINDS})
    key = ("tenant", "user", "connection")
    state = Holder

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """Vault: user and connection. Tokens per client: agent, audience or connection, and user."""
        if event.kind == kinds.ACCOUNT_LINK or (
            event.kind == kinds.TOKEN_EXCHANGE
            and event.flow in _SHARED_FLOWS
            and event.connection
            and not event.requested
        ):
            return (event.tenant, "vault", event.user, event.connection) if event.user and event.connection else None
        return (event.tenant, "client", event.agent, event.audience or event.connection, event.user or "-")

    def observe(self, state: Holder, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ACCOUNT_LINK:
            state.relinked = event.cite("the account was connected again")
            for known in state.accounts.values():
                known.relinked = state.relinked
            return
        now = event.scopes if event.kind == kinds.TOKEN_REFRESH and event.scopes else event.requested | event.scopes
        if not now:
            return
        if event.identity not in state.accounts:
            state.accounts[event.identity] = Held()
        held = state.accounts[event.identity]
        if held.seen and now <= held.scopes and self.policy.allowed_agents is None:
            held.seen += 1
            held.relinked = None
            return
        yield from self._judge(held, event, now)

    def _judge(self, held: Held, event: Event, now: frozenset[str]) -> Iterator[Finding]:
        provider = provider_of(event.connection, str(event.fields.get("strategy", "")))
        bound = self._bound(event)
        if bound is not None:
            beyond = gained(bound, now, provider)
            if beyond:
                level = Level.critical if worst(beyond, provider) >= ADMIN else Level.high
                yield self._finding(event, held, "beyond-policy", level, beyond, "the declared policy's bound")
                return
        elif held.seen < self.policy.thresholds.scope_escalation.learn_exchanges:
            if worst(now, provider) >= ADMIN:
                admin = frozenset(scope for scope in now if worst(frozenset({scope}), provider) >= ADMIN)
                judged = "the first grant seen of this holder; there is no earlier one to compare with"
                yield self._finding(event, held, "privileged-first-grant", Level.medium, admin, judged)
        else:
            more = gained(held.scopes, now, provider)
            risk = worst(more, provider)
            if more and risk > 0:
                verdict = "reconsented-wider" if held.relinked else "grew-without-reconnect"
                level = Level.medium if held.relinked or risk < WRITE else Level.high
                if risk >= ADMIN:
                    level = Level.critical if not held.relinked else Level.high
                judged = "what the same holder was handed before"
                yield self._finding(event, held, verdict, level, more, judged)
                if not held.relinked or risk >= ADMIN:
                    return  # a baseline never learns from what fired
        held.scopes |= now
        held.seen += 1
        held.relinked = None
        held.last = event.cite("the last exchange that was not wider")

    def _bound(self, event: Event) -> frozenset[str] | None:
        """Scopes the policy allows, or None where it sets no bound."""
        if self.policy.allowed_agents is None:
            return None
        names = {event.agent, event.agent_id, event.external_agent_id, event.client} - {""}
        lines = self.policy.lines_for(names, event.user, event.connection)
        if not lines or any(line.scopes is None for line in lines):
            return None
        return frozenset(scope for line in lines for scope in line.scopes or ())

    def _finding(
        self, event: Event, held: Held, verdict: str, level: Level, more: frozenset[str], judged: str
    ) -> Finding:
        asked = "asked for" if event.requested else "was handed"
        place = event.connection or event.audience or "an unnamed audience"
        who = event.agent_id or event.external_agent_id or event.agent or "an unnamed client"
        before = f"after {', '.join(sorted(held.scopes))}" if held.scopes else "as its first grant"
        whom = f" for user {event.user}" if event.user else ""
        proofs = [event.cite("the wider exchange")]
        proofs += [proof for proof in (held.relinked, held.last) if proof is not None]
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=f"Agent {who} {asked} {', '.join(sorted(more))} on {place}{whom}, {before}.",
            subject=(f"agent:{who}", f"user:{event.user}", f"place:{place}"),
            entities=event.entities(),
            evidence=tuple(proofs),
            judged_on=("requested and granted scope" if event.requested else "granted scope") + f"; {judged}",
            facts={"gained": sorted(more), "now": sorted(event.requested | event.scopes), "held": sorted(held.scopes)},
        )
