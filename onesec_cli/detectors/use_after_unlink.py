"""An account is used after it was unlinked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import MINUTE, SECOND, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.state.accounts.ends import End, SignedOut, find_end
from onesec_cli.state.accounts.links import VAULT_FLOWS, Links, display
from onesec_cli.state.accounts.removal import REMOVES, read_removal
from onesec_cli.state.accounts.removals import READS, carry_out
from onesec_cli.state.bounds import shed

GRACE: Final = SECOND
"""Events this close to the removal may have happened before it: clocks of two writers differ."""
BURST: Final = 10 * MINUTE
"""Refusals within this time are one burst; an agent that asks now and then was not told."""
MOST_REFUSED: Final = 50_000
"""Users, connections and agents whose refusals are counted; the oldest are forgotten first."""
ACTS: Final = frozenset({kinds.TOKEN_EXCHANGE, kinds.TOKEN_EXCHANGE_FAILED, kinds.TOOL_CALL})
SIGNS_IN: Final = frozenset({kinds.TOKEN_ISSUE, kinds.TOKEN_REFRESH})


class Use(Struct):
    """Links of the tenant, and refusals counted since each removal."""

    links: Links = field(default_factory=Links)
    signed_out: SignedOut = field(default_factory=SignedOut)
    refused: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)
    """(user, connection, agent) to the times of the latest refusals since the removal."""


class UseAfterUnlink(Detector[Use]):
    """An exchange, a refused exchange or a tool call on a connection after the user's account was removed.

    The removal may be an unlink, the deletion of the user, the identity, the connection, the client or the agent, the
    connection being switched off for the client, or any of those for the delegation that the agent's own hangs on,
    however deep. Linking the connection again, or a new delegation, ends it. A success is critical, a refusal low (the
    agent was not told) and a burst of refusals within ten minutes medium. A client that goes on after the user's consent was withdrawn is
    high, and medium after all the user's refresh tokens were revoked or the user was blocked, until the user signs in
    to it, consents to it or connects an account through it again.

    ## Why it matters
    After an unlink the vault must not answer. If it does, or if a tool still works, a copy of the access survived the
    user's no.

    ## Judged on
    Removals, links, sign-ins and delegations in the trail. Where an account may be linked that the trail did not show,
    or it does not say which of several was removed, a success may belong to another one: such a finding says
    possible-second-account and is one level lower. While a second account stays linked, only a use that names the
    removed account or its identity, or the return of a provider token that was handed out when the removed account was
    the only one, is judged.

    ## What it misses
    Use of a provider token directly at the provider. Uses within one second of the removal, whose order two clocks
    cannot tell. Unlinks before the trail begins. A client that was removed and comes back under a new id. The
    revocation of one refresh token among several. A delegation that was itself revoked is left to delegation-chain and
    unauthorized-agent.

    ## What else it may be
    The agent had not yet been told of the removal, and worked on with what it held in memory.

    ## What to do
    Revoke the user's grant at the provider itself, which ends tokens already handed out. Rotate the client's
    credentials, stop the agent and its sub-agents, and list what they called since the removal.
    """

    rule = Rule(
        id="use-after-unlink",
        title="Used after it was unlinked",
        level=Level.critical,
        asi=("ASI03", "ASI10"),
        attack=("T1550.001", "T1528"),
    )
    reads = READS | SIGNS_IN | {kinds.TOKEN_EXCHANGE_FAILED}
    key = ("tenant",)
    state = Use

    def observe(self, state: Use, event: Event) -> Iterator[Finding]:
        kind, links = event.kind, state.links
        if kind in ACTS:
            if not event.connection or (kind != kinds.TOOL_CALL and event.flow not in VAULT_FLOWS):
                return NOTHING
            if not (links.clients_gone or links.shut or links.tree.ended or state.signed_out.users):
                link = links.links.get((event.user, event.connection))
                if link is not None and link.ended is None and not link.gone:
                    seen = link.agents.get(event.agent)
                    if kind != kinds.TOKEN_EXCHANGE_FAILED and (seen is None or seen.token != event.token):
                        links.use(event)
                    return NOTHING
            return self._acted(state, event)
        if kind in SIGNS_IN:
            if state.signed_out.users:
                state.signed_out.back(event.user, event.client)
            return NOTHING
        if kind == kinds.ACCOUNT_LINK:
            _linked(state, event)
        elif kind == kinds.GRANT_CONSENT:
            state.signed_out.back(event.user, event.client)
        elif kind in REMOVES:
            removal = read_removal(event)
            if removal is not None:
                state.signed_out.remove(links, event, removal)
                carry_out(links, removal, event)
                return NOTHING
        links.remember(event)
        return NOTHING

    def _acted(self, state: Use, event: Event) -> Iterator[Finding]:
        end = find_end(state.links, state.signed_out, event)
        if end is not None and event.time - end.proof.time > GRACE:
            yield self._judge(state, event, end)
        if event.kind != kinds.TOKEN_EXCHANGE_FAILED:
            state.links.use(event)

    def _judge(self, state: Use, event: Event, end: End) -> Finding:
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED:
            key = (end.user, event.connection, event.agent)
            threshold = self.policy.thresholds.use_after_unlink.failed_burst
            times = [time for time in state.refused.get(key, ()) if event.time - time <= BURST][-threshold:]
            state.refused[key] = [*times, event.time][-threshold:]
            shed(state.refused, MOST_REFUSED)
            count = len(state.refused[key])
            level = Level.medium if count >= threshold else Level.low
            return self._finding(event, end, "refused", level, {"observed": count, "threshold": threshold})
        verdict = "tool-call" if event.kind == kinds.TOOL_CALL else "exchange"
        return self._finding(event, end, end.verdict or verdict, end.level, {})

    def _finding(self, event: Event, end: End, verdict: str, level: Level, facts: dict[str, int]) -> Finding:
        who, proof = display(event), end.proof
        act = {
            kinds.TOKEN_EXCHANGE: "exchanged a token",
            kinds.TOKEN_EXCHANGE_FAILED: "was refused an exchange",
            kinds.TOOL_CALL: f"called {event.tool or 'a tool'}",
        }[event.kind]
        depth = f", through {len(end.chain)} delegations," if len(end.chain) > 1 else ""
        about = (("agent", who), ("user", end.user), ("connection", event.connection))
        subject = tuple(f"{name}:{value}" for name, value in about if value)
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=f"Agent {who} {act} on {event.connection} of user {end.user or 'unknown'}{depth} "
            f"{show_span(event.time - proof.time)} after {proof.role}.",
            subject=subject,
            entities=tuple(dict.fromkeys((*event.entities(), *subject))),
            evidence=(event.cite("the use"), proof, *end.chain),
            judged_on="removals, links and delegations in the trail",
            facts={
                "seconds_after": (event.time - proof.time) // SECOND,
                "delegations_between": len(end.chain),
                **facts,
            },
        )


def _linked(state: Use, event: Event) -> None:
    """A new link ends what was counted and judged since the removal."""
    pair = state.links.pair_of(event)
    state.signed_out.back(pair[0], event.client)
    if state.refused:
        state.refused = {key: times for key, times in state.refused.items() if key[:2] != pair}
