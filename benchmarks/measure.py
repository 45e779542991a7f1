"""onesec beside a plain `orjson.loads` loop over the same file: whole processes, in turn, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
LOOP: Final = "import orjson, sys\nwith open(sys.argv[1], 'rb') as f:\n    for line in f: orjson.loads(line)"


class Cost(NamedTuple):
    """What the operating system says a process took."""

    cpu: float
    """Seconds of processor time, the user's and the system's."""
    wall: float
    memory: float
    """Most memory held at once, in MB."""


def measure(command: list[str], folder: Path) -> Cost:
    """Run a command in this checkout and ask the operating system what it cost; its output goes to a file.

    A child starts out with the peak memory of its parent, so this process must stay small: it never makes a trail.
    """
    started = time.perf_counter()
    with (folder / "out").open("wb") as out, subprocess.Popen(command, stdout=out, cwd=ROOT) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / unit)


def compare(trail: Path, rounds: int, folder: Path) -> str:
    """Both commands in turn; medians and their ratio, as a table."""
    trail = trail.resolve()
    loop = [sys.executable, "-c", LOOP, str(trail)]
    scan = [sys.executable, "-m", "onesec_cli", "scan", str(trail), "--format", "json", "--quiet"]
    loops, scans = [], []
    for _ in range(rounds):
        loops.append(measure(loop, folder))
        scans.append(measure(scan, folder))
    with trail.open("rb") as lines:
        events = sum(1 for _ in lines)
    ratio = median(ours.cpu / theirs.cpu for ours, theirs in zip(scans, loops, strict=True))
    pace = events / median(one.cpu for one in scans)
    return "\n".join(
        [
            f"{events:,} events, {trail.stat().st_size / 1e6:,.0f} MB, {rounds} rounds in turn, medians",
            "",
            "                      CPU s    wall s    peak MB",
            _row("orjson.loads loop", loops),
            _row("onesec scan", scans),
            "",
            f"onesec takes {ratio:.2f} times the CPU of the loop: {pace:,.0f} events in a CPU second",
        ]
    )


def _row(name: str, costs: list[Cost]) -> str:
    cpu, wall, memory = (median(one) for one in zip(*costs, strict=True))
    return f"{name:<18}{cpu:>9.2f} {wall:>9.2f} {memory:>10.0f}"
