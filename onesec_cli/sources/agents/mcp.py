"""MCP traffic: JSON-RPC messages, bare or as a logger wraps them.

Nobody's goal passes through MCP, only calls, answers and what servers offer. Ids are those of one connection: where a
log names connections, sessions or servers, ids are read apart for each; otherwise an `initialize` begins a new one.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, RESULTS, TIMES, Passed, Told, orjson_text
from onesec_cli.sources.agents.mcp_talk import Connection, told_by
from onesec_cli.sources.agents.mcp_wrap import Wrapped, messages_in, unwrap
from onesec_cli.sources.agents.nameless import late
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


MAX_HELD: Final = 64
"""Records of a log without sessions that wait for its first call."""


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
        self._held: list[tuple[dict[str, Any], Wrapped, Origin]] = []
        """Records of a log that names no session, until a call tells it from other logs: all begin with the same handshake."""
        self._late: list[Event | Gap | Passed] = []

    def recognises(self, record: dict[str, Any]) -> bool:
        """A JSON-RPC message, or one under a key where loggers put it."""
        return bool(messages_in(record))

    def start_file(self, file: str) -> None:
        """Messages of another log that name no session are another conversation."""
        self._let_go()
        self._file, self._begun = "", 0
        self._links = Known(MAX_CONNECTIONS)
        self._clocks = Known(MAX_CONNECTIONS)

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one record, and of those before it that waited for a name."""
        wrapped = unwrap(record)
        if self._file or wrapped.session:
            return self._tell(wrapped, origin)
        self._held.append((record, wrapped, origin))
        calls = any(message.get("method") == "tools/call" for message in wrapped.messages)
        return [told for told, _ in self._name()] if calls or len(self._held) >= MAX_HELD else []

    def close(self) -> list[Event | Gap | Passed]:
        """What logs told that never called a tool."""
        self._let_go()
        return self._late

    def _name(self) -> list[tuple[Event | str, Origin]]:
        """Name the log by its records up to the first call, and tell them; each with the place it stands at."""
        held, self._held = self._held, []
        digest = hashlib.sha256()
        for record, _, _ in held:
            digest.update(orjson_text(record).encode() + b"\n")
        self._file = digest.hexdigest()[:16]
        return [(told, origin) for _, wrapped, origin in held for told in self._tell(wrapped, origin)]

    def _let_go(self) -> None:
        """The file ended before it was named."""
        for told, origin in self._name() if self._held else ():
            self._late += late([told], origin)

    def _tell(self, wrapped: Wrapped, origin: Origin) -> Told:
        told: Told = []
        for message in wrapped.messages:
            link = self._link(wrapped, message)
            scribe = Scribe(NAME, origin, link.session, link.clock, link.agent, wrapped.user)
            reason = told_by(scribe, link, message, wrapped.time, wrapped.side)
            told += scribe.or_ignored(reason)
        return told

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
