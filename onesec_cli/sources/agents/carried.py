"""What the agent logs of a run really hold: goals, arguments and results are left out by some formats and by many settings.

A detector that was shown calls but not what the tools answered was shown events it reads, and still could not judge. So
this is counted, conversation by conversation, and said in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event

_NEEDS: Final = (
    ("goals", kinds.GOAL_SET, "what a person asked of the agent was not captured"),
    ("arguments", kinds.TOOL_CALL, "arguments of tool calls were not captured"),
    ("results", kinds.TOOL_RESULT, "results of tool calls were not captured"),
)


_WHOLE: Final = frozenset({"chat", "claude", "codex", "openclaw", "mcp", "adk", "onesec"})
"""Formats that hold a result wherever they tell of one, so that one without text was empty. Others leave text out."""


class _Source(Struct):
    """The conversations of one format, by what they hold."""

    acting: set[str] = field(default_factory=set)
    """Those with a tool call."""
    goals: set[str] = field(default_factory=set)
    arguments: set[str] = field(default_factory=set)
    results: set[str] = field(default_factory=set)
    cut: int = 0
    """Results that were cut."""


class Carried:
    """Counts what each format's conversations hold."""

    def __init__(self) -> None:
        self._sources: dict[str, _Source] = {}

    def add(self, event: Event) -> None:
        """Count one event in."""
        kind = event.kind
        if kind == kinds.TOOL_CALL:
            source = self._source(event)
            source.acting.add(event.session)
            if "args" in event.fields:
                source.arguments.add(event.session)
        elif kind == kinds.TOOL_RESULT:
            if "text" in event.fields or event.source in _WHOLE:
                self._source(event).results.add(event.session)
            if "cut" in event.fields:
                self._source(event).cut += 1
        elif kind == kinds.GOAL_SET:
            self._source(event).goals.add(event.session)

    def _source(self, event: Event) -> _Source:
        source = self._sources.get(event.source)
        if source is None:
            source = self._sources[event.source] = _Source()
        return source

    def notes(self, detectors: Iterable[Detector[Any]]) -> list[str]:
        """What could not be assessed in which format, and by which detectors."""
        told = []
        readers = {kind: sorted(one.rule.id for one in detectors if kind in one.reads) for _, kind, _ in _NEEDS}
        for name, source in sorted(self._sources.items()):
            for need, kind, said in _NEEDS:
                lacking = len(source.acting - getattr(source, need))
                if lacking:
                    whom = _listed(readers[kind])
                    told.append(
                        f"Cannot be assessed in {lacking:,} of {len(source.acting):,} conversations of format {name}: "
                        f"{said}{f', which {whom} would judge' if whom else ''}."
                    )
            if source.cut:
                told.append(
                    f"{source.cut:,} tool results of format {name} were cut by what logged them; an instruction may stand in "
                    "the part that is missing."
                )
        return told


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
