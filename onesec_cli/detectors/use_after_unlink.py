"""An account is used after it was unlinked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import VAULT_FLOWS, Links, display, names_of
from onesec_cli.state.removals import READS, take

GRACE: Final = SECOND
"""Events this close to the removal may have happened before it: clocks of two writers differ."""
MOST_REFUSED: Final = 50_000


class Use(Struct):
    """Links of the tenant, and refusals counted since each removal."""

    links: Links = field(default_factory=Links)
    refused: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """(user, connection, agent) to refusals since the removal."""


class End(Struct, frozen=True):
    """Why what is used is gone."""

    proof: Evidence
    user: str
    level: Level = Level.critical
    verdict: str = ""
    chain: tuple[Evidence, ...] = ()
    """The delegations from the agent up to the user."""


class UseAfterUnlink(Detector[Use]):
    """An exchange, a refused exchange or a tool call on a connection after the user's account was removed.

    The removal may be an unlink, the deletion of the user, the identity, the connection, the client or the agent, the
    connection being switched off for the client, or the end of the delegation that the agent's own hangs on, however
    deep. Linking the connection again, or a new delegation, ends it. A success is critical, a refusal low (the agent
    was not told) and a burst of refusals medium.

    ## Why it matters
    After an unlink the vault must not answer. If it does, or if a tool still works, a copy of the access survived the
    user's no.

    ## Judged on
    Removals, links and delegations in the trail. Where several accounts were linked on the connection, a success may
    belong to another one: exchanges do not log the account, so such a finding says possible-second-account and is one
    level lower. While a second account stays linked, only a use that names the removed account, or the return of a
    provider token that was handed out when the removed account was the only one, is judged.

    ## What it misses
    Use of a provider token directly at the provider. Uses within one second of the removal, whose order two clocks
    cannot tell. Unlinks before the trail begins. A client that was removed and comes back under a new id.

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
    reads = READS | {kinds.TOKEN_EXCHANGE_FAILED}
    key = ("tenant",)
    state = Use

    def observe(self, state: Use, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind in (kinds.TOKEN_EXCHANGE, kinds.TOKEN_EXCHANGE_FAILED, kinds.TOOL_CALL):
            if event.connection and (kind == kinds.TOOL_CALL or event.flow in VAULT_FLOWS):
                end = _end(state.links, event)
                if end is not None and event.time - end.proof.time > GRACE:
                    yield self._judge(state, event, end)
            if kind == kinds.TOKEN_EXCHANGE_FAILED:
                return
        elif kind == kinds.ACCOUNT_LINK and state.refused:
            pair = state.links.pair_of(event)
            state.refused = {key: count for key, count in state.refused.items() if key[:2] != pair}
        take(state.links, event)

    def _judge(self, state: Use, event: Event, end: End) -> Finding:
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED:
            key = (end.user, event.connection, event.agent)
            count = state.refused[key] = state.refused.get(key, 0) + 1
            if len(state.refused) > MOST_REFUSED:
                del state.refused[next(iter(state.refused))]
            threshold = self.policy.thresholds.use_after_unlink.failed_burst
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


def _end(links: Links, event: Event) -> End | None:
    """Why what an event uses is gone; None where it is not."""
    names, user, connection = names_of(event), event.user, event.connection
    if links.clients_gone or links.shut:
        for name in sorted(names):
            if name in links.clients_gone:
                return End(links.clients_gone[name], user)
            if (name, connection) in links.shut:
                return End(links.shut[(name, connection)], user, Level.high)
    link = links.links.get((user, connection))
    if link is not None:
        account = event.account or link.tokens.get(event.token, "") if link.gone else ""
        if account in link.gone:
            return End(link.gone[account], user, chain=_chain(links, names, user, connection))
        if event.account and event.account in link.accounts:
            return None
    proof = links.ended(user, connection) if user else links.connections_gone.get(connection)
    if proof is not None:
        chain = _chain(links, names, user, connection)
        if link is not None and link.several:
            return End(proof, user, Level.high, "possible-second-account", chain)
        return End(proof, user, chain=chain)
    return _undelegated(links, names, user, connection)


def _undelegated(links: Links, names: frozenset[str], user: str, connection: str) -> End | None:
    """All that the agent held for the connection was taken back, itself or far above it."""
    held = links.tree.of(names, user, connection)
    if not held or not all(one.id in links.tree.ended for one in held):
        return None
    last = max(held, key=lambda one: (links.tree.ended[one.id].time, one.id))
    proof = links.tree.ended[last.id]
    link = links.links.get((user or last.user, connection))
    if link is not None and link.linked is not None and link.linked.time > proof.time:
        return None  # linked again after the removal
    return End(proof, user or last.user, chain=links.tree.path(last))


def _chain(links: Links, names: frozenset[str], user: str, connection: str) -> tuple[Evidence, ...]:
    held = links.tree.of(names, user, connection)
    return links.tree.path(held[-1]) if held else ()
