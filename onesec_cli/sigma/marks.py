"""Where everything of a YAML file stands: the line of every key and item."""

from __future__ import annotations

import re
from typing import Any, Final

from onesec_cli.plain_file import read_plain
from onesec_cli.sigma.documents import MAX_FILE, as_yaml, parts

Path = tuple[str | int, ...]
"""Keys and indices that lead to a node, as written."""

_STEP: Final = re.compile(r"\.([\w-]+)|\[(\d+)\]")


class Marks:
    """The lines of one document."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._lines: dict[Path, int] = {}

    def add(self, path: Path, line: int) -> None:
        """`path` begins on `line`. A key that stands twice counts where it stands last, as its value does."""
        self._lines[path] = line

    def line(self, *path: str | int) -> int:
        """The line of a node or, where the document has no such node, of the closest one above it."""
        for length in range(len(path), 0, -1):
            found = self._lines.get(path[:length])
            if found is not None:
                return found
        return self._first

    def line_of_complaint(self, message: str, *above: str | int) -> int:
        """The line that a validator's message speaks of; it ends in ``at `$.a[0].b` ``, a path below `above`."""
        where = message.rpartition(" - at `$")[2].rstrip("`") if " - at `$" in message else ""
        steps = (name or int(index) for name, index in _STEP.findall(where))
        return self.line(*above, *steps)


def marks(text: str) -> dict[int, Marks]:
    """One per document of a YAML text, by the line of its first key; what a parser does not take is left out."""
    import yaml  # comes with the rules; not needed by a scan without any

    found: dict[int, Marks] = {}
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for start, part in parts(text):
        walk = _Walk()
        try:
            for event in yaml.parse(as_yaml(part), Loader=loader):
                line = start + (event.start_mark.line if event.start_mark else 0)
                if isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent, yaml.CollectionStartEvent)):
                    scalar = str(event.value) if isinstance(event, yaml.ScalarEvent) else None
                    mapping = isinstance(event, yaml.MappingStartEvent)
                    walk.node(line, scalar, mapping, isinstance(event, yaml.CollectionStartEvent))
                elif isinstance(event, yaml.CollectionEndEvent):
                    walk.end()
        except (yaml.YAMLError, ValueError):
            continue
        if walk.marks is not None:
            found[walk.marks.line()] = walk.marks
    return found


def marks_of_file(name: str) -> dict[int, Marks]:
    """The same of a file; nothing where it cannot be read."""
    try:
        text = read_plain(name, MAX_FILE)[:MAX_FILE].decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return {}
    return marks(text)


class _Walk:
    """Where a walk through the events of one document stands."""

    def __init__(self) -> None:
        self.marks: Marks | None = None
        self._path: list[str | int] = []
        self._open: list[tuple[bool, int]] = []
        """(mapping, items so far) of each open collection; a key of a mapping is an item, so is its value."""

    def node(self, line: int, scalar: str | None, mapping: bool, collection: bool) -> None:
        """A key, a value or an item begins."""
        if self.marks is None:
            self.marks = Marks(line)
        if self._open:
            inside, count = self._open[-1]
            self._open[-1] = (inside, count + 1)
            if inside and count % 2 == 0:
                self._path.append(scalar if scalar is not None else "?")
                self.marks.add(tuple(self._path), line)
                if not collection:
                    return
            elif not inside:
                self._path.append(count)
                self.marks.add(tuple(self._path), line)
        if collection:
            self._open.append((mapping, 0))
        else:
            self._leave()

    def end(self) -> None:
        """A collection is over."""
        self._open.pop()
        self._leave()

    def _leave(self) -> None:
        """Step back from a value or an item to what holds it; a key that is a collection stays on the path."""
        if not self._open:
            return
        inside, count = self._open[-1]
        if not inside or count % 2 == 0:
            self._path.pop()
