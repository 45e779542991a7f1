"""What judged: digests of the detectors' code and of the Sigma rules, so that two reports can be told to be of one judge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

GONE: Final = "gone since it was read"
"""In place of the digest of a file that is no more."""
_PACKAGE: Final = Path(__file__).parent
_JUDGES: Final = ("carry", "detectors", "state", "knowledge", "model", "correlation", "sigma", "sources")
_BETWEEN: Final = ("case.py", "nights.py", "pipeline.py", "replay.py")
_WORDS: Final = "knowledge/words.json"
_KNOWN: Final = ("chains", "scopes", "lexicons")
"""Folders of what detectors and incidents know."""
_CASES: Final = ".test.yml"


@cache
def detectors_digest() -> str:
    """SHA-256 over the code that reads, judges (detectors and rule engine), remembers, and folds findings into alerts."""
    whole = hashlib.sha256()
    code = [
        *(path for wing in _JUDGES for path in (_PACKAGE / wing).rglob("*.py")),
        *(_PACKAGE / one for one in (*_BETWEEN, _WORDS)),
    ]
    for path in sorted(code):
        whole.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    for folder in _KNOWN:
        for path in sorted((_rules() / folder).glob("*.yml")):
            whole.update(f"rules/{folder}/{path.name}".encode() + b"\0")
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


@cache
def own_rules_digest() -> str:
    """SHA-256 over the contents of the Sigma rules that come with onesec; empty if none lie where they belong."""
    own = _rules()
    known = [own / one for one in _KNOWN]
    files = (path for path in own.rglob("*.yml") if not path.name.endswith(_CASES))
    return rules_digest(str(path) for path in files if path.parent not in known)


def _rules() -> Path:
    """The rules and the knowledge that come with onesec: inside the package where it is installed, else beside it."""
    inside = _PACKAGE / "rules"
    return inside if inside.is_dir() else _PACKAGE.parent / "rules"


def file_digests(files: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Each file once, in order of their names, with the SHA-256 of its contents."""
    return tuple((name, _digest(name)) for name in sorted(set(files)))


def rules_digest(files: Iterable[str]) -> str:
    """SHA-256 over the contents of rule files, wherever they lie; empty if there are none."""
    digests = sorted({_digest(name) for name in set(files)})
    return hashlib.sha256("".join(digests).encode()).hexdigest() if digests else ""


def _digest(name: str) -> str:
    try:
        return hashlib.sha256(Path(name).read_bytes()).hexdigest()
    except OSError:
        return GONE
