"""Make a trail, measure onesec on it, and see where the time goes."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, compare


def profile(trail: Path) -> None:
    """Print the thirty functions that cost most by themselves."""
    from onesec_cli.pipeline import analyze  # a measuring process must stay small

    with cProfile.Profile() as profiler:
        analyze([str(trail)])
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def generate(trail: Path, events: int, seed: int, users: int) -> None:
    """Write a trail, and beside it what should be found in it."""
    from benchmarks.generate import FEWEST, write  # a measuring process must stay small

    if events < FEWEST:
        raise SystemExit(f"a trail has at least {FEWEST} events")
    print(f"{trail}: {events:,} events; what to find in them is in {write(trail, events, seed, users)}")


def run(trail: Path | None, events: int, rounds: int, rules: list[str]) -> None:
    """Measure on a file, or on a trail made for it; with rules, without any and with each set of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if trail is None:
            trail = folder / "trail.jsonl"
            made = [sys.executable, "-m", "benchmarks", "generate", "--events", str(events), "--out", str(trail)]
            subprocess.run(made, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        print(compare(trail, rounds, folder, sets(rules, folder) if rules else None))


def sets(rules: list[str], folder: Path) -> dict[str, list[str]]:
    """Options that choose each set of rules: so many made ones, those of a path, or our own (`own`)."""
    from benchmarks.rules import write  # a measuring process must stay small

    told = {", no rules": ["--no-default-rules"]}
    for wanted in rules:
        if wanted == "own":
            told[", own"] = []
            continue
        path = Path(wanted).resolve()
        if wanted.isdigit():
            path = folder / f"rules-{wanted}"
            write(path, int(wanted))
        told[f", {path.name[:9]}"] = ["--no-default-rules", "--rules", str(path)]
    return told


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("generate", help="write a trail, and what should be found in it beside it")
    make.add_argument("--events", type=int, default=1_000_000)
    make.add_argument("--out", type=Path, required=True)
    make.add_argument("--seed", type=int, default=1)
    make.add_argument("--users", type=int, default=20_000, help="how many users the events are of")
    compared = commands.add_parser("run", help="measure onesec beside a plain orjson loop")
    compared.add_argument("--events", type=int, default=1_000_000)
    compared.add_argument("--file", type=Path, help="a trail that is there already")
    compared.add_argument("--rounds", type=int, default=3)
    compared.add_argument(
        "--rules",
        nargs="*",
        default=[],
        help="sets of Sigma rules: a number of made ones, a path, or own for those that ship",
    )
    staged = commands.add_parser("stages", help="seconds and memory of each reading and each detector")
    staged.add_argument("file", type=Path)
    profiled = commands.add_parser("profile", help="where the time goes")
    profiled.add_argument("file", type=Path)
    told = commands.add_parser("reports", help="size and seconds of a report of many alerts, per format")
    told.add_argument("--alerts", type=int, default=100_000)
    told.add_argument("--format", help="only this one, in this process")
    told.add_argument(
        "--browser",
        action="store_true",
        help="how long headless chromium takes to show the HTML page, and to filter it",
    )
    slid = commands.add_parser("windows", help="what the windows of correlations cost and keep")
    slid.add_argument("--events", type=int, default=1_000_000)
    slid.add_argument("--users", type=int, default=50_000)
    slid.add_argument("--thresholds", choices=("catalog", "real"), help="only these, in this process")
    return parser.parse_args()


def main() -> None:
    """Do what the command line asks for."""
    asked = options()
    if asked.command == "generate":
        generate(asked.out, asked.events, asked.seed, asked.users)
    elif asked.command == "run":
        run(asked.file, asked.events, asked.rounds, asked.rules)
    elif asked.command == "reports":
        from benchmarks.reports import row, shown, table  # a measuring process must stay small

        if asked.browser:
            shown(asked.alerts)
        elif asked.format:
            row(asked.format, asked.alerts)
        else:
            table(asked.alerts)
    elif asked.command == "windows":
        from benchmarks import windows  # a measuring process must stay small

        if asked.thresholds:
            windows.measure(asked.events, asked.users, asked.thresholds == "real")
        else:
            windows.table(asked.events, asked.users)
    elif asked.command == "stages":
        from benchmarks.stages import stages  # a measuring process must stay small

        stages(asked.file)
    else:
        profile(asked.file)


if __name__ == "__main__":
    main()
