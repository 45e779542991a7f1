"""What a logger writes around a JSON-RPC message: its time, its direction, its connection, who speaks."""

from __future__ import annotations

from typing import Any, Final

import orjson
from msgspec import Struct

from onesec_cli.model.clock import to_time
from onesec_cli.sources.values import text

MAX_BATCH: Final = 10_000
"""Messages of one batch that are read."""

_HOLDERS: Final = (
    *(
        "msg",
        "message",
        "payload",
        "data",
        "body",
        "json",
        "raw",
        "frame",
        "content",
        "rpc",
        "jsonrpc",
        "packet",
        "entry",
    ),
    *("request", "request_body", "requestBody", "req", "response", "response_body", "responseBody", "resp"),
)
"""Keys under which loggers put a message; the request of an exchange before its response."""
_TIMES: Final = (
    "ts",
    "timestamp",
    "time",
    "@timestamp",
    "datetime",
    "date",
    "created_at",
    "createdAt",
    "logged_at",
    "t",
)
_SESSIONS: Final = (
    "session_id",
    "sessionId",
    "session",
    "mcp_session_id",
    "mcpSessionId",
    "mcp-session-id",
    "Mcp-Session-Id",
)
_LINKS: Final = ("connection_id", "connectionId", "connection", "conn_id", "conn", "client_id", "clientId", "stream")
_SERVERS: Final = (
    "server",
    "server_name",
    "serverName",
    "mcp_server",
    "mcpServer",
    "server_id",
    "serverId",
    "upstream",
)
_USERS: Final = ("user", "user_id", "userId", "principal", "subject", "sub")
_AROUND: Final = ("metadata", "meta", "headers", "context")
"""Objects beside a message that may hold those."""
_DIRECTIONS: Final = ("dir", "direction", "flow", "from", "side", "sender")
_BY_CLIENT: Final = (
    "client",
    "c2s",
    "c->s",
    "host",
    "outgoing",
    "outbound",
    "sent",
    "send",
    "->",
    ">>",
    "stdin",
    "request",
)
_BY_SERVER: Final = (
    "server",
    "s2c",
    "s->c",
    "incoming",
    "inbound",
    "received",
    "recv",
    "<-",
    "<<",
    "stdout",
    "response",
)


class Wrapped(Struct):
    """The messages of one record, and what is known of their connection."""

    messages: list[dict[str, Any]]
    time: int | None = None
    session: str = ""
    link: str = ""
    server: str = ""
    user: str = ""
    side: str = ""
    """Who sent it: `client`, `server`, or empty."""


def is_message(value: Any) -> bool:
    """Whether a value is a JSON-RPC message."""
    return (
        value.__class__ is dict
        and value.get("jsonrpc") == "2.0"
        and ("method" in value or "result" in value or "error" in value)
    )


def messages_in(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The JSON-RPC messages of a record: it is one, or holds one or several, also as JSON text."""
    if is_message(record):
        return [record]
    sided = any(name in record for name in _DIRECTIONS)
    found: list[dict[str, Any]] = []
    for name in _HOLDERS:
        if name in record:
            found += _messages(record[name], sided)
    return found


def unwrap(record: dict[str, Any]) -> Wrapped:
    """The messages of a record with what is written around them."""
    told = Wrapped(messages_in(record))
    around = [record, *(record[name] for name in _AROUND if record.get(name).__class__ is dict)]
    told.time = next((time for name in _TIMES if (time := to_time(record.get(name))) is not None), None)
    told.session = _first(around, _SESSIONS)
    told.link = _first(around, _LINKS)
    told.server = _first(around, _SERVERS)
    told.user = _first(around, _USERS)
    if told.messages and told.messages[0] is not record:
        told.side = _side(record)
    return told


def _messages(value: Any, sided: bool) -> list[dict[str, Any]]:
    if value.__class__ is str:
        start = value.lstrip()[:1]
        if start not in ("{", "[") or '"jsonrpc"' not in value:
            return []
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return []
    if value.__class__ is list:
        return [one for one in value[:MAX_BATCH] if is_message(one)]
    if is_message(value):
        return [value]
    if sided and value.__class__ is dict and "log_id" not in value and "id" in value and _speaks(value):
        return [value]
    return []


def _speaks(value: dict[str, Any]) -> bool:
    """Whether an object without a version is a message all the same."""
    method = value.get("method")
    return (method.__class__ is str and ("/" in method or method in ("initialize", "ping"))) or (
        method is None and ("result" in value) != ("error" in value) and len(value) <= 3
    )


def _first(around: list[dict[str, Any]], names: tuple[str, ...]) -> str:
    for holder in around:
        for name in names:
            value = holder.get(name)
            if value.__class__ is dict:
                value = value.get("id", value.get("name"))
            if value.__class__ is not bool and (said := text(value)):
                return said[:500]
    return ""


def _side(record: dict[str, Any]) -> str:
    """Who sent the message. `client->server` begins with its sender; `to server` does not say `client` first."""
    for name in _DIRECTIONS:
        said = record.get(name)
        if said.__class__ is str and (lowered := said[:60].lower().strip()):
            if lowered.startswith(("to_server", "to server", "toserver")):
                return "client"
            if lowered.startswith(("to_client", "to client", "toclient")):
                return "server"
            if lowered.startswith(_BY_CLIENT):
                return "client"
            if lowered.startswith(_BY_SERVER):
                return "server"
    return ""
