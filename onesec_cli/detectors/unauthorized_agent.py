"""An agent uses an account that nobody allowed it to use."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import READS, VAULT_FLOWS, Delegation, Links

_ESTABLISHED_USERS = 3
"""An agent with own links for this many users is a known part of the tenant."""
_MOST_USES = 20_000


class Allowed(Struct):
    """Everything in the trail that stands for authorisation, and uses that had none."""

    links: Links = field(default_factory=Links)
    consents: dict[str, list[str]] = field(default_factory=dict)
    """Client to users who consented to it."""
    linkers: dict[str, list[str]] = field(default_factory=dict)
    """Agent to users for whom it connected an account itself."""
    flagged: dict[tuple[str, str, str], Evidence] = field(default_factory=dict)
    unknown: dict[tuple[str, str, str], Evidence] = field(default_factory=dict)
    """First uses that could not be judged when they happened: (agent, user, connection)."""


class Claim(Struct, frozen=True):
    """What is wrong with a use."""

    verdict: str
    level: Level
    judged: str
    proofs: tuple[Evidence, ...] = ()


class UnauthorizedAgent(Detector[Allowed]):
    """An agent exchanges or calls a tool for a user and connection without an authorisation that holds at that moment.

    Distinct verdicts: never-authorized, authorized-later, wrong-user, wrong-connection, expired, revoked-by-unlink. Evidence of
    authorisation is taken in this order: the declared policy, a delegation that names the agent, an account connected through the
    same client, the user's consent to the client.

    ## Why it matters
    The Token Vault gives every client of the tenant the same scopes for a linked account. Which agent the user meant is written
    nowhere in the vault, so a rogue agent looks like any other.

    ## Judged on
    Each finding says which evidence stood for authorisation. Where the trail shows neither link nor delegation for the user and
    connection and no policy is declared, nothing is claimed.

    ## What it misses
    Auth0 logs no event that authorises an agent. Agents of one client are one agent here. A link made before the trail begins is
    unknown, and a legitimate second client of the same account looks like a rogue one until a policy names it.

    ## What to do
    Ask who runs the agent. If nobody does, unlink the account, disable the client, and rotate its secrets. If it is legitimate,
    name it in the policy under allowed-agents.
    """

    rule = Rule(
        id="unauthorized-agent",
        title="Agent without authorisation",
        level=Level.high,
        asi=("ASI10", "ASI03"),
        attack=("T1078.004", "T1528"),
    )
    reads = READS | {kinds.TOOL_CALL, kinds.GRANT_CONSENT}
    key = ("tenant",)
    state = Allowed

    def observe(self, state: Allowed, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.GRANT_CONSENT:
            users = state.consents.setdefault(event.client, [])
            if event.user not in users:
                users.append(event.user)
            return
        uses = kind == kinds.TOOL_CALL or (kind == kinds.TOKEN_EXCHANGE and event.flow in VAULT_FLOWS)
        if uses and event.user and event.connection and event.agent:
            claim = self._claim(state, event)
            use = (event.agent, event.user, event.connection)
            if claim is not None:
                if len(state.flagged) < _MOST_USES:
                    state.flagged.setdefault(use, event.cite("the use without authorisation"))
                yield self._finding(event, claim)
        if kind == kinds.TOOL_CALL:
            return
        if kind == kinds.ACCOUNT_LINK and event.agent:
            users = state.linkers.setdefault(event.agent, [])
            if event.user not in users and len(users) <= _ESTABLISHED_USERS:
                users.append(event.user)
        state.links.take(event)
        if kind in (kinds.ACCOUNT_LINK, kinds.DELEGATION_ISSUE):
            yield from self._later(state, event)

    def _claim(self, state: Allowed, event: Event) -> Claim | None:
        names = {event.agent, event.agent_id, event.external_agent_id, event.client} - {""}
        if self.policy.allowed_agents is not None:
            return self._against_policy(event, names)
        links = state.links
        link = links.links.get((event.user, event.connection))
        if link is not None and link.ended is not None:
            return Claim("revoked-by-unlink", Level.high, "the removal of the account", (link.ended,))
        if link is not None and link.linked is not None and names & link.clients.keys():
            return None
        given = [links.delegations[name] for name in links.by_pair.get((event.user, event.connection), [])]
        if given:
            return self._against_delegations(event, names, given, links)
        if any(event.user in state.consents.get(name, ()) for name in names):
            return None
        if link is not None and link.linked is not None and set(link.clients) - {""}:
            established = any(len(state.linkers.get(name, ())) >= _ESTABLISHED_USERS for name in names)
            level = Level.medium if established else Level.high
            judged = "the account was connected through another client; no delegation or consent names this one"
            return Claim("never-authorized", level, judged, (link.linked,))
        others = [one for one in links.delegations.values() if one.user == event.user or one.delegate in names]
        if others:
            return self._against_delegations(event, names, others, links)
        if len(state.unknown) < _MOST_USES:
            state.unknown.setdefault((event.agent, event.user, event.connection), event.cite("the earlier use"))
        return None

    def _against_policy(self, event: Event, names: set[str]) -> Claim | None:
        lines = self.policy.lines_for(names, event.user, event.connection)
        live = [line for line in lines if (line.expires_at() or event.time + 1) > event.time]
        if live:
            return None
        judged = "the declared policy (allowed-agents)"
        if lines:
            return Claim("expired", Level.high, judged)
        own = [line for line in self.policy.allowed_agents or () if line.agent in names]
        if any("*" in line.connections or event.connection in line.connections for line in own):
            return Claim("wrong-user", Level.high, judged)
        if any("*" in line.users or event.user in line.users for line in own):
            return Claim("wrong-connection", Level.high, judged)
        return Claim("never-authorized", Level.critical, judged)

    def _against_delegations(
        self, event: Event, names: set[str], given: list[Delegation], links: Links
    ) -> Claim | None:
        mine = [one for one in links.delegations.values() if one.delegate in names]
        here = [one for one in mine if one.user == event.user and one.connection in ("", event.connection)]
        judged = "delegations in the trail"
        if any(one.revoked is None and (one.expires is None or one.expires > event.time) for one in here):
            return None
        if here:
            last = here[-1]
            if last.revoked is not None:
                return Claim("revoked-by-unlink", Level.high, judged, (last.revoked, last.issued))
            return Claim(
                "expired", Level.high, f"a delegation that ended {show_time(last.expires or 0)}", (last.issued,)
            )
        if any(one.user == event.user for one in mine):
            last = next(one for one in reversed(mine) if one.user == event.user)
            return Claim("wrong-connection", Level.high, judged, (last.issued,))
        if any(one.connection == event.connection for one in mine):
            last = next(one for one in reversed(mine) if one.connection == event.connection)
            return Claim("wrong-user", Level.high, judged, (last.issued,))
        return Claim("never-authorized", Level.critical, f"{judged}; none names this agent", (given[-1].issued,))

    def _later(self, state: Allowed, event: Event) -> Iterator[Finding]:
        """A use that had no authorisation gets one afterwards."""
        agent = (
            str(event.fields.get("delegate") or event.agent) if event.kind == kinds.DELEGATION_ISSUE else event.agent
        )
        told = state.links.delegations.get(str(event.fields.get("delegation") or event.id))
        user = told.user if told is not None and event.kind == kinds.DELEGATION_ISSUE else event.user
        for name in dict.fromkeys((agent, event.agent)):
            use = (name, user, event.connection)
            flagged, unknown = state.flagged.pop(use, None), state.unknown.pop(use, None)
            earlier = flagged or (unknown if event.kind == kinds.DELEGATION_ISSUE else None)
            if earlier is None:
                continue
            level = Level.medium if flagged else Level.low
            claim = Claim("authorized-later", level, "an authorisation that came after the use", (earlier,))
            yield self._finding(event, claim, user)
            return

    def _finding(self, event: Event, claim: Claim, user: str = "") -> Finding:
        who = event.agent_id or event.external_agent_id or event.agent
        user = user or event.user
        reason = {
            "never-authorized": "and nothing in evidence ever allowed it to",
            "wrong-user": "but is authorised for other users only",
            "wrong-connection": "but is authorised for other connections only",
            "expired": "after its authorisation had expired",
            "revoked-by-unlink": "after its authorisation was revoked",
            "authorized-later": "",
        }[claim.verdict]
        act = f"called {event.tool or 'a tool'}" if event.kind == kinds.TOOL_CALL else "exchanged a token"
        message = f"Agent {who} {act} for user {user} on {event.connection} {reason}."
        if claim.verdict == "authorized-later":
            message = f"Agent {who} was authorised for user {user} on {event.connection} only after it had used it."
        return Finding(
            rule=self.rule.id,
            level=claim.level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=claim.verdict,
            message=message,
            subject=(f"agent:{who}", f"user:{user}", f"connection:{event.connection}"),
            entities=event.entities(),
            evidence=(event.cite("the authorisation" if not reason else "the use"), *claim.proofs),
            judged_on=claim.judged,
        )
