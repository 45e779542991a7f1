"""One name per agent through the whole trail.

Auth0 began to write `agent_id` in 2026, so it appears half-way through a trail, and external ids replace or join it.
The agent key is the client id where there is one; the first agent id seen with a client is that client, and a second
one is an agent of its own.
"""

from __future__ import annotations

from msgspec import Struct, field

from onesec_cli.model.event import Event


class Identity(Struct):
    """What is known of which names mean one agent. Plain data; grows with the number of agents."""

    key_of: dict[str, str] = field(default_factory=dict)
    """Agent id, or `external:` and the external id, to agent key."""
    taken: dict[str, str] = field(default_factory=dict)
    """Client id, or `external:` and the client id, to the name it was first seen with."""

    def resolve(self, event: Event) -> None:
        """Set the agent key of an event; events must come in total order."""
        client = event.client
        if event.agent_id:
            event.agent = self._named(event.agent_id, client, client)
        elif event.external_agent_id:
            event.agent = self._named(f"external:{event.external_agent_id}", client, f"external:{client}")
        else:
            event.agent = client

    def _named(self, name: str, client: str, slot: str) -> str:
        key = self.key_of.get(name)
        if key is None:
            free = client and slot not in self.taken
            if free:
                self.taken[slot] = name
            key = self.key_of[name] = client if free else name.removeprefix("external:")
        return key
