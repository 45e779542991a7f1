"""All knowledge of a run: what is shipped, with what the user's files add."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from onesec_cli.knowledge.chains import Chain, chains_of
from onesec_cli.knowledge.lexicons import Lexicon, lexicon_of
from onesec_cli.knowledge.scopes import Lattice, lattice_of
from onesec_cli.knowledge.shelf import KINDS, given_files


class Knowledge(Struct, frozen=True):
    """What a run judges by beside its rules and its policy. None: what is shipped."""

    chains: tuple[Chain, ...] | None = None
    scopes: Lattice | None = None
    words: Lexicon | None = None
    files: tuple[str, ...] = ()
    """The user's files it was read from."""


def load_knowledge(paths: Sequence[str]) -> Knowledge:
    """The knowledge that the files under some paths add to the shipped one. Raises KnowledgeError."""
    files = {kind: tuple(given_files(paths, kind)) for kind in KINDS}
    return Knowledge(
        chains=chains_of(files["chains"]) if files["chains"] else None,
        scopes=lattice_of(files["scopes"]) if files["scopes"] else None,
        words=lexicon_of(files["lexicon"]) if files["lexicon"] else None,
        files=tuple(file for kind in KINDS for file in files[kind]),
    )
