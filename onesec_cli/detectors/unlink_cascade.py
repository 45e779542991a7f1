"""What ended when an account was unlinked."""

from __future__ import annotations

from collections.abc import Iterator

from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import Links
from onesec_cli.state.removals import READS, Loss, take


class UnlinkCascade(Detector[Links]):
    """An unlink, or a removal that amounts to one, and the complete list of what it ended.

    Direct: agents that used the account, delegations issued for it. Transitive: sub-delegations, however deep; a
    circle is walked once. Deleting the user, an identity, the connection, a client or an agent, switching the
    connection off for a client, and withdrawing a consent, a delegation or a refresh token count as well. An ordinary
    unlink is an entry in the timeline (informational); it is low where delegations to further agents ended with it.

    ## Why it matters
    The user believes that the access is gone. The list says whose access it was, and later use is measured against it.

    ## Judged on
    Links, exchanges, tool calls and delegations in the trail before the removal. A sub-delegation hangs on the parent
    it names, else on what its delegator held when it was issued.

    ## What it misses
    Agents that used the account only before the trail begins. Public Auth0 logs hold no delegation records, so
    sub-agents are known from onesec's own records only. A management deletion names ids: one whose connection or
    grant was never seen under a name in the trail ends nothing here.

    ## What to do
    Go through the list: each agent on it must stop using the account. Tell the owners of sub-agents, revoke their
    delegations where they are issued, and look at residual-token for what still works at the provider.
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
        for loss in take(state, event):
            yield self._finding(state, event, loss)

    def _finding(self, state: Links, event: Event, loss: Loss) -> Finding:
        given = (*loss.direct, *loss.deeper)
        ended = sorted(
            {f"agent:{agent}" for agent in loss.agents}
            | {f"delegation:{one.id} ({one.delegator} to {one.delegate})" for one in given}
        )
        below = [one for one in given if one in loss.deeper or state.tree.above.get(one.id)]
        parties = {f"agent:{name}" for name in (*loss.agents, *(one.delegate for one in given)) if name}
        pair = tuple(
            f"{name}:{value}" for name, value in (("user", loss.user), ("connection", loss.connection)) if value
        )
        accounts = [f"account:{name}" for name in loss.accounts]
        told = f"with it ended: {', '.join(ended)}" if ended else "nothing else in the trail hung on it"
        place = f" on {loss.connection}" if loss.connection else ""
        return Finding(
            rule=self.rule.id,
            level=Level.low if below else Level.informational,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="cascade" if below else "ended",
            message=f"For user {loss.user or 'unknown'}{place} {loss.how}; {told}.",
            subject=pair or ("connection:unknown",),
            entities=(*pair, *accounts, *sorted(parties)),
            evidence=(
                event.cite(loss.how),
                *(one.evidence for one in given),
                *(loss.agents[agent] for agent in sorted(loss.agents)),
            ),
            judged_on="links, uses and delegations in the trail",
            facts={
                "ended": ended,
                "direct": len(loss.agents) + len(loss.direct),
                "transitive": len(loss.deeper),
                "accounts": list(loss.accounts),
                "last_account": loss.whole,
                "how": loss.how,
            },
        )
