"""Findings about calls wait for the answer of the call, so that they can say whether it was refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.call.calls import refused
from onesec_cli.state.text.plain import text_of

MAX_WAITING: Final = 64
"""Calls of one conversation whose findings wait; those of more are told at once."""


class Outcomes(Struct):
    """The findings that wait, by the id of their call."""

    tells: ClassVar[Tells] = (Tell("waiting.*", "what the call {0} did is waited for before it is told"),)

    waiting: dict[str, list[Finding]] = field(default_factory=dict)

    def keep(self, call: Event, found: list[Finding]) -> Iterator[Finding]:
        """Hold the findings about a call, or tell them at once where no answer can be told apart."""
        key = text_of(call, "call")
        if found and key and key not in self.waiting and len(self.waiting) < MAX_WAITING:
            self.waiting[key] = found
        else:
            yield from found

    def answered(self, event: Event) -> list[Finding]:
        """What was said about the call that a result or decision answers, with what came of it."""
        if event.kind == kinds.APPROVAL_DECISION and not was_refused(event):
            return []
        return [_told(finding, event) for finding in self.waiting.pop(text_of(event, "call"), [])]

    def rest(self) -> Iterator[Finding]:
        """Findings whose call was never answered."""
        for call in sorted(self.waiting):
            yield from self.waiting[call]
        self.waiting.clear()


def was_refused(event: Event) -> bool:
    """Whether a result or decision says that the call was not let through."""
    if event.kind == kinds.APPROVAL_DECISION:
        return event.fields.get("decision") == "reject"
    return refused(event) and (bool(event.fields.get("error")) or len(text_of(event)) < 300)


def _told(finding: Finding, answer: Event) -> Finding:
    no = was_refused(answer)
    outcome = "refused" if no else "failed" if answer.fields.get("error") else "answered"
    return replace(
        finding,
        level=finding.level.raised(-1) if no else finding.level,
        until=max(finding.time, answer.time),
        message=f"{finding.message[:-1]}; the call was refused." if no else finding.message,
        evidence=(*finding.evidence, answer.cite("its answer")),
        facts={**finding.facts, "outcome": outcome},
    )
