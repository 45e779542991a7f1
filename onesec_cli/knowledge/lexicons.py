"""Lists of names and words that detectors judge by, from `rules/lexicons/` and from files of the user's."""

from __future__ import annotations

import difflib
import string
import unicodedata
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

import orjson
from msgspec import Meta, field

from onesec_cli.knowledge.shelf import Part, Wrong, given, given_files, shipped

KIND: Final = "lexicon"
FOLDER: Final = "lexicons"

MADE: Final = Path(__file__).with_name("words.json")
"""The shipped lists in a form that is read in no time, made of the YAML files by `python -m onesec_cli.knowledge.lexicons`."""
MAX_WORDS: Final = 20_000
"""Words of one list."""
MAX_PARTS: Final = 500
"""Words of a list of parts, each of which is searched for by itself; and of signs and paths, which may be so."""

Word = Annotated[str, Meta(min_length=1, max_length=300)]
ListName = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,60}$")]
Form = Literal["name", "word", "beginning", "part", "pair", "group", "sign", "path"]
FORMS: Final[dict[Form, str]] = {
    "name": "a name as it stands",
    "word": "a whole word",
    "beginning": "how a word begins; a whole word where it is shorter than four letters",
    "part": "what a sentence holds, for scripts that write no spaces",
    "pair": "two words, the second right after the first or a few words on",
    "group": "words that mean the same, the plainest first",
    "sign": "a whole word, looked for within a tag",
    "path": "the end of a path; `*` is anything within one part of it, `/**` at the end everything below; from the root where it begins "
    "with `/`, right in a home folder where it begins with `~/`; `[*]` is a star",
}
Lexicon = Mapping[str, tuple[str, ...]]
"""Name of a list, such as `hosts.drops`, to its words."""


class About(Part, frozen=True):
    """What a list is."""

    form: Form
    """How its words are looked for."""
    says: Annotated[str, Meta(min_length=1, max_length=300)]
    """What its words are, and what they do."""


class LexiconFile(Part, frozen=True):
    """Some lists of one lexicon."""

    kind: Literal["lexicon"]
    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,60}$")]
    """The lexicon."""
    lists: Annotated[dict[ListName, Annotated[tuple[Word, ...], Meta(max_length=MAX_WORDS)]], Meta(min_length=1)]
    """Name of a list to its words, in lower case. A file of yours adds to lists that there are."""
    language: Annotated[str, Meta(max_length=60)] = ""
    """Whose words they are, for readers of the file."""
    about: dict[ListName, About] = field(default_factory=dict)
    """What each list is. In the shipped files alone."""
    version: Annotated[int, Meta(ge=1, le=1)] = 1


def shipped_lists() -> Lexicon:
    """The shipped lists, fast."""
    return {name: tuple(words) for name, words in orjson.loads(MADE.read_bytes()).items()}


def made() -> str:
    """The shipped lists as they are written to `words.json`, one a line."""
    lines = (f"{orjson.dumps(name).decode()}:{orjson.dumps(words).decode()}" for name, words in lexicon_of().items())
    return "{" + ",\n".join(lines) + "}\n"


def shipped_files() -> list[LexiconFile]:
    """The shipped files."""
    return shipped(FOLDER, LexiconFile)


def told_of(files: Iterable[LexiconFile]) -> dict[str, About]:
    """Name of a list to what it is."""
    return {f"{file.name}.{name}": about for file in files for name, about in file.about.items()}


def lexicon_of(paths: Iterable[str] = ()) -> Lexicon:
    """The shipped lists with what the user's files add to them. Raises KnowledgeError."""
    files = shipped_files()
    about = told_of(files)
    found: dict[str, tuple[str, ...]] = {}
    for file in files:
        _add(found, file)
    for path in given_files(paths, KIND):
        _add(found, given(path, LexiconFile, partial(_wrong, found, about)), composed=True)
    return found


def _add(found: dict[str, tuple[str, ...]], file: LexiconFile, composed: bool = False) -> None:
    """Add the lists of a file; `composed`: in the form in which texts are read, however the file writes accents."""
    for name, words in file.lists.items():
        key = f"{file.name}.{name}"
        told = map(_composed, words) if composed else words
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), *told)))


def _composed(word: str) -> str:
    return unicodedata.normalize("NFKC", word)


def _wrong(known: Lexicon, about: Mapping[str, About], file: LexiconFile) -> Wrong | None:
    """What is wrong with a file: a list that nobody reads, or a word that would never be found."""
    lexicons = sorted({name.partition(".")[0] for name in known})
    if file.name not in lexicons:
        return f"there is no lexicon {file.name!r}{_hint(file.name, lexicons)}", ("name",)
    if file.about:
        return "what a list is stands in the shipped files alone", ("about",)
    for name, words in file.lists.items():
        key = f"{file.name}.{name}"
        if key not in known:
            there = [one.partition(".")[2] for one in known if one.startswith(f"{file.name}.")]
            return f"the lexicon {file.name} has no list {name!r}{_hint(name, there)}", ("lists", name)
        form = about[key].form
        for number, word in enumerate(words):
            wrong = _unlike(word, form)
            if wrong:
                return wrong, ("lists", name, str(number))
        most = MAX_PARTS if form in ("part", "sign", "path") else MAX_WORDS
        if len({*known[key], *words}) > most:
            return f"with the words there are already, {name} holds more than {most:,}", ("lists", name)
    return None


def _unlike(word: str, form: Form) -> str:
    """Why a word cannot stand in a list of a form; empty where it can."""
    if word != word.lower() or word != word.strip():
        return f"{word!r} must be written in lower case, without spaces around it"
    parts = len(word.split())
    if form in ("word", "beginning", "sign") and parts > 1:
        return f"{word!r} is more than one word, and this list holds single ones"
    if form == "pair" and parts != 2:
        return f"{word!r} must be two words"
    if form == "group" and parts < 2:
        return f"{word!r} must be two words or more"
    if form in ("word", "beginning", "sign") and (word[0] in string.punctuation or word[-1] in string.punctuation):
        return f"{word!r} must be written without the signs around it"
    if form == "path":
        return _no_path(word)
    if form == "part" and _composed(word).isascii():
        return f"{word!r} would be found inside other words; write it in the list of whole words"
    return ""


def _no_path(path: str) -> str:
    """Why a path cannot stand in a list of paths: it would never be found, or be found in too many places."""
    parts = path.removesuffix("/**").removeprefix("~").removeprefix("/").split("/")
    if "\\" in path or "\n" in path or not all(parts) or {".", ".."} & set(parts):
        return f"{path!r} must be written with one / between its parts and none at its end"
    if any("**" in part for part in parts) or path.startswith("~") != path.startswith("~/"):
        return f"{path!r}: ** stands only at the end, after /, and ~ only before the first /"
    if not any(part.replace("[*]", "s").replace("*", "") for part in parts):
        return f"{path!r} would stand for every path"
    return ""


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ""


if __name__ == "__main__":
    MADE.write_text(made(), encoding="utf-8")
