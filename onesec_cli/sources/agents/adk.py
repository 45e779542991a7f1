"""Google ADK: events of a session, one a line or in the object of the session, in either spelling of their attributes."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Told, orjson_text
from onesec_cli.sources.agents.adk_parts import Talk, field, tell_actions, tell_begin, tell_parts
from onesec_cli.sources.agents.telling import Known, Scribe
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import obj, text

NAME: Final = "adk"
MAX_SESSIONS: Final = 20_000
"""Sessions remembered at once."""
MAX_EVENTS: Final = 200_000
"""Events of one session object that are read."""

_CALL: Final = {
    "id": "e1",
    "invocation_id": "i1",
    "author": "root_agent",
    "timestamp": 1772355600.1,
    "content": {
        "role": "model",
        "parts": [{"function_call": {"id": "c1", "name": "lookup", "args": {"city": "Oslo"}}}],
    },
}


class Adk:
    """The sessions of one run."""

    name: ClassVar[str] = NAME
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape("adk", "Google ADK events, one a line", json.dumps(_CALL), "documented"),
        Shape(
            "adk-session",
            "Google ADK session with its events",
            json.dumps({"id": "s1", "appName": "travel", "userId": "u1", "events": [_CALL]}),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._talks: Known[str, Talk] = Known(MAX_SESSIONS)
        self._loose = ""

    def recognises(self, record: dict[str, Any]) -> bool:
        """An event, or a session that holds events."""
        if _is_event(record):
            return True
        events = record.get("events")
        if events.__class__ is not list or not ("appName" in record or "app_name" in record):
            return False
        return all(one.__class__ is dict and _is_event(one) for one in events[:4])

    def start_file(self, file: str) -> None:
        """Events of another file that name no session are another conversation."""
        self._loose = ""

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one record."""
        user = text(field(record, "user_id"))
        if _is_event(record):
            id = text(field(record, "session_id"))
            if not id:
                self._loose = self._loose or hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16]
            return self._told(record, id or self._loose, user, origin)
        told: Told = []
        session = text(record.get("id")) or hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16]
        for one in record["events"][:MAX_EVENTS]:
            if isinstance(one, dict) and _is_event(one):
                told += self._told(one, session, user, origin)
            else:
                told.append("an element beside events is no event")
        return told or ["ignored:a session without events"]

    def close(self) -> list[Event]:
        """Nothing waits for the end."""
        return []

    def _told(self, event: dict[str, Any], session: str, user: str, origin: Origin) -> Told:
        if event.get("partial") is True:
            return ["ignored:a part of an answer that is told whole"]
        talk = self._talks.get(session) or self._talks.put(session, Talk(session))
        author, time = text(event.get("author")), to_time(event.get("timestamp"))
        agent = "" if author == "user" else author
        scribe = Scribe(NAME, origin, session, talk.clock, agent, user)
        tell_begin(scribe, talk, text(event.get("branch")), time)
        content = event.get("content")
        parts = obj(content).get("parts") if not isinstance(content, str) else [{"text": content}]
        tell_parts(scribe, talk, parts, text(event.get("id")), time)
        actions = event.get("actions")
        if isinstance(actions, dict):
            tell_actions(scribe, talk, actions, _answered(parts), time)
        wrong = text(field(event, "error_message")) or text(field(event, "error_code"))
        return scribe.or_ignored("an error of the model" if wrong else "an event without content")


def _is_event(record: dict[str, Any]) -> bool:
    return "author" in record and ("invocation_id" in record or "invocationId" in record)


def _answered(parts: Any) -> str:
    """The call whose answer the actions of an event belong to."""
    for part in parts if isinstance(parts, list) else ():
        answer = obj(field(part, "function_response")) if isinstance(part, dict) else {}
        if answer:
            return text(answer.get("id"))
    return ""
