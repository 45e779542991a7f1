"""A folder of many rule files, the good, the odd and the hostile: each file is accounted for, none stops the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from onesec_cli.model.policy import Policy
from onesec_cli.pipeline import load_rules
from tests.sigma.mutants import round_of
from tests.sigma.rule_folder import ODD, files, load_folder, make, unaccounted

ORDINARY = 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rules")
    make(made, ORDINARY)
    return made


def test_every_file_is_loaded_or_skipped_with_a_reason(folder: Path) -> None:
    loaded, skipped, _ = load_folder(folder)
    assert not unaccounted(list(files(folder)), loaded, skipped)
    assert all(reason and "\n" not in reason for _, reason in skipped)


def test_odd_files_change_nothing_for_the_others(folder: Path, tmp_path: Path) -> None:
    make(tmp_path / "alone", ORDINARY)
    for path in (tmp_path / "alone").iterdir():
        if not path.is_dir() or path.is_symlink() or path.suffix:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    alone = load_rules([str(tmp_path / "alone")], Policy())
    among = load_rules([str(folder)], Policy())
    ids = {member.card.id for member in among.members}
    assert alone.members
    assert {member.card.id for member in alone.members} <= ids


def test_the_same_folder_gives_the_same_book(folder: Path) -> None:
    assert load_rules([str(folder)], Policy()) == load_rules([str(folder)], Policy())


@pytest.mark.parametrize(
    "name", ["crlf", "bom", "anchors", "long_title", "unknown_keys", "tags_text", "date_odd", "related_odd"]
)
def test_what_is_only_odd_is_loaded(name: str, folder: Path) -> None:
    loaded, skipped, _ = load_folder(folder / f"odd_{name}.yml")
    assert loaded, skipped


def test_a_broken_document_hides_no_good_one_of_its_file(folder: Path) -> None:
    for name, rules in (("good_and_bad", 2), ("good_then_broken", 1), ("correlation_alone", 0)):
        _, skipped, many = load_folder(folder / f"odd_{name}.yml")
        assert (many, len(skipped)) == (rules, 1), name


def test_the_list_of_oddities_is_long() -> None:
    assert len(ODD) > 100


def test_damaged_rules_are_loaded_or_skipped_and_run() -> None:
    told = round_of(1, 800)
    assert told["loaded"] > 100
    assert told["skipped"] > 200
    assert told["findings"] > 50
