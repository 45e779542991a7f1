"""The replay of a scan, step by step: what each event changed and which detector weighed it how."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from onesec_cli.desk.difference import difference, snapshot
from onesec_cli.desk.learned import sentences
from onesec_cli.desk.timeline import Pivot, proofs_of, row
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event
from onesec_cli.model.finding import Alert, Finding
from onesec_cli.model.kinds import TRAIL_ACTIVITY, TRAIL_ANOMALY
from onesec_cli.model.mask import mask
from onesec_cli.model.step import Step, Weighed
from onesec_cli.replay import Replay
from onesec_cli.state.accounts.holdings import Holdings
from onesec_cli.state.accounts.within_reach import Watch


class Walk:
    """A scan that stops at each event a pivot asks for. What it found so far is in `findings`."""

    def __init__(
        self,
        detectors: Sequence[Detector[Any]],
        alerts: Sequence[Alert],
        pivot: Pivot,
        remember: bool = False,
        holdings: Holdings | Watch | None = None,
    ) -> None:
        self.replay = Replay(detectors)
        self.holdings = holdings or Holdings()
        self.findings: list[Finding] = []
        """All findings, of events that are no steps too; those of the end of the log once every event was fed."""
        self._proofs = proofs_of(alerts)
        self._pivot = pivot
        self._number = 0
        self._remember = remember

    def feed(self, events: Iterable[Event]) -> Iterator[Step]:
        """A step for each event that is told, in the order of the events, which must be the total order."""
        last: Event | None = None
        for event in events:
            last = event
            proven = self._proofs.get((event.origin.file, event.origin.offset, event.time), [])
            derived = event.kind in (TRAIL_ACTIVITY, TRAIL_ANOMALY)
            if derived or not self._pivot.asks_for(event) or (self._pivot.relevant and not proven):
                self.holdings.take(event)
                self.findings += self.replay.feed([event])
                continue
            self._number += 1
            changes = self.holdings.take(event)
            yield Step(
                number=self._number,
                row=row(event, proven),
                changes=tuple(mask(change) for change in changes),
                weighed=tuple(self._weigh(event)),
            )
        late = list(self.replay.finish())
        self.findings += late
        told = [finding for finding in late if self._pivot.asks_for_entities(finding.entities)]
        if last is not None and told:
            yield self._end(last, told)

    def _end(self, last: Event, told: Sequence[Finding]) -> Step:
        """What only the end of the log shows, as a step of its own."""
        rules = dict.fromkeys(finding.rule for finding in told)
        return Step(
            number=self._number + 1,
            row=replace(row(last), kind="end of the log", message="the log ends; what only its end shows", entities=()),
            changes=(),
            weighed=tuple(
                Weighed(
                    rule=rule,
                    history=(),
                    said=tuple(_told(finding) for finding in told if finding.rule == rule),
                    learned=(),
                )
                for rule in rules
            ),
        )

    def _weigh(self, event: Event) -> Iterator[Weighed]:
        """Each detector's look at an event; the event is judged once, all findings are kept."""
        seats = list(self.replay.seats_for(event))
        before = [snapshot(self.replay.state_of(seat, event)) for seat in seats]
        said = list(self.replay.feed([event]))
        self.findings += said
        for seat, old in zip(seats, before, strict=True):
            rule, kind = seat.detector.rule.id, seat.detector.state
            now = snapshot(self.replay.state_of(seat, event))
            yield Weighed(
                rule=rule,
                history=_history(seat.detector, self.replay.key_of(seat, event)),
                said=tuple(_told(one) for one in said if one.rule == rule),
                learned=tuple(map(mask, difference(old, now))),
                told=tuple(map(mask, sentences(kind, old, now))),
                remembered=tuple(map(mask, difference(None, old))) if self._remember else (),
                remembered_told=tuple(map(mask, sentences(kind, None, old, was=False))) if self._remember else (),
            )


def _history(detector: Detector[Any], key: Hashable | None) -> tuple[str, ...]:
    if not isinstance(key, tuple):
        return ()
    names = detector.key if len(detector.key) == len(key) else ("",) * len(key)
    return tuple(mask(f"{name}:{value}" if name else str(value)) for name, value in zip(names, key, strict=True))


def _told(finding: Finding) -> str:
    verdict = f" {finding.verdict}" if finding.verdict else ""
    return mask(f"{finding.level.name}{verdict}: {finding.message}")
