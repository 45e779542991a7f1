"""Chat messages as APIs take and give them: whole conversations, request and response logs, or one message a line.

The format carries no time and no agent unless the one who logged added them. A conversation's order is that of its messages.
An API log repeats the whole conversation in every request; its messages are told once, since their ids say where they stand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Told
from onesec_cli.sources.agents.api_log import Exchange, exchange
from onesec_cli.sources.agents.conversation import Teller, digest, first_text, is_message
from onesec_cli.sources.shapes import Shape

MAX_LOOSE: Final = 100_000
"""Loose messages of one file that are one conversation."""

_TALK: Final = [{"role": "user", "content": "Pay the bill"}]
_ID: Final = ("session_id", "session", "sessionId", "conversation_id", "thread_id", "trace_id", "run_id")


class Chat:
    """Conversations of one run. Loose messages of a file that name no session are one conversation."""

    name: ClassVar[str] = "chat"
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape(
            "chat",
            "Chat Completions or Anthropic messages: an object with `messages`",
            json.dumps({"id": "c1", "messages": _TALK}),
            "seen",
        ),
        Shape("chat-lines", "the same, one message a line or array element", json.dumps(_TALK[0]), "seen"),
        Shape(
            "chat-api",
            "log of API requests and responses",
            json.dumps(
                {
                    "request": {"model": "m", "messages": _TALK},
                    "response": {"choices": [{"message": {"role": "assistant", "content": "Paid."}}]},
                }
            ),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._loose: list[tuple[dict[str, Any], Origin]] = []
        self._named: dict[str, Teller] = {}
        self._answered: dict[str, tuple[str, int]] = {}
        self._late: list[Event | Gap] = []

    def recognises(self, record: dict[str, Any]) -> bool:
        """A message, messages, or a call of an API that holds some."""
        messages = record.get("messages")
        if messages.__class__ is list:
            return bool(messages) and all(is_message(message) for message in messages[:4])
        if "role" in record:
            return is_message(record) and ("type" not in record or "stop_reason" in record)
        if "run_type" in record or "span_data" in record:  # a trace, which holds such calls
            return False
        return exchange(record) is not None or record.get("object") == "chat.completion.chunk"

    def start_file(self, file: str) -> None:
        """Loose messages of another file are another conversation."""
        self._finish()
        self._named.clear()

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one conversation, one exchange, or one message."""
        if record.get("object") == "chat.completion.chunk":
            return ["a piece of a streamed answer, which only makes sense whole"]
        found = exchange(record)
        if found is None:
            return self._message(record, origin)
        session = first_text(record, _ID)
        if found.api:
            return self._exchange(record, found, session, origin)
        teller = Teller(self.name, record, session or first_text(record, ("id",)) or digest(found.messages))
        told = teller.offers(found.tools, origin) + teller.messages(found.messages, origin)
        told += teller.contradictions()
        return told or ["ignored:a conversation without content"]

    def close(self) -> Sequence[Event | Gap]:
        """The loose messages."""
        self._finish()
        return self._late

    def _exchange(self, record: dict[str, Any], found: Exchange, session: str, origin: Origin) -> Told:
        """What one request and its response tell. Where no session is named, the opening up to the first answer names it:
        every later request of the conversation repeats that."""
        name, start = self._answered.get(found.previous, ("", 0)) if found.previous else ("", 0)
        teller = Teller(self.name, record, session or name or digest(found.opening()), start)
        told = teller.offers(found.tools, origin)
        told += teller.messages(found.messages, origin)
        if found.id:
            self._answered[found.id] = (teller.session, teller.seq)
            if len(self._answered) > MAX_LOOSE:
                self._answered.clear()
        place = teller.seq
        for answer in found.answers:
            teller.seq = place  # each choice stands where the answer stands
            told += teller.messages([answer], origin)
        if found.id:
            self._answered[found.id] = (teller.session, teller.seq)
        told += teller.contradictions()
        return told or ["ignored:an API call without messages"]

    def _message(self, record: dict[str, Any], origin: Origin) -> Told:
        """One message on its own: told at once if it names its session, else with the others of the file."""
        session = first_text(record, _ID)
        if session:
            teller = self._named.get(session)
            if teller is None:
                if len(self._named) >= MAX_LOOSE:
                    self._named.clear()
                teller = self._named[session] = Teller(self.name, record, session, listed=False)
            else:
                teller.name_from(record)
            return teller.messages([record], origin) or ["ignored:a message without content"]
        if not Teller.has_content(record):
            return ["ignored:a message without content"]
        if len(self._loose) >= MAX_LOOSE or (len(self._loose) > 2 and _again(record, self._loose[0][0])):
            self._finish()
        self._loose.append((record, origin))
        return []

    def _finish(self) -> None:
        """Tell the loose messages of a file, which together name their conversation."""
        if not self._loose:
            return
        teller = Teller(self.name, self._loose[0][0], digest([message for message, _ in self._loose]))
        for message, origin in self._loose:
            teller.name_from(message)
            self._late += [event for event in teller.messages([message], origin) if isinstance(event, Event)]
        self._late += [event for event in teller.contradictions() if isinstance(event, Event)]
        self._loose = []


def _again(message: dict[str, Any], first: dict[str, Any]) -> bool:
    """Whether a message opens another conversation: the opening of this one stands there again."""
    content = message.get("content")
    return content.__class__ is str and content == first.get("content") and message["role"] == first["role"]
