"""The engine's correlations against the brute force of the reference, on trails and correlations that a seed makes.

python -m tests.sigma.windows_differential --count 2000
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.sigma.judges import run, trail
from tests.sigma.reference import matches, read_documents
from tests.sigma.reference_windows import Group, holding, span
from tests.sigma.tables import record

FILES, RECORDS = 40, 90
"""Of one round: every file has three rules and one correlation of them."""

BASES = {
    "one": {"type": "fp"},
    "two": {"type": ["s", "f"]},
    "three": {"details.flag": True},
}


KINDS = (
    "event_count", "value_count", "temporal", "temporal_ordered",
    "value_sum", "value_avg", "value_median", "value_percentile",
)  # fmt: skip


class Maker:
    """One stream of random choices."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.chains = seed % 2 == 1
        """Whether correlations of correlations are made; the records then have one value in each field."""

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def often(self, chance: float) -> bool:
        return self.random.random() < chance

    def records(self, count: int) -> list[tuple[float, dict[str, Any]]]:
        """Records in order of time; some share a second, and then their ids are in order."""
        seconds = sorted(self.random.randrange(count * 8) for _ in range(count))
        return [(second, record(number, self.fields(), second)) for number, second in enumerate(seconds)]

    def fields(self) -> dict[str, Any]:
        details: dict[str, Any] = {"flag": self.often(0.3), "from": self.one("x", "y"), "to": self.one("x", "y")}
        if self.often(0.85):
            details["bytes"] = self.one(1, 5, 7, 20, 20, 100, -3, "12", "2.5", "none", [5, 9], None)
        user = self.one("a", "a", "b", "B", "", *([] if self.chains else [["a", "b"]]))
        if self.chains and isinstance(details.get("bytes"), list):
            details["bytes"] = 9
        return {
            "type": self.one("fp", "fp", "s", "f", "sapi"),
            "user_id": user,
            "ip": self.one("10.0.0.1", "10.0.0.2"),
            "details": details,
        }

    def correlation(self, known: Sequence[str], kinds: Sequence[str] = KINDS) -> dict[str, Any]:
        kind = self.one(*kinds)
        many = self.random.randrange(2, 4) if kind.startswith("temporal") else self.random.randrange(1, 4)
        rules = self.random.sample(known, many)
        made: dict[str, Any] = {"type": kind, "rules": rules, "timespan": self.one("5s", "30s", "1m", "2m", "10m")}
        groups = self.random.sample(["user_id", "ip", "details.from"], self.random.randrange(3))
        if self.often(0.2):
            made["aliases"] = {"side": {name: self.one("details.from", "details.to") for name in rules}}
            groups.append("side")
        if groups:
            made["group-by"] = groups
        if not kind.startswith("temporal") or self.often(0.3):
            made["condition"] = self.condition(kind, many)
        elif kind == "temporal" and self.often(0.3):
            made["condition"] = self.one("{} and not {}", "{} or {}", "not {} and {}", "({} or {}) and {}").format(
                *rules, *rules
            )
        return made

    def correlations(self) -> list[dict[str, Any]]:
        """A correlation of rules, or one that has another one among its rules; the last one is asked about."""
        if not self.chains or self.often(0.4):
            return [self.correlation(list(BASES))]
        low = self.correlation(list(BASES), ("event_count", "value_count", "temporal"))
        while True:
            high = self.correlation([*BASES, "low"])
            if "low" in high["rules"]:
                return [low, high]

    def condition(self, kind: str, many: int) -> dict[str, Any]:
        if kind in ("event_count", "temporal", "temporal_ordered", "value_count"):
            most = many if kind.startswith("temporal") else 2 if kind == "value_count" else 6
            made: dict[str, Any] = {
                self.one("gte", "gte", "gte", "gt", "eq", "lte", "lt"): self.random.randrange(1, most + 1)
            }
        else:
            made = {self.one("gte", "gt", "lt", "lte"): self.one(0, 5, 7, 10, 12.5, 20, 60, 150)}
        if self.often(0.2) and not {"lt", "lte"} & made.keys():
            made[self.one("lt", "lte", "neq")] = next(iter(made.values())) + self.one(0, 1, 2, 30)
        if kind.startswith("value"):
            made["field"] = "user_id" if kind == "value_count" and self.often(0.5) else "details.bytes"
        if kind == "value_percentile":
            made["percentile"] = self.one(1, 25, 50, 90, 99, 100)
        return made


def documents(correlations: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [
        {
            "title": name,
            "name": name,
            "id": f"{number:08}-0000-4000-8000-{place:012}",
            "logsource": {"product": "auth0"},
            "detection": {"sel": BASES[name], "condition": "sel"},
        }
        for place, name in enumerate(BASES)
    ]
    if len(correlations) > 1:
        made.append(
            {
                "title": "Low",
                "name": "low",
                "id": f"{number:08}-0000-4000-a000-000000000000",
                "correlation": correlations[0],
            }
        )
    made.append({"title": "C", "id": f"{number:08}-0000-4000-9000-000000000000", "correlation": correlations[-1]})
    return made


def firings(held: dict[Group, list[tuple[int, bool]]], times: list[float], seconds: int) -> Counter[int]:
    """When a correlation is told: where its condition begins to hold in a group, and once in each timespan while it does."""
    told: Counter[int] = Counter()
    for events in held.values():
        last: float | None = None
        for place, holds in events:
            if not holds:
                last = None
            elif last is None or times[place] - last > seconds:
                told[place] += 1
                last = times[place]
    return told


def holds_at(held: dict[Group, list[tuple[int, bool]]]) -> Counter[int]:
    """Where the condition of a correlation holds."""
    return Counter(place for events in held.values() for place, holds in events if holds)


def round_of(seed: int, files: int = FILES, count: int = RECORDS) -> tuple[Counter[str], list[str]]:
    """Counts of one round, and its disagreements in words."""
    maker = Maker(seed)
    records = maker.records(count)
    asked = [maker.correlations() for _ in range(files)]
    shuffled = [one for _, one in records]
    maker.random.shuffle(shuffled)
    with trail(shuffled) as log, tempfile.TemporaryDirectory(prefix="onesec-rules-") as folder:
        for number, correlations in enumerate(asked):
            text = "\n---\n".join(map(json.dumps, documents(correlations, number)))
            (Path(folder) / f"{number:03}.yml").write_text(text)
        book, findings = run(folder, log, {})
    assert not book.skipped, book.skipped[0]
    places = {one["log_id"]: place for place, (_, one) in enumerate(records)}
    ours: dict[str, Counter[int]] = {}
    for finding in findings:
        line = finding.evidence[0].origin.line
        ours.setdefault(finding.rule, Counter())[places[shuffled[line - 1]["log_id"]]] += 1
    matched = {
        name: [matches({"detection": {"sel": asked, "condition": "sel"}}, one) for _, one in records]
        for name, asked in BASES.items()
    }
    told: Counter[str] = Counter()
    odd: list[str] = []
    times = [when for when, _ in records]
    for number, correlations in enumerate(asked):
        read = [read_documents(json.dumps(one))[0] for one in correlations]
        known = dict(matched)
        if len(read) > 1:
            low = holding(read[0], records, matched)
            at = (
                firings(low, times, span(read[0]["timespan"]))
                if not read[1]["type"].startswith("temporal")
                else holds_at(low)
            )
            known["low"] = [bool(at[place]) for place in range(count)]
        held = holding(read[-1], records, known)
        want = firings(held, times, span(read[-1]["timespan"]))
        got = ours.get(f"{number:08}-0000-4000-9000-000000000000", Counter())
        told["correlations"] += 1
        told["correlations that fire"] += bool(want)
        told["windows"] += sum(map(len, held.values()))
        told["firings"] += want.total()
        told[f"{read[-1]['type']}, firings"] += want.total()
        if got != want:
            told["disagreements"] += 1
            odd.append(
                f"seed {seed}: {json.dumps(correlations)}\n  engine only {got - want}, reference only {want - got}\n"
            )
    return told, odd


def main() -> None:
    asked = argparse.ArgumentParser(description="Compare correlations with the brute force of the reference.")
    asked.add_argument("--count", type=int, default=2_000, help="correlations to make")
    asked.add_argument("--seed", type=int, default=1_000, help="of the first round")
    options = asked.parse_args()
    began = time.perf_counter()
    total: Counter[str] = Counter({"disagreements": 0})
    for seed in range(options.seed, options.seed + -(-options.count // FILES)):
        told, odd = round_of(seed)
        total.update(told)
        for words in odd:
            print(words)
    for what, many in total.most_common():
        print(f"{many:10,}  {what}")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
