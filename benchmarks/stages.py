"""Where the time and the memory of one scan go: the two readings, then each detector on its own."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay, order_key
from onesec_cli.sources.duplicates import settle
from onesec_cli.sources.open_trail import Trail, discover
from onesec_cli.sources.reader import Reader
from onesec_cli.sources.second import SecondReading, in_order


def memory() -> float:
    """MB this process holds now; 0 where the system does not tell."""
    told = Path("/proc/self/status")
    lines = told.read_text(encoding="ascii").splitlines() if told.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def replayed(detectors: Iterable[Detector[Any]], events: Iterable[Event]) -> tuple[Replay, float]:
    """A replay of events through some detectors, and its CPU seconds."""
    replay = Replay(list(detectors))
    begun = time.process_time()
    for _ in replay.feed(events):
        pass
    return replay, time.process_time() - begun


def stages(trail: Path) -> None:
    """Print CPU seconds and memory of each stage, then what each detector takes alone, its routing included."""
    gc.disable()  # as a run does
    reads = Replay([make(Policy()) for make in DETECTORS]).reads
    reader, files = Reader(reads, 60_000_000), Trail(discover([str(trail)]))
    begun = time.process_time()
    files.read(reader, lambda what, done: None)
    print(f"first reading   {time.process_time() - begun:7.2f} s  {memory():6.0f} MB")
    settled = settle(reader, files.fetch)

    def second() -> Iterable[Event]:
        reading = SecondReading(
            reader.ledger, files.again, reader.lose, settled.dropped, settled.variants, settled.tenants
        )
        return in_order(reading, list(reader.events), order_key)

    begun = time.process_time()
    events = sum(1 for _ in second())
    reading = time.process_time() - begun
    print(f"second reading  {reading:7.2f} s  {memory():6.0f} MB  {events:,} events")
    _, spent = replayed((make(Policy()) for make in DETECTORS), second())
    print(f"all detectors   {spent - reading:7.2f} s  {memory():6.0f} MB")
    for make in DETECTORS:
        replay, spent = replayed([make(Policy())], second())
        ((_, shown, _),) = replay.seen()
        if shown:
            print(f"  {make.rule.id:28}{max(spent - reading, 0.0):7.2f} s  {shown:>9,} events")
