"""A holder is handed, or asks for, more than it held before."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import EMPTY, Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.holders import Held, Holders, holder_of, name_of, note, relink, siblings
from onesec_cli.state.scopes import ADMIN, BASIC, READ, WRITE, gained, provider_of, risk, worst

_VAULT_FLOWS = frozenset({"", "vault", "privileged_worker"})
_CONSENT_FLOWS = frozenset({"authorization_code", "ciba"})
"""Grants at which a person was asked: a wider token after them is a new consent."""
_SHOWN = 8


class Claim(Struct, frozen=True):
    """What is wrong with a token."""

    verdict: str
    level: Level
    more: frozenset[str]
    judged: str


class ScopeEscalation(Detector[Holders]):
    """A token carries, or an agent asks for, a scope that nothing the same holder had before includes.

    Vaulted scopes belong to user, connection and account, whoever exchanges. Tokens that are per client (client credentials,
    refresh, custom, on-behalf-of, privileged worker) and records that log what an agent asked for belong to the agent and the
    connection or audience. Scopes are compared in the provider's own sense: narrowing or another spelling is never escalation.

    Verdicts: beyond-policy; grew-without-reconnect; reconsented-wider, where a reconnect, a new consent or a changed client grant
    lies between; privileged-first-grant, where administrative scopes are there at first sight.

    ## Why it matters
    A hijacked agent with a legitimate token needs only one wider grant to leave its task: reading a calendar becomes
    administering a directory. The vault hands the wider token to every client of the same account.

    ## Judged on
    The declared policy where it bounds the agent's scopes. Otherwise what the same holder was handed before: granted scope, and
    requested scope where the log holds it. The baseline never learns from what fired. A first grant has no baseline; it is judged
    only if it is administrative, and said to be unverified.

    ## What it misses
    Auth0 never logs what an agent asks the Token Vault for, and no scope at all for authorization-code and CIBA exchanges. A wide
    but not administrative first grant becomes the baseline. Relations between scopes that a provider does not document are not
    assumed. Where two accounts are connected and the log names neither, growth may be the other account's.

    ## What to do
    Compare the gained scopes with the agent's task. If nobody widened them on purpose, unlink the connected account, revoke the
    grant at the provider, rotate the client's secret, and look at what was called with the new scope.
    """

    rule = Rule(
        id="scope-escalation",
        title="Wider scope than before",
        level=Level.high,
        asi=("ASI03", "ASI02"),
        attack=("T1078.004", "T1550.001"),
    )
    reads = frozenset(
        {kinds.TOKEN_EXCHANGE, kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH, kinds.ACCOUNT_LINK, kinds.ADMIN_CHANGE}
    )
    key = ("tenant", "user", "connection")
    state = Holders

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """User and connection where an account is exchanged, else agent, audience or connection, and user."""
        kind = event.kind
        if kind == kinds.ADMIN_CHANGE:
            return _regranted(event)
        if kind == kinds.ACCOUNT_LINK:
            return (event.tenant, "account", event.user, event.connection) if event.user and event.connection else None
        if kind == kinds.TOKEN_EXCHANGE and event.flow in _VAULT_FLOWS and event.user and event.connection:
            return (event.tenant, "account", event.user, event.connection)
        if not event.agent:
            return None
        return (event.tenant, "client", event.agent, event.audience or event.connection or "-", event.user or "-")

    def observe(self, state: Holders, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.ACCOUNT_LINK:
            relink(state, event)
            return
        now = event.scopes
        if event.requested and (kind != kinds.TOKEN_REFRESH or not now):
            now = event.requested | now
        if kind == kinds.ADMIN_CHANGE or event.flow in _CONSENT_FLOWS:
            for known in state.held.values():
                known.renewed = event.cite("the grant was renewed")
        if not now:
            return
        name = name_of(state, event)
        held = holder_of(state, name)
        if now <= held.scopes and self.policy.allowed_agents is None and held.renewed is None:
            held.seen += 1
            note(held, event)
            return
        yield from self._judge(state, held, name, event, now)
        note(held, event)

    def _judge(self, state: Holders, held: Held, name: str, event: Event, now: frozenset[str]) -> Iterator[Finding]:
        provider = provider_of(event.connection, str(event.fields.get("strategy", "")))
        bound = self._bound(event)
        known = held.scopes | held.told
        held.seen += 1
        if bound is not None:
            claim = _beyond(gained(bound, now, provider), provider)
        elif held.seen <= self.policy.thresholds.scope_escalation.learn_exchanges or not known:
            claim = _at_first(siblings(state, name), event, now, provider)
            known = EMPTY
        else:
            claim = _growth(held, event, gained(known, now, provider), provider)
        if claim is None:
            if worst(gained(held.scopes, now, provider), provider) == BASIC or not known:
                held.scopes |= now
                held.last = event.cite("the last wider token that did not fire")
            return
        if claim.verdict in ("privileged-first-grant", "reconsented-wider"):
            held.told |= now
        if name == "account:" and len(state.linked) > 1 and claim.verdict == "grew-without-reconnect":
            claim = Claim(
                claim.verdict,
                claim.level.raised(-1),
                claim.more,
                claim.judged + "; two accounts are connected and the log names neither",
            )
        yield self._finding(name, held, event, claim, known if bound is None else bound)

    def _bound(self, event: Event) -> frozenset[str] | None:
        """Scopes the policy allows, or None where it sets no bound."""
        if self.policy.allowed_agents is None:
            return None
        names = {event.agent, event.agent_id, event.external_agent_id, event.client} - {""}
        lines = self.policy.lines_for(names, event.user, event.connection)
        if not lines or any(line.scopes is None for line in lines):
            return None
        return frozenset(scope for line in lines for scope in line.scopes or ())

    def _finding(self, name: str, held: Held, event: Event, claim: Claim, base: frozenset[str]) -> Finding:
        who = event.agent_id or event.external_agent_id or event.agent or "an unnamed client"
        place = event.connection or event.audience or "an unnamed audience"
        verb = "asked for" if claim.more & event.requested else "was handed"
        whom = f" for user {event.user}" if event.user else ""
        before = f"beyond {_names(base)}" if base else "at first sight"
        subject = [f"user:{event.user}"] if event.user else []
        subject.append(f"connection:{event.connection}" if event.connection else f"audience:{event.audience or '-'}")
        if not name.startswith("account:"):
            subject.insert(0, f"agent:{event.agent}")
        elif name != "account:":
            subject.append(f"identity:{name.removeprefix('account:')}")
        proofs = [event.cite("the wider token")]
        proofs += [proof for proof in (held.renewed, held.last) if proof is not None]
        return Finding(
            rule=self.rule.id,
            level=claim.level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=claim.verdict,
            message=f"Agent {who} {verb} {_names(claim.more)} on {place}{whom}, {before}.",
            subject=tuple(subject),
            entities=event.entities(),
            evidence=tuple(proofs),
            judged_on=("requested and granted scope" if event.requested else "granted scope") + f"; {claim.judged}",
            facts={
                "gained": sorted(claim.more),
                "now": sorted(event.requested | event.scopes),
                "held": sorted(base),
                "flow": event.flow,
            },
        )


def _beyond(more: frozenset[str], provider: str) -> Claim | None:
    power = worst(more, provider)
    if power == BASIC:
        return None
    return Claim("beyond-policy", Level.critical if power >= ADMIN else Level.high, more, "the declared policy")


def _at_first(siblings: frozenset[str], event: Event, now: frozenset[str], provider: str) -> Claim | None:
    """Without a baseline only administrative scopes are judged, against what the same account yielded otherwise."""
    powers = frozenset(scope for scope in now if risk(scope, provider) >= ADMIN)
    if not powers:
        return None
    more = gained(siblings, powers, provider)
    if siblings:
        judged = "what the same account yielded to others before"
        return Claim("grew-without-reconnect", Level.critical, more, judged) if more else None
    # a machine client of the tenant's own is administered by grants; an agent or a user's account should not start there
    machine = not (event.user or event.agent_id or event.external_agent_id or event.connection)
    level = Level.informational if machine else Level.medium
    return Claim("privileged-first-grant", level, more, "an unverified baseline: no earlier token, no declared policy")


def _growth(held: Held, event: Event, more: frozenset[str], provider: str) -> Claim | None:
    power = worst(more, provider)
    if power == BASIC:
        return None
    if power >= WRITE and event.audience.rstrip("/").endswith("/api/v2"):
        power = ADMIN  # any change through the Management API is administration
    family = str(event.fields.get("family", ""))
    renewed = held.renewed is not None or (held.family != "" != family and family != held.family)
    level = (Level.medium if renewed else Level.high).raised((power >= ADMIN) - (power <= READ))
    if renewed:
        return Claim("reconsented-wider", level, more, "what the same holder had before its grant was renewed")
    return Claim("grew-without-reconnect", level, more, "what the same holder had before; nothing renewed its grant")


def _regranted(event: Event) -> tuple[str, ...] | None:
    """The client and audience whose grant a management call widened."""
    if not str(event.fields.get("path", "")).startswith("/api/v2/client-grants"):
        return None
    for part in (event.fields.get("response"), event.fields.get("body")):
        if isinstance(part, dict) and isinstance(part.get("client_id"), str) and isinstance(part.get("audience"), str):
            return (event.tenant, "client", part["client_id"], part["audience"], "-")
    return None


def _names(scopes: frozenset[str]) -> str:
    shown = sorted(scopes)
    return ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
