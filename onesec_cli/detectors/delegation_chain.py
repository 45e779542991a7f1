"""Delegation chains and trees that break what they promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.accounts.links import Links, names_of
from onesec_cli.state.accounts.removal import REMOVES
from onesec_cli.state.accounts.removals import take
from onesec_cli.state.delegation.attested import Attestations
from onesec_cli.state.delegation.calm import Calm
from onesec_cli.state.delegation.chain_faults import Fault, actor_faults, issue_faults, judge_use
from onesec_cli.state.delegation.chains import Delegation, bare, is_client, show

MAX_KNOWN: Final = 50_000
"""Known parties remembered; past it, no party is called unknown any more."""
REGISTRIES: Final = frozenset({"/api/v2/clients", "/api/v2/agents"})
USES: Final = frozenset({kinds.TOKEN_EXCHANGE, kinds.TOOL_CALL})


class Chains(Struct):
    """What a tenant has shown of its parties and delegations."""

    tells: ClassVar[Tells] = (
        Tell("parties", "party to a delegation: {value}"),
        Tell("registry", "the trail records delegations"),
    )

    links: Links = field(default_factory=Links)
    """Accounts and delegations, without their uses."""
    parties: set[str] = field(default_factory=set)
    registry: bool = False
    """Whether the trail shows parties being registered, so that one it never saw means something."""
    attested: Attestations = field(default_factory=Attestations)
    calm: Calm = field(default_factory=Calm)
    """Uses whose delegations were found to hold, until when."""


class DelegationChain(Detector[Chains]):
    """Finds delegation chains that are too deep, loop, skip a party, widen, outlive or survive what they hang on.

    Two things are judged. The chain of actors inside an exchanged token (on-behalf-of and custom exchanges): its
    depth, parties that appear twice, a current actor that is not the party that made the exchange, actors without a
    name or never seen elsewhere, chains the policy does not approve, chains that do not start with a person. And the
    tree of recorded delegations (`delegation.issue`): each is held against the one it hangs on in scopes, expiry,
    start, connection and user, against revocations and unlinks above it, and again whenever the agent uses it.
    The parent is the one a record names, else the running delegation its delegator holds for the same user and
    connection. An expiry that cannot be read is a finding, never a pass.

    ## Why it matters
    Every hop of delegation is a chance to gain authority nobody gave: a sub-agent with more scopes than its parent,
    one that goes on after its parent expired or was revoked, or a token exchanged by a party that is not in its
    chain. The user who consented sees only the first hop.

    ## Judged on
    The chain as the token exchange logged it; the delegations, revocations and unlinks recorded in the trail; the
    approved chains, known actors and depth limit of the policy. A chain that an approved chain begins with is
    approved too, because the longer one passes through it. Actors are called unknown only where the trail shows
    registrations or the policy lists known actors. Attestations are verified with `delegation.attestation-keys` of the
    policy (HMAC-SHA256 over the delegation and the digest of its parent; docs/formats.md has the construction):
    invalid is high, missing medium, unverifiable low. Without keys one that is present proves nothing, and only its
    absence among attested ones or its use by a second delegation is told.

    ## What it misses
    Auth0 logs neither the parent token's scopes nor its expiry with an on-behalf-of exchange, so narrowing and
    expiry are judged only for recorded delegations, which need a trail in onesec's own format. Names of actors are
    compared as written: one party under two names looks like two. A custom exchange whose Action sets a person as
    actor is not a mismatch. A renewed parent is taken to carry its older children. An agent that goes on after its
    own delegation ran out, or after an unlink, is left to the rules on authorisation and unlinking. Attestations made
    with other algorithms, those under a parent issued before the trail begins, and without keys forged ones, cannot be
    told.

    ## What else it may be
    The delegation was renewed or approved in a system whose records are not in this trail.

    ## What to do
    Revoke the delegation named in the alert and every one below it, unlink the connection if the delegate used it,
    and reissue from a person with narrower scopes and an expiry no later than the parent's. For a mismatched or
    unknown actor, disable the exchanging client, rotate its credentials and look at what it did with the token.
    Write the chains you expect under `delegation.approved-chains` in the policy.
    """

    rule = Rule(
        id="delegation-chain",
        title="Delegation chain that breaks its bounds",
        level=Level.high,
        asi=("ASI03", "ASI07", "ASI10"),
        attack=("T1134", "T1199", "T1550.001"),
    )
    reads = REMOVES | USES | {kinds.ACCOUNT_LINK, kinds.DELEGATION_ISSUE, kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH}
    key = ("tenant",)
    state = Chains

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._limit = policy.delegation.max_depth or policy.thresholds.delegation_chain.max_depth
        self._known = frozenset(map(bare, policy.delegation.known_actors))

    def observe(self, state: Chains, event: Event) -> Iterator[Finding]:
        kind, user = event.kind, event.user
        parties = state.parties
        if event.agent not in parties or event.agent_id not in parties or (user and user not in state.links.people):
            _meet(state, event)
        if kind in USES:
            tree = state.links.tree
            if tree.held and not state.calm.holds(event):
                return self._used(state, event)
            return self._chained(state, event) if event.actors else NOTHING
        if kind == kinds.DELEGATION_ISSUE:
            return self._issued(state, event)
        if kind in REMOVES or kind == kinds.ACCOUNT_LINK:
            _change(state, event)
        return NOTHING

    def _used(self, state: Chains, event: Event) -> Iterator[Finding]:
        names, user = names_of(event), state.links.user_of(event)
        verdict = judge_use(state.links.tree, event, names, user)
        if verdict.fault is None:
            state.calm.note(event, verdict.until)
        elif verdict.of is not None:
            one = verdict.of
            yield self._finding(event, verdict.fault, _about(one), (f"agent:{one.delegator}",), {})
        if event.actors:
            yield from self._chained(state, event)

    def _chained(self, state: Chains, event: Event) -> Iterator[Finding]:
        actors = event.actors
        if state.calm.same_chain(event):
            return
        faults = list(actor_faults(event, self._limit, self.policy.delegation.approved_chains))
        unknown = self._unknown(state, event)
        if unknown:
            said = f"{', '.join(unknown)} acts in the chain {show(actors)} but was never seen anywhere else."
            faults.append(
                Fault(
                    "unknown-actor",
                    Level.medium if faults else Level.low,
                    "Unknown actor in a chain",
                    said,
                    "parties registered or active in the trail, and delegation.known-actors of the policy",
                    facts={"unknown": list(unknown)},
                )
            )
        parties = tuple(dict.fromkeys(f"agent:{bare(actor)}" for actor in reversed(actors) if actor))
        for fault in faults:
            about = tuple(f"agent:{name}" for name in unknown) if fault.verdict == "unknown-actor" else parties
            yield self._finding(event, fault, about or event.entities(), parties, {"chain": show(actors)})
        if not faults:
            state.calm.note_chain(event)
            if len(state.parties) < MAX_KNOWN:
                state.parties.update(bare(actor) for actor in actors)

    def _unknown(self, state: Chains, event: Event) -> tuple[str, ...]:
        if not (state.registry or self._known) or len(state.parties) >= MAX_KNOWN:
            return ()
        here = {"", event.client, event.agent, event.agent_id, event.external_agent_id, bare(event.user)}
        names = dict.fromkeys(map(bare, event.actors))
        return tuple(name for name in names if not (name in here or name in state.parties or name in self._known))

    def _issued(self, state: Chains, event: Event) -> Iterator[Finding]:
        links = state.links
        planted = links.delegate(event)
        new = planted.one
        state.calm.change(new.user)
        keys = self.policy.delegation.attestation_keys
        verdict, faults = state.attested.judge(event, new, planted.named, keys)
        faults += issue_faults(links.tree, planted, self._limit)
        for fault in faults:
            yield self._finding(event, fault, _about(new), (f"agent:{new.delegator}",), {"attestation": verdict})

    def _finding(
        self, event: Event, fault: Fault, about: tuple[str, ...], others: tuple[str, ...], facts: dict[str, str]
    ) -> Finding:
        return Finding(
            rule=self.rule.id,
            level=fault.level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=fault.verdict,
            title=fault.title,
            message=fault.said,
            subject=about,
            entities=tuple(dict.fromkeys((*event.entities(), *about, *others))),
            evidence=(event.cite("the chain that was judged"), *fault.proof),
            judged_on=fault.judged_on,
            facts={**fault.facts, **facts},
        )


def _about(one: Delegation) -> tuple[str, ...]:
    pairs = (("agent", one.delegate), ("user", one.user), ("connection", one.connection))
    return tuple(f"{name}:{value}" for name, value in pairs if value)


def _meet(state: Chains, event: Event) -> None:
    """Whoever acts is a known party."""
    if event.kind == kinds.ADMIN_CHANGE:
        return
    if len(state.parties) < MAX_KNOWN:
        state.parties.update((event.agent, event.agent_id, event.external_agent_id, event.client))
    if not is_client(event.user):
        state.links.meet(event.user)


def _change(state: Chains, event: Event) -> None:
    """A link or a removal; a management call may also register a party."""
    if event.kind == kinds.ADMIN_CHANGE:
        _register(state, event)
    if take(state.links, event) is not None:
        state.calm.change("")


def _register(state: Chains, event: Event) -> None:
    """A management call that created a client or an agent makes it a known party."""
    if event.fields.get("method") != "post" or event.fields.get("path") not in REGISTRIES:
        return
    state.registry = True
    response = event.fields.get("response")
    body = response.get("body", response) if isinstance(response, dict) else None
    if isinstance(body, dict) and len(state.parties) < MAX_KNOWN:
        given = (body.get(name) for name in ("client_id", "agent_id", "external_agent_id", "id"))
        state.parties.update(name for name in given if isinstance(name, str) and name)
