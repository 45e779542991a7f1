"""Delegation chains and trees that break what they promise."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.state.chain_faults import Fault, actor_faults, choose_parent, issue_faults, use_fault
from onesec_cli.state.chains import (
    Delegation,
    Forest,
    bare,
    forget_user,
    link,
    plant,
    read_delegation,
    revoke,
    show,
    text_of,
    unlink,
)

MAX_KNOWN: Final = 50_000
"""Known parties and attestations remembered; past it, no party is called unknown any more."""
REGISTRIES: Final = frozenset({"/api/v2/clients", "/api/v2/agents"})


class Chains(Struct):
    """What a tenant has shown of its parties and delegations."""

    forest: Forest = field(default_factory=Forest)
    parties: set[str] = field(default_factory=set)
    registry: bool = False
    """Whether the trail shows parties being registered, so that one it never saw means something."""
    attestations: dict[str, tuple[str, Evidence]] = field(default_factory=dict)
    """Digest of an attestation to the delegate it was first seen with."""


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
    registrations or the policy lists known actors. An attestation is never verified, as there are no keys: one that
    is present proves nothing here, and only its absence among attested ones or its use by a second delegate is told.

    ## What it misses
    Auth0 logs neither the parent token's scopes nor its expiry with an on-behalf-of exchange, so narrowing and
    expiry are judged only for recorded delegations, which need a trail in onesec's own format. Names of actors are
    compared as written: one party under two names looks like two. A custom exchange whose Action sets a person as
    actor is not a mismatch. A renewed parent is taken to carry its older children. An agent that goes on after its
    own delegation ran out, or after an unlink, is left to the rules on authorisation and unlinking. Forged
    attestations, and parents issued before the trail begins, cannot be told.

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
    reads = frozenset(
        {
            kinds.TOKEN_EXCHANGE, kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH, kinds.TOOL_CALL, kinds.ACCOUNT_LINK,
            kinds.ACCOUNT_UNLINK, kinds.USER_DELETE, kinds.DELEGATION_ISSUE, kinds.DELEGATION_REVOKE,
            kinds.ADMIN_CHANGE,
        }
    )  # fmt: skip
    key = ("tenant",)
    state = Chains

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._limit = policy.delegation.max_depth or policy.thresholds.delegation_chain.max_depth
        self._known = frozenset(map(bare, policy.delegation.known_actors))

    def observe(self, state: Chains, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.DELEGATION_ISSUE:
            yield from self._issued(state, event)
        elif kind == kinds.DELEGATION_REVOKE:
            revoke(state.forest, event)
        elif kind == kinds.ACCOUNT_LINK:
            link(state.forest, event)
        elif kind == kinds.ACCOUNT_UNLINK:
            unlink(state.forest, event)
        elif kind == kinds.USER_DELETE:
            forget_user(state.forest, event)
        elif kind == kinds.ADMIN_CHANGE:
            _register(state, event)
            return
        elif kind in (kinds.TOKEN_EXCHANGE, kinds.TOOL_CALL):
            if state.forest.held:
                yield from self._used(state, event)
            if event.actors:
                yield from self._chained(state, event)
        if event.agent and len(state.parties) < MAX_KNOWN:
            state.parties.update({event.agent, event.agent_id, event.external_agent_id, event.client} - {""})

    def _chained(self, state: Chains, event: Event) -> Iterator[Finding]:
        faults = list(actor_faults(event, self._limit, self.policy.delegation.approved_chains))
        unknown = self._unknown(state, event)
        if unknown:
            said = f"{', '.join(unknown)} acts in the chain {show(event.actors)} but was never seen anywhere else."
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
        actors = tuple(dict.fromkeys(f"agent:{bare(actor)}" for actor in reversed(event.actors) if actor))
        for fault in faults:
            about = tuple(f"agent:{name}" for name in unknown) if fault.verdict == "unknown-actor" else actors
            yield self._finding(event, fault, about or event.entities(), actors, {"chain": show(event.actors)})
        if not faults and len(state.parties) < MAX_KNOWN:
            state.parties.update(bare(actor) for actor in event.actors)

    def _unknown(self, state: Chains, event: Event) -> tuple[str, ...]:
        if not (state.registry or self._known) or len(state.parties) >= MAX_KNOWN:
            return ()
        here = {"", event.client, event.agent, event.agent_id, event.external_agent_id, bare(event.user)}
        names = dict.fromkeys(map(bare, event.actors))
        return tuple(name for name in names if not (name in here or name in state.parties or name in self._known))

    def _issued(self, state: Chains, event: Event) -> Iterator[Finding]:
        forest = state.forest
        new = read_delegation(event)
        named = new.parent
        before = forest.delegations.get(new.id)
        faults = list(self._attested(state, event, new))
        if before is not None and (before.delegate, before.connection) != (new.delegate, new.connection):
            said = f"{new.id} was given to {before.delegate} and is now said to be {new.delegate}'s."
            faults.append(Fault("redefined", Level.high, "Delegation id used for another delegate", said,
                                "the delegations recorded in the trail", (before.evidence,)))  # fmt: skip
            new.id = f"{new.id}#{event.id}"
        parent, held = choose_parent(forest, new)
        new.parent = parent.id if parent else named
        if parent and not new.user:
            new.user = parent.user
        plant(forest, new)
        faults += issue_faults(forest, new, named, held, self._limit)
        attestation = "not verified (no keys)" if text_of(event, "attestation") else "missing"
        for fault in faults:
            yield self._finding(event, fault, _about(new), (f"agent:{new.delegator}",), {"attestation": attestation})

    def _attested(self, state: Chains, event: Event, new: Delegation) -> Iterator[Fault]:
        text = text_of(event, "attestation")
        judged_on = "attestations carried by other delegations of the tenant; none is verified (no keys)"
        if not text:
            if state.attestations:
                said = f"The delegation of {new.delegate} by {new.delegator} carries no attestation while others do."
                proof = next(reversed(state.attestations.values()))[1]
                yield Fault("attestation-missing", Level.low, "Delegation without attestation", said, judged_on,
                            (proof,))  # fmt: skip
            return
        digest = hashlib.sha256(text.encode()).hexdigest()
        first = state.attestations.get(digest)
        if first is None:
            state.attestations[digest] = (new.delegate, event.cite("the attestation as first seen"))
            if len(state.attestations) > MAX_KNOWN:
                state.attestations.pop(next(iter(state.attestations)))
        elif first[0] != new.delegate:
            said = f"The delegation of {new.delegate} carries the attestation that was made for {first[0]}."
            yield Fault("attestation-replayed", Level.high, "Attestation of another delegate", said, judged_on,
                        (first[1],))  # fmt: skip

    def _used(self, state: Chains, event: Event) -> Iterator[Finding]:
        names = {event.agent, event.agent_id, event.external_agent_id, event.client} - {""}
        held = state.forest.held
        if not any((event.connection, name) in held or ("", name) in held for name in names):
            return
        wrong = use_fault(state.forest, event, tuple(sorted(names)))
        if wrong is not None:
            one, fault = wrong
            yield self._finding(event, fault, _about(one), (f"agent:{one.delegator}",), {})

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
