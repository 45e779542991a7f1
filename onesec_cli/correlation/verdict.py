"""The one sentence that answers "am I hit?"."""

from __future__ import annotations

from collections.abc import Sequence

from onesec_cli.model.clock import show_time
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.report import InputFile, Verdict


def verdict(
    inputs: Sequence[InputFile],
    alerts: Sequence[Alert],
    blind: bool,
    *,
    since: int | None = None,
    until: int | None = None,
    earlier: int = 0,
    reach: tuple[int, int] | None = None,
    suppressed: int = 0,
    stale: bool = False,
    compared: bool = False,
    faceless: tuple[int, int] = (0, 0),
    scattered: int = 0,
) -> Verdict:
    """`alerts` if anything above informational was found; `inconclusive` if nothing could be judged; else `clean`.

    `blind` says that no detector was shown any event. A trail of which more than half could not be read is
    inconclusive rather than clean. `since` and `until` bound what is told and what was judged; `earlier` alerts were
    left out because they had ended before `since`. A bound beyond `reach`, the first and the last moment of the trail,
    leaves nothing to say anything about: an empty hour is a log that did not arrive as often as a quiet one. `stale` says that
    every event was judged on an earlier night, `compared` that an earlier report or run says what is known. `faceless` counts the
    looks at events that do not say whose history they belong to, and those at events that do; `scattered` events, most of the trail,
    are each the only one of their tenant.
    """
    events = sum(file.events for file in inputs)
    gaps = sum(file.gaps for file in inputs)
    counts = {level: sum(1 for alert in alerts if alert.level is level) for level in reversed(Level)}
    scope = f"in {_many(events, 'event')}" + _bounds(since, until, earlier)
    scope += f"; {_many(gaps, 'record')} unreadable" if gaps else ""
    scope += f"; {_many(suppressed, 'alert')} suppressed by the policy" if suppressed else ""
    noted = counts.pop(Level.informational)
    empty = _empty(since, until, reach) if events else ""
    empty = "every event was judged on an earlier night" if stale and events else empty
    reasons = (
        *((empty,) if empty else ()),
        *_reasons(inputs, events, gaps, blind, until),
        *_unnamed(faceless),
        *_alone(scattered),
    )
    if any(counts.values()):
        told = ", ".join(f"{count:,} {level.name}" for level, count in counts.items() if count)
        new = sum(1 for alert in alerts if alert.level is not Level.informational and not alert.known)
        scope += f"; {new:,} of them new" if compared else ""
        return Verdict(status="alerts", sentence=f"ALERTS: {told} {scope}", reasons=reasons)
    if events == 0 or blind or empty or gaps > events or _unnamed(faceless) or scattered:
        return Verdict(status="inconclusive", sentence=f"INCONCLUSIVE: {reasons[0]}", reasons=reasons)
    also = f" ({noted:,} informational)" if noted else ""
    return Verdict(status="clean", sentence=f"CLEAN: no alerts{also} {scope}", reasons=reasons)


def _empty(since: int | None, until: int | None, reach: tuple[int, int] | None) -> str:
    """Why no dated event lies within the bounds, if none does."""
    if reach is not None and until is not None and until < reach[0]:
        return f"no event is as early as {show_time(until)}: the trail begins {show_time(reach[0])}"
    if reach is not None and since is not None and since > reach[1]:
        return f"no event is as late as {show_time(since)}: the trail ends {show_time(reach[1])}"
    return ""


def _bounds(since: int | None, until: int | None, earlier: int) -> str:
    told = f", judged up to {show_time(until)}" if until is not None else ""
    told += f", told since {show_time(since)}" if since is not None else ""
    return told + (f" ({_many(earlier, 'earlier alert')} left out)" if earlier else "")


def _reasons(inputs: Sequence[InputFile], events: int, gaps: int, blind: bool, until: int | None) -> tuple[str, ...]:
    reasons = []
    if not inputs:
        reasons.append("no file was found")
    elif events == 0:
        ignored = sum(file.ignored for file in inputs)
        told = f"{gaps:,} unreadable, {ignored:,} not part of a trail"
        reasons.append(f"no event could be read from {_many(len(inputs), 'file')} ({told})")
    elif blind:
        which = f"events up to {show_time(until)}" if until is not None else f"{events:,} events"
        reasons.append(f"none of the {which} is of a kind that a detector reads")
    if gaps > events > 0:
        reasons.append(f"more records were unreadable ({gaps:,}) than readable ({events:,})")
    return tuple(reasons)


def _unnamed(faceless: tuple[int, int]) -> tuple[str, ...]:
    lacking, shown = faceless
    if lacking <= shown:
        return ()
    return (
        f"most events do not say which user, agent, client or connection they are about: of {lacking + shown:,} looks of detectors "
        f"{lacking:,} came to nothing",
    )


def _alone(scattered: int) -> tuple[str, ...]:
    if not scattered:
        return ()
    return (f"{scattered:,} tenants have one event each, most of the trail, and tenants are judged apart",)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
