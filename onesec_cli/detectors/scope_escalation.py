"""A holder is handed, or asks for, more than it held before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import EMPTY, Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.state.scope.claims import Claim, at_first, beyond, growth, new_audience, telling
from onesec_cli.state.scope.doubts import doubted, follow, is_doubtful, is_usual, told
from onesec_cli.state.scope.holders import (
    Doubt,
    Held,
    Holders,
    Place,
    connected,
    holder_of,
    is_unnamed,
    learn,
    name_of,
    note,
    place_of,
    relink,
    siblings,
    user_of,
    vary,
)
from onesec_cli.state.scope.scopes import gained, normal, provider_of

NOTHING: Final[Iterator[Finding]] = iter(())
"""No finding: it is exhausted, so it can be handed out again and again."""
_VAULT_FLOWS: Final = frozenset({"", "vault"})
_CONSENT_FLOWS: Final = frozenset({"authorization_code", "ciba"})
"""Grants at which a person was asked: a wider token after them is a new consent."""
_OWN_FLOWS: Final = frozenset(
    {"client_credentials", "on_behalf_of", "custom", "privileged_worker", "id_jag", "jwt_bearer"}
)
"""Flows in which an agent asks for each token what it likes: the baseline is the agent's, whoever the user is."""
_SHOWN: Final = 8
_KNOWN_TOKENS: Final = 20
"""Tokens an agent must have got elsewhere, over a day, before another audience is news."""


class ScopeEscalation(Detector[Holders]):
    """A token carries, or an agent asks for, a scope that nothing the same holder had before includes.

    Vaulted scopes belong to user, connection and account, whoever exchanges. Tokens that are per client (client credentials,
    refresh, custom, on-behalf-of, privileged worker) and records that log what an agent asked for belong to the agent and the
    connection or audience. Scopes are compared in the provider's own sense: narrowing or another spelling is never escalation.

    Verdicts: beyond-policy; grew-without-reconnect; reconsented-wider, where a reconnect, a new consent or a changed client grant
    lies between; privileged-first-grant, where administrative scopes are there at first sight; new-audience, where an agent that
    worked elsewhere turns to the Management API or starts as an administrator; comes-and-goes, an informational note that a scope does so with the task, or with the account.

    ## Why it matters
    A hijacked agent with a legitimate token needs only one wider grant to leave its task: reading a calendar becomes
    administering a directory. The vault hands the wider token to every client of the same account.

    ## Judged on
    The declared policy where it bounds the agent's scopes. Otherwise what the same holder was handed before: granted scope, and
    requested scope where the log holds it. The baseline never learns from what fired. A first grant has no baseline; it is judged
    only if it is administrative, and said to be unverified. An agent may ask for each task what the task needs: growth of its own
    tokens that is not administrative and comes within its first tokens waits for sixty more or the end of the log, and is no
    escalation if the scope came and went twice, or once where the agent's tokens differ from task to task; so does growth where
    several accounts are connected and the log names none. Scopes that three users of an application hold are no news for a young
    fourth.

    ## What it misses
    Auth0 never logs what an agent asks the Token Vault for, and no scope at all for authorization-code and CIBA exchanges. A wide
    but not administrative first grant becomes the baseline. Relations between scopes that a provider does not document are not
    assumed. Where two accounts are connected and the log names neither, growth may be the other account's. Tokens an agent gets
    for itself or on behalf of users are one history whoever the user is. A thief who takes turns with an agent within its first
    tokens looks like its tasks. Of one agent 64 audiences and 5,000 users of each are remembered; past that the oldest are forgotten.

    ## What else it may be
    The user widened the consent at the provider on purpose, in a flow that this trail does not record.

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

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._learn = policy.thresholds.scope_escalation.learn_exchanges
        self._bounded = policy.allowed_agents is not None

    def key_of(self, event: Event) -> tuple[str, ...] | None:
        """User and connection where an account is exchanged, else the agent."""
        kind = event.kind
        if kind == kinds.TOKEN_EXCHANGE or kind == kinds.ACCOUNT_LINK:
            if event.flow in _VAULT_FLOWS and event.user and event.connection:
                return (event.tenant, "account", event.user, event.connection)
        elif kind == kinds.ADMIN_CHANGE:
            return (event.tenant, "client", _regranted(event)[0])
        agent = event.agent
        return (event.tenant, "client", agent) if agent and kind != kinds.ACCOUNT_LINK else None

    def observe(self, state: Holders, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.ADMIN_CHANGE:
            return self._regrant(state, event)
        if kind == kinds.TOKEN_EXCHANGE and event.flow in _VAULT_FLOWS and event.user and event.connection:
            if event.identity == state.identity and not event.requested and event.agent not in state.fresh:
                held = state.held.get(state.name)
                if held is not None and event.scopes == held.now and held.renewed is None and not held.doubts:
                    held.seen += 1
                    held.token = event.token
                    return NOTHING
            return self._account(state, event)
        if kind == kinds.ACCOUNT_LINK:
            relink(state, event)
            return NOTHING
        now = event.scopes
        if event.requested and (kind != kinds.TOKEN_REFRESH or not now):
            now = event.requested | now
        flow = event.flow
        user = "" if flow in _OWN_FLOWS else event.user
        place = state.places.get(event.audience or event.connection or "-")
        held = place.held.get(user) if place is not None else None
        state.tokens += 1
        if held is not None and place is not None:
            if now == held.now and now and held.renewed is None and held.epoch == place.epoch and not held.doubts:
                held.seen += 1
                held.steady += 1
                if kind == kinds.TOKEN_REFRESH:
                    held.family = event.fields.get("family", "")
                return NOTHING
            if flow in _CONSENT_FLOWS:
                held.renewed = event.cite("the user was asked again")
        return self._client(state, event, now, user) if now else NOTHING

    def finish(self, state: Holders) -> Iterator[Finding]:
        everyone = [state.held, *(place.held for place in state.places.values())]
        for held in (held for some in everyone for held in some.values()):
            for doubt in held.doubts:
                yield told(held, doubt)

    def _regrant(self, state: Holders, event: Event) -> Iterator[Finding]:
        """A changed client grant explains wider tokens of every user of the audience."""
        client, audience = _regranted(event)
        if client:
            place = place_of(state, audience)
            place.epoch += 1
            place.renewed = event.cite("the client's grant was changed")
        return NOTHING

    def _account(self, state: Holders, event: Event) -> Iterator[Finding]:
        """A vaulted token, or what an agent asked the vault for."""
        now = event.requested | event.scopes
        if not now:
            return
        name = name_of(state, event)
        held = holder_of(state, name)
        connected(state, event.agent, name, held)
        if held.doubts:
            yield from follow(held, None, event, now)
        held.seen += 1
        held.now = EMPTY
        if now <= held.scopes and held.renewed is None and not self._bounded:
            if held.seen > self._learn and not event.requested:
                state.identity, state.name, held.now = event.identity, name, now
        else:
            yield from self._weigh_account(state, held, name, event, now)
        note(held, event)

    def _weigh_account(
        self, state: Holders, held: Held, name: str, event: Event, now: frozenset[str]
    ) -> Iterator[Finding]:
        provider = provider_of(event.connection, str(event.fields.get("strategy", "")))
        bound, known = self._bound(event), held.scopes | held.told
        if bound is not None:
            claim = beyond(bound, now, provider)
        elif held.seen <= self._learn or not known:
            claim, known = at_first(siblings(state, name), event, now, provider), EMPTY
        else:
            claim = growth(held, event, gained(known | doubted(held), now, provider), provider)
        if claim is None:
            if not known or not telling(gained(held.scopes, now, provider), provider):
                learn(held, event, now)
            return
        if claim.verdict in ("privileged-first-grant", "reconsented-wider"):
            held.told |= now
        unnamed = claim.verdict == "grew-without-reconnect" and is_unnamed(state, event)
        if unnamed:
            judged = claim.judged + "; two accounts are connected and the log does not say which this is"
            claim = replace(claim, level=claim.level.raised(-1), judged=judged)
        base = known if bound is None else bound
        found = self._finding(_account_subject(name, event), held, event, claim, base)
        if unnamed and is_doubtful(held, claim):
            held.doubts.append(_doubt(found, now, claim, provider))
        else:
            yield found

    def _client(self, state: Holders, event: Event, now: frozenset[str], user: str) -> Iterator[Finding]:
        """A token of an agent's own."""
        if state.since < 0:
            state.since = event.time
        place = place_of(state, event.audience or event.connection or "-")
        held = user_of(place, user)
        if held.epoch != place.epoch:
            held.renewed, held.epoch = place.renewed, place.epoch
        if held.doubts:
            yield from follow(held, place, event, now)
        held.seen += 1
        held.steady += 1
        vary(held, now)
        held.now = now
        if not (now <= held.scopes and held.renewed is None) or self._bounded:
            yield from self._weigh(state, place, held, event, now, user)
        note(held, event)

    def _weigh(
        self, state: Holders, place: Place, held: Held, event: Event, now: frozenset[str], user: str
    ) -> Iterator[Finding]:
        provider = provider_of(event.connection, str(event.fields.get("strategy", "")))
        bound, known = self._bound(event), held.scopes | held.told
        if bound is not None:
            claim = beyond(bound, now, provider)
        elif held.seen <= self._learn or not known:
            claim, known = self._first(state, place, event, now, provider), EMPTY
        else:
            claim = growth(held, event, gained(known | doubted(held), now, provider), provider, own=True)
            if claim is not None and user and is_usual(place, held, now, provider, claim):
                claim, known = None, EMPTY
        if claim is None:
            if not known or not telling(gained(held.scopes, now, provider), provider):
                learn(held, event, now, place)
            return
        base = known if bound is None else bound
        found = self._finding(_client_subject(event, user), held, event, claim, base)
        if event.flow not in _VAULT_FLOWS and is_doubtful(held, claim):
            held.doubts.append(_doubt(found, now, claim, provider))
            held.steady = 0
            return
        held.now = EMPTY
        if claim.verdict in ("privileged-first-grant", "reconsented-wider", "new-audience"):
            for scope in now - held.told - held.scopes if claim.verdict == "reconsented-wider" else ():
                place.count(scope)
            held.told |= now
            place.told |= now
        yield found

    def _first(self, state: Holders, place: Place, event: Event, now: frozenset[str], provider: str) -> Claim | None:
        """The first token of a holder, held against what the agent got elsewhere or for others."""
        usual = frozenset(place.common) | place.told
        claim = None
        if not usual and state.tokens > _KNOWN_TOKENS and event.time - state.since >= DAY:
            claim = new_audience(event, now, provider, place.renewed is not None)
        claim = claim or at_first(EMPTY, event, now, provider)
        return claim if claim is not None and gained(usual, claim.more, provider) else None

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
        self, subject: tuple[str, ...], held: Held, event: Event, claim: Claim, base: frozenset[str]
    ) -> Finding:
        who = event.agent_id or event.external_agent_id or event.agent or "an unnamed client"
        place = event.connection or event.audience or "an unnamed audience"
        verb = "asked for" if claim.more & event.requested else "was handed"
        whom = f" for user {event.user}" if event.user else ""
        before = f"beyond {_names(base)}" if base else "at first sight"
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
            subject=subject,
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


def _doubt(found: Finding, now: frozenset[str], claim: Claim, provider: str) -> Doubt:
    gain = frozenset(scope for scope in now if normal(scope, provider) in claim.more)
    return Doubt(found, gain, gain)


def _account_subject(name: str, event: Event) -> tuple[str, ...]:
    subject = (f"user:{event.user}", f"connection:{event.connection}")
    if name.startswith("agent:"):
        return (f"agent:{event.agent}", *subject)
    identity = name.removeprefix("account:")
    return (*subject, f"identity:{identity}") if identity else subject


def _client_subject(event: Event, user: str) -> tuple[str, ...]:
    place = f"connection:{event.connection}" if event.connection else f"audience:{event.audience or '-'}"
    return (f"agent:{event.agent}", *((f"user:{user}",) if user else ()), place)


def _regranted(event: Event) -> tuple[str, str]:
    """The client and audience whose grant a management call changed; empty for any other call."""
    if str(event.fields.get("path", "")).startswith("/api/v2/client-grants"):
        for part in (event.fields.get("response"), event.fields.get("body")):
            if (
                isinstance(part, dict)
                and isinstance(part.get("client_id"), str)
                and isinstance(part.get("audience"), str)
            ):
                return part["client_id"], part["audience"]
    return "", ""


def _names(scopes: frozenset[str]) -> str:
    shown = sorted(scopes)
    return ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
