"""Chat Completions messages: an object with `messages`, or one message a line or array element.

The format carries no time and no agent. A conversation's order is that of its messages; where the object around them says
when it began, its events stand at that moment.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import (
    ARGUMENTS,
    GOALS,
    RESULTS,
    Told,
    arguments,
    behaviour,
    orjson_text,
    text_of,
)
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import text

_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_SESSION: Final = ("session_id", "conversation_id", "thread_id", "trace_id", "id")
_TIMES: Final = ("timestamp", "created_at", "created", "start_time", "time")
_AUTHORS: Final = {"system": "system", "developer": "system", "assistant": "assistant"}


class Chat:
    """Conversations of one run; loose messages of a file are one conversation."""

    name: ClassVar[str] = "chat"
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape(
            "chat",
            "Chat Completions: an object with `messages`",
            json.dumps({"id": "c1", "messages": [{"role": "user", "content": "Pay the bill"}]}),
            "seen",
        ),
        Shape("chat-lines", "Chat Completions: one message a line", '{"role":"user","content":"Pay the bill"}', "seen"),
    )

    def __init__(self) -> None:
        self._loose = ""
        self._next = 0

    def recognises(self, record: dict[str, Any]) -> bool:
        """A message, or messages."""
        messages = record.get("messages")
        if isinstance(messages, list):
            return bool(messages) and all(_is_message(message) for message in messages[:4])
        return _is_message(record) and "timestamp" not in record and "type" not in record

    def start_file(self, file: str) -> None:
        """Loose messages of another file are another conversation."""
        self._loose, self._next = "", 0

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one conversation, or of one message."""
        messages = record.get("messages")
        if isinstance(messages, list):
            session = next((text(record[name]) for name in _SESSION if text(record.get(name))), "")
            started = next((time for name in _TIMES if (time := to_time(record.get(name))) is not None), None)
            return _events(messages, session or _digest(messages), started, origin, 0)
        self._loose = self._loose or _digest(record)
        told = _events([record], self._loose, None, origin, self._next)
        self._next += max(len(told), 1)
        return told

    def close(self) -> list[Event]:
        """Nothing waits for the end."""
        return []


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and value.get("role") in _ROLES and ("content" in value or "tool_calls" in value)


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson_text(value).encode()).hexdigest()[:16]


def _events(messages: list[Any], session: str, started: int | None, origin: Origin, seq: int) -> Told:
    told: Told = []
    tools: dict[str, str] = {}

    def tell(kind: str, **said: Any) -> None:
        told.append(behaviour(kind, origin, Chat.name, session, started, seq + len(told), timed=False, **said))

    for message in messages:
        if not _is_message(message):
            told.append("an element beside messages is no message")
            continue
        role, content = message["role"], text_of(message.get("content"))
        if role == "user":
            tell(kinds.GOAL_SET, text=content)
        elif role in ("tool", "function"):
            call = text(message.get("tool_call_id"))
            tell(kinds.TOOL_RESULT, call=call, tool=text(message.get("name")) or tools.get(call, ""), text=content)
        elif content:
            tell(kinds.MESSAGE, text=content, author=_AUTHORS[role])
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else ():
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):
                name, key = text(function.get("name")), text(call.get("id"))
                tools[key] = name
                tell(kinds.TOOL_CALL, tool=name, call=key, args=arguments(function.get("arguments")))
    return told or ["ignored:a message without content"]
