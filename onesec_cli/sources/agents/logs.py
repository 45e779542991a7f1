"""Every agent log format of one run, tried in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.model.mapping import Mapping
from onesec_cli.sources.agents.adapter import Adapter, Passed
from onesec_cli.sources.agents.adk import Adk
from onesec_cli.sources.agents.agents_sdk import AgentsSdk
from onesec_cli.sources.agents.chat import Chat
from onesec_cli.sources.agents.claude import Claude
from onesec_cli.sources.agents.codex import Codex
from onesec_cli.sources.agents.gemini import Gemini
from onesec_cli.sources.agents.langsmith import LangSmith
from onesec_cli.sources.agents.mapped import Mapped
from onesec_cli.sources.agents.mcp import Mcp
from onesec_cli.sources.agents.openclaw import OpenClaw
from onesec_cli.sources.agents.openclaw_audit import OpenClawAudit
from onesec_cli.sources.agents.otlp import Otlp

ADAPTERS: Final[tuple[type[Adapter], ...]] = (
    Chat,
    Claude,
    Codex,
    OpenClaw,
    OpenClawAudit,
    Mcp,
    Gemini,
    Adk,
    LangSmith,
    AgentsSdk,
    Otlp,
)
"""Formats in the order they are tried."""

AGENT_SHAPES: Final = tuple(shape for adapter in ADAPTERS for shape in adapter.shapes)


class AgentLogs:
    """The adapters of one run."""

    def __init__(self, mappings: Sequence[Mapping] = ()) -> None:
        self._adapters = [make() for make in ADAPTERS]
        mapped = [Mapped(mapping) for mapping in mappings]
        self._first = [one for one in mapped if one.first]
        self._rest = [one for one in mapped if not one.first]
        sessions = next(adapter for adapter in self._adapters if isinstance(adapter, Claude))
        for adapter in self._adapters:
            if isinstance(adapter, Otlp):
                adapter.is_told = sessions.knows

    def start_file(self, file: str) -> None:
        """The records that follow are of another file."""
        for mapped in (*self._first, *self._rest):
            mapped.start_file(file)
        for adapter in self._adapters:
            adapter.start_file(file)

    def adapter_of(self, record: dict[str, Any]) -> Adapter | Mapped | None:
        """The adapter that reads a record, or None where it is of no agent log format. A mapping that says which records
        it is for comes first."""
        for mapped in self._first:
            if mapped.recognises(record):
                return mapped
        for adapter in self._adapters:
            if adapter.recognises(record):
                return adapter
        return None

    def side(self, tail: str, said: str, origin: Origin) -> None:
        """A file that is one long result of a session was read whole."""
        for adapter in self._adapters:
            if isinstance(adapter, Claude):
                adapter.side(tail, said, origin)

    def rest(self) -> Mapped | None:
        """The mapping for what no format reads, if one was given."""
        return self._rest[0] if self._rest else None

    def close(self) -> list[Event | Gap | Passed]:
        """What could only be told when every file was read."""
        every: list[Adapter | Mapped] = [*self._first, *self._adapters, *self._rest]
        return [event for adapter in every for event in adapter.close()]
