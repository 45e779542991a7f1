"""Whether a use of an account is authorised, and by what: pure judgements over `state.accounts.authority`."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND, show_time
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.state.accounts.authority import Authority
from onesec_cli.state.accounts.links import Link
from onesec_cli.state.accounts.newcomers import ESTABLISHED, SERVICES, WORKERS, Claim
from onesec_cli.state.delegation.chains import Delegation

GRACE: Final = SECOND
"""Uses this close to a removal may have happened before it."""
NEVER: Final = 2**62
"""Later than any event."""
POLICY: Final = "the declared policy (allowed-agents)"


class Judged(Struct, frozen=True):
    """The outcome for one use: authorised until some time, or a claim, or neither where nothing can be said."""

    until: int = 0
    claim: Claim | None = None
    front: str = ""
    """The front end whose custom may yet speak for the agent; then the claim waits."""
    open: bool = False
    """The trail shows neither link nor delegation; a later one may tell."""


UNKNOWN: Final = Judged(open=True)
SILENT: Final = Judged()
FINE: Final = Judged(until=NEVER)


def against_policy(policy: Policy, event: Event, user: str, names: frozenset[str]) -> Judged:
    """A declared access list decides alone."""
    if not user:
        return SILENT
    lines = policy.lines_for(names, user, event.connection)
    ends = [line.expires_at() or NEVER for line in lines]
    if lines:
        until = max(ends)
        return Judged(until=until) if until > event.time else Judged(claim=Claim("expired", Level.high, POLICY))
    own = [line for line in policy.allowed_agents or () if line.agent in names]
    if any("*" in line.connections or event.connection in line.connections for line in own):
        return Judged(claim=Claim("wrong-user", Level.high, POLICY))
    if any("*" in line.users or user in line.users for line in own):
        return Judged(claim=Claim("wrong-connection", Level.high, POLICY))
    return Judged(claim=Claim("never-authorized", Level.critical, POLICY))


def after_removal(event: Event, removed: Evidence, held: bool, link: Link | None, names: frozenset[str]) -> Judged:
    """The user's account is gone; who had it lost it, and who had not never got it."""
    if event.time - removed.time <= GRACE:
        return SILENT
    had = held or link is None or bool(names & (link.clients.keys() | link.agents.keys())) or not link.clients
    verdict = "revoked-by-unlink" if had else "never-authorized"
    return Judged(claim=Claim(verdict, Level.high, "the removal of the account", (removed,)))


def by_delegation(
    state: Authority, event: Event, user: str, held: list[Delegation], link: Link | None, names: frozenset[str]
) -> Judged:
    """Delegations name the agent for this user and connection; whether one of them holds."""
    ended = state.links.tree.ended
    running = [one.expires or NEVER for one in held if one.id not in ended]
    if running and max(running) > event.time:
        return Judged(until=max(running))
    ends = [(ended[one.id].proof.time if one.id in ended else one.expires or 0, one.id, one) for one in held]
    since, _, last = max(ends, key=lambda end: end[:2])
    clients = link.clients if link is not None else {}
    anew = [
        proof.time for told in (clients, state.consents.get(user, {})) for name, proof in told.items() if name in names
    ]
    if any(time > since for time in anew):
        return FINE
    if event.time - since <= GRACE:
        return SILENT
    if last.id not in ended:
        judged = f"a delegation that ended {show_time(since)}"
        own = [proof for name, proof in clients.items() if name in names]
        if not own:
            return Judged(claim=Claim("expired", Level.high, judged, (last.evidence,)))
        judged += "; the account is still connected through the agent itself"  # by the user, and that did not run out
        return Judged(claim=Claim("expired", Level.low, judged, (last.evidence, own[-1])))
    relinked = link is not None and link.linked is not None and link.linked.time > since
    judged = "a delegation that was taken back, itself or above it"
    if relinked:
        judged += "; the account was linked again since, without a new delegation"
    proofs = (ended[last.id].proof, last.evidence)
    return Judged(claim=Claim("revoked-by-unlink", Level.medium if relinked else Level.high, judged, proofs))


def outside(state: Authority, event: Event, user: str, names: frozenset[str]) -> Claim | None:
    """Delegations are recorded, and none names this agent for this user and connection; None where there are none."""
    tree = state.links.tree
    besides = tree.pairs.get((user, event.connection)) or tree.pairs.get((user, ""))
    if not besides and tree.latest(names) is None:
        return None
    judged = "delegations in the trail"
    for verdict, other in (
        ("wrong-connection", tree.latest(names, user=user)),
        ("wrong-user", tree.latest(names, connection=event.connection)),
    ):
        if other is not None:
            return Claim(verdict, Level.high, judged, (other.evidence,))
    nearest = tree.delegations[next(reversed(besides))] if besides else tree.latest(names)
    proofs = (nearest.evidence,) if nearest is not None else ()
    level = Level.critical if besides else Level.high
    return Claim("never-authorized", level, f"{judged}; none names this agent", proofs)


def unlike_link(
    state: Authority, event: Event, user: str, link: Link, linked: Evidence, names: frozenset[str]
) -> Judged:
    """The account was connected through another client, and nothing else speaks for this one."""
    foreign = event.kind == kinds.TOOL_CALL and link.source != event.source
    if not any(link.clients) or foreign:
        return SILENT
    taken = [end for name, end in state.withdrawn.get(user, {}).items() if name in names]
    if taken:
        judged = "the user's consent, which was withdrawn"
        return Judged(claim=Claim("revoked-by-unlink", Level.high, judged, (taken[-1],)))
    users = {one for name in names for one in state.own.get(name, ())}
    if user in users:
        judged = "the user connected or consented to this client elsewhere, this account through another one"
        return Judged(claim=Claim("wrong-connection", Level.medium, judged, (linked,)))
    seen = link.agents.get(event.agent)
    before = (event.agent, user, event.connection) in state.unknown
    before = before or (seen is not None and seen.first < linked.time)
    served = not names.isdisjoint(state.served.get(user, ()))
    worker = event.flow == "privileged_worker"
    judged = "the account was connected through another client; no delegation, consent or sign-in names this one"
    if len(users) >= ESTABLISHED or before or worker or served:
        judged += ", though the tenant knows it (own users, use before the link, a privileged worker, or on behalf of the user)"  # one phrase
        level = Level.medium
    else:
        level = Level.high
    claim = Claim("wrong-user" if users else "never-authorized", level, judged, (linked,))
    front = WORKERS if worker else SERVICES if served else ""
    if not front and state.exchangers.keys().isdisjoint(link.clients):
        front = next(reversed(link.clients))
    return Judged(claim=claim, front=front)
