"""What providers' scopes mean: spellings, which includes which, what each allows. From `rules/scopes/` and files of the user's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from onesec_cli.knowledge.shelf import Part, Wrong, given, given_files, shipped

FOLDER: Final = "scopes"
RISK: Final = {"basic": 0, "read": 1, "write": 3, "admin": 6}
"""Risk classes: who the user is, reading, changing, and power over others."""

Name = Annotated[str, Meta(min_length=1, max_length=300)]
Names = tuple[Name, ...]


class Classes(Part, frozen=True):
    """Whole names that their words would place wrongly."""

    basic: Names = ()
    read: Names = ()
    write: Names = ()
    admin: Names = ()


class Words(Part, frozen=True):
    """Words within a name that tell what it allows, where no whole name does."""

    admin: Names = ()
    write: Names = ()
    read: Names = ()


class ScopeFile(Part, frozen=True):
    """The scopes of one provider, or without `provider` of every other."""

    kind: Literal["scopes"]
    version: Annotated[int, Meta(ge=1, le=1)] = 1
    provider: Annotated[str, Meta(pattern="^[a-z0-9-]{1,60}$")] | None = None
    connections: Names = ()
    """Parts of strategies and connection names, in lower case, that tell the provider."""
    hosts: Names = ()
    """What a scope of this provider begins with where it is an address."""
    prefixes: Names = ()
    """What is taken off a scope to get its plain name, in lower case."""
    spellings: dict[Name, Name] = field(default_factory=dict)
    """Other spellings, in lower case and without prefix and last slash, to the plain name."""
    families: Names = ()
    """Scopes that include every scope whose name they start, with a dot between."""
    includes: dict[Name, Names] = field(default_factory=dict)
    """Plain name to the plain names it includes; what those include need not be repeated."""
    identity: Names = ()
    """Who the user is, nothing of theirs."""
    offline: Names = ()
    """Access that outlives the session."""
    classes: Classes = Classes()
    stores: Names = ()
    """Reading, changing and deleting a whole store of somebody's, where narrower scopes exist."""
    words: Words = Words()
    powers: Names = ()
    """Objects of `verb:object` scopes that make whoever may change them an administrator."""


class Lattice(Struct, frozen=True):
    """All files together."""

    marks: tuple[tuple[str, Names], ...]
    """Provider, and the parts of connection names that tell it."""
    hosts: dict[str, Names]
    prefixes: dict[str, Names]
    spellings: dict[str, dict[str, str]]
    families: dict[str, Names]
    includes: dict[str, dict[str, Names]]
    identity: frozenset[str]
    offline: frozenset[str]
    risk: dict[str, int]
    stores: frozenset[str]
    admin_words: frozenset[str]
    write_words: frozenset[str]
    read_words: frozenset[str]
    powers: frozenset[str]


def lattice_of(paths: Iterable[str] = ()) -> Lattice:
    """The shipped scopes with those of the user's files. Raises KnowledgeError."""
    files = shipped(FOLDER, ScopeFile)
    for path in given_files(paths, FOLDER):
        files.append(given(path, ScopeFile, partial(_wrong, tuple(files))))
    return _joined(files)


def _joined(files: list[ScopeFile]) -> Lattice:
    named = [(file.provider or "", file) for file in files]
    includes: dict[str, dict[str, Names]] = {}
    spellings: dict[str, dict[str, str]] = {}
    for provider, file in named:
        for name, below in file.includes.items():
            table = includes.setdefault(provider, {})
            table[name] = tuple(dict.fromkeys((*table.get(name, ()), *below)))
        spellings.setdefault(provider, {}).update(file.spellings)
    offline = _all(file.offline for file in files)
    return Lattice(
        marks=tuple((provider, file.connections) for provider, file in named if file.connections),
        hosts=_by_provider((provider, file.hosts) for provider, file in named),
        prefixes=_by_provider((provider, file.prefixes) for provider, file in named),
        spellings=spellings,
        families=_by_provider((provider, file.families) for provider, file in named),
        includes=includes,
        identity=_all(file.identity for file in files),
        offline=offline,
        risk=dict.fromkeys(offline, RISK["read"])
        | {name: RISK[word] for file in files for name, word in _classes(file)},
        stores=_all(file.stores for file in files),
        admin_words=_all(file.words.admin for file in files),
        write_words=_all(file.words.write for file in files),
        read_words=_all(file.words.read for file in files),
        powers=_all(file.powers for file in files),
    )


def _all(told: Iterable[Names]) -> frozenset[str]:
    return frozenset(name for names in told for name in names)


def _by_provider(told: Iterable[tuple[str, Names]]) -> dict[str, Names]:
    found: dict[str, Names] = {}
    for provider, names in told:
        if names:
            found[provider] = tuple(dict.fromkeys((*found.get(provider, ()), *names)))
    return found


def _classes(file: ScopeFile) -> Iterator[tuple[str, str]]:
    for word in RISK:
        for name in getattr(file.classes, word):
            yield name, word


def _wrong(known: tuple[ScopeFile, ...], file: ScopeFile) -> Wrong | None:
    """Where a file contradicts itself or one that was read before; to say the same again is no contradiction."""
    for key in ("connections", "prefixes", "families", "stores", "spellings", "includes"):
        for name in getattr(file, key):
            if name != name.lower():
                return f"{name!r} must be written in lower case", (key,)
    classes = {name: word for one in known for name, word in _classes(one)}
    for name, word in _classes(file):
        before = classes.setdefault(name, word)
        if before != word:
            return f"{name!r} is {before} already, and cannot be {word} too", ("classes", word)
    mine = file.provider or ""
    owners = {part: one.provider or "" for one in known for part in one.connections}
    for part in file.connections:
        if owners.get(part, mine) != mine:
            return f"connections named {part!r} are of {owners[part]} already", ("connections",)
    spelt = {name: plain for one in known if (one.provider or "") == mine for name, plain in one.spellings.items()}
    for name, plain in file.spellings.items():
        if spelt.get(name, plain) != plain:
            return f"{name!r} is a spelling of {spelt[name]!r} already", ("spellings", name)
    if (file.connections or file.includes or file.families or file.hosts) and not file.provider:
        return "connections, hosts, families and includes need a provider", ("kind",)
    return _word_of_two(known, file)


def _word_of_two(known: tuple[ScopeFile, ...], file: ScopeFile) -> Wrong | None:
    """A word that tells two things tells nothing."""
    told = {word: kind for one in known for kind in ("admin", "write", "read") for word in getattr(one.words, kind)}
    for kind in ("admin", "write", "read"):
        for word in getattr(file.words, kind):
            before = told.setdefault(word, kind)
            if before != kind:
                return f"the word {word!r} means {before} already", ("words", kind)
    return None
