"""One name per agent, and per connection, through the whole trail.

Auth0 began to write `agent_id` in 2026, so it appears half-way through a trail, and external ids replace or join it.
The agent key is the client id where there is one; the first agent id seen with a client is that client, and a second
one is an agent of its own. An agent id that no client was seen with yet goes by itself until one is. Exchanges may
carry the id of a connection without its name.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from onesec_cli.model.event import Event

MOST_CONNECTIONS: Final = 100_000
"""Connections whose name is remembered; later ones keep their id where a record has no name."""


class Identity(Struct):
    """What is known of which names mean one agent or connection. Plain data; grows with the number of agents."""

    key_of: dict[str, str] = field(default_factory=dict)
    """Agent id, or `external:` and the external id, to agent key."""
    taken: dict[str, str] = field(default_factory=dict)
    """Client id, or `external:` and the client id, to the name it was first seen with."""
    connections: dict[str, str] = field(default_factory=dict)
    """Connection id to name."""

    def resolve(self, event: Event, learn: bool = True) -> None:
        """Set the agent key, and the connection's name, of an event; events must come in total order.

        Without `learn` nothing is remembered of it: what only Sigma rules read must not change what detectors are shown.
        """
        client = event.client
        if event.agent_id:
            event.agent = self._named(event.agent_id, client, client, learn)
        elif event.external_agent_id:
            event.agent = self._named(f"external:{event.external_agent_id}", client, f"external:{client}", learn)
        else:
            event.agent = client
        if event.connection_id:
            self._place(event, learn)

    def _named(self, name: str, client: str, slot: str, learn: bool) -> str:
        key = self.key_of.get(name)
        if key is None:
            if not client:
                return name.removeprefix("external:")
            free = slot not in self.taken
            key = client if free else name.removeprefix("external:")
            if learn:
                self.key_of[name] = key
                if free:
                    self.taken[slot] = name
        return key

    def _place(self, event: Event, learn: bool) -> None:
        known = self.connections.get(event.connection_id)
        if not event.connection:
            event.connection = known or event.connection_id
        elif learn and known is None and len(self.connections) < MOST_CONNECTIONS:
            self.connections[event.connection_id] = event.connection
