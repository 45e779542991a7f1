"""Gemini CLI: recorded sessions (JSON Lines, or one JSON object), its prompt history, API histories and its telemetry."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Told, orjson_text
from onesec_cli.sources.agents.gemini_log import is_log, records_in, tell_log
from onesec_cli.sources.agents.gemini_talk import Talk, tell_message, tell_turn, tell_typed
from onesec_cli.sources.agents.telling import Clock, Known, Scribe
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import obj, text

NAME: Final = "gemini"
MAX_SESSIONS: Final = 20_000
"""Sessions remembered at once."""
MAX_MESSAGES: Final = 200_000
"""Messages of one record that are read."""

_TYPES: Final = frozenset({"user", "gemini", "info", "error", "warning"})
_AT: Final = "2026-03-01T09:00:00.100Z"
_CALL: Final = {
    "id": "t1",
    "name": "run_shell_command",
    "args": {"command": "ls"},
    "status": "success",
    "timestamp": _AT,
}
_MESSAGE: Final = {"id": "m2", "timestamp": _AT, "type": "gemini", "content": "", "toolCalls": [_CALL]}
_HEAD: Final = {"sessionId": "s1", "projectHash": "ab12", "startTime": _AT}
_TURN: Final = {"role": "user", "parts": [{"text": "List the files"}]}
_LOGGED: Final = {
    "event.name": "gemini_cli.tool_call",
    "event.timestamp": _AT,
    "session.id": "s1",
    "function_name": "run_shell_command",
    "function_args": '{"command":"ls"}',
    "decision": "auto_accept",
    "success": True,
}
_PAIRS: Final = [{"key": name, "value": {"stringValue": str(value)}} for name, value in _LOGGED.items()]


class Gemini:
    """The sessions of one run."""

    name: ClassVar[str] = NAME
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape(
            "gemini",
            "Gemini CLI session: a head, then one message a line",
            json.dumps(_MESSAGE),
            "documented",
        ),
        Shape(
            "gemini-object",
            "Gemini CLI session as one object",
            json.dumps({**_HEAD, "messages": [_MESSAGE]}),
            "documented",
        ),
        Shape(
            "gemini-history", "Gemini API history: turns of a role and parts", json.dumps({"history": [_TURN]}), "seen"
        ),
        Shape(
            "gemini-log",
            "Gemini CLI telemetry, written to a file",
            json.dumps({"hrTime": [1772355600, 100000000], "attributes": _LOGGED}),
            "documented",
        ),
        Shape(
            "gemini-otlp",
            "Gemini CLI telemetry as OTLP log records",
            json.dumps(
                {
                    "resourceLogs": [
                        {"scopeLogs": [{"logRecords": [{"timeUnixNano": "1772355600100000000", "attributes": _PAIRS}]}]}
                    ]
                }
            ),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._talks: Known[str, Talk] = Known(MAX_SESSIONS)
        self._clocks: Known[str, Clock] = Known(MAX_SESSIONS)
        self._talk: Talk | None = None
        self._turns: Talk | None = None
        self._folder = ""

    def recognises(self, record: dict[str, Any]) -> bool:
        """A head, a message, a change of either, a turn of a history, or a log record."""
        if record.get("type").__class__ is str:
            if record["type"] not in _TYPES or "timestamp" not in record:
                return False
            if "messageId" in record:
                return "sessionId" in record and record.get("message").__class__ is str
            return "id" in record and "content" in record and "role" not in record and "message" not in record
        if "sessionId" in record:
            return "projectHash" in record
        if "$set" in record or "$rewindTo" in record:
            return len(record) == 1
        if "parts" in record or "history" in record:
            turns = record.get("history", [record])
            return turns.__class__ is list and bool(turns) and all(_is_turn(turn) for turn in turns[:4])
        return is_log(record)

    def start_file(self, file: str) -> None:
        """Another recording. That of a sub-agent stands in a folder named after the session of its parent."""
        self._talk = self._turns = None
        self._folder = "/".join(file.replace("\\", "/").split("/")[-2:-1])

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one record."""
        if "type" in record:
            if "messageId" in record:
                return self._prompt(record, origin)
            scribe = self._scribe(self._current(record), origin)
            return scribe.or_ignored(tell_message(scribe, self._current(record), record))
        if "sessionId" in record:
            return self._head(record, origin)
        if "$rewindTo" in record:
            return ["ignored:a rewind; what was done stays told"]
        if "$set" in record:
            return self._changed(record, origin)
        if "parts" in record or "history" in record:
            return self._history(record, origin)
        return self._logged(record, origin)

    def close(self) -> list[Event]:
        """Nothing waits for the end."""
        return []

    def _scribe(self, talk: Talk, origin: Origin, user: str = "") -> Scribe:
        return Scribe(NAME, origin, talk.session, talk.clock, talk.agent, user)

    def _session(self, id: str, agent: str = "", session: str = "") -> Talk:
        session = session or id
        clock = self._clocks.get(session) or self._clocks.put(session, Clock())
        return self._talks.get(id) or self._talks.put(id, Talk(session, agent, clock))

    def _current(self, record: dict[str, Any]) -> Talk:
        """The session of this file; a part of a recording without its head is one of its own."""
        if self._talk is None:
            self._talk = self._session(hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16])
        return self._talk

    def _head(self, record: dict[str, Any], origin: Origin) -> Told:
        id = text(record.get("sessionId"))
        below = record.get("kind") == "subagent"
        parent = self._folder if below and self._folder != "chats" else ""
        talk = self._talk = self._session(id, id if below else "", parent)
        scribe = self._scribe(talk, origin)
        folders = record.get("directories")
        cwd = text(folders[0]) if isinstance(folders, list) and folders else ""
        started = to_time(record.get("startTime"))
        scribe.tell(kinds.AGENT_START, started, parent=parent, role="subagent" if below else "", cwd=cwd)
        return scribe.told + self._messages(record.get("messages"), talk, origin, replaced=False)

    def _messages(self, messages: Any, talk: Talk, origin: Origin, replaced: bool) -> Told:
        told: Told = []
        for message in messages[:MAX_MESSAGES] if isinstance(messages, list) else ():
            if not isinstance(message, dict):
                told.append("an element beside messages is no message")
                continue
            scribe = self._scribe(talk, origin)
            told += scribe.or_ignored(tell_message(scribe, talk, message, replaced))
        return told

    def _changed(self, record: dict[str, Any], origin: Origin) -> Told:
        """A change of the head: a history that was replaced, a note the CLI keeps for later sessions."""
        talk, change = self._current(record), obj(record["$set"])
        told = self._messages(change.get("messages"), talk, origin, replaced=True)
        pad = change.get("memoryScratchpad")
        if pad:
            scribe = self._scribe(talk, origin)
            scribe.tell(
                kinds.MEMORY_WRITE, to_time(change.get("lastUpdated")), memory="memoryScratchpad", text=orjson_text(pad)
            )
            told += scribe.told
        return told or ["ignored:a change of the head of a session"]

    def _prompt(self, record: dict[str, Any], origin: Origin) -> Told:
        """A line of the prompt history."""
        talk = self._session(text(record.get("sessionId")))
        scribe = self._scribe(talk, origin)
        if record.get("type") == "user" and record["message"].strip():
            tell_typed(scribe, talk, record["message"].strip(), to_time(record.get("timestamp")), 1)
        return scribe.or_ignored("a prompt that the recording tells")

    def _history(self, record: dict[str, Any], origin: Origin) -> Told:
        """Turns without times. A history in one object is a conversation; loose turns of a file are one."""
        whole = "history" in record
        talk = self._turns
        if whole or talk is None:
            talk = Talk(hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16])
            self._turns = None if whole else talk
        told: Told = []
        for turn in record["history"][:MAX_MESSAGES] if whole else [record]:
            if not _is_turn(turn):
                told.append("an element beside turns is no turn")
                continue
            scribe = self._scribe(talk, origin)
            told += scribe.or_ignored(tell_turn(scribe, talk, turn))
        return told or ["ignored:an empty history"]

    def _logged(self, record: dict[str, Any], origin: Origin) -> Told:
        told: Told = []
        for attributes, time in records_in(record):
            talk = self._session(text(attributes.get("session.id")) or "telemetry")
            scribe = self._scribe(talk, origin, text(attributes.get("user.email")))
            told += scribe.or_ignored(tell_log(scribe, talk, attributes, time))
        return told or ["ignored:a batch without log records"]


def _is_turn(value: Any) -> bool:
    return value.__class__ is dict and value.get("role") in ("user", "model") and value.get("parts").__class__ is list
