"""The engine as a judge: texts of rules and records in, what the whole pipeline finds out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from onesec_cli import pipeline
from onesec_cli.model.finding import Finding
from onesec_cli.model.policy import Policy, RulePolicy

Placeholders = Mapping[str, tuple[str, ...]]


@dataclass
class Judged:
    """By number of the rule: numbers of the records it matched, or why it was not loaded."""

    hits: dict[int, set[int]] = field(default_factory=dict)
    skipped: dict[int, str] = field(default_factory=dict)


def engine_hits(texts: Sequence[str], records: Sequence[dict[str, Any]], known: Placeholders) -> Judged:
    """Each text is a file with one rule, each record a line of a tenant's log."""
    judged = Judged()
    with trail(records) as log, tempfile.TemporaryDirectory(prefix="onesec-rules-") as folder:
        for number, text in enumerate(texts):
            (Path(folder) / f"{number:05}.yml").write_text(text, encoding="utf-8")
        book, findings = run(folder, log, known)
    for note in book.skipped:
        judged.skipped[int(Path(note.file).stem)] = note.reason
    numbers = {member.card.id: int(Path(member.card.file).stem) for member in book.members}
    judged.hits = {number: set() for number in numbers.values()}
    for finding in findings:
        if finding.rule in numbers:
            judged.hits[numbers[finding.rule]].add(finding.evidence[0].origin.line - 1)
    return judged


@contextmanager
def trail(records: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A log of records: tenant log events as a log stream delivers them, canonical events as they are."""
    with tempfile.TemporaryDirectory(prefix="onesec-log-") as folder:
        log = Path(folder) / "log.jsonl"
        lines = (json.dumps(one if "onesec" in one else {"log_id": one["log_id"], "data": one}) for one in records)
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield str(log)


def run(rules: str, log: str, known: Placeholders) -> tuple[pipeline.RuleBook, list[Finding]]:
    """The rules that were loaded, and every finding of a whole run before findings are folded into alerts."""
    policy = Policy(rules=RulePolicy(placeholders=dict(known)))
    book = pipeline.load_rules([rules], policy)
    heard: list[Finding] = []
    fold = pipeline.fold

    def listening(findings: Any, *rest: Any) -> Any:
        heard.extend(findings)
        return fold(findings, *rest)

    with patch.object(pipeline, "fold", listening):
        pipeline.analyze([log], pipeline.Options(policy=policy, rules=book))
    return book, heard
