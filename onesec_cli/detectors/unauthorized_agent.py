"""An agent uses an account that nobody allowed it to use."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.state.accounts.authority import MOST, Authority, UseKey
from onesec_cli.state.accounts.links import VAULT_FLOWS, display, names_of
from onesec_cli.state.accounts.newcomers import SERVICES, WORKERS, Claim, Use
from onesec_cli.state.accounts.removal import REMOVES, read_removal
from onesec_cli.state.accounts.removals import READS, carry_out
from onesec_cli.state.accounts.warrants import (
    FINE,
    SILENT,
    UNKNOWN,
    Judged,
    after_removal,
    against_policy,
    by_delegation,
    outside,
    unlike_link,
)
from onesec_cli.state.bounds import keep
from onesec_cli.state.delegation.chains import Delegation

REASONS = {
    "never-authorized": "and nothing before it had allowed it to",
    "wrong-user": "but is authorised for other users only",
    "wrong-connection": "but is authorised for other connections only",
    "expired": "after its authorisation had expired",
    "revoked-by-unlink": "after its authorisation was revoked",
}
"""How a sentence about a use ends, by verdict."""
FOR_GOOD = frozenset({"expired", "revoked-by-unlink"})
"""Verdicts that a later authorisation does not explain."""


class UnauthorizedAgent(Detector[Authority]):
    """An agent exchanges or calls a tool for a user and connection without an authorisation that holds at that moment.

    Distinct verdicts: never-authorized, authorized-later, wrong-user, wrong-connection, expired, revoked-by-unlink.
    Evidence of authorisation is taken in this order: the declared policy, which decides alone; a delegation that names
    the agent; an account connected through the same client; the user's consent to the client; the user's own sign-in
    to the client; a first use inside the learning time, if one is set; custom. Where delegations are recorded for the
    user and connection, an agent without one is critical; where only the link by another client is known it is high,
    and medium for an agent that is established in the tenant. A delegation that ran out is low where the account is still
    connected through the agent's own client.

    Custom is the weakest: where accounts are connected through a front end that never exchanges itself, and for
    privileged workers and services that act on behalf of a signed-in user, no record names the agent. There an agent
    counts as authorised once it serves several users and, unless their own tokens came to it, comes back to them; one
    that never does is told at the end of the trail, and one that first appears a day after the others at once.

    ## Why it matters
    The Token Vault gives every client of the tenant the same scopes for a linked account. Which agent the user meant
    is written nowhere in the vault, so a rogue agent looks like any other.

    ## Judged on
    Each finding says which evidence stood for authorisation or was missing. Where the trail shows neither link nor
    delegation for the user and connection and no policy is declared, nothing is claimed.

    ## What it misses
    Auth0 logs no event that authorises an agent. Agents of one client are one agent here. A link made before the trail
    begins is unknown, and a legitimate second client that the user never signed in to looks like a rogue one until a
    policy names it. Tool calls of another trail than the link's are judged on delegations only, because agent
    frameworks use names of their own. On-behalf-of exchanges name no connection and are left to delegation-chain. Of
    two records written in the same second by different clocks, a use may stand before its delegation. A rogue agent
    that is there from the first day behind a front end, and keeps coming back to several users, looks like one of the
    fleet.

    ## What else it may be
    The agent was allowed before the trail begins, or in a system whose records are not in it.

    ## What to do
    Ask who runs the agent. If nobody does, unlink the account, delete the client's grants for the user, disable the
    client and rotate its secrets. If it is legitimate, name it in the policy under allowed-agents.
    """

    rule = Rule(
        id="unauthorized-agent",
        title="Agent without authorisation",
        level=Level.high,
        asi=("ASI10", "ASI03"),
        attack=("T1078.004", "T1528"),
    )
    reads = READS | {kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH}
    key = ("tenant",)
    state = Authority

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._agents: dict[str, set[str]] = {}
        for agent, client in policy.agent_clients.items():
            self._agents.setdefault(client, set()).add(agent)

    def observe(self, state: Authority, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.TOOL_CALL or kind == kinds.TOKEN_EXCHANGE:
            if kind == kinds.TOKEN_EXCHANGE and event.flow not in VAULT_FLOWS:
                state.serve(event)
                return NOTHING
            if state.calm.holds(event) or not (event.connection and event.agent):
                return NOTHING
            return self._used(state, event)
        if kind == kinds.TOKEN_ISSUE or kind == kinds.TOKEN_REFRESH:
            state.sign_in(event)
            return NOTHING
        return self._changed(state, event)

    def _changed(self, state: Authority, event: Event) -> Iterator[Finding]:
        kind = event.kind
        state.started = state.started or event.time
        if kind in REMOVES:
            removal = read_removal(event)
            if removal is None:
                state.links.remember(event)
            else:
                state.withdraw(event, removal)
                state.calm.change("")
                carry_out(state.links, removal, event)
        elif kind == kinds.DELEGATION_ISSUE:
            first = not state.links.tree.held
            one = state.links.delegate(event).one
            state.calm.change("" if first else one.user)
            yield from self._later(state, event, one.user, one.names, one)
        elif event.user:
            state.allow(event)
            state.links.remember(event)
            state.calm.change(event.user)
            yield from self._later(state, event, event.user, tuple(sorted(names_of(event))), None)

    def _used(self, state: Authority, event: Event) -> Iterator[Finding]:
        state.started = state.started or event.time
        if event.kind == kinds.TOKEN_EXCHANGE and event.agent not in state.exchangers:
            keep(state.exchangers, event.agent, None, MOST)
        user, names = state.links.user_of(event), state.links.names_of(event)
        judged = self._judge(state, event, user, names)
        key = (event.agent, user, event.connection)
        if judged.until:
            state.calm.note(event, judged.until)
        elif judged.claim is not None:
            use = _use(event, user)
            verdict = state.newcomers.doubt(judged.front, event.agent, use, judged.claim) if judged.front else "late"
            if verdict == "settled":
                state.calm.note(event, FINE.until)
            elif verdict == "late":
                if judged.claim.verdict not in FOR_GOOD and key not in state.flagged:
                    keep(state.flagged, key, event.cite("the use without authorisation"), MOST)
                yield self._finding(use, judged.claim)
        elif judged.open:
            if key not in state.unknown:
                keep(state.unknown, key, event.cite("the earlier use"), MOST)
            if not state.links.tree.held:
                state.calm.note(event, FINE.until)  # the first link or delegation makes it be looked at again
        state.links.use(event)

    def _judge(self, state: Authority, event: Event, user: str, names: frozenset[str]) -> Judged:
        if self.policy.allowed_agents is not None:
            if not (event.agent_id or event.external_agent_id):
                names = names.union(*(self._agents.get(name, ()) for name in names))
            return against_policy(self.policy, event, user, names)
        links = state.links
        link = links.links.get((user, event.connection))
        held = links.tree.of(names, user, event.connection)
        removed = links.ended(user, event.connection) if user else None
        if removed is not None:
            return after_removal(event, removed, bool(held), link, names)
        if held:
            return by_delegation(state, event, user, held, link, names)
        if not user:
            return SILENT
        if link is not None and names & link.clients.keys():
            return FINE
        claim = outside(state, event, user, names)
        beside = claim is not None and (user, event.connection) in links.tree.pairs
        if not beside and (state.speaks(user, names) or self._learned(state, event, user)):
            return FINE
        if claim is not None:
            return Judged(claim=claim)
        if link is None or link.linked is None:
            return UNKNOWN
        return unlike_link(state, event, user, link, link.linked, names)

    def _learned(self, state: Authority, event: Event, user: str) -> bool:
        """Whether a first use in the learning time speaks for the agent."""
        days = self.policy.thresholds.unauthorized_agent.learn_days
        if not days:
            return False
        key = (event.agent, user, event.connection)
        if event.time - state.started < days * DAY and key not in state.learned:
            keep(state.learned, key, event.time, MOST)
        return key in state.learned

    def _later(
        self, state: Authority, event: Event, user: str, names: tuple[str, ...], one: Delegation | None
    ) -> Iterator[Finding]:
        """A use that had no authorisation gets one afterwards."""
        if self.policy.allowed_agents is not None:
            return
        connection = one.connection if one is not None else state.links.pair_of(event)[1]
        connections = [connection] if connection else sorted(state.links.by_user.get(user, ()))
        for key in [(name, user, place) for name in names for place in connections]:
            flagged, unknown = state.flagged.pop(key, None) or _doubted(state, key), None
            if one is not None:
                unknown = state.unknown.pop(key, None)
            earlier = flagged or unknown
            if earlier is None:
                continue
            level = Level.medium
            if flagged is None:  # a delegation from before the trail may have covered it
                span = one.expires - one.issued if one is not None and one.expires is not None else None
                level = Level.low if span and earlier.time - state.started >= span else Level.informational
            claim = Claim("authorized-later", level, "an authorisation that came after the use", (earlier,))
            yield self._finding(_use(event, user, key[2], "the authorisation"), claim)

    def finish(self, state: Authority) -> Iterator[Finding]:
        for front, use, claim in state.newcomers.unsettled():
            if front in state.exchangers:
                claim = replace(claim, judged=f"{claim.judged}, and that one exchanges itself")
            yield self._finding(use, claim)

    def _finding(self, use: Use, claim: Claim) -> Finding:
        who, user, connection = use.agent, use.user, use.connection
        if claim.verdict == "authorized-later":
            message = f"Agent {who} was authorised for user {user} on {connection} only after it had used it."
        else:
            whose = f"user {user}" if user else "an unknown user"
            message = f"Agent {who} {use.act} for {whose} on {connection} {REASONS[claim.verdict]}."
        about = [("agent", who), ("connection", connection)]
        if claim.verdict != "never-authorized" and user:
            about.insert(1, ("user", user))
        subject = tuple(f"{name}:{value}" for name, value in about)
        return Finding(
            rule=self.rule.id,
            level=claim.level,
            time=use.time,
            tenant=use.tenant,
            event_id=use.event_id,
            verdict=claim.verdict,
            message=message,
            subject=subject,
            entities=tuple(dict.fromkeys((*use.entities, *subject))),
            evidence=(use.proof, *claim.proofs),
            judged_on=claim.judged,
        )


def _doubted(state: Authority, key: UseKey) -> Evidence | None:
    """The first use that was in doubt until now."""
    link = state.links.links.get(key[1:])
    fronts = (*link.clients, WORKERS, SERVICES) if link is not None else ()
    found = [state.newcomers.resolve(front, *key) for front in fronts if state.newcomers.fronts]
    return next((one for one in found if one is not None), None)


def _use(event: Event, user: str, connection: str = "", role: str = "the use") -> Use:
    """What a finding needs of a use."""
    act = f"called {event.tool or 'a tool'}" if event.kind == kinds.TOOL_CALL else "exchanged a token"
    return Use(
        event.time,
        event.tenant,
        event.id,
        display(event),
        user,
        connection or event.connection,
        act,
        event.entities(),
        event.cite(role),
    )
