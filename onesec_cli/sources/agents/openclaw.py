"""OpenClaw: session transcripts (JSONL), rows of its SQLite store, and trajectory exports.

A transcript names its session in its head alone; one that lost it is told at the end (`openclaw_headless.py`). The store and the exports also name the session key, which says which agent it
is: `agent:<id>:...`, or a sub-agent, which then stands in the session of its parent where the store knows it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import (
    ARGUMENTS,
    GOALS,
    RESULTS,
    TIMES,
    Instants,
    Passed,
    Told,
    behaviour,
    text_of,
)
from onesec_cli.sources.agents.lineage import Lineage
from onesec_cli.sources.agents.messages import Part, words
from onesec_cli.sources.agents.nameless import late
from onesec_cli.sources.agents.openclaw_headless import Headless
from onesec_cli.sources.agents.openclaw_message import child_of, told
from onesec_cli.sources.agents.openclaw_trajectory import SCHEMA, entry_of
from onesec_cli.sources.agents.spawned import Agents
from onesec_cli.sources.agents.telling import Known
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import obj, text

MAX_SESSIONS: Final = 20_000
"""Sessions whose order is remembered at once."""

ROW: Final = "openclaw_row"
"""What a row of the store is wrapped in on its way here; see `sqlite_store`."""

_STATE: Final = frozenset(
    {"model_change", "thinking_level_change", "label", "session_info", "reset", "custom", "leaf", "cost", "tool_set"}
)
_SUMMARIES: Final = frozenset({"compaction", "branch_summary"})
_ENTRIES: Final = _STATE | _SUMMARIES | {"message", "custom_message", "session"}
_ROLES: Final = frozenset(
    {
        *("user", "assistant", "toolResult", "system", "bashExecution", "custom", "hookMessage"),
        *("compactionSummary", "branchSummary"),
    }
)
_PATH = re.compile(r"(?:^|[/\\!])agents[/\\]([A-Za-z0-9._-]{1,80})[/\\](?:sessions|agent)[/\\]")
_CODES: Final = {
    "beside": "ignored:file of a SQLite database, read with it",
    "log": "a write-ahead log without its SQLite database",
    "foreign": "a SQLite database that is no store of OpenClaw",
}
_HEAD: Final = {"type": "session", "version": 3, "id": "s1", "timestamp": "2026-03-01T09:00:00.100Z", "cwd": "/w"}


class OpenClaw:
    """The sessions of one run."""

    name: ClassVar[str] = "openclaw"
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape("openclaw", "OpenClaw session transcript (version 1 to 3)", json.dumps(_HEAD), "seen"),
        Shape(
            "openclaw-trajectory",
            "OpenClaw trajectory export (`openclaw sessions export-trajectory`)",
            json.dumps(
                {
                    "traceSchema": SCHEMA,
                    "schemaVersion": 1,
                    "source": "transcript",
                    "type": "user.message",
                    "ts": "2026-03-01T09:00:00.100Z",
                    "sessionId": "s1",
                    "sessionKey": "agent:main:main",
                    "data": {"message": {"role": "user", "content": "Pay the bill"}},
                }
            ),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._instants: Known[str, Instants] = Known(MAX_SESSIONS)
        self._told: Known[tuple[str, str, str], bool] = Known()
        """(session, call id, kind) told by an export, which may tell it twice."""
        self._tools: Known[tuple[str, str], str] = Known()
        self._agents = Agents(self.name)
        self._headless = Headless()
        self._lineage = Lineage()
        self._session = self._cwd = self._agent = ""

    def recognises(self, record: dict[str, Any]) -> bool:
        """An entry of a transcript, a row of the store, or a line of an export."""
        kind, schema = record.get("type"), record.get("traceSchema")
        if schema.__class__ is str:
            return schema.startswith(SCHEMA)
        if kind.__class__ is not str:
            if _is_index(record):
                return True
            cold = text(record.get("kind"))
            return (
                ROW in record
                or (cold == "event" and _row_of(record) is not None)
                or (bool(cold) and "generation" in record)
            )
        if kind not in _ENTRIES or "sessionId" in record or "session_id" in record:
            return False
        if kind == "session":
            return "id" in record and ("cwd" in record or "version" in record) and "log_id" not in record
        if kind == "message":
            message = record.get("message")
            return message.__class__ is dict and text(message.get("role")) in _ROLES
        return "parentId" in record and "id" in record

    def start_file(self, file: str) -> None:
        """The next entries are of another transcript."""
        named = _PATH.search(file)
        self._headless.end()
        self._session, self._cwd = "", ""
        self._agent = named[1] if named else ""

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one entry."""
        if "traceSchema" in record:
            return self._trajectory(record, origin)
        if "type" not in record and _is_index(record):
            return ["ignored:index of sessions"]
        row = record.get(ROW)
        if row.__class__ is dict:
            return self._row(row, obj(record.get("event")), origin)
        if "generation" in record:
            return ["ignored:head of a cold transcript"]
        cold = _row_of(record)
        entry = obj(cold.get("event_json")) if cold is not None else record
        if text(entry.get("type")) == "session":
            self._session, self._cwd = text(entry.get("id")), text(entry.get("cwd"))
            self._headless.head(self._session, self._cwd)
        elif not self._session:
            self._headless.hold(entry, origin, self._agent)
            return []
        self._headless.belongs(entry, self._session)
        return _Entry(self, entry, self._session, self._agent, self._cwd, origin).tell()

    def close(self) -> Sequence[Event | Gap | Passed]:
        """What stood before or without a head, and which agents were started, by whom."""
        found: list[Event | Gap | Passed] = []
        for part in self._headless.close():
            for entry, origin in part.held.records:
                found += late(_Entry(self, entry, part.session, part.agent, part.cwd, origin).tell(), origin)
        return [*found, *self._agents.close(), *self._lineage.close()]

    def _row(self, row: dict[str, Any], entry: dict[str, Any], origin: Origin) -> Told:
        """A row of the store: an entry of a transcript, or a line of a trajectory."""
        if "code" in row:
            return [_CODES.get(text(row["code"]), "a row of the store that holds no event")]
        session, agent = text(row.get("session")), agent_of(text(row.get("key"))) or self._agent
        cold = _row_of(entry)
        entry = entry if cold is None else obj(cold.get("event_json"))
        if row.get("table") == "trajectory_runtime_events":
            return self._trajectory({"ts": row.get("created_at"), "source": "runtime", **entry}, origin, session, agent)
        if text(entry.get("type")) == "session":
            self._cwd = text(entry.get("cwd"))
        return _Entry(self, entry, session, agent, self._cwd, origin, row.get("created_at")).tell()

    def _trajectory(self, record: dict[str, Any], origin: Origin, session: str = "", agent: str = "") -> Told:
        """A line of an export or of what the gateway records while it runs."""
        entry = entry_of(record)
        if entry.__class__ is str:
            return [entry]
        session = session or text(record.get("sessionId"))
        agent = agent or agent_of(text(record.get("sessionKey")))
        return _Entry(self, entry, session, agent, text(record.get("workspaceDir")), origin).tell(once=True)


def agent_of(key: str) -> str:
    """The agent of a session key: `agent:<id>:...`; a sub-agent is known by its whole key."""
    parts = key.split(":")
    if len(parts) < 3 or parts[0] != "agent":
        return ""
    return key if "subagent" in parts[2:] else parts[1]


def _is_index(record: dict[str, Any]) -> bool:
    """Whether a record is `sessions.json`, which names the session of each key."""
    key = next(iter(record), "")
    entry = record[key] if key.startswith("agent:") else None
    return entry.__class__ is dict and "sessionId" in entry


def _row_of(record: dict[str, Any]) -> dict[str, Any] | None:
    row = record.get("row")
    return row if isinstance(row, dict) and "event_json" in row else None


class _Entry:
    """One entry, as it is told."""

    __slots__ = ("_agent", "_cwd", "_entry", "_instants", "_openclaw", "_origin", "_session", "_time")

    def __init__(
        self,
        openclaw: OpenClaw,
        entry: dict[str, Any],
        session: str,
        agent: str,
        cwd: str,
        origin: Origin,
        noted: Any = None,
    ) -> None:
        self._openclaw, self._entry, self._session, self._agent = openclaw, entry, session, agent
        self._cwd, self._origin = cwd, origin
        inner = entry.get("message")
        times = (entry.get("timestamp"), inner.get("timestamp") if inner.__class__ is dict else None, noted)
        self._time = next((time for given in times if given is not None and (time := to_time(given)) is not None), None)
        self._instants = openclaw._instants.get(session) or openclaw._instants.put(session, Instants())

    def tell(self, once: bool = False) -> Told:
        """What the entry says; `once` where calls and results may be told again in another way."""
        entry, kind = self._entry, text(self._entry.get("type"))
        if kind == "session":
            self._openclaw._agents.seen(self._session, self._agent, self._time, self._origin, self._cwd, "")
            return ["ignored:head of a session"]
        if kind == "message":
            made = self._message(obj(entry.get("message")), once)
            links = text(entry.get("id")), text(entry.get("parentId"))
            self._openclaw._lineage.note(self._session, *links, made, self._origin)
            return made or ["ignored:a message without content"]
        if kind in _SUMMARIES:
            return self._all(words("context", text(entry.get("summary")))) or ["ignored:a summary without text"]
        if kind == "custom_message":
            return self._message({**entry, "role": "custom"}, once) or ["ignored:a message without content"]
        if kind == "parts":
            return self._all(entry["parts"], once) or ["ignored:a record of the gateway"]
        return ["ignored:state of the session"] if kind in _STATE else ["an OpenClaw entry of an unknown type"]

    def _message(self, message: dict[str, Any], once: bool) -> Told:
        made = told(message)
        events = self._all(made, once)
        for part in made:
            if part.kind == kinds.TOOL_RESULT:
                child = child_of(part.tool, message)
                if child:
                    self._openclaw._agents.child(self._session, part.fields["call"], child)
        return events

    def _all(self, made: list[Part], once: bool = False) -> Told:
        events: Told = []
        for part in made:
            call = text(part.fields.get("call"))
            if once and call:
                key = (self._session, call, part.kind)
                if self._openclaw._told.get(key):
                    events.append("ignored:told by the transcript")
                    continue
                self._openclaw._told.put(key, True)
            if part.kind == kinds.TOOL_CALL:
                events.append(self._call(part, call))
            elif part.kind == kinds.TOOL_RESULT:
                tool = part.tool or self._openclaw._tools.get((self._session, call)) or ""
                events.append(self._event(part._replace(tool=tool)))
            else:
                events.append(self._event(part))
        return events

    def _call(self, part: Part, call: str) -> Event:
        self._openclaw._tools.put((self._session, call), part.tool)
        part.fields["cwd"] = self._cwd
        event = self._event(part)
        args = part.fields["args"]
        if part.tool == "sessions_spawn" and call and args.__class__ is dict:
            role = text(args.get("agentId")) or text(args.get("label"))
            spawn = (self._origin, self._time, self._next(), self._agent, text_of(args.get("task")), role)
            self._openclaw._agents.spawns(self._session, call, spawn)
        return event

    def _event(self, part: Part) -> Event:
        return behaviour(
            part.kind, self._origin, OpenClaw.name, self._session, self._time, self._next(),
            agent=self._agent, tool=part.tool, **part.fields,
        )  # fmt: skip

    def _next(self) -> int:
        return self._instants.next(0 if self._time is None else self._time) + 1
