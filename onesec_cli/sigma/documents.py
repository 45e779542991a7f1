"""Files of rules as plain documents: YAML 1.2, each document with its line, and what cannot be read with its reason.

The events of libyaml are built into plain values here, without recursion: nothing in a file can exhaust the stack, and
bare `on`, `off`, `yes` and dates stay the texts that YAML 1.2 says they are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from onesec_cli.model.errors import InputError
from onesec_cli.model.report import RuleNote
from onesec_cli.plain_file import read_plain
from onesec_cli.sigma.cases import SIDECAR

MAX_FILE: Final = 8 * 1024 * 1024
"""Bytes of one file of rules."""
MAX_DEPTH: Final = 40
MAX_NODES: Final = 200_000
"""Values of one document, those that aliases repeat counted each time."""
MAX_FILES: Final = 200_000
SUFFIXES: Final = (".yml", ".yaml")
"""What is read of a folder; a file that is named itself may have any name."""

_MARKER = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)", re.MULTILINE)
_INT = re.compile(r"[-+]?[0-9]{1,300}\Z")
_BASED = re.compile(r"0o[0-7]{1,300}\Z|0x[0-9a-fA-F]{1,300}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?\Z")
_ESCAPE = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE)
"""An escape in a text between double quotes; a backslash that is escaped itself is taken with what escapes it."""
_TABS = re.compile(r"^[ \t]+", re.MULTILINE)
_WORDS: Final = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Document(Struct, frozen=True):
    """One YAML document of a file."""

    file: str
    line: int
    """1-based, of its first key."""
    data: dict[str, Any]


class _FaultError(Exception):
    """What is wrong with a document, and in which of its lines (0-based)."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def files_of(paths: Sequence[str]) -> list[str]:
    """The files of rules that paths name (files, folders, globs), each once. Raises InputError for a path that names none."""
    found: dict[str, str] = {}
    for path in paths:
        told = sorted(_named(path))
        if not told:
            raise InputError(f"{path}: no such file or folder")
        for name in told:
            found.setdefault(os.path.realpath(name), name)
        if len(found) > MAX_FILES:
            raise InputError(f"{path}: more than {MAX_FILES:,} files")
    return list(found.values())


def _named(path: str) -> Iterator[str]:
    whole = Path(path)
    try:
        if whole.is_dir():
            yield from _inside(whole)
        elif whole.exists():
            yield path
        elif has_magic(path):
            for one in glob(path, recursive=True):  # noqa: PTH207  # Path.glob takes no absolute pattern
                yield from _inside(Path(one)) if Path(one).is_dir() else (one,)
    except (OSError, ValueError) as reason:
        raise InputError(f"{path}: {reason}") from None


def _inside(folder: Path) -> Iterator[str]:
    """Rule files below a folder; files of test cases, hidden names and links to folders are left out. An empty folder tells itself."""
    count = 0
    for place, folders, names in folder.walk() if hasattr(folder, "walk") else _walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.lower().endswith(SUFFIXES) and not name.lower().endswith(SIDECAR) and not name.startswith("."):
                count += 1
                yield str(Path(place) / name)
    if not count:
        raise InputError(f"{folder}: no .yml or .yaml file in it")


def _walk(folder: Path) -> Iterable[tuple[Any, list[str], list[str]]]:
    return os.walk(folder)  # Path.walk came with Python 3.12


def read_file(name: str) -> tuple[list[Document], list[RuleNote]]:
    """The documents of a file, and notes on what is none. A broken document does not hide the others of its file."""
    try:
        data = read_plain(name, MAX_FILE)
    except OSError as reason:
        return [], [RuleNote(file=name, line=1, id="", reason=f"cannot be read ({reason.strerror})")]
    if len(data) > MAX_FILE:
        return [], [RuleNote(file=name, line=1, id="", reason=f"longer than {MAX_FILE:,} bytes")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return [], [RuleNote(file=name, line=line, id="", reason="not UTF-8")]
    documents, notes = read_text(name, text)
    return documents, notes if documents or notes else [RuleNote(file=name, line=1, id="", reason="nothing in it")]


def read_text(name: str, text: str) -> tuple[list[Document], list[RuleNote]]:
    """The documents of the text of a file, and notes on what is none."""
    documents: list[Document] = []
    notes: list[RuleNote] = []
    for line, part in parts(text):
        try:
            told = _build(part)
        except _FaultError as fault:
            notes.append(RuleNote(file=name, line=line + fault.line, id="", reason=f"not YAML: {fault.reason}"))
            continue
        if told is None:
            continue
        value, first = told
        if isinstance(value, dict):
            documents.append(Document(name, line + first, value))
        elif value is not None:
            notes.append(RuleNote(file=name, line=line + first, id="", reason="not a rule: no mapping of keys"))
    return documents, notes


def parts(text: str) -> Iterator[tuple[int, str]]:
    """The text of each document and the number of its first line: `---` at the start of a line always ends one."""
    start, line = 0, 1
    for marker in _MARKER.finditer(text):
        yield line, text[start : marker.start()]
        line += text.count("\n", start, marker.end())
        start = marker.end()
    yield line, text[start:]


def as_yaml(text: str) -> str:
    """JSON as YAML reads it: two escapes that are one character become one, and tabs before a value become spaces.

    Lines stay where they are. What is no JSON stays as it is.
    """
    if text.lstrip()[:1] not in ("{", "["):
        return text
    return _ESCAPE.sub(_whole, _TABS.sub(lambda tabs: " " * len(tabs[0]), text))


def _whole(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[0]
    high, low = int(escape[1], 16), int(escape[2], 16)
    return f"\\U{0x10000 + (high - 0xD800 << 10) + low - 0xDC00:08x}"


class _Open(Struct):
    """A mapping or a sequence that is being read."""

    value: dict[str, Any] | list[Any]
    key: str | None = None
    size: int = 1


def _build(text: str) -> tuple[Any, int] | None:
    """The value of one document and the line (0-based) it begins on; None where there is none."""
    import yaml  # needed only where rules are read

    text = as_yaml(text)
    if not text.strip() or all(line.lstrip()[:1] in ("", "#", "%") for line in text.splitlines()):
        return None
    try:
        parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        return _Builder(yaml).build(iter(parser.get_event, None))
    except yaml.MarkedYAMLError as reason:
        mark = reason.problem_mark or reason.context_mark
        raise _FaultError(_first(reason.problem), mark.line if mark else 0) from None
    except (yaml.YAMLError, ValueError, UnicodeError) as reason:
        raise _FaultError(_first(str(reason)), 0) from None


class _Builder:
    """Builds the value of one document out of the events of the parser."""

    def __init__(self, yaml: Any) -> None:
        self._start = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
        self._mapping, self._scalar, self._alias = yaml.MappingStartEvent, yaml.ScalarEvent, yaml.AliasEvent
        self._end = (yaml.MappingEndEvent, yaml.SequenceEndEvent)
        self._open: list[_Open] = []
        self._names: list[str | None] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0
        self._root: Any = None

    def build(self, events: Iterable[Any]) -> tuple[Any, int] | None:
        line, some = 0, False
        for event in events:
            if not some and isinstance(event, (*self._start, self._scalar)):
                line, some = event.start_mark.line, True
            self._take(event)
        return (self._root, line) if some else None

    def _take(self, event: Any) -> None:
        line = event.start_mark.line
        if isinstance(event, self._scalar):
            value = event.value if event.style or event.tag == "!" else plain(event.value)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            self._add(value, 1, line, event.value)
        elif isinstance(event, self._start):
            if len(self._open) >= MAX_DEPTH:
                raise _FaultError("nested too deeply", line)
            if self._open and isinstance(self._open[-1].value, dict) and self._open[-1].key is None:
                raise _FaultError("a key that is no text", line)
            self._open.append(_Open({} if isinstance(event, self._mapping) else []))
            self._names.append(event.anchor)
        elif isinstance(event, self._end):
            done, anchor = self._open.pop(), self._names.pop()
            if anchor:
                self._anchors[anchor] = (done.value, done.size)
            self._add(done.value, done.size, line)
        elif isinstance(event, self._alias):
            if event.anchor not in self._anchors:
                raise _FaultError(f"the alias {event.anchor} stands for nothing", line)
            value, size = self._anchors[event.anchor]
            self._add(value, size, line, value if isinstance(value, str) else None)

    def _add(self, value: Any, size: int, line: int, spelt: str | None = None) -> None:
        """Put a finished value where it belongs."""
        self._count += 1
        if not self._open:
            self._root = value
            return
        place = self._open[-1]
        place.size += size
        if place.size > MAX_NODES or self._count > MAX_NODES:
            raise _FaultError(f"more than {MAX_NODES:,} values in one document", line)
        if isinstance(place.value, list):
            place.value.append(value)
        elif place.key is None:
            if spelt is None:
                raise _FaultError("a key that is no text", line)
            if spelt in place.value:
                raise _FaultError(f"the key {spelt} stands twice in one mapping", line)
            place.key = spelt
        else:
            place.value[place.key] = value
            place.key = None


def plain(text: str) -> Any:
    """What a scalar without quotes means in YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "-+.0123456789":
        if _INT.match(text):
            return int(text)
        if _BASED.match(text):
            return int(text, 0)
        if _FLOAT.match(text):
            value = float(text)
            return value if value - value == 0 else text
    return text


def _first(text: str | None) -> str:
    return ((text or "").strip() or "cannot be parsed").splitlines()[0]
