"""Files of chains and scopes: the shipped ones are right, the user's are added, and what is wrong is told with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from onesec_cli.knowledge.chains import ChainFile, chains_of
from onesec_cli.knowledge.given import load_knowledge
from onesec_cli.knowledge.lexicons import LexiconFile
from onesec_cli.knowledge.scopes import ScopeFile, lattice_of
from onesec_cli.knowledge.shelf import given_files, kind_of, shipped, shipped_folder
from onesec_cli.model.errors import KnowledgeError
from onesec_cli.yaml_file import load_strict
from tests.run import ROOT

CHAIN = """\
kind: chains
chains:
  - id: mine
    title: Mine
    start: {rules: {log-tampering: ASI10}}
    steps:
      - {rules: {privileged-grant-change: ASI03}, trail: identity}
"""
SCOPES = """\
kind: scopes
provider: acme-crm
connections: [acme-crm]
includes: {contacts: [contacts.readonly]}
classes: {admin: [tenant.owner]}
"""
WORDS = "kind: lexicon\nname: hosts\nlists: {drops: [paste.acme.example]}\n"
KINDS: dict[str, Any] = {"chains": ChainFile, "scopes": ScopeFile, "lexicons": LexiconFile}
SHIPPED = sorted(path for kind in KINDS for path in (shipped_folder() / kind).glob("*.yml"))


def wrong(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KnowledgeError) as told:
        load_knowledge([str(path)])
    return str(told.value).removeprefix(f"{tmp_path}/")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_file_reads_the_same_strictly_and_fast(path: Path) -> None:
    kind = KINDS[path.parent.name]
    assert load_strict(str(path), kind, KnowledgeError) in shipped(path.parent.name, kind)
    assert kind_of(path) == path.parent.name.replace("lexicons", "lexicon")


@pytest.mark.parametrize(
    "path", [*SHIPPED, *sorted((ROOT / "docs" / "knowledge").glob("*.yml"))], ids=lambda path: path.name
)
def test_shipped_files_and_the_samples_of_the_page_fit_the_published_schema(path: Path) -> None:
    schema = json.loads((ROOT / "docs" / f"{kind_of(path)}.schema.json").read_text())
    jsonschema.validate(YAML(typ="safe", pure=True).load(path), schema)


def test_the_samples_of_the_page_can_be_used() -> None:
    known = load_knowledge([str(ROOT / "docs" / "knowledge")])
    assert known.chains is not None and known.chains[-1].id == "silenced-then-widened"
    assert known.scopes is not None and known.scopes.risk["tenant.owner"] == 6
    lexicons = ["arguments.yml", "files.yml", "language.yml", "lexicon.yml"]
    assert [Path(file).name for file in known.files] == ["chain.yml", "scopes.yml", *lexicons]


def test_nothing_given_is_what_is_shipped() -> None:
    known = load_knowledge([])
    assert (known.chains, known.scopes, known.words, known.files) == (None, None, None, ())
    assert [chain.id for chain in chains_of()] == [
        "poisoned-memory-to-privilege",
        "hijack-to-privilege",
        "hijack-to-harm",
        "poisoned-memory-to-act",
        "poisoned-memory-read-then-harm",
        "delegation-abuse",
        "consent-phishing-to-data",
    ]


def test_given_files_are_added_to_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(CHAIN)
    (tmp_path / "b.yaml").write_text(SCOPES)
    (tmp_path / "rule.yml").write_text("title: A rule\ndetection: {}\n")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.yml").write_text(CHAIN)
    known = load_knowledge([str(tmp_path), str(tmp_path / "a.yml")])
    assert known.chains is not None and [chain.id for chain in known.chains[len(chains_of()) :]] == ["mine"]
    assert known.scopes is not None and dict(known.scopes.marks)["acme-crm"] == ("acme-crm",)
    assert known.scopes.includes["google"] == lattice_of().includes["google"]


def test_the_order_of_given_files_changes_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "one.yml", tmp_path / "two.yml"
    one.write_text(SCOPES)
    two.write_text("kind: scopes\nprovider: acme-crm\nincludes: {contacts: [contacts.export], a: [b]}\n")
    first, second = lattice_of([str(one), str(two)]), lattice_of([str(two), str(one)])
    assert set(first.includes["acme-crm"]["contacts"]) == set(second.includes["acme-crm"]["contacts"])
    assert first.risk == second.risk


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CHAIN.replace("steps:", "step:"), "mine.yml:6:5: unknown key 'step'; did you mean 'steps'?"),
        (CHAIN.replace("ASI10", "ASI11"), "mine.yml:5:13: Expected `str` matching regex"),
        (CHAIN.replace("id: mine", "id: hijack-to-privilege"), "there is another chain 'hijack-to-privilege'"),
        (CHAIN.replace("title: Mine", "title: Mine\n    within: an hour"), "mine.yml:5:5"),
        (CHAIN.replace("trail: identity", "optional: true"), "whose steps are all optional"),
        (
            CHAIN.replace(", trail: identity", "").replace("title: Mine", "title: Mine\n    within-by-time: 5m"),
            "time alone",
        ),
        (SCOPES.replace("[tenant.owner]", "[repo]"), "mine.yml:5:11: 'repo' is write already, and cannot be admin too"),
        (SCOPES.replace("[acme-crm]", "[github]"), "connections named 'github' are of github already"),
        (SCOPES.replace("provider: acme-crm\n", ""), "need a provider"),
        (SCOPES + "words: {read: [write]}\n", "the word 'write' means write already"),
        (SCOPES + "stores: [Contacts]\n", "mine.yml:6:1: 'Contacts' must be written in lower case"),
        (SCOPES + "classes: {admin: [x]}\n", "not YAML"),
        (WORDS.replace("drops", "drop"), "the lexicon hosts has no list 'drop'; did you mean 'drops'?"),
        (WORDS.replace("hosts", "host"), "mine.yml:2:1: there is no lexicon 'host'; did you mean 'hosts'?"),
        (WORDS.replace("paste.a", "Paste.a"), "'Paste.acme.example' must be written in lower case"),
        (WORDS.replace("[paste.acme.example]", "paste.acme.example"), "Expected `array`"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    assert told in wrong(tmp_path, text)


def test_two_given_chains_of_one_name_are_an_error_in_the_second_file(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(CHAIN)
    (tmp_path / "b.yml").write_text("# later\n" + CHAIN)
    with pytest.raises(KnowledgeError, match=r"b\.yml:4:5: there is another chain 'mine'"):
        load_knowledge([str(tmp_path)])


def test_only_a_key_of_its_own_line_makes_a_file_one_of_knowledge(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text("title: x\ndescription: |\n  kind: chains\n")
    assert list(given_files([str(tmp_path)], "chains")) == []
