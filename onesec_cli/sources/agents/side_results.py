"""Results that Claude Code wrote beside a session because they were too long for it: `<session>/tool-results/<name>`.

The session holds only the head of such a result and names the file. The file is plain text, so nothing in it says what it is: it
counts as a result only where a session names it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from msgspec import Struct

from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.sources.agents.adapter import behaviour
from onesec_cli.sources.agents.telling import Known

MAX_SIDE: Final = 8 * 1024 * 1024
"""Characters of one side result that are read; a longer one counts as cut."""
MAX_HELD: Final = 512 * 1024 * 1024
"""Characters of all side results that are kept until the sessions are read."""

_MARK: Final = "<persisted-output>"
_SAVED: Final = "saved to: "
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}\Z")


class Held(Struct):
    """A result that cannot be told yet."""

    tail: str | None
    """The file its text stands in; None where it is whole and waits for the name of its tool."""
    origin: Origin
    place: dict[str, Any]
    """How `behaviour` is to be called."""
    fields: dict[str, Any]


def tail_of(path: str) -> str:
    """`<session>/tool-results/<name>` of a path, or empty where it is no side result."""
    parts = re.split(r"[/\\!]", path)[-3:]
    return "/".join(parts) if len(parts) == 3 and parts[1] == "tool-results" and _UUID.match(parts[0]) else ""


def saved_to(said: str, side: Any) -> str | None:
    """The file that a result says it was written to; None where the result is whole."""
    path = side.get("persistedOutputPath") if side.__class__ is dict else None
    if path.__class__ is str and path:
        return tail_of(path)
    head = said[:1000]
    if not head.startswith(_MARK):
        return None
    at = head.find(_SAVED)
    return tail_of(head[at + len(_SAVED) :].split("\n", 1)[0].strip()) if at >= 0 else ""


class SideResults:
    """Side files and the results they complete."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[str, Origin, bool]] = {}
        self._twice: list[Gap] = []
        self._held: list[Held] = []
        self._size = 0

    def file(self, tail: str, said: str, origin: Origin) -> None:
        """A side file was read."""
        kept = said[: min(MAX_SIDE, MAX_HELD - self._size)]
        self._size += len(kept)
        if tail in self._texts:
            self._twice.append(_gap(origin, "a second copy of a tool result"))
            return
        self._texts[tail] = (kept, origin, len(kept) < len(said))

    def hold(self, held: Held) -> None:
        """A result waits for its file."""
        self._held.append(held)

    def close(self, tools: Known[tuple[str, str], str]) -> list[Event | Gap]:
        """The results, whole where their file was read, and the files that nobody names.

        `tools` knows the tool of each call of a session.
        """
        told: list[Event | Gap] = list(self._twice)
        used = set()
        for held in self._held:
            place, call = held.place, held.fields["call"]
            place["tool"] = place["tool"] or tools.get((place["session"], call)) or ""
            if held.tail is None:
                told.append(behaviour(origin=held.origin, **place, **held.fields))
                continue
            found = self._texts.get(held.tail)
            if found is None:
                told.append(behaviour(origin=held.origin, **place, **{**held.fields, "cut": True}))
                continue
            used.add(held.tail)
            said, origin, cut = found
            told.append(behaviour(origin=origin, **place, **{**held.fields, "text": said, "cut": cut}))
        told += [
            _gap(origin, "a tool result that no session names")
            for tail, (_, origin, _) in sorted(self._texts.items())
            if tail not in used
        ]
        return told


def _gap(origin: Origin, reason: str) -> Gap:
    return Gap(origin.file, 1, 0, reason)
