"""Logs that were switched off, narrowed, interrupted or written before they happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model import kinds
from onesec_cli.model.clock import DAY, HOUR, show_span, show_time
from onesec_cli.model.detector import Detector, Rule
from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.rates.rhythm import Rhythm
from onesec_cli.state.tenant.streams import Stream, change_of, stream_of

MAX_STREAMS: Final = 1_000
LONG: Final = 12
"""Hours of missing usual activity from which a silence weighs more."""
NEAR: Final = DAY
"""How long a change of a log stream makes a silence more telling."""

TITLES: Final = {
    "stream-deleted": "Log stream deleted",
    "stream-paused": "Log stream paused",
    "stream-narrowed": "Log stream filtered",
    "stream-redirected": "Log stream sent elsewhere",
    "silence": "Silence in the log",
    "id-before-event": "Records written before they happened",
}


class Trail(Struct):
    """What is known of a tenant's log streams, and of when its log speaks."""

    tells: ClassVar[Tells] = (
        Tell("last", "the last event of the trail so far is {value:place}"),
        Tell("change", "the last change of a log stream is {value:place}"),
        Tell("streams.*", "log stream {0} is known"),
        Tell("changed", ""),
    )

    streams: dict[str, Stream] = field(default_factory=dict)
    rhythm: Rhythm = field(default_factory=Rhythm)
    last: Evidence | None = None
    changed: int = -1
    change: Evidence | None = None


class LogTampering(Detector[Trail]):
    """Finds log streams that were deleted, paused, narrowed or redirected, silences, and ids older than their events.

    Management calls on log streams are compared with what the trail showed of the stream before. Silences are judged
    by the hours in which the tenant is usually active: nights and weekends of a business are learned and stay silent.
    A record whose log id was given before the event it tells happened was edited or put together by hand.

    ## Why it matters
    Whoever means to stay unseen starts with the log. A stream that ends, or loses its categories, shortly before
    something else happens is part of what happens.

    ## Judged on
    The streams as earlier calls showed them; where the trail shows no earlier state, a filter in the call itself is
    told one level lower. For silences, the tenant's own days: an hour is usual if it spoke on nine of ten days.

    ## What it misses
    Records that were removed while others around them stayed. Streams deleted after the last record. Silences of
    tenants with little traffic, in which no hour is usual, silences in the learning period, and silences within one
    hour: only its first and last record are looked at. A public holiday looks like a silence, and so does an export that
    leaves days out. The filter of a stream names categories, and which log types they leave out the trail does not say.
    Changes of what the receiver of a stream keeps are not visible, and a stream that masks more than before is not told.

    ## What else it may be
    The export was paused, or the tenant was idle for longer than it used to be.

    ## What to do
    Create or resume the stream, with a starting point before the gap: Auth0 keeps logs for some days and replays them.
    Fetch the missing hours from the Management API. Ask who made the call, end their sessions and rotate the
    credential they used. For edited records, fetch the originals by id.
    """

    rule = Rule(
        id="log-tampering",
        title="Log switched off, narrowed or edited",
        level=Level.high,
        asi=("ASI10",),
        attack=("T1562.008", "T1070"),
    )
    reads = frozenset({kinds.ADMIN_CHANGE, kinds.TRAIL_ACTIVITY, kinds.TRAIL_ANOMALY})
    key = ("tenant",)
    state = Trail

    def observe(self, state: Trail, event: Event) -> Iterator[Finding]:
        if event.kind == kinds.ADMIN_CHANGE:
            yield from self._stream(state, event)
        elif event.kind == kinds.TRAIL_ACTIVITY:
            yield from self._silence(state, event)
        elif event.fields.get("issue") == "id-before-event":
            yield from self._early(event)

    def _stream(self, state: Trail, event: Event) -> Iterator[Finding]:
        found = stream_of(event)
        if found is None:
            return
        id, after = found
        before = state.streams.pop(id, None)
        others = sorted(one for one, stream in state.streams.items() if stream.status in ("", "active"))
        if after is not None:
            state.streams[id] = after.joined(before, event.cite("the change of the same stream before"))
            if len(state.streams) > MAX_STREAMS:
                del state.streams[next(iter(state.streams))]
        change = change_of(before, after)
        if change is None:
            return
        verdict, level, what = change
        if verdict in ("stream-deleted", "stream-paused") and others:
            level = Level.medium
        state.changed, state.change = event.time, event.cite("the change of a log stream before it")
        name = (after.name if after else "") or (before.name if before else "") or id
        who = event.user or (f"client {event.client}" if event.client else "Someone")
        earlier = (before.seen,) if before is not None and before.seen is not None else ()
        yield self._finding(
            event,
            verdict,
            level,
            f"{who} {what.format(name=name)}.",
            (f"log-stream:{id}",),
            (event.cite("the management call"), *earlier),
            "the stream after an earlier call" if before else "the call alone; the trail shows no earlier state",
            {
                "observed": after.shown() if after else None,
                "before": before.shown() if before else None,
                "left": others,
            },
        )

    def _silence(self, state: Trail, event: Event) -> Iterator[Finding]:
        limits = self.policy.thresholds.log_tampering
        last, state.last = state.last, event.cite("the last record before the silence")
        gap, missing, longest = state.rhythm.step(event.time, limits.learn_days)
        inside = state.rhythm.is_inside(event.time, missing, limits.learn_days)
        threshold = max(limits.gap_hours, 0 if inside else limits.gap_factor * max(longest, 1))
        if last is None or gap < limits.gap_hours * HOUR or missing < threshold:
            state.rhythm.keep(event.time, missing)
            return
        state.rhythm.forgive(event.time)
        near = state.change is not None and last.time - state.changed <= NEAR
        level = Level.medium if near or missing >= LONG else Level.low
        yield self._finding(
            event,
            "silence",
            level,
            f"Tenant {event.tenant} logged nothing for {show_span(gap)}, {missing} h of which it is usually active.",
            (f"tenant:{event.tenant}",),
            (
                event.cite("the first record after the silence"),
                last,
                *((state.change,) if near and state.change else ()),
            ),
            f"hours in which the tenant was active on its {state.rhythm.days()} earlier days",
            {
                "observed": missing,
                "threshold": threshold,
                "longest_before": longest,
                "from": show_time(last.time),
                "to": show_time(event.time),
                "after_stream_change": near,
            },
        )

    def _early(self, event: Event) -> Iterator[Finding]:
        limit = self.policy.thresholds.log_tampering.max_early_seconds
        seconds = event.fields.get("seconds")
        if not isinstance(seconds, int) or seconds <= limit:
            return
        yield self._finding(
            event,
            "id-before-event",
            Level.medium,
            f"The log id {event.id} was given {show_span(seconds * 1_000_000)} before the event it tells happened.",
            (f"tenant:{event.tenant}",),
            (event.cite("the record that was written before it happened"),),
            "the ingest time inside the log id",
            {"observed": seconds, "threshold": limit},
        )

    def _finding(
        self,
        event: Event,
        verdict: str,
        level: Level,
        said: str,
        subject: tuple[str, ...],
        evidence: tuple[Evidence, ...],
        judged_on: str,
        facts: dict[str, Any],
    ) -> Finding:
        return Finding(
            rule=self.rule.id,
            level=level,
            time=event.time,
            tenant=event.tenant,
            event_id=event.id,
            verdict=verdict,
            title=TITLES[verdict],
            message=said,
            subject=subject,
            entities=tuple(dict.fromkeys((*subject, *event.entities()))),
            evidence=evidence,
            judged_on=judged_on,
            facts=facts,
        )
