"""Measure the behaviour detectors on labelled agent trajectories: who is caught, where, and who is accused in vain.

python -m benchmarks.quality FILE.jsonl.gz            per suite, label and attack
python -m benchmarks.quality FILE --list SUITE LABEL LEVEL   the runs of one cell and what was said of them
python -m benchmarks.quality --curves                 cost against length of text and of conversation

A line of the file is one run: `suite`, `label`, `attack`, `ambiguous`, `hijack_calls: [{call_id}]`, `messages` (Chat
Completions). Detectors are shown the messages and nothing else. Nothing is fitted to the file: there is no training, so leaving one
suite out changes no number, and each suite stands for itself. Numbers of different suites are never pooled.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

from onesec_cli.detectors import DETECTORS
from onesec_cli.detectors.goal_hijack import GoalHijack
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.kinds import BEHAVIOUR
from onesec_cli.model.level import LEVELS
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sources.agents.chat import Chat

BEHAVIOUR_DETECTORS = tuple(
    detector for detector in DETECTORS if len(detector.reads & BEHAVIOUR) * 2 > len(detector.reads)
)
HONEST = ("benign", "benign_direct", "injected_not_exposed")


class Run(NamedTuple):
    """One judged trajectory."""

    row: dict[str, Any]
    findings: list[Finding]

    def level(self, rule: str) -> str:
        """The worst level a rule reached, or `none`."""
        return (
            max((one.level for one in self.findings if one.rule == rule), default=None).name
            if self.said(rule)
            else "none"
        )  # type: ignore[union-attr]  # said() means there is one

    def said(self, rule: str) -> bool:
        """Whether a rule said anything."""
        return any(one.rule == rule for one in self.findings)

    def located(self) -> bool:
        """Whether a high `goal-hijack` names a call that the label names."""
        named = {
            call
            for one in self.findings
            if one.rule == GoalHijack.rule.id and one.level.name == "high"
            for call in one.facts["calls"]
        }
        return any(call.get("call_id") in named for call in self.row.get("hijack_calls") or ())


def wilson(hits: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a rate."""
    if not total:
        return 0.0, 1.0
    z, rate = 1.96, hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def shown(hits: int, total: int) -> str:
    """A rate with its interval, in per cent."""
    low, high = wilson(hits, total)
    return f"{hits}/{total} = {100 * hits / max(total, 1):5.1f} % [{100 * low:.1f}-{100 * high:.1f}]"


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, compressed or not."""
    data = path.read_bytes()
    for line in (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines():
        if line.strip():
            yield json.loads(line)


def events_of(messages: list[dict[str, Any]], number: int) -> list[Event]:
    """What a run looks like to the detectors: its messages, under a name that says nothing."""
    told = Chat().read({"id": f"run-{number}", "messages": messages}, Origin("runs", number, 0, 1))
    return [event for event in told if isinstance(event, Event)]


@cache
def _replay(detectors: tuple[type[Detector[Any]], ...]) -> Replay:
    """The detectors, seated once, as for the many conversations of a scan; each run begins with nothing remembered."""
    return Replay([make(Policy()) for make in detectors])


def judge(
    messages: list[dict[str, Any]], number: int, detectors: tuple[type[Detector[Any]], ...] = BEHAVIOUR_DETECTORS
) -> list[Finding]:
    """What the detectors say of one run."""
    replay = _replay(detectors)
    replay.begin()
    return [*replay.feed(events_of(messages, number)), *replay.finish()]


def measure(path: Path) -> tuple[list[Run], int, float]:
    """All runs judged, how many were ambiguous, and the CPU seconds of reading and judging."""
    runs, skipped, spent = [], 0, 0.0
    gc.disable()  # as a scan does
    for number, row in enumerate(rows(path)):
        if row.get("ambiguous"):
            skipped += 1
            continue
        begun = time.process_time()
        findings = judge(row["messages"], number)
        spent += time.process_time() - begun
        runs.append(Run(row, findings))
    return runs, skipped, spent


def report(runs: list[Run], skipped: int, spent: float) -> None:
    """Print every table."""
    print(
        f"{len(runs)} runs judged, {skipped} ambiguous ones skipped, {len(runs) / spent:,.0f} runs a CPU second (reading and {len(BEHAVIOUR_DETECTORS)} detectors)"
    )
    print("Nothing is fitted: every suite is judged by the same rules, leaving one out changes nothing.\n")
    cells: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in runs:
        suite, label = str(run.row.get("suite")), str(run.row.get("label"))
        cells[suite, label, "(all)"].append(run)
        if run.row.get("attack"):
            cells[suite, label, str(run.row["attack"])].append(run)
    for rule in ("goal-hijack", "injection-exposure"):
        print(f"## {rule}")
        for (suite, label, attack), members in sorted(cells.items()):
            _cell(rule, suite, label, attack, members)
        print()
    print("## every behaviour detector on honest runs, low and above")
    for (suite, label, attack), members in sorted(cells.items()):
        if label in HONEST and attack == "(all)":
            for detector in BEHAVIOUR_DETECTORS:
                levels = Counter(run.level(detector.rule.id) for run in members)
                loud = len(members) - levels["none"] - levels["informational"]
                high = levels["high"] + levels["critical"]
                print(
                    f"{suite:10} {label:21} {detector.rule.id:22} {shown(loud, len(members)):34} high {shown(high, len(members))}"
                )


def _cell(rule: str, suite: str, label: str, attack: str, members: list[Run]) -> None:
    levels = Counter(run.level(rule) for run in members)
    total = len(members)
    said = "  ".join(f"{name} {levels[name]}" for name in reversed(LEVELS) if levels[name])
    line = f"{suite:10} {label:21} {attack:42} high {shown(levels['high'] + levels['critical'], total):32}"
    if rule == "goal-hijack" and any(run.row.get("hijack_calls") for run in members):
        caught = [run for run in members if run.level(rule) == "high"]
        line += f" located {shown(sum(run.located() for run in caught), len(caught)):32}"
    print(f"{line} {said}")


def show(runs: list[Run], suite: str, label: str, level: str) -> None:
    """Print the runs of one suite and label in which `goal-hijack` reached a level, and what it said."""
    for run in runs:
        if run.row.get("suite") == suite and run.row.get("label") == label and run.level("goal-hijack") == level:
            print(run.row.get("id"))
            for one in run.findings:
                print(f"   {one.rule} {one.level.name}: {one.message}")


def curves() -> None:
    """Print what reading and judging costs as one text, and as one conversation, grows."""
    gc.disable()  # as a scan does
    judge(_long_talk(["Hello."]), 0)  # what is made once is made
    paragraph = "Minutes of the meeting. Kim will send the figures to dana@corp.example. Please review the plan and reply by Friday.\n"
    print("characters of one result  CPU ms   us per 1,000 characters")
    for size in (10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 1_280_000):
        text = (paragraph * (size // len(paragraph) + 1))[:size]
        _point(size, _long_talk([text]), size / 1_000)
    print("calls in one conversation  CPU ms   us per call")
    for calls in (100, 200, 400, 800, 1_600, 3_200, 6_400):
        texts = [f"Step {number}. " + paragraph * 4 for number in range(calls)]
        _point(calls, _long_talk(texts), calls)


def _long_talk(texts: list[str]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"role": "user", "content": "Summarise what happened this week."}]
    for number, text in enumerate(texts):
        call = {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "read_page", "arguments": json.dumps({"page": number})},
        }
        told += [
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": f"c{number}", "content": text},
        ]
    return told


def _point(size: int, messages: list[dict[str, Any]], units: float) -> None:
    begun = time.process_time()
    judge(messages, 0)
    spent = time.process_time() - begun
    print(f"{size:24,} {1_000 * spent:8.1f} {1_000_000 * spent / units:10.1f}")


def main() -> None:
    """Parse options and measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--list", nargs=3, metavar=("SUITE", "LABEL", "LEVEL"))
    parser.add_argument("--curves", action="store_true")
    options = parser.parse_args()
    if options.curves:
        curves()
    elif options.file is None:
        parser.error("a file of labelled runs is needed")
    else:
        runs, skipped, spent = measure(options.file)
        if options.list:
            show(runs, *options.list)
        else:
            report(runs, skipped, spent)


if __name__ == "__main__":
    main()
