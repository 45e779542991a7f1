"""A conversation of messages as events: names, places, times, and which tool a result is of."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Origin
from onesec_cli.sources.agents.adapter import Told, behaviour, orjson_text, text_of
from onesec_cli.sources.agents.lineage import TOLERANCE, backwards
from onesec_cli.sources.agents.messages import parts
from onesec_cli.sources.values import text

MAX_OFFERS: Final = 1_000
"""Tools of one request that are told."""

_ROLES: Final = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_ITEMS: Final = frozenset({"message", "function_call", "function_call_output", "custom_tool_call", "reasoning"})
_TIMES: Final = ("timestamp", "created_at", "created", "start_time", "startTime", "time", "ts")
_TIMED: Final = frozenset(_TIMES)
_AGENT: Final = ("agent", "agent_id", "agent_name")
_USER: Final = ("user_id", "user")


def is_message(value: Any) -> bool:
    """Whether a value is one message of a conversation."""
    if value.__class__ is not dict:
        return False
    role = value.get("role")
    if role.__class__ is not str or role not in _ROLES:
        return False
    return "content" in value or "tool_calls" in value or "function_call" in value


def is_item(value: Any) -> bool:
    """Whether a value is an item of the Responses API that is no message."""
    kind = value.get("type") if value.__class__ is dict else None
    return kind.__class__ is str and kind in _ITEMS


def first_text(record: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of some attributes that is a text, in the record or its `metadata`."""
    while True:
        for name in names:
            value = record.get(name)
            if value is not None and (found := text(value)):
                return found
        beside = record.get("metadata")
        if beside.__class__ is not dict:
            return ""
        record = beside


def when(record: dict[str, Any]) -> int | None:
    """The time a record says it has."""
    for name in _TIMES if not _TIMED.isdisjoint(record) else ():
        value = record.get(name)
        if value is not None and (found := to_time(value)) is not None:
            return found
    return None


def digest(value: Any) -> str:
    """A short name for what has none: the digest of its content, however its keys are ordered."""
    try:
        body = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        body = orjson_text(value).encode()
    return hashlib.sha256(body).hexdigest()[:16]


class Teller:
    """Tells the messages of one conversation, in their order."""

    __slots__ = (
        *("_back", "_latest", "_listed", "_pending", "_source", "_started", "_tools", "agent", "seq", "session"),
        "user",
    )

    def __init__(self, source: str, record: dict[str, Any], session: str, seq: int = 0, listed: bool = True) -> None:
        """`listed` says that its messages stand in a list, whose order is theirs; lines may have been shuffled."""
        self._source = source
        self._started = when(record)
        self._listed = listed
        self._latest: int | None = None
        self._back: list[tuple[int, Any]] = []
        self._tools: dict[str, str] = {}
        self._pending = ""
        self.session = session
        self.seq = seq or 1
        """Place of the next event; 0 is for what is known before the first."""
        self.agent = self.user = ""
        self.name_from(record)

    def name_from(self, record: dict[str, Any]) -> None:
        """Who acts and for whom, as far as a record names them."""
        self.agent = first_text(record, _AGENT) or self.agent
        self.user = first_text(record, _USER) or self.user

    @staticmethod
    def has_content(message: dict[str, Any]) -> bool:
        """Whether a message tells anything."""
        return bool(parts(message))

    def messages(self, messages: list[Any], origin: Origin) -> Told:
        """What messages tell. One that has a time of its own stands there, else where the one before it stood."""
        told: Told = []
        for message in messages:
            made = parts(message) if is_message(message) or is_item(message) else None
            if made is None:
                told.append("an element beside messages is no message")
                continue
            own = when(message)
            early = self._strike(own) if own is not None else 0
            for kind, tool, fields in made:
                if kind == kinds.TOOL_CALL:
                    self._note(tool, fields)
                elif kind == kinds.TOOL_RESULT:
                    tool = self._answers(message, tool, fields)
                told.append(self._tell(kind, origin, tool, own is not None and early <= 0, fields))
            if early > TOLERANCE and made:
                self._back.append((early, told[-1]))
        return told

    def contradictions(self) -> Told:
        """That clocks run backwards in it, if they do."""
        return [backwards(self.session, self._back)] if self._back else []

    def _strike(self, own: int) -> int:
        """Set the clock to a message's own time; by how much that is before the time of one it follows in its list.

        A list is stronger than clocks: a call that is dated before the result that told it would be judged before it.
        """
        latest = self._latest if self._latest is not None else own
        self._started = max(own, latest) if self._listed else own
        self._latest = self._started
        return latest - own if self._listed else 0

    def offers(self, tools: Any, origin: Origin) -> Told:
        """The tools that a request describes to the model."""
        told: Told = []
        for tool in tools[:MAX_OFFERS] if tools.__class__ is list else ():
            inner: Any = tool.get("function", tool) if tool.__class__ is dict else {}
            name = text(inner.get("name")) if inner.__class__ is dict else ""
            if name:
                schema = inner.get("parameters") or inner.get("input_schema")
                fields = {"description": text_of(inner.get("description")), "schema": schema}
                seq, self.seq = self.seq, 0
                told.append(self._tell(kinds.TOOL_OFFER, origin, name, False, fields))
                self.seq = seq
        return told

    def _tell(self, kind: str, origin: Origin, tool: str, timed: bool, fields: dict[str, Any]) -> Any:
        event = behaviour(
            kind, origin, self._source, self.session, self._started, self.seq,
            agent=self.agent, tool=tool, user=self.user, timed=timed, **fields,
        )  # fmt: skip
        self.seq += 1
        return event

    def _note(self, tool: str, fields: dict[str, Any]) -> None:
        """Remember which tool a call is of. The legacy `function_call` has no id: the next `function` message answers it."""
        if not fields["call"]:
            self._pending = fields["call"] = f"call:{self.seq}"
        self._tools[fields["call"]] = tool

    def _answers(self, message: dict[str, Any], tool: str, fields: dict[str, Any]) -> str:
        """The tool that a result is of."""
        if not fields["call"] and message.get("role") == "function":
            fields["call"], self._pending = self._pending, ""
        return tool or self._tools.get(fields["call"], "")
