"""Rules that files of chains name and that are not there: such a step can never be found."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.remark import Remark
from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.documents import files_of, read_file
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.marks import Marks, marks_of_file

CODE: Final = "unknown-rule"


def unknown_rules(files: Sequence[str], known: Collection[str]) -> Iterator[RuleNote]:
    """A note, at its line, on each rule that a chain names and that is neither a detector nor one of the known ids."""
    detectors = sorted(one.rule.id for one in DETECTORS)
    ids = {*known, *detectors}
    for file in files:
        places: dict[int, Marks] | None = None
        for document in read_file(file)[0]:
            if document.data.get("kind") != "chains" or "detection" in document.data:
                continue
            places = marks_of_file(file) if places is None else places
            marks = places.get(document.line) or Marks(document.line)
            for path, chain, rule in _named(document.data):
                if rule not in ids:
                    close = difflib.get_close_matches(rule, detectors, 1, 0.75)
                    told = f"the chain {chain} names the rule {rule}, which is neither a detector nor loaded"
                    more = f"; did you mean {close[0]}?" if close else ""
                    yield RuleNote(file=file, line=marks.line(*path), id=rule, reason=told + more)


def chain_remarks(paths: Sequence[str], known: Collection[str]) -> Iterator[Remark]:
    """The same as remarks of `lint`."""
    for note in unknown_rules(files_of(paths), known):
        yield Remark(
            file=note.file, line=note.line, code=CODE, rule=note.id, severity=CODES[CODE][0], sentence=note.reason
        )


def _named(data: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Where a chain names a rule, the chain, and the rule; a file of another shape is told by whoever loads it."""
    chains = data.get("chains")
    for at, chain in enumerate(chains if isinstance(chains, list) else ()):
        if not isinstance(chain, dict):
            continue
        steps = chain.get("steps")
        acts: list[tuple[tuple[str | int, ...], Any]] = [(("start",), chain.get("start"))]
        acts += [(("steps", number), step) for number, step in enumerate(steps if isinstance(steps, list) else ())]
        for where, act in acts:
            rules = act.get("rules") if isinstance(act, dict) else None
            for rule in rules if isinstance(rules, dict) else ():
                yield ("chains", at, *where, "rules", rule), str(chain.get("id")), rule
