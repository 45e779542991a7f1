"""A connection is linked again, by somebody else upstream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import HOUR, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.links import VAULT_FLOWS, Links, Pair, display, same_identity
from onesec_cli.state.removals import READS, take

WINDOW: Final = HOUR
"""An exchange this soon after the swap used the new account."""
MOST: Final = 100_000
MOST_IDENTITIES: Final = 20


class Swap(Struct, frozen=True):
    """A swap that was told, until an agent uses it."""

    before: str
    now: str
    evidence: tuple[Evidence, ...]


class Upstream(Struct):
    """Links, and whose upstream identities they were."""

    links: Links = field(default_factory=Links)
    known: dict[Pair, dict[str, Evidence]] = field(default_factory=dict)
    """(user, connection) to identities it was ever linked to, each with its first link; the last linked one is last."""
    users: dict[tuple[str, str], dict[str, Evidence]] = field(default_factory=dict)
    """(connection, identity) to the users who linked it."""
    swaps: dict[Pair, Swap] = field(default_factory=dict)


class AccountSwap(Detector[Upstream]):
    """After an unlink, the same user's connection is linked again by another upstream identity.

    Medium; high where an agent exchanges on the new account within the hour (used-after-swap), or where the new
    identity is one that other users of the tenant have linked (shared-identity). A second account beside a linked one
    is not a swap; an identity that the user had linked before is not one either.

    ## Why it matters
    Whoever controls the new upstream account reads what the agent writes there, and can feed the agent text of their
    choice.

    ## Judged on
    The upstream user id that the connect event logs, and every removal of the account that the trail shows.

    ## What it misses
    Links whose events carry no upstream id; a first link made to an attacker's account; a swap in the other order, where
    the new account is linked before the old one goes; one identity linked by many users without a swap, as shared
    mailboxes are. A user who moves to another account of their own looks the same.

    ## What to do
    Ask the user whether they changed accounts. If not, unlink the new account, end the user's sessions and refresh
    tokens, and treat what agents wrote to it as disclosed and what they read from it as untrusted.
    """

    rule = Rule(
        id="account-swap",
        title="Linked again by another identity",
        level=Level.medium,
        asi=("ASI03", "ASI09"),
        attack=("T1098",),
    )
    reads = READS
    key = ("tenant",)
    state = Upstream

    def observe(self, state: Upstream, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.TOKEN_EXCHANGE:
            pair = (event.user, event.connection)
            if pair in state.swaps and event.flow in VAULT_FLOWS:
                yield from self._used(state, event, pair)
        elif event.kind == kinds.ACCOUNT_LINK and event.identity:
            yield from self._linked(state, event, state.links.pair_of(event))
        take(state.links, event)

    def _linked(self, state: Upstream, event: Event, pair: Pair) -> Iterator[Finding]:
        if not all(pair):
            return
        ended = state.links.ended(*pair)
        known = state.known.setdefault(pair, {})
        again = [name for name in known if same_identity(name, event.identity)]
        if ended is not None and known and not again:
            before, link = next(reversed(known.items()))
            yield self._swap(state, event, pair, before, (event.cite("the new link"), ended, link))
        first = known.pop(again[0]) if again else event.cite("the earlier link")
        known[event.identity] = first
        if len(known) > MOST_IDENTITIES:
            del known[next(iter(known))]
        users = state.users.setdefault((pair[1], event.identity), {})
        if pair[0] in users or len(users) < MOST_IDENTITIES:
            users[pair[0]] = event.cite("another user linked the same identity")
        if len(state.known) > MOST:
            del state.known[next(iter(state.known))]
        if len(state.users) > MOST:
            del state.users[next(iter(state.users))]

    def _swap(self, state: Upstream, event: Event, pair: Pair, before: str, proofs: tuple[Evidence, ...]) -> Finding:
        now = event.identity
        state.swaps[pair] = Swap(before, now, proofs)
        if len(state.swaps) > MOST:
            del state.swaps[next(iter(state.swaps))]
        others = {who: link for who, link in state.users.get((pair[1], now), {}).items() if who != pair[0]}
        gap = show_span(event.time - proofs[1].time)
        said = f"User {pair[0]} linked {pair[1]} again as {now}, {gap} after the account of {before} was removed"
        facts = {"before": before, "now": now, "users_of_identity": len(others) + 1}
        if not others:
            return self._finding(event, pair, "swapped", Level.medium, f"{said}.", proofs, facts)
        said += f"; {', '.join(sorted(others))} linked the same identity."
        proofs += tuple(others[who] for who in sorted(others))
        return self._finding(event, pair, "shared-identity", Level.high, said, proofs, facts)

    def _used(self, state: Upstream, event: Event, pair: Pair) -> Iterator[Finding]:
        swap = state.swaps.pop(pair)
        since = event.time - swap.evidence[0].time
        if since > WINDOW:
            return
        said = (
            f"Agent {display(event)} exchanged a token for user {pair[0]} on {pair[1]} {show_span(since)} after the "
            f"account moved from {swap.before} to {swap.now}."
        )
        proofs = (event.cite("the exchange on the new account"), *swap.evidence)
        facts = {"before": swap.before, "now": swap.now, "seconds_after": since // 1_000_000}
        yield self._finding(event, pair, "used-after-swap", Level.high, said, proofs, facts)

    def _finding(
        self,
        event: Event,
        pair: Pair,
        verdict: str,
        level: Level,
        said: str,
        proofs: tuple[Evidence, ...],
        facts: dict[str, Any],
    ) -> Finding:
        subject = (f"user:{pair[0]}", f"connection:{pair[1]}")
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            message=said,
            subject=subject,
            entities=tuple(dict.fromkeys((*event.entities(), *subject))),
            evidence=proofs,
            judged_on="upstream user ids of the connect events",
            facts=facts,
        )
