"""What is remembered from night to night: plain data, nothing of it older than it has to be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model.baseline import Told
from onesec_cli.model.clock import DAY
from onesec_cli.model.event import UNDATED, Event, Origin, Record
from onesec_cli.model.finding import Alert, Finding
from onesec_cli.model.kinds import BEHAVIOUR, TRAIL_ANOMALY
from onesec_cli.model.level import Level
from onesec_cli.state.identity import Identity

NEVER: Final = -1
"""The watermark before the first night: everything is new."""
REMEMBERED: Final = 8 * DAY
"""How long before the watermark an event is known again when it is delivered once more."""
MOST_IDS: Final = 4_000_000
"""Events that are known again; of more, the oldest days are forgotten first."""
OPEN: Final = 2 * DAY
"""A claim that was silent for longer can take up no new finding."""
MOST_FINDINGS: Final = 50_000
"""Findings of claims that may go on; of more, the latest."""
TOLD_FOR: Final = 90 * DAY
MOST_TOLD: Final = 200_000
WIDTH: Final = 8
"""Bytes that an event is known by."""


class Held(Struct, omit_defaults=True):
    """An event younger than the watermark, as it was before agents were named, and its record where rules may ask for it."""

    event: Event
    raw: bytes | None = None
    below: tuple[str, ...] = ()

    def whole(self) -> Event:
        """The event as it was."""
        event = self.event
        if self.raw is not None:
            event.record = Record(self.raw, self.below)
        if event.kind == TRAIL_ANOMALY and "others" in event.fields:
            event.fields["others"] = [Origin(*one) for one in event.fields["others"]]
        return event


class Memory(Struct):
    """All that the next run needs of the earlier ones."""

    watermark: int = NEVER
    """Up to this moment, everything has been judged for good; what is younger is judged again."""
    replay: bytes = b""
    """What the detectors remember at the watermark."""
    identity: Identity = field(default_factory=Identity)
    held: list[Held] = field(default_factory=list)
    """Events after the watermark, in their order."""
    days: dict[int, bytes] = field(default_factory=dict)
    """Day (number since 1970) to what its judged events are known by, one after another."""
    findings: list[Finding] = field(default_factory=list)
    """Of claims that may go on."""
    adopted: bytes = b""
    """What the events are known by whose record names no tenant, one after another: alerts about them have another id."""
    told: list[Told] = field(default_factory=list)
    """Alerts that were told."""
    said: dict[str, bytes] = field(default_factory=dict)
    """Id of each of them to what was said of it."""
    runs: int = 0


def hold(event: Event) -> Held:
    """An event to be judged again, copied as it is now."""
    record = event.record
    plain = replace(event, record=None)
    return Held(plain) if record is None else Held(plain, record.raw, record.below)


def mark(event: Event) -> bytes:
    """What an event is known by when it comes again, in whatever envelope."""
    parts = [event.id, event.kind, event.variant if event.kind.startswith("trail.") else ""]
    if event.kind not in BEHAVIOUR:
        parts += [str(event.time), event.user, event.client, event.agent_id, event.connection, event.token]
    return hashlib.blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=WIDTH).digest()


def id_mark(id: str) -> bytes:
    """What is kept of an id."""
    return hashlib.blake2b(id.encode(errors="surrogatepass"), digest_size=WIDTH).digest()


def said_of(alert: Alert) -> bytes:
    """What an alert says, less where it stands."""
    parts = [
        _level(alert).name,
        alert.message,
        str(alert.count),
        str(alert.first_seen),
        str(alert.last_seen),
        *alert.entities,
    ]
    return id_mark("\0".join(parts))


def marks_of(packed: Iterable[bytes]) -> set[bytes]:
    """Marks that were written one after another."""
    return {one[at : at + WIDTH] for one in packed for at in range(0, len(one) - WIDTH + 1, WIDTH)}


def remembered(days: dict[int, bytes], new: Iterable[tuple[int, bytes]], watermark: int) -> dict[int, bytes]:
    """The days with what was judged now, without those that are too old or too many. The undated ones are day 0."""
    found: dict[int, set[bytes]] = {}
    for time, one in new:
        found.setdefault(time // DAY, set()).add(one)
    kept: dict[int, bytes] = {}
    room = MOST_IDS * WIDTH
    for day in sorted({*days, *found}, reverse=True):
        whole = days.get(day, b"") + b"".join(sorted(found.get(day, ())))
        recent = day == UNDATED or (day + 1) * DAY > watermark - REMEMBERED
        if recent and len(whole) <= room:
            room -= len(whole)
            kept[day] = whole
    return dict(sorted(kept.items()))


def still_open(findings: Sequence[Finding], watermark: int) -> list[Finding]:
    """Findings of the claims that a later finding may still belong to."""
    last: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
    for one in findings:
        last[_claim(one)] = max(last.get(_claim(one), 0), one.time, one.until)
    kept = [one for one in findings if last[_claim(one)] > watermark - OPEN]
    return sorted(kept, key=_when)[-MOST_FINDINGS:]


def still_told(before: Sequence[Told], alerts: Iterable[Alert], watermark: int) -> list[Told]:
    """What was told, with what is told now, less what is long past."""
    told = {(one.id, one.claim): one for one in before}
    for alert in alerts:
        known = told.get((alert.id, alert.claim))
        level = _level(alert) if known is None else max(_level(alert), known.level)
        told[alert.id, alert.claim] = Told(
            id=alert.id, claim=alert.claim, level=level, first_seen=alert.first_seen, last_seen=alert.last_seen
        )
    recent = [one for one in told.values() if one.last_seen > watermark - TOLD_FOR]
    return sorted(recent, key=lambda one: (one.last_seen, one.id, one.claim))[-MOST_TOLD:]


def restored(held: Iterable[Held]) -> Iterator[Event]:
    """The events that were held back, in their order."""
    return (one.whole() for one in held)


def _level(alert: Alert) -> Level:
    """The rule's own level: what the policy makes of it may be another tomorrow."""
    return alert.level if alert.judged is None else alert.judged


def _claim(one: Finding) -> tuple[str, str, str, tuple[str, ...]]:
    return (one.tenant, one.rule, one.verdict, one.subject)


def _when(one: Finding) -> tuple[int, str, str, str]:
    return (one.time, one.event_id, one.rule, repr(one))
