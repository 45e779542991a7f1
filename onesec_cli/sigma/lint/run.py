"""All checks over all rules of some files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from onesec_cli.model.remark import Remark
from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.cases import KEY, SIDECAR, Expect
from onesec_cli.sigma.collected import collected
from onesec_cli.sigma.documents import files_of, read_file
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.lint.correlations import correlations
from onesec_cli.sigma.lint.cost import codes_of, cost
from onesec_cli.sigma.lint.fields import fields
from onesec_cli.sigma.lint.logic import logic
from onesec_cli.sigma.lint.shape import shape
from onesec_cli.sigma.lint.told import Written
from onesec_cli.sigma.lint.trust import unchecked
from onesec_cli.sigma.load import is_knowledge, load
from onesec_cli.sigma.marks import Marks, marks_of_file
from onesec_cli.sigma.rule import Correlation, EventRule, RuleBook, quiet_of
from onesec_cli.sigma.suites import Found, rule_of, suites_of

_REASONS: Final = {"bad-level": "level ", "duplicate-id": "the id is that of "}
"""Codes that are themselves why a rule is not loaded, and how the loader's reason begins."""
_OF_LOST: Final = frozenset({*_REASONS, "unknown-key"})
"""What is said of a rule that is not loaded beside the reason: a misspelt key may be the reason behind it."""


def lint(paths: Sequence[str], placeholders: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Remark, ...], int]:
    """Every remark, in order of file and line, and how many rules were looked at."""
    files = [rule_of(name) or name if name.endswith(SIDECAR) else name for name in files_of(paths)]
    book = load(files, placeholders)
    quiet = quiet_of(book)
    members = {(one.card.file, one.card.line): (one, at in quiet) for at, one in enumerate(book.members)}
    by_file = {name: list(_written(name, members)) for name in dict.fromkeys(files)}
    written = [one for rules in by_file.values() for one in rules]
    remarks = {*_skipped(book.skipped), *_twice(written)}
    lost = {(note.file, note.line) for note in book.skipped}
    for rule in written:
        if (rule.file, rule.marks.line()) in lost:
            remarks.update(one for one in shape(rule) if one.code in _OF_LOST)
        else:
            remarks.update(_checked(rule, book))
    for name, rules in by_file.items():
        remarks.update(_cases(name, rules))
    return tuple(sorted(_once(remarks))), len(written)


def _once(remarks: set[Remark]) -> Iterator[Remark]:
    """Without saying twice of a rule what kept it from being loaded: the code that names the reason stays."""
    named = {(one.file, one.rule, one.code) for one in remarks if one.code in _REASONS}
    for one in remarks:
        twice = one.code == "not-loaded" and any(
            one.sentence.startswith(start) and (one.file, one.rule, code) in named for code, start in _REASONS.items()
        )
        if not twice:
            yield one


def _written(name: str, members: Mapping[tuple[str, int], tuple[EventRule | Correlation, bool]]) -> Iterator[Written]:
    places = marks_of_file(name)
    for document in collected(read_file(name)[0]):
        if isinstance(document, tuple) or is_knowledge(document):
            continue
        member, quiet = members.get((name, document.line), (None, False))
        yield Written(
            file=name,
            marks=places.get(document.line) or Marks(document.line),
            data=document.data,
            member=member,
            quiet=quiet,
        )


def _checked(rule: Written, book: RuleBook) -> Iterator[Remark]:
    yield from shape(rule)
    codes = codes_of(rule.member.condition) if isinstance(rule.member, EventRule) else None
    yield from fields(rule, codes)
    yield from logic(rule)
    yield from cost(rule, codes)
    yield from correlations(rule, book.members)


def _skipped(notes: Sequence[RuleNote]) -> Iterator[Remark]:
    for note in notes:
        yield Remark(
            file=note.file,
            line=note.line,
            code="not-loaded",
            rule=note.id or f"line {note.line}",
            severity=CODES["not-loaded"][0],
            sentence=note.reason,
        )


def _twice(written: Sequence[Written]) -> Iterator[Remark]:
    """Ids that several rules have, and names that several rules of one file have."""
    ids: dict[str, Written] = {}
    names: dict[tuple[str, str], Written] = {}
    for rule in written:
        given, name = rule.data.get("id"), rule.data.get("name")
        if isinstance(given, str):
            first = ids.setdefault(given.lower(), rule)
            if first is not rule:
                told = f"{first.file}:{first.marks.line('id')} has the id {given} as well, so this one is not loaded"
                yield rule.remark("duplicate-id", ("id",), told)
        if isinstance(name, str):
            first = names.setdefault((rule.file, name), rule)
            if first is not rule:
                told = f"line {first.marks.line('name')} of this file has the name {name} as well"
                yield rule.remark("duplicate-name", ("name",), told)


def _cases(name: str, written: Sequence[Written]) -> Iterator[Remark]:
    """What is wrong with the test cases of a file, and which of its rules lack one."""
    found = suites_of(name)
    for fault in found.faults:
        owner = next((rule for rule in written if KEY in rule.data), None)
        yield Remark(
            file=fault.file,
            line=fault.line,
            code="broken-cases",
            rule=owner.name if owner else Path(name).name,
            severity=CODES["broken-cases"][0],
            sentence=fault.reason,
        )
    if found.faults:
        return
    if not any(expect.positive for suite in found.suites for case in suite.suite.cases for expect in case.expected):
        for rule in written:
            yield from unchecked(rule)
    telling = [rule for rule in written if rule.member is not None and not rule.quiet]
    for rule in telling:
        expected = [one for suite in found.suites for one in _meant(suite, rule, len(telling) == 1)]
        fires, silent = any(one.positive for one in expected), any(one.negative for one in expected)
        if not fires or not silent:
            lacks = "stays silent" if fires else "fires"
            yield rule.remark("missing-cases", ("title",), f"no test case shows that the rule {lacks}")


def _meant(suite: Found, rule: Written, alone: bool) -> Iterator[Expect]:
    """The expectations of a suite that speak of a rule: those that name it, and those that name none."""
    names = {str(rule.data[key]) for key in ("id", "name", "title") if key in rule.data}
    its_own = alone or suite.owner == rule.marks.line()
    for case in suite.suite.cases:
        for expect in case.expected:
            if expect.rule in names or (expect.rule is None and its_own):
                yield expect
