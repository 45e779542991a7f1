"""What ended when an account was unlinked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.state.accounts.links import Links
from onesec_cli.state.accounts.removal import REMOVES
from onesec_cli.state.accounts.removals import READS, Toll, take

MOST_NAMED: Final = 20
"""Agents and delegations named in the sentence; the facts list more."""
MOST_LISTED: Final = 1_000
"""Names listed in one fact; the totals count them all."""


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

    ## What else it may be
    The user unlinked the account in the ordinary way; the list tells who has to notice.

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
        if event.kind in REMOVES:
            toll = take(state, event)
            return iter((self._finding(state, event, toll),)) if toll is not None else NOTHING
        state.remember(event)
        return NOTHING

    def _finding(self, state: Links, event: Event, toll: Toll) -> Finding:
        losses = toll.losses
        given = [one for loss in losses for one in (*loss.direct, *loss.deeper)]
        deeper = {one.id for loss in losses for one in loss.deeper}
        uses = {(who, use.origin): use for loss in losses for who, use in loss.agents.items()}
        agents = sorted({who for who, _ in uses})
        ended = [f"agent:{who}" for who in agents]
        ended += sorted({f"delegation:{one.id} ({one.delegator} to {one.delegate})" for one in given})
        below = any(one.id in deeper or state.tree.above.get(one.id) for one in given)
        parties = sorted({f"agent:{name}" for name in (*agents, *(one.delegate for one in given)) if name})
        accounts = [name for loss in losses for name in loss.accounts]
        subject = _subject(toll)
        told = f"with it ended: {', '.join(ended[:MOST_NAMED])}" if ended else "nothing else in the trail hung on it"
        if len(ended) > MOST_NAMED:
            told += f" and {len(ended) - MOST_NAMED} more"
        return Finding(
            rule=self.rule.id,
            level=Level.low if below else Level.informational,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict="cascade" if below else "ended",
            message=f"{_who(toll)} {toll.how}; {told}.",
            subject=subject,
            entities=(*subject, *(f"account:{name}" for name in accounts[:MOST_LISTED]), *parties[:MOST_LISTED]),
            evidence=(event.cite(toll.how), *(one.evidence for one in given), *uses.values())[:MOST_LISTED],
            judged_on="links, uses and delegations in the trail",
            facts={
                "ended": ended[:MOST_LISTED],
                "ended_total": len(ended),
                "direct": len(uses) + sum(len(loss.direct) for loss in losses),
                "transitive": len(deeper),
                "users": sorted({loss.user for loss in losses if loss.user})[:MOST_LISTED],
                "users_total": len({loss.user for loss in losses if loss.user}),
                "accounts": accounts[:MOST_LISTED],
                "accounts_total": len(accounts),
                "last_account": any(loss.whole for loss in losses),
                "how": toll.how,
            },
        )


def _subject(toll: Toll) -> tuple[str, ...]:
    """The user and connection that lost access, or what went where that is wider."""
    if len(toll.losses) == 1:
        loss = toll.losses[0]
        pairs = (("user", loss.user), ("connection", loss.connection))
        return tuple(f"{name}:{value}" for name, value in pairs if value) or ("connection:unknown",)
    return toll.about or tuple(sorted({f"user:{loss.user}" for loss in toll.losses}))


def _who(toll: Toll) -> str:
    """Who lost access where, as the beginning of a sentence."""
    users = sorted({loss.user or "unknown" for loss in toll.losses})
    connections = sorted({loss.connection for loss in toll.losses if loss.connection})
    who = f"user {users[0]}" if len(users) == 1 else f"{len(users)} users"
    place = "" if not connections else f" on {connections[0]}" if len(connections) == 1 else ""
    if len(connections) > 1:
        place = f" on {len(connections)} connections"
    return f"For {who}{place}"
