"""The engine against the reference evaluator, on rules and records that a seed makes.

python -m tests.sigma.differential --count 20000
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import Any

from tests.sigma.generate import PLACEHOLDERS, made
from tests.sigma.judges import engine_hits
from tests.sigma.reference import matches, read_documents
from tests.sigma.reference_values import LeftOpenError

RULES, RECORDS = 100, 60
"""Of one round: every rule is judged on every record."""


def round_of(seed: int, rules: int = RULES, records: int = RECORDS) -> tuple[Counter[str], list[str]]:
    """Counts of one round, and its disagreements in words."""
    texts, events = made(seed, rules, records)
    ours = engine_hits(texts, events, PLACEHOLDERS)
    told: Counter[str] = Counter()
    odd: list[str] = []
    for number, text in enumerate(texts):
        if number in ours.skipped:
            told[f"not loaded: {ours.skipped[number]}"] += 1
            continue
        theirs, left_open = reference_hits(text, events)
        hits = ours.hits[number] - left_open
        told["rules"] += 1
        told["rules that match some records and not others"] += 0 < len(theirs) < records
        told["pairs"] += records - len(left_open)
        told["pairs that the specification leaves open"] += len(left_open)
        told["matches"] += len(theirs)
        told["disagreements"] += len(hits ^ theirs)
        if hits != theirs:
            first = min(hits ^ theirs)
            who = "the engine" if first in hits else "the reference"
            odd.append(f"seed {seed}, rule {number}: only {who} matches record {first}\n{text}\n{events[first]}\n")
    return told, odd


def reference_hits(text: str, events: list[dict[str, Any]]) -> tuple[set[int], set[int]]:
    """The records that a rule matches, and those that the specification has no answer for."""
    rule = read_documents(text)[0]
    hits, left_open = set(), set()
    for place, event in enumerate(events):
        try:
            if matches(rule, event, PLACEHOLDERS):
                hits.add(place)
        except LeftOpenError:
            left_open.add(place)
    return hits, left_open


def main() -> None:
    asked = argparse.ArgumentParser(description="Compare the engine with the reference evaluator.")
    asked.add_argument("--count", type=int, default=20_000, help="rules to make")
    asked.add_argument("--seed", type=int, default=1_000, help="of the first round")
    options = asked.parse_args()
    began = time.perf_counter()
    total: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + -(-options.count // RULES)):
        told, odd = round_of(seed)
        total += told
        for words in odd:
            print(words)
    total.setdefault("disagreements", 0)
    for what, many in total.most_common():
        print(f"{many:10,}  {what}")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
