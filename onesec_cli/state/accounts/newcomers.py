"""Agents that nothing names for an account, and whether what they do in the tenant speaks for them.

Where users connect accounts through a front end that never exchanges itself, where a privileged worker runs over all
users, or where a service acts on behalf of a signed-in user, no record says which agent was meant. Such an agent is held
in doubt: it settles once it serves several users and comes back to them; what has not settled at the end is told. An
agent that first appears when the others have been at work for a day is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from onesec_cli.model.clock import DAY, MINUTE
from onesec_cli.model.event import Evidence
from onesec_cli.model.level import Level
from onesec_cli.state.bounds import keep

ESTABLISHED: Final = 3
"""Users an agent serves from which on it is a known part of the tenant."""
RETURN: Final = 30 * MINUTE
"""An agent that serves a user again after this long has come back; a harvest does not."""
FLEET: Final = DAY
"""Agents that first appear this long after the first of a front end are not of its fleet."""
WORKERS: Final = "*workers"
"""Stands for the tenant itself as the front end of privileged workers."""
SERVICES: Final = "*services"
"""And of services that act on behalf of users: each user's own token came to them, so they need not come back."""
MOST_NEWCOMERS: Final = 10_000
"""Agents in doubt remembered, by front end; the oldest are forgotten first."""
MOST_USERS: Final = 16
MOST_DOUBTS: Final = 50
"""Uses kept of one agent in doubt."""


class Claim(Struct, frozen=True):
    """What is wrong with a use."""

    verdict: str
    level: Level
    judged: str
    proofs: tuple[Evidence, ...] = ()


class Use(Struct, frozen=True):
    """A use as far as a finding tells it."""

    time: int
    tenant: str
    event_id: str
    agent: str
    user: str
    connection: str
    act: str
    entities: tuple[str, ...]
    proof: Evidence


class Newcomer(Struct):
    """One agent in doubt."""

    since: int
    users: dict[str, tuple[int, int]] = field(default_factory=dict)
    """User to its first and its latest use."""
    doubts: list[tuple[Use, Claim]] = field(default_factory=list)
    settled: bool = False


class Front(Struct):
    """A front end: a client that connects accounts, or the tenant itself."""

    since: int
    returns: int = 2
    """Users an agent must come back to."""
    users: dict[str, None] = field(default_factory=dict)
    agents: dict[str, Newcomer] = field(default_factory=dict)


class Newcomers(Struct):
    """Agents in doubt, by front end."""

    fronts: dict[str, Front] = field(default_factory=dict)

    def doubt(self, front: str, agent: str, use: Use, claim: Claim) -> str:
        """What to do about a use that only custom can speak for: `settled`, `doubt` (wait), or `late` (tell now)."""
        known = self.fronts.get(front)
        if known is None:
            known = Front(use.time, 0 if front == SERVICES else 2)
            keep(self.fronts, front, known, MOST_NEWCOMERS)
        if use.user not in known.users and len(known.users) < ESTABLISHED:
            known.users[use.user] = None
        one = known.agents.get(agent)
        if one is None:
            if use.time - known.since > FLEET:
                return "late"
            one = Newcomer(use.time)
            keep(known.agents, agent, one, MOST_NEWCOMERS)
        if one.settled:
            return "settled"
        first, _ = one.users.get(use.user, (use.time, 0))
        if use.user in one.users or len(one.users) < MOST_USERS:
            one.users[use.user] = (first, use.time)
        if _settles(one, known):
            one.settled = True
            one.doubts.clear()
            return "settled"
        if len(one.doubts) < MOST_DOUBTS:
            one.doubts.append((use, claim))
        return "doubt"

    def resolve(self, front: str, agent: str, user: str, connection: str) -> Evidence | None:
        """The use of an account is no longer in doubt; the first that was, if any."""
        known = self.fronts.get(front)
        one = known.agents.get(agent) if known is not None else None
        if one is None:
            return None
        mine = [use for use, _ in one.doubts if (use.user, use.connection) == (user, connection)]
        one.doubts = [doubt for doubt in one.doubts if doubt[0] not in mine]
        return mine[0].proof if mine else None

    def unsettled(self) -> Iterator[tuple[str, Use, Claim]]:
        """What is left in doubt at the end, with the front end."""
        for front in sorted(self.fronts):
            for agent in sorted(self.fronts[front].agents):
                for use, claim in self.fronts[front].agents[agent].doubts:
                    yield front, use, claim


def _settles(one: Newcomer, front: Front) -> bool:
    """Whether an agent serves enough of the front end's users, and came back to some of them."""
    back = sum(last - first >= RETURN for first, last in one.users.values())
    return len(one.users) >= max(2, min(ESTABLISHED, len(front.users))) and back >= front.returns
