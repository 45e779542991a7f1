"""The test cases of a rule file: those in its documents and those beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.cases import KEY, SIDECAR, Suite, wrong
from onesec_cli.sigma.documents import read_file
from onesec_cli.sigma.marks import Marks, marks_of_file


class Found(Struct, frozen=True, kw_only=True):
    """The cases of one place."""

    file: str
    """Where they stand."""
    marks: Marks
    above: tuple[str, ...] = ()
    """The keys that lead to them."""
    owner: int = 0
    """Line of the document whose cases they are; 0: of the whole file of rules."""
    suite: Suite

    def line(self, *path: str | int) -> int:
        """The line of a part of them."""
        return self.marks.line(*self.above, *path)


class Suites(Struct, frozen=True, kw_only=True):
    """All cases of a rule file."""

    suites: tuple[Found, ...] = ()
    faults: tuple[RuleNote, ...] = ()
    """What cannot be used, and why."""


def rule_of(sidecar: str) -> str:
    """The rule file whose cases a `.test.yml` holds, by its name; empty if there is none."""
    ending = next((one for one in SIDECAR if sidecar.endswith(one)), "")
    stem = sidecar.removesuffix(ending)
    return next((f"{stem}{suffix}" for suffix in (".yml", ".yaml") if Path(f"{stem}{suffix}").is_file()), "")


def suites_of(rules: str, sidecar: str = "") -> Suites:
    """The cases of a file of rules. `sidecar` is a file of cases to read instead of the one beside it."""
    found: list[Found | RuleNote] = list(_inline(rules))
    for name in (sidecar,) if sidecar else sidecars_of(rules):
        found += _file(name)
    return Suites(
        suites=tuple(one for one in found if isinstance(one, Found)),
        faults=tuple(one for one in found if isinstance(one, RuleNote)),
    )


def sidecars_of(rules: str) -> Iterator[str]:
    """The files of cases beside a file of rules."""
    stem = rules.removesuffix(Path(rules).suffix)
    yield from (f"{stem}{ending}" for ending in SIDECAR if Path(f"{stem}{ending}").is_file())


def _inline(rules: str) -> Iterator[Found | RuleNote]:
    places: dict[int, Marks] | None = None
    for document in read_file(rules)[0]:
        if KEY in document.data:
            places = marks_of_file(rules) if places is None else places
            marks = places.get(document.line) or Marks(document.line)
            yield from _suite(rules, document.data[KEY], marks, (KEY,), document.line)


def _file(name: str) -> Iterator[Found | RuleNote]:
    documents, notes = read_file(name)
    yield from notes
    places = marks_of_file(name)
    for document in documents:
        yield from _suite(name, document.data, places.get(document.line) or Marks(document.line), (), 0)
    if not documents and not notes:
        yield RuleNote(file=name, line=1, id="", reason="no cases")


def _suite(file: str, data: Any, marks: Marks, above: tuple[str, ...], owner: int) -> Iterator[Found | RuleNote]:
    try:
        suite = msgspec.convert(data, Suite)
    except msgspec.ValidationError as reason:
        line = marks.line_of_complaint(str(reason), *above)
        yield RuleNote(
            file=file,
            line=line,
            id="",
            reason=f"test cases: {str(reason).partition(' - at `')[0]}{_where(str(reason))}",
        )
        return
    trouble = wrong(suite)
    if trouble:
        steps = tuple(int(step) if step.isdigit() else step for step in trouble[1])
        yield RuleNote(file=file, line=marks.line(*above, *steps), id="", reason=f"test cases: {trouble[0]}")
        return
    yield Found(file=file, marks=marks, above=above, owner=owner, suite=suite)


def _where(reason: str) -> str:
    """Which key a validator speaks of, in a sentence."""
    where = reason.partition(" - at `$.")[2].rstrip("`")
    return f" ({where})" if where else ""
