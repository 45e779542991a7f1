"""onesec beside a plain `orjson.loads` loop over the same file: whole processes, in turn, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
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


def compare(trail: Path, rounds: int, folder: Path, rules: Mapping[str, Sequence[str]] | None = None) -> str:
    """The loop and a scan in turn, and a scan for each set of rules (a name, and the options that choose it); medians and
    ratios, as a table."""
    trail = trail.resolve()
    loop = [sys.executable, "-c", LOOP, str(trail)]
    scan = [sys.executable, "-m", "onesec_cli", "scan", str(trail), "--format", "json", "--quiet"]
    commands = {"orjson.loads loop": loop}
    commands |= {f"onesec scan{name}": [*scan, *options] for name, options in (rules or {"": []}).items()}
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            costs[name].append(measure(command, folder))
    with trail.open("rb") as lines:
        events = sum(1 for _ in lines)
    size = trail.stat().st_size / 1e6
    loops = costs["orjson.loads loop"]
    table = [
        f"{'':<26}  CPU s    wall s    peak MB   x loop",
        *(_row(name, told, loops) for name, told in costs.items()),
    ]
    last = list(costs.values())[-1]
    ratio = median(ours.cpu / theirs.cpu for ours, theirs in zip(last, loops, strict=True))
    pace = events / median(one.cpu for one in last)
    return "\n".join(
        [
            f"{events:,} events, {size:,.0f} MB, {rounds} rounds in turn, medians",
            "",
            *table,
            "",
            f"onesec takes {ratio:.2f} times the CPU of the loop: {pace:,.0f} events in a CPU second",
        ]
    )


def _row(name: str, costs: list[Cost], loops: list[Cost]) -> str:
    cpu, wall, memory = (median(one) for one in zip(*costs, strict=True))
    ratio = median(ours.cpu / theirs.cpu for ours, theirs in zip(costs, loops, strict=True))
    return f"{name:<22}{cpu:>9.2f} {wall:>9.2f} {memory:>10.0f} {ratio:>8.2f}"
