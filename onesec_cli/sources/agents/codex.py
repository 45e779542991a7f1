"""Codex rollouts: one line a record, `{timestamp, type, payload}`; older files hold the payloads alone.

The same thing is often told twice, as an item of the model's context (`response_item`) and as an event of the interface
(`event_msg`). A result is told once by its call id; a text is told as often as the way that told it more often.
A sub-agent has a rollout of its own; it shares the conversation of its parent, and its id is its agent.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Told, orjson_text, text_of
from onesec_cli.sources.agents.codex_events import tell_event
from onesec_cli.sources.agents.codex_items import ITEMS, offer, tell_item
from onesec_cli.sources.agents.codex_stream import is_history, is_printed, tell_history, tell_printed
from onesec_cli.sources.agents.codex_thread import NAME, Talk, Thread, parent_of, policy_of
from onesec_cli.sources.agents.telling import Known, Scribe
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import text

MAX_THREADS: Final = 20_000
"""Threads and conversations remembered at once."""

_WRAPPED: Final = frozenset(
    {"session_meta", "turn_context", "response_item", "event_msg", "compacted", "inter_agent_communication"}
)
_CALL: Final = {"type": "function_call", "name": "shell", "arguments": '{"command":["ls"]}', "call_id": "c1"}


class Codex:
    """The rollouts of one run."""

    name: ClassVar[str] = NAME
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape(
            "codex",
            "Codex rollout: `{timestamp, type, payload}`",
            json.dumps({"timestamp": "2026-03-01T09:00:00.100Z", "type": "response_item", "payload": _CALL}),
            "seen",
        ),
        Shape(
            "codex-bare",
            "Codex rollout of 2025, or items of the Responses API: payloads alone",
            json.dumps(_CALL),
            "seen",
        ),
        Shape(
            "codex-exec",
            "what `codex exec --json` prints",
            json.dumps({"type": "item.completed", "item": {"id": "item_0", "type": "agent_message", "text": "Done."}}),
            "seen",
        ),
        Shape(
            "codex-history",
            "Codex prompt history",
            json.dumps({"session_id": "t1", "ts": 1772355600, "text": "Fix it"}),
            "seen",
        ),
    )

    def __init__(self) -> None:
        self._threads: Known[str, Thread] = Known(MAX_THREADS)
        self._talks: Known[str, Talk] = Known(MAX_THREADS)
        self._thread: Thread | None = None
        self._bare: Thread | None = None

    def recognises(self, record: dict[str, Any]) -> bool:
        """An envelope with a type of Codex, an item of the Responses API, or the head of an old rollout."""
        kind = record.get("type")
        if kind.__class__ is str:
            if kind in _WRAPPED:
                return "payload" in record and "log_id" not in record
            return (kind in ITEMS and _is_item(record, kind)) or is_printed(record, kind)
        if "record_type" in record:
            return record["record_type"] == "state" and len(record) == 1
        if "session_id" in record:
            return is_history(record)
        return "instructions" in record and "id" in record and "timestamp" in record and "log_id" not in record

    def start_file(self, file: str) -> None:
        """The next records are of another rollout."""
        self._thread = self._bare = None

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one line."""
        kind = text(record.get("type"))
        if kind not in _WRAPPED:
            if kind and kind not in ITEMS:
                return self._printed(record, origin)
            return self._history(record, origin) if "session_id" in record else self._read_bare(record, origin)
        payload = record.get("payload")
        if not isinstance(payload, dict):
            return ["a Codex record whose payload is no object"]
        time = to_time(record.get("timestamp"))
        if kind == "session_meta":
            return self._begin(payload, time, origin)
        thread = self._thread or self._unnamed(record)
        scribe = Scribe(NAME, origin, thread.session, thread.talk.clock, thread.agent)
        if kind == "turn_context":
            reason = _turn(scribe, thread, payload, time)
        elif kind == "response_item":
            reason = tell_item(scribe, thread, payload, time)
        elif kind == "event_msg":
            reason = tell_event(scribe, thread, payload, time)
        else:
            reason = _context(scribe, payload, time)
        thread.empty = False
        return scribe.or_ignored(reason)

    def close(self) -> list[Event]:
        """Nothing waits for the end."""
        return []

    def _begin(self, meta: dict[str, Any], time: int | None, origin: Origin) -> Told:
        """The head of a rollout. One that directly follows another is of the thread whose history was copied."""
        current = self._thread
        id = text(meta.get("id")) or text(meta.get("session_id"))
        if current is not None and current.empty and current.id != id:
            return ["ignored:the head of a thread whose history was copied"]
        thread = self._named(id or hashlib.sha256(orjson_text(meta).encode()).hexdigest()[:16], meta)
        self._thread = thread
        scribe = Scribe(NAME, origin, thread.session, thread.talk.clock, thread.agent)
        _start(scribe, thread, time if time is not None else to_time(meta.get("timestamp")))
        offer(scribe, time, meta.get("dynamic_tools"))
        return scribe.told

    def _named(self, id: str, meta: dict[str, Any]) -> Thread:
        """The thread of a head: one that is known from another file goes on."""
        known = self._threads.get(id)
        if known is not None:
            known.empty = True
            known.cwd, known.policy, known.sandbox = text(meta.get("cwd")), "", ""
            return known
        parent, role, started = parent_of(meta)
        above = self._threads.get(parent) if parent else None
        root = above.session if above else text(meta.get("session_id")) or parent
        session = (root or id) if started else id
        thread = Thread(
            id, session, id if started else "", self._talks.get(session) or self._talks.put(session, Talk())
        )
        thread.parent, thread.role, thread.cwd = parent, role, text(meta.get("cwd"))
        return self._threads.put(id, thread)

    def _unnamed(self, record: dict[str, Any]) -> Thread:
        """The thread of records without a head: a part of a rollout."""
        id = hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16]
        self._thread = Thread(id, id, "", Talk())
        return self._thread

    def _printed(self, record: dict[str, Any], origin: Origin) -> Told:
        """A record of `codex exec --json`, which has no times."""
        began = record.get("type") == "thread.started"
        if began or self._bare is None:
            id = text(record.get("thread_id")) or hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16]
            self._bare = Thread(id, id, "", Talk())
        scribe = Scribe(NAME, origin, self._bare.session, self._bare.talk.clock)
        if began:
            _start(scribe, self._bare, None)
            return scribe.told
        return scribe.or_ignored(tell_printed(scribe, self._bare, record))

    def _history(self, record: dict[str, Any], origin: Origin) -> Told:
        """A line of the prompt history."""
        id = text(record.get("session_id"))
        talk = self._talks.get(id) or self._talks.put(id, Talk())
        thread = self._threads.get(id) or Thread(id, id, "", talk)
        scribe = Scribe(NAME, origin, thread.session, thread.talk.clock, thread.agent)
        return scribe.or_ignored(tell_history(scribe, thread, record, to_time(record.get("ts"))))

    def _read_bare(self, record: dict[str, Any], origin: Origin) -> Told:
        if "type" not in record:
            if "record_type" in record:
                return ["ignored:a mark of the recorder"]
            id, started = text(record.get("id")), to_time(record.get("timestamp"))
            self._bare = Thread(id, id, "", Talk(started))
            scribe = Scribe(NAME, origin, id, self._bare.talk.clock)
            _start(scribe, self._bare, started)
            said = text(record.get("instructions"))
            if said:
                scribe.tell(kinds.MESSAGE, None, author="context", text=said)
            return scribe.told
        thread = self._bare
        if thread is None:
            id = hashlib.sha256(orjson_text(record).encode()).hexdigest()[:16]
            thread = self._bare = Thread(id, id, "", Talk())
        scribe = Scribe(NAME, origin, thread.session, thread.talk.clock)
        return scribe.or_ignored(tell_item(scribe, thread, record, to_time(record.get("timestamp"))))


def _is_item(record: dict[str, Any], kind: str) -> bool:
    """Whether an object without an envelope is an item of the Responses API."""
    if kind == "message":
        return isinstance(record.get("role"), str) and isinstance(record.get("content"), (list, str))
    if kind == "reasoning":
        return "summary" in record or "encrypted_content" in record
    return any(name in record for name in ("call_id", "action", "arguments", "output", "encrypted_content", "tools"))


def _start(scribe: Scribe, thread: Thread, time: int | None) -> None:
    scribe.tell(
        kinds.AGENT_START,
        time,
        parent=thread.parent,
        role=thread.role,
        cwd=thread.cwd,
        approval=thread.policy,
        sandbox=thread.sandbox,
    )


def _turn(scribe: Scribe, thread: Thread, turn: dict[str, Any], time: int | None) -> str:
    """A turn begins: told where it changes the policy in force."""
    policy, sandbox = policy_of(turn.get("approval_policy")), policy_of(turn.get("sandbox_policy"))
    cwd = text(turn.get("cwd")) or thread.cwd
    if (policy, sandbox, cwd) == (thread.policy, thread.sandbox, thread.cwd):
        return "a turn under the policy already told"
    thread.policy, thread.sandbox, thread.cwd = policy, sandbox, cwd
    _start(scribe, thread, time)
    return ""


def _context(scribe: Scribe, payload: dict[str, Any], time: int | None) -> str:
    """A summary of what was left out, or a message between agents: written by a model, not by a person."""
    said = text_of(payload.get("message", payload.get("content")))
    if not said:
        return "a summary without text"
    scribe.tell(kinds.MESSAGE, time, author="context", text=said)
    return ""
