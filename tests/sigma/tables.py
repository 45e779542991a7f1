"""The tables of cases in `conformance/`, as data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "conformance"
PLACEHOLDERS = {"servers": ("srv1", "web*"), "domain": ("corp.example",), "name": ("bob",)}


@dataclass(frozen=True)
class Case:
    """A rule on single events: the records it must match and those it must not."""

    table: str
    name: str
    spec: str
    detection: str
    hit: tuple[dict[str, Any], ...]
    miss: tuple[dict[str, Any], ...]
    logsource: str = "{product: auth0}"

    def rule(self, number: int) -> str:
        """The rule as a file."""
        body = "".join(f"  {line}\n" for line in self.detection.splitlines())
        return f"title: {number}\nid: {rule_id(number)}\nlogsource: {self.logsource}\ndetection:\n{body}"


@dataclass(frozen=True)
class Sequence:
    """Rules with a correlation or a filter: which records first complete it."""

    name: str
    files: dict[str, str]
    of: str
    """Title of the rule that is asked about; the last one of a single file where nothing is said."""
    events: tuple[dict[str, Any], ...]
    first: tuple[int, ...]


def rule_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def record(number: int, fields: dict[str, Any], second: float = 0) -> dict[str, Any]:
    """A tenant log record with some fields of its own; a canonical record where they name a kind of event."""
    whole = int(second)
    day, clock = divmod(whole, 86400)
    date = f"2026-05-{14 + day:02}T{clock // 3600:02}:{clock // 60 % 60:02}:{clock % 60:02}.000Z"
    if "." in str(fields.get("kind", "")):
        return {"onesec": 1, "time": date, "id": f"e{number}", "tenant": "acme", **fields}
    log_id = f"900{20260514100000000 + number}{number:036}"
    return {"date": date, "log_id": log_id, "type": "sapi", **fields}


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every table but the correlations'."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.stem != "correlations":
            for one in YAML(typ="safe").load(path):
                hit, miss = tuple(one["hit"]), tuple(one["miss"])
                source = json.dumps(one.get("logsource", {"product": "auth0"}))
                found.append(Case(path.stem, one["case"], one["spec"], one["rule"], hit, miss, source))
    return tuple(found)


@cache
def sequences() -> tuple[Sequence, ...]:
    found = []
    for one in YAML(typ="safe").load(FOLDER / "correlations.yaml"):
        files = one["files"] if "files" in one else {"rules.yml": one["rules"]}
        title = [line[7:] for text in files.values() for line in text.splitlines() if line.startswith("title: ")][-1]
        found.append(Sequence(one["case"], files, one.get("of", title), tuple(one["events"]), tuple(one["first"])))
    return tuple(found)
