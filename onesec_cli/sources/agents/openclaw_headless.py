"""Transcripts of OpenClaw without their head: the second half of a file that was split, or lines that were shuffled.

Every entry names its parent, so such a part goes on where an entry of a known session ends. Where no parent is known, what
the part holds names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from onesec_cli.model.event import Origin
from onesec_cli.sources.agents.nameless import Nameless
from onesec_cli.sources.agents.telling import Known
from onesec_cli.sources.values import text


class Part:
    """Entries of one file whose head was not read yet, or never."""

    __slots__ = ("agent", "cwd", "held", "session")

    def __init__(self, agent: str) -> None:
        self.held = Nameless()
        self.agent, self.session, self.cwd = agent, "", ""

    def ids(self) -> list[str]:
        """What its entries are called."""
        return [name for entry, _ in self.held.records if (name := text(entry.get("id")))]

    def parents(self) -> set[str]:
        """Entries that it goes on from and does not hold."""
        named = {text(entry.get("parentId")) for entry, _ in self.held.records}
        return named.difference(self.ids()) - {""}


class Headless:
    """The parts of one run."""

    def __init__(self) -> None:
        self._part: Part | None = None
        self._parts: list[Part] = []
        self._sessions: Known[str, str] = Known()
        """Entry to its session; empty where two sessions call an entry the same."""

    def hold(self, entry: dict[str, Any], origin: Origin, agent: str) -> None:
        """An entry of a file whose session is not known."""
        self._part = self._part or Part(agent)
        if self._part.held.hold(entry, origin):
            self.end()

    def head(self, session: str, cwd: str) -> None:
        """The head of the file stands further down than some of its entries."""
        if self._part is not None:
            self._part.session, self._part.cwd = session, cwd
        self.end()

    def belongs(self, entry: dict[str, Any], session: str) -> None:
        """An entry of a known session."""
        self._note(text(entry.get("id")), session)

    def end(self) -> None:
        """The file ended."""
        if self._part is not None:
            self._parts.append(self._part)
            self._part = None

    def close(self) -> Iterator[Part]:
        """Every part with the name of its session."""
        self.end()
        goes_on: dict[str, list[Part]] = {}
        ready: list[Part] = []
        for part in self._parts:
            for parent in part.parents() if not part.session else ():
                goes_on.setdefault(parent, []).append(part)
            if part.session:
                ready.append(part)
        for parent, parts in goes_on.items():
            session = self._sessions.get(parent)
            for part in parts if session else ():
                if not part.session:
                    part.session = session or ""
                    ready.append(part)
        while ready:
            known = ready.pop()
            for name in known.ids():
                for part in goes_on.get(name, ()):
                    if not part.session:
                        part.session = known.session
                        ready.append(part)
        for part in self._parts:
            part.session = part.session or part.held.name()
        yield from self._parts
        self._parts = []

    def _note(self, name: str, session: str) -> None:
        if name:
            known = self._sessions.get(name)
            self._sessions.put(name, session if known in (None, session) else "")
