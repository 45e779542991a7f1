"""Claude Code sessions: `<session>.jsonl`, sub-agents, their meta files, side results, and the `stream-json` output.

Lines of role `user` are often the harness's: results, reminders, summaries, output of commands, tasks of sub-agents. Only
what is left is a goal. Sub-agents share the session of their parent and are told apart by `agent`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents import claude_denials as denials
from onesec_cli.sources.agents.adapter import ARGUMENTS, GOALS, RESULTS, TIMES, Instants, Told, behaviour, text_of
from onesec_cli.sources.agents.authors import element
from onesec_cli.sources.agents.claude_lines import SNAPSHOTS, answers, attachment, system
from onesec_cli.sources.agents.lineage import Lineage
from onesec_cli.sources.agents.messages import Part, as_context, is_cut, parts
from onesec_cli.sources.agents.side_results import Held, SideResults, saved_to
from onesec_cli.sources.agents.spawned import SIDECHAIN, Agents
from onesec_cli.sources.agents.telling import Known
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import obj, text

MAX_SESSIONS: Final = 20_000
"""Sessions whose order is remembered at once."""

_TALK: Final = frozenset({"user", "assistant", "system", "attachment", "result"})
_STARTERS: Final = frozenset({"Task", "Agent"})
_RESUMER: Final = "SendMessage"
"""Goes on with a sub-agent that had ended, under its id."""
_AGENT_FILE = re.compile(r"agent-([A-Za-z0-9_-]{1,80})\.")
_ENDED: Final = frozenset({"completed", "failed", "killed", "stopped"})
_LINE: Final = {
    "type": "user",
    "uuid": "u1",
    "parentUuid": None,
    "sessionId": "s1",
    "isSidechain": False,
    "timestamp": "2026-03-01T09:00:00.100Z",
    "cwd": "/home/u/app",
    "message": {"role": "user", "content": "Fix the bug"},
}


class Claude:
    """The sessions of one run."""

    name: ClassVar[str] = "claude"
    carries: ClassVar[frozenset[str]] = frozenset({GOALS, ARGUMENTS, RESULTS, TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape("claude", "Claude Code session or sub-agent, one line a record", json.dumps(_LINE), "seen"),
        Shape(
            "claude-stream",
            "Claude Code `--output-format stream-json`",
            json.dumps({"type": "user", "session_id": "s1", "message": _LINE["message"]}),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._instants: Known[str, Instants] = Known(MAX_SESSIONS)
        self._tools: Known[tuple[str, str], str] = Known()
        self._places: Known[str, int] = Known()
        """Place of a line without a time, by its uuid: read twice, it stands where it stood."""
        self._agents = Agents(self.name)
        self._lineage = Lineage()
        self._side = SideResults()
        self._file = ""
        self._last: int | None = None

    def recognises(self, record: dict[str, Any]) -> bool:
        """A line of a session, of a stream, or a meta file."""
        kind = record.get("type")
        if kind.__class__ is not str:
            return "agentType" in record and ("toolUseId" in record or "description" in record)
        if "sessionId" in record:
            if "messageId" in record and "uuid" not in record:  # the prompt history of Gemini CLI
                return kind in SNAPSHOTS
            return kind in _TALK or kind in SNAPSHOTS or ("uuid" in record and "parentUuid" in record)
        if "session_id" in record:
            return (kind in _TALK or kind in SNAPSHOTS) and (
                "message" in record or "subtype" in record or "uuid" in record
            )
        if kind == "summary":
            return "leafUuid" in record
        if kind in ("started", "result"):
            return "agentId" in record and "key" in record
        return kind == "file-history-snapshot" and "snapshot" in record

    def start_file(self, file: str) -> None:
        """The records that follow are of another file."""
        self._file = file
        self._last = None

    def side(self, tail: str, said: str, origin: Origin) -> None:
        """A file beside a session was read whole."""
        self._side.file(tail, said, origin)

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one line."""
        kind = record.get("type")
        session = text(record.get("sessionId")) or text(record.get("session_id"))
        if kind.__class__ is not str:
            return self._meta(record)
        if kind in ("summary", "started") or (kind == "result" and "key" in record):
            return ["ignored:title or journal of a session"]
        if kind in SNAPSHOTS:
            return self._snapshot(kind, session, record, origin)
        if not session:
            return ["a Claude Code line without a session"]
        line = _Line(self, record, session, origin)
        agent = line.agent
        if kind == "user" or kind == "system":
            policy = text(record.get("permissionMode"))
            self._agents.seen(session, agent, line.time, origin, text(record.get("cwd")), policy)
        elif agent:
            self._agents.seen(session, agent, line.time, origin, text(record.get("cwd")), "")
        if kind == "user" or kind == "assistant":
            told = line.user() if kind == "user" else line.assistant()
            self._lineage.note(session, text(record.get("uuid")), text(record.get("parentUuid")), told, origin)
            return told or ["ignored:a line without content"]
        if kind == "attachment":
            return line.all(attachment(record.get("attachment"))) or ["ignored:a reminder of the harness"]
        if kind == "system":
            return line.all(system(record)) or ["ignored:a note of the harness"]
        if kind == "result":
            return line.denied() or ["ignored:the end of a run"]
        return ["a Claude Code line of an unknown type"]

    def hold(self, held: Held) -> None:
        """A result waits for the file its text stands in, or for its call, which stands further down or nowhere."""
        self._side.hold(held)

    def knows(self, session: str, call: str) -> bool:
        """Whether a call of a session was read; without a call, whether the session was."""
        return self._tools.get((session, call)) is not None if call else self._instants.get(session) is not None

    def close(self) -> Sequence[Event | Gap]:
        """Agents, results that waited, and what links say against clocks."""
        results = self._side.close(self._tools)
        self._lineage.late(results)
        return [*self._agents.close(), *results, *self._lineage.close()]

    def _meta(self, record: dict[str, Any]) -> Told:
        """A meta file. Its own name and its folder say whose it is."""
        path = re.split(r"[/\\!]", self._file)
        named = _AGENT_FILE.match(path[-1])
        agent = text(record.get("agentId")) or (named[1] if named else "")
        session = text(record.get("sessionId")) or (path[-3] if len(path) > 2 and path[-2] == "subagents" else "")
        if not agent or not session:
            return ["a meta file that stands beside no session"]
        parent, role = text(record.get("parentAgentId")), text(record.get("agentType"))
        self._agents.described(session, agent, parent, role, text(record.get("toolUseId")))
        return ["ignored:meta file of a sub-agent"]

    def _snapshot(self, kind: str, session: str, record: dict[str, Any], origin: Origin) -> Told:
        if kind == "permission-mode" and session:
            self._agents.seen(session, "", self._last, origin, "", text(record.get("permissionMode")))
        elif kind == "progress":
            data = obj(record.get("data"))
            call, child = text(record.get("parentToolUseID")), text(data.get("agentId"))
            if call and child and session:
                self._agents.child(session, call, child)
        return ["ignored:state of the interface"]


class _Line:
    """One line of a session, as it is told."""

    __slots__ = ("_base", "_claude", "_instants", "_origin", "_record", "_session", "agent", "time")

    def __init__(self, claude: Claude, record: dict[str, Any], session: str, origin: Origin) -> None:
        self._claude, self._record, self._session, self._origin = claude, record, session, origin
        given = record.get("timestamp")
        self.time = None if given is None else to_time(given)
        if self.time is not None:
            claude._last = self.time
        self.agent = text(record.get("agentId")) or text(record.get("parent_tool_use_id"))
        if not self.agent and record.get("isSidechain") is True:
            self.agent = SIDECHAIN
        self._instants = claude._instants.get(session) or claude._instants.put(session, Instants())
        self._base: int | None = None

    def user(self) -> Told:
        """A prompt, results, or what the harness wrote in the role of the user."""
        record = self._record
        message = obj(record.get("message"))
        content = message.get("content")
        if content.__class__ is str and content.startswith("<user-memory-input>"):
            noted = element(content, "user-memory-input")
            return [self.tell(Part(kinds.MEMORY_WRITE, "", {"memory": "CLAUDE.md", "text": noted}))]
        made = parts({**message, "role": "user"})
        if not self._by_person():
            made = as_context(made)
        told: Told = []
        for part in made:
            if part.kind == kinds.TOOL_RESULT:
                told += self._result(part)
            else:
                told.append(self.tell(part))
        return told

    def assistant(self) -> Told:
        """Words and calls of the model."""
        message = obj(self._record.get("message"))
        made = parts({**message, "role": "assistant"})
        if message.get("model") == "<synthetic>":
            return self.all([part._replace(fields={**part.fields, "author": "context"}) for part in made])
        told: Told = []
        for part in made:
            if part.kind == kinds.TOOL_RESULT:
                told += self._result(part)
                continue
            if part.kind == kinds.TOOL_CALL:
                part.fields["cwd"] = text(self._record.get("cwd"))
            told.append(self.tell(part))
            if part.kind == kinds.TOOL_CALL:
                self._note(part)
        return told

    def denied(self) -> Told:
        """The calls that the end of a run names as refused."""
        refused = self._record.get("permission_denials")
        calls = [one for one in refused if one.__class__ is dict] if refused.__class__ is list else []
        fields = [{"call": text(one.get("tool_use_id")), "decision": "reject", "by": "policy"} for one in calls]
        return self.all([Part(kinds.APPROVAL_DECISION, "", one) for one in fields])

    def all(self, made: list[Part]) -> Told:
        """Tell parts."""
        return [self.tell(part) for part in made]

    def tell(self, part: Part, agent: str | None = None) -> Event:
        """Tell one part."""
        return behaviour(
            part.kind, self._origin, Claude.name, self._session, self.time, self._next(),
            agent=self.agent if agent is None else agent, tool=part.tool, **part.fields,
        )  # fmt: skip

    def _next(self) -> int:
        """The place of the next event; 0 is for the start of an agent."""
        if self.time is not None:
            return self._instants.next(self.time) + 1
        if self._base is None:
            key = text(self._record.get("uuid"))
            known = self._claude._places.get(key) if key else None
            if known is None:
                known = self._instants.next(0) * 100_000
                if key:
                    self._claude._places.put(key, known)
            self._base = known
        self._base += 1
        return self._base

    def _by_person(self) -> bool:
        """Whether a person wrote what stands in the role of the user."""
        record = self._record
        if self.agent or record.get("promptSource") == "system" or record.get("sourceToolUseID"):
            return False
        if record.get("toolUseResult") is not None:  # a tool stands behind the line, whatever it holds
            return False
        if any(record.get(name) is True for name in ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly")):
            return False
        origin = record.get("origin")
        return origin.__class__ is not dict or origin.get("kind") in (None, "human")

    def _note(self, part: Part) -> None:
        """Remember the tool of a call, and an agent it starts."""
        call, args = part.fields["call"], part.fields["args"]
        if not call:
            return
        self._claude._tools.put((self._session, call), part.tool)
        if part.tool in _STARTERS and args.__class__ is dict:
            task, role = text_of(args.get("prompt")), text(args.get("subagent_type"))
            spawn = (self._origin, self.time, self._next(), self.agent, task, role)
            self._claude._agents.spawns(self._session, call, spawn)
            if self.time is None:  # a stream names the lines of a sub-agent by the call that started it
                self._claude._agents.child(self._session, call, call)
        elif part.tool == _RESUMER and args.__class__ is dict and text(args.get("to")):
            spawn = (self._origin, self.time, self._next(), self.agent, text_of(args.get("message")), "")
            self._claude._agents.resumes(self._session, call, spawn, text(args.get("to")))

    def _result(self, part: Part) -> Told:
        """A result, the decision before it, and what beside it a person answered."""
        fields, side = part.fields, self._record.get("toolUseResult")
        beside: dict[str, Any] = side if isinstance(side, dict) else {}
        call = fields["call"]
        tool = part.tool or self._claude._tools.get((self._session, call)) or ""
        fields["cut"] = fields["cut"] or is_cut(side)
        told = self.all([*denials.decision(self._record, fields), *denials.plan(tool, fields)])
        tail = saved_to(fields["text"], side)
        if tail is None and tool:
            told.append(self.tell(Part(part.kind, tool, fields)))
        else:
            place = {"source": Claude.name, "session": self._session, "time": self.time, "agent": self.agent}
            held = Held(tail, self._origin, {"kind": part.kind, "seq": self._next(), "tool": tool, **place}, fields)
            self._claude.hold(held)
        child = text(beside.get("agentId"))
        if child and call:
            self._claude._agents.child(self._session, call, child)
            if text(beside.get("status")) in _ENDED:
                told.append(self.tell(Part(kinds.AGENT_END, "", {"call": call}), child))
        return told + self.all(answers(side))
