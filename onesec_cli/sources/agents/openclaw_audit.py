"""`openclaw audit --json`: who ran which tool, when, how it ended; never what with.

The ledger tells the same acts as the transcripts, under fingerprints of their own, so its runs are conversations of their own.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import TIMES, Instants, Told, behaviour
from onesec_cli.sources.agents.openclaw import MAX_SESSIONS, agent_of
from onesec_cli.sources.agents.telling import Known
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import text

MARK: Final = "metadata_only"
_KINDS: Final = {
    "tool.action.started": kinds.TOOL_CALL,
    "tool.action.finished": kinds.TOOL_RESULT,
    "agent.run.started": kinds.AGENT_START,
    "agent.run.finished": kinds.AGENT_END,
}


class OpenClawAudit:
    """The audit ledgers of one run."""

    name: ClassVar[str] = "openclaw-audit"
    carries: ClassVar[frozenset[str]] = frozenset({TIMES})
    shapes: ClassVar[tuple[Shape, ...]] = (
        Shape(
            "openclaw-audit",
            "`openclaw audit --json`: metadata only, no arguments and no results",
            json.dumps(
                {
                    "events": [
                        {
                            "eventType": "tool_action",
                            "schemaVersion": 1,
                            "eventId": "e1",
                            "occurredAt": 1772355600100,
                            "action": "tool.action.started",
                            "status": "started",
                            "agentId": "main",
                            "runId": "r1",
                            "toolCallId": "f1",
                            "toolName": "read",
                            "redaction": MARK,
                        }
                    ]
                }
            ),
            "documented",
        ),
    )

    def __init__(self) -> None:
        self._instants: Known[str, Instants] = Known(MAX_SESSIONS)

    def recognises(self, record: dict[str, Any]) -> bool:
        """A page, or one record of it."""
        events = record.get("events")
        first = events[0] if events.__class__ is list and events else record
        return first.__class__ is dict and first.get("redaction") == MARK and "action" in first

    def start_file(self, file: str) -> None:
        """Pages know of no files."""

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of a page, oldest first, as pages are not."""
        events = record.get("events")
        if events.__class__ is not list:
            return self._told(record, origin)
        found: Told = []
        for event in reversed(events):
            found += (
                self._told(event, origin) if event.__class__ is dict else ["an element beside records is no record"]
            )
        return found

    def close(self) -> list[Event]:
        """Nothing waits for the end."""
        return []

    def _told(self, record: dict[str, Any], origin: Origin) -> Told:
        kind = _KINDS.get(text(record.get("action")))
        if kind is None:
            return ["ignored:a message or skill of the audit ledger"]
        time = to_time(record.get("occurredAt"))
        if time is None:
            return ["an audit record without a usable time"]
        session = text(record.get("runId")) or text(record.get("sessionId")) or text(record.get("sessionKey"))
        key = agent_of(text(record.get("sessionKey")))
        agent = key if ":" in key else text(record.get("agentId")) or key
        instants = self._instants.get(session) or self._instants.put(session, Instants())
        status, call = text(record.get("status")), text(record.get("toolCallId"))

        def event(kind: str, **fields: Any) -> Event:
            seq = instants.next(time)
            tool = text(record.get("toolName"))
            return behaviour(kind, origin, self.name, session, time, seq, agent=agent, tool=tool, **fields)

        if kind != kinds.TOOL_RESULT:
            return [event(kind, call=call)]
        failed = status in ("failed", "timed_out", "blocked", "cancelled")
        blocked: Told = []
        if status == "blocked":
            blocked.append(event(kinds.APPROVAL_DECISION, call=call, decision="reject", by="policy"))
        return [*blocked, event(kind, call=call, error=failed)]
