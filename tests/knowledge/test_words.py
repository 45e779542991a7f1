"""Lists of words: each is told, made into the fast file, extended by the user's in any script, and taken back without a trace."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import onesec_cli.state
from onesec_cli.knowledge.lexicons import MADE, MAX_PARTS, lexicon_of, made, shipped_files, shipped_lists, told_of
from onesec_cli.model.errors import KnowledgeError
from onesec_cli.state import wordlists
from onesec_cli.state.text.languages import kinds_in
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.tools import act_of
from onesec_cli.state.text.verbs import ACTS, BASE, DELETE, KINDS, SEND, VERBS, kinds_of, meaning
from onesec_cli.state.wordlists import Beginnings, put_words_in_force
from tests.run import ROOT

LISTS = sorted(told_of(shipped_files()))
BEHAVIOUR = ("text", "call", "instruction", "conversation", "shell", "fleet")
WORDLESS = {
    "shell.acts.acts_of", "text.marks._misspelt", "text.normal._folded", "text.secrets._starts", "text.secrets.secrets_in", "text.secrets.spellings",
    "text.signs._remembered", "text.signs._scanner", "text.tools.words_of", "text.values.kind_of", "text.values.packed",
}  # fmt: skip
"""Memories of what no list has a part in."""


@pytest.fixture(autouse=True)
def _the_shipped_words_again() -> Iterator[None]:
    yield
    put_words_in_force(None)


def given_words(tmp_path: Path, name: str, **lists: list[str]) -> list[str]:
    path = tmp_path / f"{name}.yml"
    told = {key.replace("_", "-"): words for key, words in lists.items()}
    path.write_text("kind: lexicon\nname: " + name + "\nlists: " + json.dumps(told), encoding="utf-8")
    return [str(path)]


def test_the_fast_file_is_made_of_the_shipped_ones_and_every_list_is_told() -> None:
    assert MADE.read_text(encoding="utf-8") == made(), "run: python -m onesec_cli.knowledge.lexicons"
    assert shipped_lists() == lexicon_of()
    assert sorted(shipped_lists()) == LISTS


def test_every_shipped_list_is_read_by_some_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "onesec_cli" / "state").rglob("*.py"))
    unread = [name for name in LISTS if f'"{name}"' not in code]
    kinds = ("acts.{}", "acts.{}-nouns", "acts.{}-phrases", "tools.{}", "languages.{}", "languages.{}-parts")
    for name in unread:  # named by the kind of act they are of
        lexicon, _, word = name.partition(".")
        kind, _, ending = word.partition("-")
        shape = f"{lexicon}.{{}}{'-' if ending else ''}{ending}"
        assert shape in kinds and f'f"{shape.format("{kind}")}"' in code and kind in KINDS, name


def test_every_memory_that_rests_on_words_is_forgotten_with_them() -> None:
    kept = set()
    for wing in BEHAVIOUR:
        folder = Path(onesec_cli.state.__file__).parent / wing
        for module in pkgutil.iter_modules([str(folder)]):
            found = importlib.import_module(f"onesec_cli.state.{wing}.{module.name}")
            for name, value in vars(found).items():
                clear = getattr(value, "cache_clear", None)
                if clear is not None and value.__module__ == found.__name__ and clear not in wordlists._forget:
                    kept.add(f"{wing}.{module.name}.{name}")
    assert kept == WORDLESS


def test_words_of_a_given_file_are_judged_by_and_taken_back(tmp_path: Path) -> None:
    before = (dict(VERBS), dict(ACTS), set(BASE), act_of("yeet_banana"), read("Please yeet the file."))
    assert not kinds_of("yeets") and act_of("yeet_banana") == "other"
    put_words_in_force(lexicon_of(given_words(tmp_path, "acts", delete=["yeet"], synonyms=["file paperasse"])))
    assert kinds_of("yeets") == {DELETE} and act_of("yeet_banana") == DELETE and "yeet" in BASE
    assert meaning("paperasse") == meaning("file")
    assert read("Please yeet the file.").instructions[0].kinds == {DELETE}
    put_words_in_force(None)
    assert (dict(VERBS), dict(ACTS), set(BASE), act_of("yeet_banana"), read("Please yeet the file.")) == before


def test_accents_are_read_however_a_file_writes_them(tmp_path: Path) -> None:
    put_words_in_force(lexicon_of(given_words(tmp_path, "languages", send=["ka\u0308ivita"])))
    assert kinds_in("", ["k\u00e4ivitage"]) == {SEND}


@pytest.mark.parametrize(
    ("lexicon", "name", "word", "told"),
    [
        ("languages", "requests", "ole hyvä", "'ole hyvä' is more than one word, and this list holds single ones"),
        ("languages", "requests", "tafadhali!", "'tafadhali!' must be written without the signs around it"),
        ("languages", "requests", "Tafadhali", "must be written in lower case"),
        ("languages", "send-parts", "send", "would be found inside other words"),
        ("languages", "question-parts", "\uff1f", "would be found inside other words"),
        ("acts", "send-phrases", "hand", "'hand' must be two words"),
        ("acts", "synonyms", "hand", "'hand' must be two words or more"),
        ("acts", "sent", "hand", "the lexicon acts has no list 'sent'; did you mean 'send'?"),
    ],
)
def test_a_word_that_would_never_be_found_is_an_error(
    tmp_path: Path, lexicon: str, name: str, word: str, told: str
) -> None:
    with pytest.raises(KnowledgeError) as error:
        lexicon_of(given_words(tmp_path, lexicon, **{name: [word]}))
    assert told in str(error.value)
    assert ".yml:3:" in str(error.value)


def test_what_a_list_is_and_how_many_words_it_may_hold_is_not_for_a_given_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(
        "kind: lexicon\nname: acts\nabout: {send: {form: part, says: Mine.}}\nlists: {send: [hurl]}\n"
    )
    with pytest.raises(KnowledgeError, match=r"mine\.yml:3:1: what a list is stands in the shipped files alone"):
        lexicon_of([str(tmp_path / "mine.yml")])
    many = [chr(0x4E00 + number) * 2 for number in range(MAX_PARTS + 1)]
    with pytest.raises(KnowledgeError, match="holds more than 500"):
        lexicon_of(given_words(tmp_path, "languages", send_parts=many))


def test_the_published_schema_knows_the_lists_of_each_lexicon() -> None:
    schema = json.loads((ROOT / "docs" / "lexicon.schema.json").read_text(encoding="utf-8"))
    right = {"kind": "lexicon", "name": "languages", "language": "Swahili", "lists": {"requests": ["tafadhali"]}}
    jsonschema.validate(right, schema)
    for wrong in ({"name": "language"}, {"lists": {"request": ["tafadhali"]}}, {"lists": {"drops": ["x"]}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(right | wrong, schema)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=12),
    st.sampled_from(
        ["languages.requests", "languages.send", "languages.delete-parts", "marks.agents", "acts.send", "acts.synonyms"]
    ),
)
def test_words_of_any_script_are_an_error_or_are_read_and_never_a_crash(many: list[str], where: str) -> None:
    lexicon, _, name = where.partition(".")
    text = f"Hello. {' '.join(many)} the report to kim@mail.example. {many[0]}! Now {many[-1]} it."
    before = read(text)
    with TemporaryDirectory() as folder:
        try:
            extended = lexicon_of(given_words(Path(folder), lexicon, **{name: many}))
        except KnowledgeError as wrong:
            assert f"{lexicon}.yml:" in str(wrong)
            return
    put_words_in_force(extended)
    read(text)
    put_words_in_force(None)
    assert read(text) == before


def test_long_lists_cost_no_more_than_short_ones(tmp_path: Path) -> None:
    text = "Der Bericht der Abteilung ist fertig und wird an alle verteilt, die ihn lesen wollen.\n" * 300

    def took(salt: str) -> float:
        said = text.replace("fertig", f"fertig{salt}")  # never read before
        begun = process_time()
        read(said)
        return process_time() - begun

    plain = min(took(f"a{number}") for number in range(3))
    many = [f"sana{number:05d}" for number in range(15_000)]
    files = given_words(tmp_path, "languages", send=many, agents=many, requests=many, little_words=many)
    put_words_in_force(lexicon_of(files))
    assert min(took(f"b{number}") for number in range(3)) < 5 * plain + 0.05


def test_a_beginning_shorter_than_four_letters_is_a_whole_word(tmp_path: Path) -> None:
    put_words_in_force(lexicon_of(given_words(tmp_path, "languages", agents=["bo", "roboti"])))
    agents = Beginnings("languages.agents")
    assert agents.begin("bo") and agents.begin("robotille") and agents.among(["x", "roboti"])
    assert not agents.begin("book") and not agents.begin("robo")
