"""An agent uses an account that nobody allowed it to use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, SECOND, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.state.chains import Delegation
from onesec_cli.state.links import VAULT_FLOWS, Link, Links, display, names_of
from onesec_cli.state.removals import CONSENT, READS, read_removal, take

ESTABLISHED: Final = 3
"""An agent with own links or consents of this many users is a known part of the tenant."""
MOST: Final = 50_000
GRACE: Final = SECOND
"""Uses this close to a removal may have happened before it."""
INTERACTIVE: Final = frozenset({"authorization_code", "device_code", "ciba", "password"})
"""Flows in which the user signed in to the client."""
POLICY: Final = "the declared policy (allowed-agents)"

Use = tuple[str, str, str]
"""(agent, user, connection)."""


class Allowed(Struct):
    """Everything in the trail that stands for authorisation, and uses that had none."""

    links: Links = field(default_factory=Links)
    started: int = 0
    """Time of the first event."""
    consents: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    """User to the clients consented to."""
    withdrawn: dict[str, dict[str, Evidence]] = field(default_factory=dict)
    """User to the clients whose consent was taken back."""
    signed_in: dict[str, dict[str, int]] = field(default_factory=dict)
    """User to the clients signed in to."""
    own: dict[str, list[str]] = field(default_factory=dict)
    """Agent to users who connected an account through it or consented to it."""
    learned: dict[Use, int] = field(default_factory=dict)
    flagged: dict[Use, Evidence] = field(default_factory=dict)
    unknown: dict[Use, Evidence] = field(default_factory=dict)
    """First uses that could not be judged when they happened."""


class Claim(Struct, frozen=True):
    """What is wrong with a use."""

    verdict: str
    level: Level
    judged: str
    proofs: tuple[Evidence, ...] = ()


class UnauthorizedAgent(Detector[Allowed]):
    """An agent exchanges or calls a tool for a user and connection without an authorisation that holds at that moment.

    Distinct verdicts: never-authorized, authorized-later, wrong-user, wrong-connection, expired, revoked-by-unlink.
    Evidence of authorisation is taken in this order: the declared policy, which decides alone; a delegation that names
    the agent; an account connected through the same client; the user's consent to the client; the user's own sign-in
    to the client; a first use inside the learning time, if one is set. Where delegations are recorded for the user
    and connection, an agent without one is critical; where only the link by another client is known it is high, and
    medium for an agent that is established in the tenant.

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
    two records written in the same second by different clocks, a use may stand before its delegation.

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
    state = Allowed

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._agents: dict[str, set[str]] = {}
        for agent, client in policy.agent_clients.items():
            self._agents.setdefault(client, set()).add(agent)

    def observe(self, state: Allowed, event: Event) -> Iterator[Finding]:
        kind = event.kind
        state.started = state.started or event.time
        if kind in (kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH):
            if event.user and event.client and (kind == kinds.TOKEN_REFRESH or event.flow in INTERACTIVE):
                clients = state.signed_in.setdefault(event.user, {})
                if len(clients) < ESTABLISHED * 10:
                    clients.setdefault(event.client, event.time)
            return
        if kind == kinds.TOOL_CALL or (kind == kinds.TOKEN_EXCHANGE and event.flow in VAULT_FLOWS):
            if event.connection and event.agent:
                yield from self._used(state, event)
        elif kind in (kinds.GRANT_REVOKE, kinds.ADMIN_CHANGE):
            _withdraw(state, event)
        elif kind in (kinds.ACCOUNT_LINK, kinds.GRANT_CONSENT) and event.user:
            _note(state, event)
        take(state.links, event)
        open_uses = (state.flagged or state.unknown) and self.policy.allowed_agents is None
        if open_uses and kind in (kinds.ACCOUNT_LINK, kinds.GRANT_CONSENT, kinds.DELEGATION_ISSUE):
            yield from self._later(state, event)

    def _used(self, state: Allowed, event: Event) -> Iterator[Finding]:
        use = (event.agent, event.user, event.connection)
        claim = self._claim(state, event, use)
        if claim is None:
            return
        if claim.verdict not in ("expired", "revoked-by-unlink") and len(state.flagged) < MOST:
            state.flagged.setdefault(use, event.cite("the use without authorisation"))
        yield self._finding(event, claim, event.user)

    def _claim(self, state: Allowed, event: Event, use: Use) -> Claim | None:
        names, links = names_of(event), state.links
        if self.policy.allowed_agents is not None:
            return self._against_policy(event, names)
        link = links.links.get((event.user, event.connection))
        removed = links.ended(event.user, event.connection) if event.user else None
        held = links.tree.of(names, event.user, event.connection)
        if removed is not None:
            return _after_removal(event, removed, bool(held), link, names)
        if held:
            return _lapsed(state, event, held, link, names)
        if not event.user or (link is not None and names & link.clients.keys()):
            return None
        pairs = links.tree.pairs
        beside = pairs.get((event.user, event.connection)) or pairs.get((event.user, ""))
        elsewhere = links.tree.of(names, "", "")
        if not beside and self._known(state, event, names, use):
            return None
        if beside or elsewhere:
            others = links.tree.delegations[beside[-1]] if beside else elsewhere[-1]
            return _outside(event, elsewhere, others, bool(beside))
        if link is not None and link.linked is not None:
            return self._unlike_link(state, event, link, names, use)
        if len(state.unknown) < MOST:
            state.unknown.setdefault(use, event.cite("the earlier use"))
        return None

    def _known(self, state: Allowed, event: Event, names: frozenset[str], use: Use) -> bool:
        """Whether the user's consent, sign-in or a use in the learning time speaks for the agent."""
        for told in (state.consents, state.signed_in):
            if names & told.get(event.user, {}).keys():
                return True
        days = self.policy.thresholds.unauthorized_agent.learn_days
        if days and event.time - state.started < days * DAY and len(state.learned) < MOST:
            state.learned.setdefault(use, event.time)
        return use in state.learned

    def _unlike_link(self, state: Allowed, event: Event, link: Link, names: frozenset[str], use: Use) -> Claim | None:
        """The account was connected through another client, and nothing else speaks for this one."""
        if (
            link.linked is None
            or not any(link.clients)
            or (event.kind == kinds.TOOL_CALL and link.source != event.source)
        ):
            return None
        taken = [end for name, end in state.withdrawn.get(event.user, {}).items() if name in names]
        if taken:
            return Claim("revoked-by-unlink", Level.high, "the user's consent, which was withdrawn", (taken[-1],))
        users = {user for name in names for user in state.own.get(name, ())}
        if event.user in users:
            judged = "the user connected or consented to this client elsewhere, this account through another one"
            return Claim("wrong-connection", Level.medium, judged, (link.linked,))
        before = use in state.unknown or (
            event.agent in link.agents and link.agents[event.agent].time < link.linked.time
        )
        familiar = len(users) >= ESTABLISHED or before or event.flow == "privileged_worker"
        level = Level.medium if familiar else Level.high
        judged = "the account was connected through another client; no delegation, consent or sign-in names this one"
        if familiar:
            judged += ", though the tenant knows it (own users, use before the link, or a privileged worker)"
        return Claim("wrong-user" if users else "never-authorized", level, judged, (link.linked,))

    def _against_policy(self, event: Event, names: frozenset[str]) -> Claim | None:
        if not event.user:
            return None
        if not (event.agent_id or event.external_agent_id):
            names = names.union(*(self._agents.get(name, ()) for name in names))
        lines = self.policy.lines_for(names, event.user, event.connection)
        if any((line.expires_at() or event.time + 1) > event.time for line in lines):
            return None
        if lines:
            return Claim("expired", Level.high, POLICY)
        own = [line for line in self.policy.allowed_agents or () if line.agent in names]
        if any("*" in line.connections or event.connection in line.connections for line in own):
            return Claim("wrong-user", Level.high, POLICY)
        if any("*" in line.users or event.user in line.users for line in own):
            return Claim("wrong-connection", Level.high, POLICY)
        return Claim("never-authorized", Level.critical, POLICY)

    def _later(self, state: Allowed, event: Event) -> Iterator[Finding]:
        """A use that had no authorisation gets one afterwards."""
        one = None
        if event.kind == kinds.DELEGATION_ISSUE:
            one = state.links.tree.delegations.get(str(event.fields.get("delegation") or event.id))
        user = one.user if one else event.user
        connections = [one.connection if one else state.links.pair_of(event)[1]]
        if not connections[0]:
            connections = state.links.by_user.get(user, [])
        names = sorted(one.names if one else names_of(event))
        for use in [(name, user, connection) for name in names for connection in connections]:
            flagged, unknown = state.flagged.pop(use, None), None
            if one is not None:
                unknown = state.unknown.pop(use, None)
            earlier = flagged or unknown
            if earlier is None:
                continue
            level = Level.medium
            if flagged is None:  # a delegation from before the trail may have covered it
                span = one.expires - one.issued if one is not None and one.expires is not None else None
                level = Level.low if span and earlier.time - state.started >= span else Level.informational
            claim = Claim("authorized-later", level, "an authorisation that came after the use", (earlier,))
            yield self._finding(event, claim, user, use[2])

    def _finding(self, event: Event, claim: Claim, user: str, connection: str = "") -> Finding:
        who, connection = display(event), connection or event.connection
        reason = {
            "never-authorized": "and nothing in evidence ever allowed it to",
            "wrong-user": "but is authorised for other users only",
            "wrong-connection": "but is authorised for other connections only",
            "expired": "after its authorisation had expired",
            "revoked-by-unlink": "after its authorisation was revoked",
            "authorized-later": "",
        }[claim.verdict]
        act = f"called {event.tool or 'a tool'}" if event.kind == kinds.TOOL_CALL else "exchanged a token"
        message = f"Agent {who} {act} for user {user or 'unknown'} on {connection} {reason}."
        if not reason:
            message = f"Agent {who} was authorised for user {user} on {connection} only after it had used it."
        about = [("agent", who), ("connection", connection)]
        if claim.verdict != "never-authorized" and user:
            about.insert(1, ("user", user))
        subject = tuple(f"{name}:{value}" for name, value in about)
        return Finding(
            rule=self.rule.id,
            level=claim.level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=claim.verdict,
            message=message,
            subject=subject,
            entities=tuple(dict.fromkeys((*event.entities(), *subject))),
            evidence=(event.cite("the use" if reason else "the authorisation"), *claim.proofs),
            judged_on=claim.judged,
        )


def _note(state: Allowed, event: Event) -> None:
    """The user connected an account through an agent, or consented to it."""
    users = state.own.setdefault(event.agent, [])
    if event.user not in users and len(users) <= ESTABLISHED:
        users.append(event.user)
    if event.kind == kinds.GRANT_CONSENT:
        state.consents.setdefault(event.user, {})[event.client] = event.cite("the consent")
        state.withdrawn.get(event.user, {}).pop(event.client, None)


def _withdraw(state: Allowed, event: Event) -> None:
    """A consent was taken back."""
    removal = read_removal(event)
    if removal is None or removal.what != CONSENT:
        return
    user, client = state.links.grants.get(removal.name, (removal.user, ""))
    names = {client} if client else removal.names
    consents = state.consents.get(user, {})
    for name in sorted(names & consents.keys() if names else consents.keys()):
        del consents[name]
        state.withdrawn.setdefault(user, {})[name] = event.cite(removal.how)


def _after_removal(
    event: Event, removed: Evidence, held: bool, link: Link | None, names: frozenset[str]
) -> Claim | None:
    """The user's account is gone; who had it lost it, and who had not never got it."""
    if event.time - removed.time <= GRACE:
        return None
    had = held or link is None or bool(names & (link.clients.keys() | link.agents.keys())) or not link.clients
    return Claim(
        "revoked-by-unlink" if had else "never-authorized", Level.high, "the removal of the account", (removed,)
    )


def _lapsed(
    state: Allowed, event: Event, held: list[Delegation], link: Link | None, names: frozenset[str]
) -> Claim | None:
    """Delegations name the agent for this user and connection; whether one of them holds."""
    ended = state.links.tree.ended
    if any(one.id not in ended and (one.expires is None or one.expires > event.time) for one in held):
        return None
    ends = [(ended[one.id].time if one.id in ended else one.expires or 0, one.id, one) for one in held]
    since, _, last = max(ends, key=lambda end: end[:2])
    clients = link.clients if link is not None else {}
    anew = [
        proof.time
        for told in (clients, state.consents.get(event.user, {}))
        for name, proof in told.items()
        if name in names
    ]
    if event.time - since <= GRACE or any(time > since for time in anew):
        return None
    if last.id not in ended:
        judged = f"a delegation that ended {show_time(since)}"
        return Claim("expired", Level.high, judged, (last.evidence,))
    relinked = link is not None and link.linked is not None and link.linked.time > since
    judged = "a delegation that was taken back, itself or above it"
    if relinked:
        judged += "; the account was linked again since, without a new delegation"
    return Claim("revoked-by-unlink", Level.medium if relinked else Level.high, judged, (ended[last.id], last.evidence))


def _outside(event: Event, elsewhere: list[Delegation], other: Delegation, beside: bool) -> Claim:
    """Delegations are recorded, and none names this agent for this user and connection."""
    judged = "delegations in the trail"
    for one in reversed(elsewhere):
        if one.user == event.user:
            return Claim("wrong-connection", Level.high, judged, (one.evidence,))
    for one in reversed(elsewhere):
        if one.connection == event.connection:
            return Claim("wrong-user", Level.high, judged, (one.evidence,))
    level = Level.critical if beside else Level.high
    return Claim("never-authorized", level, f"{judged}; none names this agent", (other.evidence,))
