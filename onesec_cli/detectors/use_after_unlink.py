"""An account is used after it was unlinked."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import READS, VAULT_FLOWS, Links

GRACE = SECOND
"""Events this close to the removal may have happened before it: clocks of two writers differ."""


class Use(Struct):
    """Links of the tenant, and refusals counted since each removal."""

    links: Links = field(default_factory=Links)
    refused: dict[tuple[str, str, str], int] = field(default_factory=dict)


class UseAfterUnlink(Detector[Use]):
    """An exchange, a refused exchange or a tool call on a connection after the user's account was removed.

    The removal may be an unlink, the deletion of the user, the connection or the client, or the end of the delegation that the
    agent's own hangs on, however deep. A new link ends it.

    ## Why it matters
    After an unlink the vault must not answer. If it does, or if a tool still works, a copy of the access survived the user's no.

    ## Judged on
    Removals and links in the trail. Where several accounts were linked on the connection, a success may belong to another one;
    exchanges do not log the account, so such a finding says possible-second-account and is one level lower.

    ## What it misses
    Use of a provider token directly at the provider; uses in the second after the removal; an unlink before the trail begins.

    ## What to do
    Revoke the user's grant at the provider itself, which ends tokens already handed out. Rotate the client's credentials, stop the
    agent and its sub-agents, and list what they called since the removal.
    """

    rule = Rule(
        id="use-after-unlink",
        title="Used after it was unlinked",
        level=Level.critical,
        asi=("ASI03", "ASI10"),
        attack=("T1550.001", "T1528"),
    )
    reads = READS | {kinds.TOKEN_EXCHANGE_FAILED, kinds.TOOL_CALL}
    key = ("tenant",)
    state = Use

    def observe(self, state: Use, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind in (kinds.TOKEN_EXCHANGE, kinds.TOKEN_EXCHANGE_FAILED, kinds.TOOL_CALL):
            if event.connection and (kind == kinds.TOOL_CALL or event.flow in VAULT_FLOWS):
                yield from self._judge(state, event)
        elif kind == kinds.ACCOUNT_LINK:
            pair = state.links.pair_of(event)
            state.refused = {key: count for key, count in state.refused.items() if key[:2] != pair}
        if kind not in (kinds.TOKEN_EXCHANGE_FAILED, kinds.TOOL_CALL):
            state.links.take(event)

    def _judge(self, state: Use, event: Event) -> Iterator[Finding]:
        removed = self._removed(state.links, event)
        if removed is None or event.time - removed[0].time <= GRACE:
            return
        proof, user, second, chain = removed
        if event.kind == kinds.TOKEN_EXCHANGE_FAILED:
            key = (user, event.connection, event.agent)
            count = state.refused[key] = state.refused.get(key, 0) + 1
            burst = count >= self.policy.thresholds.use_after_unlink.failed_burst
            yield self._finding(event, proof, user, "refused", Level.medium if burst else Level.low, chain)
        elif second:
            yield self._finding(event, proof, user, "possible-second-account", Level.high, chain)
        else:
            verdict = "tool-call" if event.kind == kinds.TOOL_CALL else "exchange"
            yield self._finding(event, proof, user, verdict, Level.critical, chain)

    def _removed(self, links: Links, event: Event) -> tuple[Evidence, str, bool, tuple[Evidence, ...]] | None:
        """(removal, user, several accounts were linked, delegations in between) if what is used is gone."""
        names = {event.agent, event.agent_id, event.external_agent_id, event.client} - {""}
        for name in names & links.removed_clients.keys():
            return links.removed_clients[name], event.user, False, ()
        again = 0
        link = links.links.get((event.user, event.connection))
        if link is not None:
            if link.ended is not None:
                return link.ended, event.user, link.had_several, self._chain(links, event, names)
            again = link.linked.time if link.linked is not None else 0
        held = [
            one
            for one in links.delegations.values()
            if one.delegate in names and one.connection == event.connection and event.user in ("", one.user)
        ]
        last = held[-1].revoked if held and all(one.revoked is not None for one in held) else None
        if last is None or last.time < again:  # connecting again after the removal ends it
            return None
        return last, held[-1].user, False, self._chain(links, event, names)

    def _chain(self, links: Links, event: Event, names: set[str]) -> tuple[Evidence, ...]:
        """The delegations from the agent up to the user."""
        found: list[Evidence] = []
        held = [
            one for one in links.delegations.values() if one.delegate in names and one.connection == event.connection
        ]
        one = held[-1] if held else None
        while one is not None and one.issued not in found:
            found.append(one.issued)
            one = links.delegations.get(one.parent)
        return tuple(found)

    def _finding(
        self, event: Event, proof: Evidence, user: str, verdict: str, level: Level, chain: tuple[Evidence, ...]
    ) -> Finding:
        who = event.agent_id or event.external_agent_id or event.agent or "an unnamed agent"
        act = {
            kinds.TOKEN_EXCHANGE: "exchanged a token",
            kinds.TOKEN_EXCHANGE_FAILED: "was refused an exchange",
            kinds.TOOL_CALL: f"called {event.tool or 'a tool'}",
        }[event.kind]
        depth = f", through {len(chain)} delegations" if len(chain) > 1 else ""
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=f"Agent {who} {act} on {event.connection} of user {user or 'unknown'}{depth} "
            f"{show_span(event.time - proof.time)} after {proof.role}.",
            subject=(f"agent:{who}", f"user:{user}", f"connection:{event.connection}"),
            entities=event.entities(),
            evidence=(event.cite("the use"), proof, *chain),
            judged_on="removals, links and delegations in the trail",
            facts={"seconds_after": (event.time - proof.time) // SECOND, "delegations_between": len(chain)},
        )
