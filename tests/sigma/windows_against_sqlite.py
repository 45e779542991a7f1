"""Correlations: the engine against pySigma's SQLite backend, which finds windows with SQL alone.

    python -m tests.sigma.windows_against_sqlite --count 400

The backend says at which events of which group a condition holds; the engine tells where it comes to hold. So that both
speak of the same, records have one value in each field, no two share an instant, and groups are in lower case (SQLite
folds them). Left out: chains, conditions in words, and `temporal_ordered` for less than all of its rules, where the
backend asks that those which do occur stand in order; and percentiles but the hundredth, which the specification does not
define: the backend interpolates between two values, the engine takes one that is there.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from sigma.collection import SigmaCollection

from tests.sigma.judges import run, trail
from tests.sigma.reference import matches
from tests.sigma.reference_windows import TESTS, holding, span
from tests.sigma.tables import record
from tests.sigma.windows_differential import BASES, FILES, RECORDS, Maker, documents, firings


class FlatMaker(Maker):
    """Trails that a table can hold, and correlations that mean the same to both."""

    def records(self, count: int) -> list[tuple[float, dict[str, Any]]]:
        seconds = sorted(self.random.sample(range(count * 8), count))
        return [(second, record(number, self.fields(), second)) for number, second in enumerate(seconds)]

    def fields(self) -> dict[str, Any]:
        made = super().fields()
        made["user_id"] = self.one("a", "a", "b", "c", None)
        made["details"]["bytes"] = self.one(1, 5, 7, 20, 20, 100, -3, 2.5, None)
        return made

    def asked(self) -> dict[str, Any]:
        while True:
            made = self.correlation(list(BASES))
            condition = made.get("condition", {})
            bounds = condition.keys() & TESTS.keys() if isinstance(condition, dict) else {"words", "only"}
            ordered = made["type"] == "temporal_ordered" and condition
            if len(bounds) < 2 and not ordered and made.get("group-by") and condition_means_one_thing(condition):
                return made


def condition_means_one_thing(condition: dict[str, Any]) -> bool:
    return condition.get("percentile", 100) == 100


def table(records: list[tuple[float, dict[str, Any]]]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    rows = []
    for _, one in records:
        row = {key: value for key, value in one.items() if key != "details"}
        row |= {
            f"details.{key}": str(value).lower() if isinstance(value, bool) else value
            for key, value in one["details"].items()
        }
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    database.execute("CREATE TABLE logs (" + ", ".join(f'"{name}"' for name in names) + ")")
    for row in rows:
        database.execute(f"INSERT INTO logs VALUES ({', '.join('?' * len(names))})", [row.get(name) for name in names])
    return database


def held_by_sqlite(correlation: dict[str, Any], database: sqlite3.Connection) -> set[tuple[tuple[str, ...], int]]:
    """Groups and places of the records at which the condition holds."""
    from sigma.backends.sqlite import sqliteBackend

    text = "\n---\n".join(map(json.dumps, documents([correlation], 1)))
    query = sqliteBackend(timestamp_field="date").convert(SigmaCollection.from_yaml(text))[-1]
    found = set()
    starts = {
        round(when, 3): place - 1
        for place, when in database.execute(
            "SELECT rowid, ROUND((julianday(date) - 2440587.5) * 86400000) / 1000.0 FROM logs"
        )
    }
    for row in database.execute(query):
        group = json.loads(row[1])
        found.add((tuple(str(group[name]) for name in correlation["group-by"]), starts[round(row[2], 3)]))
    return found


def round_of(seed: int, files: int = FILES, count: int = RECORDS) -> tuple[Counter[str], list[str]]:
    """Counts of one round, and its disagreements in words."""
    maker = FlatMaker(seed)
    records = maker.records(count)
    asked = [maker.asked() for _ in range(files)]
    with trail([one for _, one in records]) as log, tempfile.TemporaryDirectory(prefix="onesec-rules-") as folder:
        for number, correlation in enumerate(asked):
            text = "\n---\n".join(map(json.dumps, documents([correlation], number)))
            (Path(folder) / f"{number:03}.yml").write_text(text)
        book, findings = run(folder, log, {})
    assert not book.skipped, book.skipped[0]
    ours: dict[str, Counter[int]] = {}
    for finding in findings:
        ours.setdefault(finding.rule, Counter())[finding.evidence[0].origin.line - 1] += 1
    matched = {
        name: [matches({"detection": {"sel": wanted, "condition": "sel"}}, one) for _, one in records]
        for name, wanted in BASES.items()
    }
    database = table(records)
    told: Counter[str] = Counter()
    odd: list[str] = []
    for number, correlation in enumerate(asked):
        holds = held_by_sqlite(correlation, database)
        streams = {
            group: [(place, (group, place) in holds) for place, _ in events]
            for group, events in holding(correlation, records, matched).items()
        }
        want = firings(streams, [when for when, _ in records], span(correlation["timespan"]))
        got = ours.get(f"{number:08}-0000-4000-9000-000000000000", Counter())
        told.update(correlations=1, firings=want.total(), disagreements=got != want)
        told[f"{correlation['type']}, firings"] += want.total()
        if got != want:
            odd.append(
                f"seed {seed}: {json.dumps(correlation)}\n  engine only {got - want}, SQLite only {want - got}\n"
            )
    return told, odd


def main() -> None:
    asked = argparse.ArgumentParser(description="Compare correlations with pySigma's SQLite backend.")
    asked.add_argument("--count", type=int, default=400, help="correlations to make")
    asked.add_argument("--seed", type=int, default=1, help="of the first round")
    options = asked.parse_args()
    total: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + -(-options.count // FILES)):
        told, odd = round_of(seed)
        total.update(told)
        for words in odd:
            print(words)
    for what, many in total.most_common():
        print(f"{many:10,}  {what}")


if __name__ == "__main__":
    main()
