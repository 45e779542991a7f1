"""What a book of rules takes in, and what it says of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from onesec_cli.model.errors import InputError
from onesec_cli.sigma.load import load
from onesec_cli.sigma.rule import Correlation, EventRule
from tests.run import DATA, scan
from tests.sigma.rulebook import HEAD, book

CATALOG = DATA / "auth0-detection-catalog"
SIMPLE = HEAD + "detection:\n  selection:\n    type: s\n  condition: selection\n"


def test_one_bad_document_never_costs_another() -> None:
    rules = book(f"{SIMPLE}---\ntitle: [\n---\n- 1\n---\ntitle: no more\n---\n{SIMPLE.replace('T', 'U')}")
    assert [member.card.title for member in rules.members] == ["T", "U"]
    assert [(note.line, note.reason) for note in rules.skipped] == [
        (9, "not YAML: did not find expected node content"),
        (10, "not a rule: no mapping of keys"),
        (12, "logsource is missing"),
    ]


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load([str(tmp_path / "none")], {})


def test_names_belong_to_their_file(tmp_path: Path) -> None:
    correlation = (
        "---\ntitle: C {0}\ncorrelation: {{type: event_count, rules: [base], group-by: [ip], timespan: 1h,"
        " condition: {{gte: 2}}}}\n"
    )
    for name in ("a", "b"):
        text = SIMPLE.replace("title: T", f"title: {name}\nname: base") + correlation.format(name)
        (tmp_path / f"{name}.yml").write_text(text)
    rules = load([str(tmp_path)], {})
    assert not rules.skipped
    bound = {one.card.title: one.members for one in rules.members if isinstance(one, Correlation)}
    titles = {name: [rules.members[index].card.title for index in found] for name, found in bound.items()}
    assert titles == {"C a": ["a"], "C b": ["b"]}


@pytest.mark.skipif(not CATALOG.is_dir(), reason="the Auth0 catalog is not on this machine")
def test_every_correlation_of_the_catalog_watches_the_rule_of_its_own_file() -> None:
    rules = load([str(CATALOG)], {})
    bound = [one for one in rules.members if isinstance(one, Correlation)]
    assert len(bound) == 8
    for one in bound:
        assert [rules.members[index].card.file for index in one.members] == [one.card.file]


def test_an_unquoted_placeholder_is_a_text() -> None:
    text = (
        HEAD + "detection:\n  s:\n    type: sapi\n  f:\n    client_id: {global_client_id}\n  condition: s and not f\n"
    )
    rules = book(text)
    assert isinstance(rules.members[0], EventRule)
    assert rules.members[0].unfilled == ("global_client_id",)
    filled = book(text, {"global_client_id": ("abc",)})
    assert isinstance(filled.members[0], EventRule)
    assert filled.members[0].unfilled == ()


def test_a_rule_runs_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "r.yml").write_text(SIMPLE.replace("type: s", "data.user_name|contains: EVE"))
    (tmp_path / "log.jsonl").write_text(
        '{"log_id":"1","data":{"log_id":"1","type":"fsa","date":"2026-03-01T09:00:00.000Z","user_name":"eve@x.org"}}\n'
        '{"log_id":"2","data":{"log_id":"2","type":"fsa","date":"2026-03-01T09:00:01.000Z","user_name":"bob@x.org"}}\n'
    )
    report = scan(tmp_path / "log.jsonl", options=("--no-default-rules", "--rules", str(tmp_path / "r.yml")))
    assert [alert["title"] for alert in report["alerts"]] == ["T"]
    assert report["alerts"][0]["evidence"][0]["line"] == 1
    assert [note["line"] for note in report["rules"]["loaded"]] == [1]


def test_a_link_that_leads_to_itself_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "loop.yml").symlink_to("loop.yml")
    (tmp_path / "r.yml").write_text(SIMPLE)
    (tmp_path / "log.jsonl").write_text('{"log_id":"1","type":"s","date":"2026-03-01T09:00:00.000Z"}\n')
    report = scan(tmp_path / "log.jsonl", options=("--no-default-rules", "--rules", str(tmp_path)))
    assert [note["reason"] for note in report["rules"]["skipped"]] == ["cannot be read (not a regular file on a disk)"]
    assert len(report["rules"]["loaded"]) == 1


def test_no_reason_holds_an_address_of_memory() -> None:
    head = "title: t\nlogsource: {product: auth0}\ndetection: {s: {'a|contains': null}, condition: s}\n"
    (note,) = book(head).skipped
    assert "SigmaNull" in note.reason
    assert "0x" not in note.reason


def test_a_collection_that_repeats_much_is_bounded(tmp_path: Path) -> None:
    many = "\n".join(f"  s{number}: {{type: s}}" for number in range(2_000))
    head = f"action: global\ntitle: T\nlogsource: {{product: auth0}}\ndetection:\n  condition: s1\n{many}\n"
    (tmp_path / "c.yml").write_text(head + "---\naction: repeat\n" * 100 + "---\naction: sorcery\n")
    reasons = {note.reason for note in load([str(tmp_path)], {}).skipped}
    assert "a collection whose rules repeat more than 100,000 values" in reasons
    (tmp_path / "c.yml").write_text(head + "---\naction: sorcery\n")
    assert [note.reason for note in load([str(tmp_path)], {}).skipped] == [
        "action 'sorcery' is none of global, reset, repeat"
    ]
