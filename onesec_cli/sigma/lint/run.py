"""All checks over all rules of some files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from onesec_cli.model.remark import Remark
from onesec_cli.model.report import RuleNote
from onesec_cli.sigma.cases import KEY, SIDECAR
from onesec_cli.sigma.documents import files_of, read_file
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.lint.correlations import correlations
from onesec_cli.sigma.lint.cost import codes_of, cost
from onesec_cli.sigma.lint.fields import fields
from onesec_cli.sigma.lint.logic import logic
from onesec_cli.sigma.lint.shape import shape
from onesec_cli.sigma.lint.told import Written
from onesec_cli.sigma.load import load
from onesec_cli.sigma.marks import Marks, marks_of_file
from onesec_cli.sigma.rule import EventRule, RuleBook, quiet_of
from onesec_cli.sigma.suites import suites_of


def lint(paths: Sequence[str], placeholders: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Remark, ...], int]:
    """Every remark, in order of file and line, and how many rules were looked at."""
    files = [name for name in files_of(paths) if not name.endswith(SIDECAR)]
    book = load(files, placeholders)
    written = [one for name in files for one in _written(name, book)]
    remarks = {*_skipped(book.skipped), *_twice(written)}
    for rule in written:
        remarks.update(_checked(rule, book))
    for name in files:
        remarks.update(_cases(name, written))
    return tuple(sorted(remarks)), len(written)


def _written(name: str, book: RuleBook) -> Iterator[Written]:
    members = {one.card.line: (index, one) for index, one in enumerate(book.members) if one.card.file == name}
    quiet = quiet_of(book)
    places = marks_of_file(name)
    for document in read_file(name)[0]:
        index, member = members.get(document.line, (-1, None))
        yield Written(
            file=name,
            marks=places.get(document.line) or Marks(document.line),
            data=document.data,
            member=member,
            quiet=index in quiet,
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
                told = f"{first.file}:{first.marks.line('id')} has the id {given} as well"
                yield rule.remark("duplicate-id", ("id",), told)
        if isinstance(name, str):
            first = names.setdefault((rule.file, name), rule)
            if first is not rule:
                told = f"line {first.marks.line('name')} of this file has the name {name} as well"
                yield rule.remark("duplicate-name", ("name",), told)


def _cases(name: str, written: Sequence[Written]) -> Iterator[Remark]:
    """What is wrong with the test cases of a file, and which of its rules lack one."""
    rules = [rule for rule in written if rule.file == name and rule.member is not None]
    found = suites_of(name)
    for fault in found.faults:
        owner = next((rule for rule in rules if KEY in rule.data), None)
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
    expected = [expect for suite in found.suites for case in suite.suite.cases for expect in case.expected]
    if not any(one.positive for one in expected) or not any(one.negative for one in expected):
        for rule in rules:
            if not rule.quiet:
                lacks = "stays silent" if any(one.positive for one in expected) else "fires"
                yield rule.remark("missing-cases", ("title",), f"no test case shows that the rule {lacks}")
