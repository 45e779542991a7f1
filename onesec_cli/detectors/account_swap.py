"""A connection is linked again, by somebody else upstream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR, show_span
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import NOTHING, Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.accounts.links import VAULT_FLOWS, Links, display, same_identity
from onesec_cli.state.accounts.removal import REMOVES
from onesec_cli.state.accounts.removals import take
from onesec_cli.state.bounds import keep, shed
from onesec_cli.state.delegation.tree import Pair

WINDOW: Final = HOUR
"""An exchange this soon after the swap used the new account."""
MOST: Final = 100_000
"""Pairs, identities and swaps remembered, each; the oldest are forgotten first."""
MOST_IDENTITIES: Final = 20
"""Identities remembered of one pair, and users of one identity."""


class Swap(Struct, frozen=True):
    """A swap that was told, until an agent uses it."""

    before: str
    now: str
    time: int
    evidence: tuple[Evidence, ...]


class Upstream(Struct):
    """Links, and whose upstream identities they were."""

    tells: ClassVar[Tells] = (
        Tell("known.*.*", "user {0.0} is {1} on {0.1}"),
        Tell("users.*.*", "identity {0.1} on {0.0} was linked by user {1}"),
        Tell("swaps.*", "{0.1} of user {0.0} went from {value.before} to {value.now}"),
    )

    links: Links = field(default_factory=Links)
    known: dict[Pair, dict[str, Evidence]] = field(default_factory=dict)
    """(user, connection) to identities it was ever linked to, each with its first link; the last linked one is last."""
    users: dict[tuple[str, str], dict[str, Evidence]] = field(default_factory=dict)
    """(connection, identity) to the users who linked it."""
    swaps: dict[Pair, Swap] = field(default_factory=dict)


class AccountSwap(Detector[Upstream]):
    """After an unlink, the same user's connection is linked again by another upstream identity.

    Medium, low where a day or more lies between; high where an agent exchanges on the new account within the hour
    (used-after-swap), or where the new identity is one that other users of the tenant have linked (shared-identity).
    A new account that is linked beside one of old, and is the only one left when that goes within the hour, is a swap
    as well. A second account beside a linked one is not; an identity that the user had linked before is not one either.

    ## Why it matters
    Whoever controls the new upstream account reads what the agent writes there, and can feed the agent text of their
    choice.

    ## Judged on
    The upstream user id that the connect event logs, and every removal of the account that the trail shows.

    ## What it misses
    Links whose events carry no upstream id; a first link made to an attacker's account; a new account that is linked
    more than an hour before the old one goes; one identity linked by many users without a swap, as shared mailboxes
    are. A user who moves to another account of their own looks the same.

    ## What else it may be
    The user owns both provider accounts and changed to the other one on purpose.

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
    reads = REMOVES | {kinds.ACCOUNT_LINK, kinds.TOKEN_EXCHANGE}
    key = ("tenant",)
    state = Upstream

    def observe(self, state: Upstream, event: Event) -> Iterator[Finding]:
        kind = event.kind
        if kind == kinds.TOKEN_EXCHANGE:
            if not state.swaps or event.flow not in VAULT_FLOWS:
                return NOTHING
            pair = (state.links.user_of(event), event.connection)
            return self._used(state, event, pair) if pair in state.swaps else NOTHING
        return self._changed(state, event)

    def _changed(self, state: Upstream, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ACCOUNT_LINK:
            if event.identity:
                yield from self._linked(state, event, state.links.pair_of(event))
            state.links.remember(event)
            return
        toll = take(state.links, event)
        for loss in toll.losses if toll is not None else ():
            if loss.accounts and not loss.whole:
                yield from self._left(state, event, (loss.user, loss.connection), loss.accounts)

    def _linked(self, state: Upstream, event: Event, pair: Pair) -> Iterator[Finding]:
        if not all(pair):
            return
        ended = state.links.ended(*pair)
        known = state.known.setdefault(pair, {})
        again = [name for name in known if same_identity(name, event.identity)]
        if ended is not None and known and not again:
            before, link = next(reversed(known.items()))
            said = f"{show_span(event.time - ended.time)} after the account of {before} was removed"
            proofs = (event.cite("the new link"), ended, link)
            yield self._swap(state, event, pair, (before, event.identity), said, proofs)
        first = known.pop(again[0]) if again else event.cite("the earlier link")
        keep(known, event.identity, first, MOST_IDENTITIES)
        users = state.users.setdefault((pair[1], event.identity), {})
        if pair[0] in users or len(users) < MOST_IDENTITIES:
            users[pair[0]] = event.cite("another user linked the same identity")
        shed(state.known, MOST)
        shed(state.users, MOST)

    def _left(self, state: Upstream, event: Event, pair: Pair, gone: tuple[str, ...]) -> Iterator[Finding]:
        """An account was removed, and what is left was linked only just before it."""
        link = state.links.links[pair]
        old = [link.gone[name] for name in gone if name in link.gone and link.gone[name].identity]
        new = [one for one in link.accounts.values() if one.identity and one.linked is not None]
        if len(new) != 1 or len(link.accounts) != 1 or not old or link.unsure:
            return
        linked, was = new[0].linked, old[0].linked
        if linked is None or was is None or linked.time - was.time <= WINDOW or event.time - linked.time > WINDOW:
            return
        first = state.known.get(pair, {}).get(new[0].identity)
        if first is None or first.time != linked.time:
            return
        said = f"{show_span(event.time - linked.time)} before the account of {old[0].identity} was removed"
        proofs = (event.cite("the removal"), linked, was)
        yield self._swap(state, event, pair, (old[0].identity, new[0].identity), said, proofs)

    def _swap(
        self, state: Upstream, event: Event, pair: Pair, names: Pair, when: str, proofs: tuple[Evidence, ...]
    ) -> Finding:
        before, now = names
        keep(state.swaps, pair, Swap(before, now, event.time, proofs), MOST)
        others = {who: link for who, link in state.users.get((pair[1], now), {}).items() if who != pair[0]}
        said = f"User {pair[0]} linked {pair[1]} again as {now}, {when}"
        facts = {"before": before, "now": now, "users_of_identity": len(others) + 1}
        if not others:
            soon = event.time - min(proof.time for proof in proofs[:2]) <= DAY
            level = Level.medium if soon else Level.low
            return self._finding(event, pair, "swapped", level, f"{said}.", proofs, facts)
        said += f"; {', '.join(sorted(others))} linked the same identity."
        proofs += tuple(others[who] for who in sorted(others))
        return self._finding(event, pair, "shared-identity", Level.high, said, proofs, facts)

    def _used(self, state: Upstream, event: Event, pair: Pair) -> Iterator[Finding]:
        swap = state.swaps.pop(pair)
        since = event.time - swap.time
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
