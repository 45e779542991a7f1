"""The engine against pySigma's SQLite backend, on the part of Sigma that a flat table of texts can hold.

    python -m tests.sigma.against_sqlite --rules 2000 --records 200

Needs the package `pysigma-backend-sqlite`. A table has one value for each field, so the records have no arrays, no
nulls and no objects; what SQLite folds to lower case is ASCII, and so are the records; a number and the text of it
are never equal there, so each field holds one type.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError

from tests.sigma.generate import PLACEHOLDERS, WORDS, Maker
from tests.sigma.judges import engine_hits

TEXTS = ("name", "note", "path", "method", "scope")
PLAIN = tuple(word for word in WORDS if word.isascii() and word.isprintable() and word.strip())


class FlatMaker(Maker):
    """Records of one value for each field, and rules that ask for no more."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.said = list(PLAIN)

    def record(self, number: int) -> dict[str, Any]:
        texts = {name: self.text() for name in TEXTS if self.often(0.8)}
        inner: dict[str, Any] = {name: self.text() for name in TEXTS if self.often(0.6)}
        inner |= {
            "count": self.one(0, 1, -3, 12, 404, 12.5),
            "enabled": self.often(0.5),
            "ip": self.one("10.1.2.3", "9.9.9.9"),
        }
        return {
            "date": f"2026-05-14T10:{number // 60 % 60:02}:{number % 60:02}.000Z",
            "type": self.one("s", "f", "sapi"),
            "log_id": f"900{20260514100000000 + number}{number:036}",
            **texts,
            "details": inner,
        }

    def path(self) -> str:
        if self.aim and self.aim[0].split(".")[-1] in TEXTS:
            return f"data.{self.aim[0]}"
        return self.one("data.", "data.details.") + self.one(*TEXTS)

    def line(self) -> tuple[str, Any]:
        key, value = super().line()
        modifiers = key.split("|")[1:]
        bare = not set(modifiers) - {"neq", "all"}
        if set(modifiers) & {"lt", "lte", "gt", "gte"} or (bare and type(value) in (int, float)):
            return "|".join(["data.details.count", *modifiers]), value
        if bare and isinstance(value, bool):
            return "|".join(["data.details.enabled", *modifiers]), value
        if "cidr" in modifiers:
            return "|".join(["data.details.ip", *modifiers]), "10.0.0.0/8"
        numbers = any(not isinstance(one, str) for one in (value if isinstance(value, list) else [value]))
        odd = numbers and (bare or set(modifiers) & {"contains", "startswith", "endswith", "cased"})
        left_out = {"exists", "expand", "utf16le", "utf16be", "minute", "hour", "day", "week", "month", "year"}
        if odd or value is None or set(modifiers) & left_out or not ascii_only(value):
            return self.line()
        return key, value

    def selection(self) -> Any:
        """No keywords: the table has no text of the whole event."""
        while True:
            made = super().selection()
            if isinstance(made, dict) and "|all" in made:
                continue
            if isinstance(made, list) and not isinstance(made[0], dict):
                continue
            return made


def ascii_only(value: Any) -> bool:
    return all(str(one).isascii() for one in (value if isinstance(value, list) else [value]))


def flat(prefix: str, node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from flat(f"{prefix}.{name}", value)
        else:
            yield f"{prefix}.{name}", {True: "true", False: "false"}.get(value, value) if type(value) is bool else value


def table(records: list[dict[str, Any]]) -> sqlite3.Connection:
    """The records as one table that compares texts without regard to case."""
    database = sqlite3.connect(":memory:")
    database.create_function(
        "REGEXP", 2, lambda pattern, text: text is not None and bool(re.search(pattern, str(text)))
    )
    rows = [dict(flat("data", record)) for record in records]
    names = sorted({name for row in rows for name in row} | {f"data.details.{name}" for name in TEXTS})
    database.execute("CREATE TABLE logs (number, " + ", ".join(f'"{name}" COLLATE NOCASE' for name in names) + ")")
    marks = ", ".join("?" * (len(names) + 1))
    for number, row in enumerate(rows):
        database.execute(f"INSERT INTO logs VALUES ({marks})", [number, *(row.get(name) for name in names)])
    return database


def sqlite_hits(text: str, database: sqlite3.Connection) -> set[int] | str:
    """Numbers of the records that the backend's query selects, or why there is no query."""
    from sigma.backends.sqlite import sqliteBackend

    try:
        queries = sqliteBackend().convert(SigmaCollection.from_yaml(text))
        return {row[0] for query in queries for row in database.execute(query.replace("SELECT *", "SELECT number", 1))}
    except (SigmaError, sqlite3.Error) as error:
        return f"{type(error).__name__}: {error}"


def round_of(seed: int, rules: int, count: int) -> tuple[Counter[str], list[str]]:
    """Counts of one round, and its disagreements in words."""
    maker = FlatMaker(seed)
    records = [maker.record(number) for number in range(count)]
    maker.seen = sorted(((name[5:], value) for record in records for name, value in flat("data", record)), key=repr)
    texts = [maker.written(maker.rule(number)) for number in range(rules)]
    ours = engine_hits(texts, records, PLACEHOLDERS)
    database = table(records)
    told: Counter[str] = Counter()
    odd: list[str] = []
    for number, text in enumerate(texts):
        theirs = sqlite_hits(text, database)
        if isinstance(theirs, str):
            told[f"not judged by SQLite: {theirs[:100]}"] += 1
        elif number in ours.skipped:
            told[f"not loaded: {ours.skipped[number][:100]}"] += 1
        else:
            hits = ours.hits[number]
            told.update(rules=1, pairs=count, matches=len(theirs), disagreements=len(theirs ^ hits))
            told["rules that match some records and not others"] += 0 < len(theirs) < count
            if theirs != hits:
                first = min(theirs ^ hits)
                who = "SQLite" if first in theirs else "the engine"
                odd.append(f"seed {seed}, rule {number}: only {who} matches record {first}\n{text}\n{records[first]}\n")
    return told, odd


def main() -> None:
    asked = argparse.ArgumentParser(description="Compare the engine with pySigma's SQLite backend.")
    asked.add_argument("--rules", type=int, default=500)
    asked.add_argument("--records", type=int, default=100)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    told, odd = round_of(options.seed, options.rules, options.records)
    for words in odd:
        print(words)
    for what, many in told.most_common():
        print(f"{many:10,}  {what}")


if __name__ == "__main__":
    main()
