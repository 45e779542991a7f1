"""Which other files the rules of a file need, and which ids stand in several of the files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from onesec_cli.sigma.documents import Document, read_file
from onesec_cli.sigma.load import is_knowledge


class Neighbours:
    """Some files of rules, by what their rules are called and which rules they name."""

    def __init__(self, files: Sequence[str]) -> None:
        self._ids: dict[str, Document] = {}
        self._names: dict[str, list[str]] = {}
        self._needs: dict[str, list[str]] = {}
        self._own: dict[str, set[str]] = {}
        self._twice: dict[str, list[tuple[Document, Document]]] = {}
        seen: set[Path] = set()
        for file in files:
            place = Path(file).resolve()
            if place not in seen:
                seen.add(place)
                for document in read_file(file)[0]:
                    if not is_knowledge(document):
                        self._add(document)

    def _add(self, document: Document) -> None:
        file, data = document.file, document.data
        given = data.get("id")
        if isinstance(given, str):
            first = self._ids.setdefault(given, document)
            if first.file != file:
                self._twice.setdefault(file, []).append((document, first))
        name = data.get("name")
        if isinstance(name, str):
            self._names.setdefault(name, []).append(file)
        self._own.setdefault(file, set()).update(one for one in (given, name) if isinstance(one, str))
        self._needs.setdefault(file, []).extend(_named(data))

    def needed(self, file: str) -> list[str]:
        """Other files without which correlations and filters of a file lack their rules, by way of others too."""
        found: dict[str, None] = {}
        todo = [file]
        while todo:
            here = todo.pop()
            for name in self._needs.get(here, ()):
                if name in self._own.get(here, ()):
                    continue
                there = [self._ids[name].file] if name in self._ids else self._names.get(name, [])
                for one in there if len(there) == 1 else ():
                    if one != file and one not in found:
                        found[one] = None
                        todo.append(one)
        return list(found)

    def twice(self, file: str) -> Iterator[tuple[int, str]]:
        """Line and reason for each rule of a file whose id a rule of an earlier file has, so that a scan of both leaves it out."""
        for document, first in self._twice.get(file, ()):
            yield document.line, f"the id is that of {first.file}:{first.line}"


def _named(data: dict[str, Any]) -> Iterator[str]:
    for key in ("correlation", "filter"):
        part = data.get(key)
        rules = part.get("rules") if isinstance(part, dict) else None
        for one in rules if isinstance(rules, list) else [rules]:
            if isinstance(one, str) and one != "any":
                yield one
