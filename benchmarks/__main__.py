"""Measure onesec beside a plain `orjson.loads` loop over the same file, in one run.

python -m benchmarks                        1M events, three rounds
python -m benchmarks --events 100000
python -m benchmarks --profile              where the time goes
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.generate import write

LOOP = "import orjson, sys\nfor line in open(sys.argv[1], 'rb'): orjson.loads(line)"


class Cost(NamedTuple):
    """CPU seconds, and peak memory in MB, of one process."""

    cpu: float
    memory: float


def measure(command: list[str]) -> Cost:
    """Run a command to its end and ask the operating system what it cost."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def compare(path: Path, rounds: int, events: int) -> None:
    """Both commands in turn; medians and the ratio."""
    loops, scans = [], []
    for _ in range(rounds):
        loops.append(measure([sys.executable, "-c", LOOP, str(path)]))
        scans.append(measure([sys.executable, "-m", "onesec_cli", "scan", str(path), "--format", "json", "-q"]))
    loop, scan = median(one.cpu for one in loops), median(one.cpu for one in scans)
    ratio = median(a.cpu / b.cpu for a, b in zip(scans, loops, strict=True))
    print(f"{events:,} events, {path.stat().st_size / 1e6:,.0f} MB, {rounds} rounds, medians")
    print(f"orjson.loads loop  {loop:7.2f} CPU s  {max(one.memory for one in loops):7.0f} MB")
    print(f"onesec scan        {scan:7.2f} CPU s  {max(one.memory for one in scans):7.0f} MB")
    print(f"ratio              {ratio:7.2f}x")


def profile(path: Path) -> None:
    """The thirty functions that cost most."""
    from onesec_cli.pipeline import analyze  # the other modes measure whole processes

    with cProfile.Profile() as profiler:
        analyze([str(path)])
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> None:
    """Parse options and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--file", type=Path, help="use or make the trail here, and keep it")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "trail.jsonl"
        if not path.exists():
            write(path, options.events)
        if options.profile:
            profile(path)
        else:
            compare(path, options.rounds, options.events)


if __name__ == "__main__":
    main()
