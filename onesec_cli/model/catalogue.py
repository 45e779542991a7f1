"""Everything that can fire: rules, correlations and detectors."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from onesec_cli.model.level import Level

EntryKind = Literal["rule", "correlation", "detector"]


class Entry(Struct, frozen=True, kw_only=True):
    """One rule, correlation or detector, in a line."""

    kind: EntryKind
    id: str
    title: str
    level: Level
    source: str
    """Which events it looks at: product and service or kinds of events; of a correlation its type and members."""
    file: str = ""
    """Where its YAML stands; empty for a detector, which is built in."""
    line: int = 0
    raises: bool = True
    """False where only correlations look at what it matches."""
    asi: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """As the rule writes them."""
    products: tuple[str, ...] = ()
    """Whose events it looks at: auth0, agent, onesec; of a correlation those of its members."""
    status: str = ""
    description: str = ""
    shipped: bool = False
    """Whether it comes with onesec."""

    @property
    def place(self) -> str:
        """Where it stands, in a word or as `file:line`."""
        return f"{self.file}:{self.line}" if self.file else "built in"


class Detail(Struct, frozen=True, kw_only=True):
    """One of them in full. Sections are (name, text) pairs in the order to be told."""

    entry: Entry
    looks_for: tuple[str, ...]
    """In plain words, a line each, indented by two spaces per level."""
    fields: tuple[str, ...] = ()
    """Fields (or kinds of events) it reads."""
    falsepositives: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sections: tuple[tuple[str, str], ...] = ()
    """What a detector's page says."""
    cases: tuple[str, ...] = ()
    """Its test cases: place, name and what is expected."""
