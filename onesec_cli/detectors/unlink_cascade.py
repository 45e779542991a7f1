"""What ended when an account was unlinked."""

from __future__ import annotations

from collections.abc import Iterator

from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import READS, Links, Pair, Removal


class UnlinkCascade(Detector[Links]):
    """An unlink, or a removal that amounts to one, and the complete list of what it ended.

    Direct: agents that exchanged for the account, delegations issued for it. Transitive: sub-delegations, however deep; a circle is
    walked once. Removing the user, an identity, the connection or a client counts as well.

    ## Why it matters
    The user believes that the access is gone. The list says whose access it was, and is what later use is measured against.

    ## Judged on
    Links, exchanges and delegations in the trail before the removal.

    ## What it misses
    Agents that used the account before the trail begins. Public Auth0 logs hold no delegation records; sub-delegations are known
    from canonical records only.

    ## What to do
    Check the list: each agent on it must stop. Tell the owners of sub-agents, and look at residual-token for what still works.
    """

    rule = Rule(
        id="unlink-cascade",
        title="Access ended by a removal",
        level=Level.informational,
        asi=("ASI03",),
        attack=("T1078.004",),
    )
    reads = READS
    key = ("tenant",)
    state = Links

    def observe(self, state: Links, event: Event) -> Iterator[Finding]:
        removal = state.take(event)
        if removal is None:
            return
        for pair in removal.pairs:
            yield self._finding(state, event, removal, pair)

    def _finding(self, state: Links, event: Event, removal: Removal, pair: Pair) -> Finding:
        user, connection = pair
        link = state.link(pair)
        hanging = [state.delegations[name] for name in removal.delegations]
        ours = [one for one in hanging if (one.user, one.connection) == pair]
        deeper = [one for one in ours if one.parent]
        ended = sorted(
            {f"agent:{agent}" for agent in link.agents}
            | {f"delegation:{one.id} ({one.delegator} to {one.delegate})" for one in ours}
        )
        proofs: list[Evidence] = [event.cite(removal.how), *(one.issued for one in ours)]
        proofs += [link.agents[agent] for agent in sorted(link.agents)]
        told = ", ".join(ended) if ended else "nothing else that the trail shows"
        return Finding(
            rule=self.rule.id,
            level=Level.low if deeper else Level.informational,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            message=f"For user {user} on {connection} {removal.how}; with it ended: {told}.",
            subject=(f"user:{user}", f"connection:{connection}"),
            entities=tuple(sorted({f"user:{user}", f"connection:{connection}", *(e for e in ended if e[0] == "a")})),
            evidence=tuple(proofs),
            judged_on="links, exchanges and delegations in the trail",
            facts={"ended": ended, "how": removal.how},
        )
