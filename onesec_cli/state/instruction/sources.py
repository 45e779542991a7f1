"""Untrusted texts with instructions: those held against every call, and an archive of the others.

Whoever writes much can push a text out of any memory that only keeps what is new. What is pushed out goes to the archive, where the
addresses, accounts and links it names still find it: a call is looked up there by its own values, at a cost that does not grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from onesec_cli.model.event import Evidence
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.reading import Instruction
from onesec_cli.state.text.values import DESTINATIONS, find_values
from onesec_cli.state.wordlists import remembered

MAX_LINES: Final = 40
"""Instructions of one text that are held against every call, marked ones first."""
MAX_QUOTES: Final = 20
"""Quotes of one instruction that are remembered."""
MAX_ARCHIVED: Final = 4_000
"""Texts, or parts of long ones, in the archive of one conversation; the oldest are forgotten first."""
MAX_FOUND: Final = 8
"""Texts of the archive that are looked at for one value, the first ones that named it."""


_QUOTATIONS: Final = tuple(
    re.compile(rf"(?<!\w){opening}([^{opening}{closing}\n]{{2,600}}){closing}(?!\w)")
    for opening, closing in (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"))
)
"""Words in quotes; an apostrophe within a word opens none."""


class Line(Struct, frozen=True, gc=False):
    """One instruction of an untrusted text."""

    text: str
    quote: str
    """The same letter by letter."""
    folded: str
    manner: str
    kinds: list[str]
    marks: list[str]
    marked: bool
    way: str = ""
    lead: str = ""
    """How it begins, folded: a call that repeats this carries the text, it does not obey it."""
    purpose: list[str] = []
    goal: list[str] = []
    """Verbs of what it is said to be good for."""
    quotes: list[str] = []
    """Longer words in quotes, folded: what it says should be handed over."""


class Source(Struct, gc=False):
    """An untrusted text that holds instructions."""

    evidence: Evidence
    event_id: str
    kind: str
    """`result`, `memory`, `context` or `rules` (a file of rules for agents)."""
    tool: str
    call: str
    number: int
    """Which of the sources of the conversation it is."""
    named: bool
    """Whether the person named what was read."""
    failed: bool
    cut: bool
    lines: list[Line]
    said: str
    """All instructions, folded, one a line."""
    marked: bool
    about: bool
    """Whether it speaks of somebody the person named."""


class Part(NamedTuple):
    """Instructions of one text that are remembered together; the same for every conversation that reads it."""

    lines: tuple[Line, ...]
    said: str
    marked: bool


class Archive(Struct):
    """Texts of one conversation that are only looked at where a call uses a value they name."""

    sources: dict[int, Source] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)
    """Address, account, link or host to the texts that name it."""
    kept: int = 0

    def keep(self, source: Source) -> bool:
        """Take a text in; whether something of it, or of an older one, is lost with that."""
        lost = False
        number, self.kept = self.kept, self.kept + 1
        for line in source.lines:
            names = _names_in(line.text)
            lost = lost or not names
            for name in names:
                found = self.places.setdefault(name, [])
                if len(found) < MAX_FOUND and number not in found:
                    found.append(number)
                    self.sources[number] = source
        if len(self.sources) > MAX_ARCHIVED:
            self._forget(next(iter(self.sources)))
            lost = True
        return lost

    def naming(self, values: Iterable[str]) -> list[Source]:
        """The texts that name one of the values, in the order they were read."""
        numbers = {number for value in values for number in self.places.get(value, ())}
        return [self.sources[number] for number in sorted(numbers) if number in self.sources]

    def _forget(self, number: int) -> None:
        for line in self.sources.pop(number).lines:
            for name in _names_in(line.text):
                left = [one for one in self.places.get(name, ()) if one != number]
                if left:
                    self.places[name] = left
                else:
                    self.places.pop(name, None)


def part_of(source: Source, part: Part) -> Source:
    """The same text with other instructions of it."""
    return replace(source, lines=list(part.lines), said=part.said, marked=part.marked)


def _names_in(text: str) -> list[str]:
    """Where an instruction says that something should go; of links the host too."""
    values = [value for value in find_values(text) if value.kind in DESTINATIONS]
    hosts = [host_of(value.text) for value in values if value.kind not in ("email", "handle")]
    return list(dict.fromkeys([*(value.text for value in values), *hosts]))


def host_of(value: str) -> str:
    """The host of an address without its scheme."""
    return value.partition("/")[0].partition("?")[0]


@remembered(2048)
def lines_of(instructions: tuple[Instruction, ...]) -> tuple[Part, ...]:
    """The instructions of a text, as many as are held against every call first, marked ones before others; then the rest."""
    ranked = sorted(range(len(instructions)), key=lambda index: (not instructions[index].marked, index))
    parts = [ranked[at : at + MAX_LINES] for at in range(0, len(ranked), MAX_LINES)]
    return tuple(_part(tuple(_line(instructions[index]) for index in sorted(part))) for part in parts)


def _part(lines: tuple[Line, ...]) -> Part:
    return Part(lines, "\n".join(line.folded for line in lines), any(line.marked for line in lines))


def _line(one: Instruction) -> Line:
    folded = fold(one.text)
    lead = " ".join(folded.split(" ", 6)[:6])
    return Line(
        one.text,
        one.quote,
        folded,
        one.manner,
        sorted(one.kinds),
        sorted(one.marks),
        one.marked,
        one.way,
        lead,
        sorted(one.purpose),
        sorted(one.goal),
        _quotes(one.text),
    )


def _quotes(text: str) -> list[str]:
    found: list[str] = []
    for pattern in _QUOTATIONS:
        for said in pattern.findall(text)[:MAX_QUOTES]:
            if len(said) >= 14 and said.count(" ") >= 2:
                found.append(fold(said))
    return found[:MAX_QUOTES]
