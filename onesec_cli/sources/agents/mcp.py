"""MCP traffic: JSON-RPC messages, bare or as a logger wraps them.

Nobody's goal passes through MCP, only calls, answers and what servers offer. Ids are those of one connection: where a
log names connections, sessions or servers, ids are read apart for each; otherwise an `initialize` begins a new one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, RESULTS, TIMES, Told, orjson_text
from onesec_cli.sources.agents.mcp_talk import Connection, told_by
from onesec_cli.sources.agents.mcp_wrap import Wrapped, messages_in, unwrap
from onesec_cli.sources.agents.telling import Clock, Known, Scribe
from onesec_cli.sources.shapes import Shape

NAME: Final = "mcp"
MAX_CONNECTIONS: Final = 20_000
"""Connections remembered at once."""

_CALL: Final = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "tools/call",
    "params": {"name": "read_file", "arguments": {"path": "bill.txt"}},
}


class Mcp:
    """The connections of one run."""

    name: ClassVar[str] = NAME
    carries: ClassVar[frozenset[str]] = frozenset({ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape("mcp", "MCP JSON-RPC messages, one a line", json.dumps(_CALL), "documented"),
        Shape(
            "mcp-log",
            "MCP JSON-RPC messages as a logger wraps them: time, direction, session or server beside the message",
            json.dumps({"ts": "2026-03-01T09:00:00.100Z", "dir": "client->server", "msg": _CALL}),
            "seen",
        ),
    )

    def __init__(self) -> None:
        self._links: Known[tuple[str, str, str], Connection] = Known(MAX_CONNECTIONS)
        self._clocks: Known[str, Clock] = Known(MAX_CONNECTIONS)
        self._file = ""
        self._begun = 0

    def recognises(self, record: dict[str, Any]) -> bool:
        """A JSON-RPC message, or one under a key where loggers put it."""
        return bool(messages_in(record))

    def start_file(self, file: str) -> None:
        """Messages of another log that name no session are another conversation."""
        self._file, self._begun = "", 0
        self._links = Known(MAX_CONNECTIONS)
        self._clocks = Known(MAX_CONNECTIONS)

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one record."""
        wrapped = unwrap(record)
        self._file = self._file or hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16]
        told: Told = []
        for message in wrapped.messages:
            link = self._link(wrapped, message)
            scribe = Scribe(NAME, origin, link.session, link.clock, link.agent, wrapped.user)
            reason = told_by(scribe, link, message, wrapped.time, wrapped.side)
            told += scribe.or_ignored(reason)
        return told

    def close(self) -> list[Event]:
        """Nothing waits for the end."""
        return []

    def _link(self, wrapped: Wrapped, message: dict[str, Any]) -> Connection:
        """The connection a message belongs to."""
        named = (wrapped.session, wrapped.link, wrapped.server)
        if message.get("method") == "initialize" and not any(named):
            self._begun += 1
        tag = ":".join(part for part in (wrapped.link, wrapped.server) if part)
        if not any(named) and self._begun > 1:
            tag = f"#{self._begun}"
            named = ("", tag, "")
        link = self._links.get(named)
        if link is None:
            session = wrapped.session or self._file
            clock = self._clocks.get(session) or self._clocks.put(session, Clock())
            link = self._links.put(named, Connection(session, f"{tag}:" if tag else "", clock))
            link.server = wrapped.server
        return link
