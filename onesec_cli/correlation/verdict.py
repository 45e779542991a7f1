"""The one sentence that answers "am I hit?"."""

from __future__ import annotations

from collections.abc import Sequence

from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.report import InputFile, Verdict


def verdict(inputs: Sequence[InputFile], alerts: Sequence[Alert], blind: bool) -> Verdict:
    """`alerts` if anything above informational was found; `inconclusive` if nothing could be judged; else `clean`.

    `blind` says that no detector was shown any event. A trail of which more than half could not be read is
    inconclusive rather than clean.
    """
    events = sum(file.events for file in inputs)
    gaps = sum(file.gaps for file in inputs)
    counts = {level: sum(1 for alert in alerts if alert.level is level) for level in reversed(Level)}
    scope = f"in {events:,} events" + (f"; {gaps:,} records unreadable" if gaps else "")
    noted = counts.pop(Level.informational)
    reasons = _reasons(inputs, events, gaps, blind)
    if any(counts.values()):
        told = ", ".join(f"{count:,} {level.name}" for level, count in counts.items() if count)
        return Verdict(status="alerts", sentence=f"ALERTS: {told} {scope}", reasons=reasons)
    if events == 0 or blind or gaps > events:
        return Verdict(status="inconclusive", sentence=f"INCONCLUSIVE: {reasons[0]}", reasons=reasons)
    also = f" ({noted:,} informational)" if noted else ""
    return Verdict(status="clean", sentence=f"CLEAN: no alerts{also} {scope}", reasons=reasons)


def _reasons(inputs: Sequence[InputFile], events: int, gaps: int, blind: bool) -> tuple[str, ...]:
    reasons = []
    if events == 0:
        ignored = sum(file.ignored for file in inputs)
        told = f"{gaps:,} unreadable, {ignored:,} not part of a trail"
        reasons.append(f"no event could be read from {len(inputs):,} files ({told})")
    elif blind:
        reasons.append(f"none of the {events:,} events is of a kind that a detector reads")
    if gaps > events > 0:
        reasons.append(f"more records were unreadable ({gaps:,}) than readable ({events:,})")
    return tuple(reasons)
