"""Uses that were found in order and need no second look until something changes: a memory that saves work only."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.delegation.chains import is_client

MOST_USERS: Final = 50_000
"""Users remembered; too many start it afresh."""
MOST_USES: Final = 200
"""Agents and connections remembered of one user."""
MOST_CHAINS: Final = 50_000
"""Actor chains remembered; too many start it afresh."""


class Fine(Struct):
    """One agent's use of one connection for one user, by the names it went by."""

    client: str
    agent_id: str
    external: str
    until: int
    """Uses before this are in order too, unless something changes."""


class Calm(Struct):
    """What was judged and found in order. It may be emptied at any moment: the judgement is made again then."""

    tells: ClassVar[Tells] = (
        Tell("uses.*.*", "{1.0} using {1.1} of user {0} is in order until {value.until:time}"),
        Tell("uses.*.*.until", "{1.0} using {1.1} of user {0} is in order until {value:time}"),
        Tell("uses.*.*.*", ""),
        Tell("chains.*", "an exchange by this chain of actors is in order: {0}"),
    )

    uses: dict[str, dict[tuple[str, str], Fine]] = field(default_factory=dict)
    """User to (agent key, connection)."""
    chains: dict[tuple[str, ...], None] = field(default_factory=dict)
    """Names and flow of an exchange, with its actors."""

    def holds(self, event: Event) -> bool:
        """Whether the same use was in order, and nothing that bears on it changed since."""
        uses = self.uses.get(event.user)
        if uses is None:
            return False
        fine = uses.get((event.agent, event.connection))
        return (
            fine is not None
            and event.time < fine.until
            and fine.client == event.client
            and fine.agent_id == event.agent_id
            and fine.external == event.external_agent_id
        )

    def note(self, event: Event, until: int) -> None:
        """This use was in order, and will be until then."""
        if len(self.uses) >= MOST_USERS:
            self.uses.clear()
        uses = self.uses.setdefault(event.user, {})
        if len(uses) >= MOST_USES:
            uses.clear()
        uses[event.agent, event.connection] = Fine(event.client, event.agent_id, event.external_agent_id, until)

    def change(self, user: str) -> None:
        """Something changed for a user, or, where none is named, for anyone."""
        if user:
            self.uses.pop(user, None)
            self.uses.pop("", None)
        else:
            self.uses.clear()

    def same_chain(self, event: Event) -> bool:
        """Whether the same parties exchanged a token with the same chain of actors before, for a person."""
        return event.user != "" and not is_client(event.user) and _chain(event) in self.chains

    def note_chain(self, event: Event) -> None:
        """The actor chain of this exchange was in order."""
        if len(self.chains) >= MOST_CHAINS:
            self.chains.clear()
        self.chains[_chain(event)] = None


def _chain(event: Event) -> tuple[str, ...]:
    return (event.client, event.agent, event.agent_id, event.external_agent_id, event.flow, *event.actors)
