"""One run of many: what is new tonight, judged after all that was judged before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.carry.memory import (
    MOST_IDS,
    REMEMBERED,
    WIDTH,
    Held,
    Memory,
    hold,
    id_mark,
    mark,
    marks_of,
    remembered,
    restored,
    said_of,
    still_open,
    still_told,
)
from onesec_cli.model.baseline import Baseline
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED, Event, Origin
from onesec_cli.model.finding import Alert, Finding
from onesec_cli.model.kinds import TRAIL_ACTIVITY
from onesec_cli.model.report import BaselineUse
from onesec_cli.replay import Replay, order_key
from onesec_cli.state.identity import Identity

SHARE: Final = 98
"""Per cent of a night's events that its end must have behind it: a few events of the far future must not end the time in which
honest ones are taken."""

Seals = Mapping[tuple[str, int, int], str]
"""(file, offset, length) of a record to the digest of its bytes."""


Order = Callable[[Iterable[Event]], Iterator[Event]]
Named = Callable[[Identity, Event], None]


class Counts(Struct):
    """What became of events that were not simply the next ones."""

    new: int = 0
    repeated: int = 0
    """Judged on an earlier night, and delivered again."""
    late: int = 0
    """Of a time that was judged already, and never seen before: judged apart."""
    too_old: int = 0
    """So old that nobody knows any more whether they were judged: not judged."""


class Night:
    """The events of one run, told apart, and the memory that the next run takes up."""

    def __init__(self, memory: Memory, moments: Iterable[int], lateness: int, seals: Seals) -> None:
        self.memory = memory
        self.end = _end(memory.watermark, sorted(time for time in moments if time > memory.watermark), lateness)
        self.counts = Counts()
        self.findings: list[Finding] = []
        """Tonight's, all of them."""
        self._seals = seals
        self._settled: list[Finding] = []
        self._held: list[Held] = []
        self._apart: list[Event] = []
        self._judged: list[tuple[int, bytes]] = []
        self._nameless = marks_of([memory.adopted])
        self._ids: list[str] = []
        self._identity = memory.identity
        self._replay = memory.replay

    def judge(self, events: Iterable[Event], replay: Replay, apart: Replay, order: Order, named: Named) -> None:
        """Judge the events, which come in order of time: those up to the end for good, the younger ones until the next run
        judges them again. `apart` judges what comes too late, without what was learned; `order` puts the events of one
        instant in order, `named` names agents."""
        identity = self._identity
        tail: list[Event] = []
        replay_up_to_end = self._up_to_end(order(self._new(events)), tail, identity, named)
        self._settled.extend(replay.feed(replay_up_to_end))
        self._replay = replay.save()
        self._identity = msgspec.convert(msgspec.to_builtins(identity), Identity)
        self._held = [hold(event) for event in tail]
        for event in tail:
            named(identity, event)
            self.findings.extend(replay.feed((event,)))
        self.findings.extend(replay.finish())
        for event in sorted(self._apart, key=order_key):
            self._judged.append((event.time, mark(event)))
            named(identity, event)
            self._settled.extend(apart.feed((event,)))
        self._settled.extend(apart.finish())
        self.findings.extend(self._settled)

    def adopted(self, id: str) -> bool:
        """Whether an event of an earlier night names no tenant itself."""
        return id_mark(id) in self._nameless

    def news(self, alerts: Sequence[Alert], together: Callable[[Sequence[Alert]], Iterable[set[str]]]) -> list[Alert]:
        """The alerts that say more than was told before, and those that belong `together` with such a one in an incident;
        what was told at this level is known."""
        wanted = {one.id for one in alerts if self.memory.said.get(one.id) != said_of(one)}
        for ids in together(alerts):
            if not ids.isdisjoint(wanted):
                wanted = wanted | ids
        told = Baseline(BaselineUse(path="", sha256="", alerts=0), tuple(self.memory.told))
        return [replace(one, known=told.knows(one)) for one in alerts if one.id in wanted]

    def next(self, alerts: Iterable[Alert], adopted: Callable[[str], bool]) -> Memory:
        """What the next run takes up, after these alerts were told."""
        memory = self.memory
        findings = still_open([*memory.findings, *self._settled], self.end)
        alerts = list(alerts)
        told = still_told(memory.told, alerts, self.end)
        said = {**memory.said, **{one.id: said_of(one) for one in alerts}}
        nameless = dict.fromkeys(id_mark(id) for id in self._ids if adopted(id))
        more = b"".join(one for one in nameless if one not in self._nameless)
        return Memory(
            watermark=self.end,
            replay=self._replay,
            identity=self._identity,
            held=self._held,
            days=remembered(memory.days, self._judged, self.end),
            findings=findings,
            adopted=(memory.adopted + more)[-MOST_IDS * WIDTH :],
            told=told,
            said={one.id: said[one.id] for one in told if one.id in said},
            runs=memory.runs + 1,
        )

    def notes(self) -> tuple[str, ...]:
        """What a reader of the report must know of a night that is one of a row."""
        counts, told = self.counts, []
        if self.memory.runs:
            runs = f"{self.memory.runs:,} earlier run{'' if self.memory.runs == 1 else 's'}"
            told.append(f"Judged after {runs}, which judged up to {show_time(self.memory.watermark)}.")
        if counts.repeated:
            told.append(f"{counts.repeated:,} events were judged on an earlier night and came again.")
        if counts.late:
            told.append(
                f"{counts.late:,} events came after their time had been judged; they were judged apart, without what was learned."
            )
        if counts.too_old:
            told.append(
                f"{counts.too_old:,} events are older than what is remembered of earlier nights; they were not judged."
            )
        if self._held:
            told.append(
                f"The next run judges {len(self._held):,} events after {show_time(self.end)} again, with what comes late."
            )
        return tuple(told)

    def _new(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events of tonight that were not judged yet, and those that were held back, in order of time."""
        held = list(restored(self.memory.held))
        waiting = {mark(event) for event in held}
        return merge(held, self._sorted_out(events, waiting), key=lambda event: event.time)

    def _sorted_out(self, events: Iterable[Event], waiting: set[bytes]) -> Iterator[Event]:
        begin, counts = self.memory.watermark, self.counts
        judged = marks_of(self.memory.days.values())
        for event in events:
            derived = event.kind == TRAIL_ACTIVITY
            if event.time > begin:
                if mark(event) in waiting:
                    counts.repeated += not derived
                    continue
                counts.new += not derived
                self._sealed(event)
                yield event
            elif derived:
                continue  # the hours behind the watermark were told
            elif mark(event) in judged:
                counts.repeated += 1
            elif event.time != UNDATED and event.time < begin - REMEMBERED:
                counts.too_old += 1
            else:
                counts.late += 1
                self._sealed(event)
                self._apart.append(event)

    def _up_to_end(
        self, events: Iterator[Event], tail: list[Event], identity: Identity, named: Named
    ) -> Iterator[Event]:
        for event in events:
            if event.time > self.end:
                tail.append(event)
                tail.extend(events)
                return
            self._judged.append((event.time, mark(event)))
            named(identity, event)
            yield event

    def _sealed(self, event: Event) -> None:
        """Later nights may cite it, when its file is no longer at hand: its digest goes with it."""
        self._ids.append(event.id)
        one = event.origin
        digest = self._seals.get((one.file, one.offset, one.length), "")
        event.origin = Origin(one.file, one.line, one.offset, one.length, digest)


def _end(begin: int, moments: list[int], lateness: int) -> int:
    """Up to where tonight's events are judged for good."""
    if not moments:
        return begin
    return max(begin, moments[(len(moments) - 1) * SHARE // 100] - lateness)
