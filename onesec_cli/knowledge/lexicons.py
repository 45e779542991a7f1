"""Lists of names and words that detectors judge by, from `rules/lexicons/` and from files of the user's."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Final, Literal

from msgspec import Meta

from onesec_cli.knowledge.shelf import Part, Wrong, given, given_files, shipped

KIND: Final = "lexicon"
FOLDER: Final = "lexicons"

Word = Annotated[str, Meta(min_length=1, max_length=300)]
Lexicon = Mapping[str, tuple[str, ...]]
"""Name of a list, such as `hosts.drops`, to its words."""


class LexiconFile(Part, frozen=True):
    """Some lists of one lexicon."""

    kind: Literal["lexicon"]
    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,60}$")]
    """The lexicon."""
    lists: Annotated[dict[str, tuple[Word, ...]], Meta(min_length=1)]
    """Name of a list to its words, in lower case. A file of yours adds to lists that there are."""
    version: Annotated[int, Meta(ge=1, le=1)] = 1


def lexicon_of(paths: Iterable[str] = ()) -> Lexicon:
    """The shipped lists with what the user's files add to them. Raises KnowledgeError."""
    found = {
        f"{file.name}.{name}": words for file in shipped(FOLDER, LexiconFile) for name, words in file.lists.items()
    }
    for path in given_files(paths, KIND):
        file = given(path, LexiconFile, partial(_wrong, found))
        for name, words in file.lists.items():
            key = f"{file.name}.{name}"
            found[key] = tuple(dict.fromkeys((*found[key], *words)))
    return found


def _wrong(known: Lexicon, file: LexiconFile) -> Wrong | None:
    """What is wrong with a file: a list that nobody reads, or a word that would never be found."""
    lexicons = sorted({name.partition(".")[0] for name in known})
    if file.name not in lexicons:
        return f"there is no lexicon {file.name!r}{_hint(file.name, lexicons)}", ("name",)
    for name, words in file.lists.items():
        if f"{file.name}.{name}" not in known:
            there = [one.partition(".")[2] for one in known if one.startswith(f"{file.name}.")]
            return f"the lexicon {file.name} has no list {name!r}{_hint(name, there)}", ("lists", name)
        for number, word in enumerate(words):
            if word != word.lower() or word != word.strip():
                return f"{word!r} must be written in lower case, without spaces around it", ("lists", name, str(number))
    return None


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean {close[0]!r}?" if close else ""
