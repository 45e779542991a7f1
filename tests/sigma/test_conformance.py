"""Every case of the tables, through the loader, the reader and the pipeline, and some through the command line."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.run import scan
from tests.sigma.judges import Judged, engine_hits, run, trail
from tests.sigma.reference import matches, read_documents
from tests.sigma.tables import PLACEHOLDERS, Case, Sequence, cases, record, rule_id, sequences


@cache
def asked() -> tuple[tuple[int, bool, dict[str, Any]], ...]:
    """Every record of every case in one log: number of its case, whether it must match, the record."""
    told = [
        (number, want, one)
        for number, case in enumerate(cases())
        for want in (True, False)
        for one in told_of(case, want)
    ]
    return tuple((number, want, record(place, one)) for place, (number, want, one) in enumerate(told))


def told_of(case: Case, want: bool) -> tuple[dict[str, Any], ...]:
    return case.hit if want else case.miss


@cache
def read(number: int) -> dict[str, Any]:
    """The rule of a case, as the reference evaluator reads it."""
    [rule] = read_documents(cases()[number].rule(number))
    return rule


@cache
def judged() -> Judged:
    """What one run says of all rules and all records."""
    return engine_hits(
        [case.rule(number) for number, case in enumerate(cases())], [one for _, _, one in asked()], PLACEHOLDERS
    )


@pytest.mark.parametrize("number", range(len(cases())), ids=[f"{one.table}: {one.name}" for one in cases()])
def test_the_engine_does_what_the_specification_says(number: int) -> None:
    assert number not in judged().skipped, judged().skipped[number]
    wrong = [
        ("must match" if want else "must not match", one)
        for place, (of, want, one) in enumerate(asked())
        if of == number and (place in judged().hits[number]) is not want
    ]
    assert not wrong, cases()[number].spec


def test_the_reference_evaluator_does_what_the_specification_says() -> None:
    wrong = []
    for number, want, one in asked():
        case = cases()[number]
        if case.table != "products" and matches(read(number), one, PLACEHOLDERS) is not want:
            wrong.append((case.name, one))
    assert not wrong


def test_engine_and_reference_agree_on_every_rule_and_every_record_of_all_tables() -> None:
    odd = []
    for number, case in enumerate(cases()):
        if case.table != "products":
            told = {
                place
                for place, (_, _, one) in enumerate(asked())
                if "onesec" not in one and matches(read(number), one, PLACEHOLDERS)
            }
            odd += [(case.name, asked()[place][2]) for place in sorted(told ^ judged().hits[number])]
    assert not odd


@pytest.mark.parametrize("sequence", sequences(), ids=[one.name for one in sequences()])
def test_correlations_and_filters_do_what_the_specification_says(sequence: Sequence, tmp_path: Path) -> None:
    records = laid_out(sequence, tmp_path)
    with trail(records) as log:
        book, findings = run(str(tmp_path), log, {})
    assert not book.skipped
    [card] = [member.card for member in book.members if member.card.title == sequence.of]
    # no case goes on after it has fired in a group, so that nothing hangs on when it is told again
    assert sorted(one.evidence[0].origin.line - 1 for one in findings if one.rule == card.id) == sorted(sequence.first)


def laid_out(sequence: Sequence, folder: Path) -> list[dict[str, Any]]:
    """Write the files of a sequence, and give its records."""
    for name, text in sequence.files.items():
        (folder / name).write_text(text)
    return [
        record(number, {key: value for key, value in one.items() if key != "at"}, one["at"])
        for number, one in enumerate(sequence.events)
    ]


@pytest.mark.parametrize("sequence", sequences()[::5], ids=[one.name for one in sequences()[::5]])
def test_correlations_hold_on_the_command_line(sequence: Sequence, tmp_path: Path) -> None:
    with trail(laid_out(sequence, tmp_path)) as log:
        report = scan(log, options=("--no-default-rules", "--rules", str(tmp_path)))
    told = [alert for alert in report["alerts"] if alert["title"] == sequence.of]
    lines = sorted(alert["evidence"][0]["line"] - 1 for alert in told)
    assert lines == sorted(sequence.first)


def test_cases_hold_on_the_command_line(tmp_path: Path) -> None:
    some = range(0, len(cases()), 11)
    rules = tmp_path / "rules"
    rules.mkdir()
    for number in some:
        (rules / f"{number}.yml").write_text(cases()[number].rule(number))
    policy = tmp_path / "onesec.yaml"
    policy.write_text(json.dumps({"rules": {"placeholders": PLACEHOLDERS}}))
    for number in some:
        for want in (True, False):
            records = [record(place, one) for place, one in enumerate(told_of(cases()[number], want))]
            with trail(records) as log:
                options = ("--no-default-rules", "--rules", str(rules / f"{number}.yml"), "--policy", str(policy))
                report = scan(log, options=options)
            assert len(report["rules"]["loaded"]) == 1
            assert not report["rules"]["skipped"]
            told = [alert for alert in report["alerts"] if alert["rule"] == rule_id(number)]
            assert sum(alert["count"] for alert in told) == (len(records) if want else 0), cases()[number].name
