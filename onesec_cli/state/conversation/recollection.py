"""What conversations put into memories and what later ones read there. A fold over all conversations of a tenant, in order.

Of a conversation it keeps what people said and what was read, up to a stated size; of a memory, sentences that did not come
from a person, with where they came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.finding import PLANTED
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.memories import Touch
from onesec_cli.state.conversation.carried import is_public, words_in
from onesec_cli.state.conversation.outcomes import Outcomes
from onesec_cli.state.instruction.asked import Asked
from onesec_cli.state.instruction.obedience import Session
from onesec_cli.state.instruction.tenets import tenets_in
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.tools import words_of
from onesec_cli.state.wordlists import remembered, word_set

MAX_TALKS: Final = 20_000
"""Conversations of one tenant that are remembered at once; the one that began first is forgotten first."""
MAX_HEARD: Final = 60_000
"""Characters of results that one conversation keeps."""
MAX_ALL: Final = 32_000_000
"""The same for all conversations together."""
MAX_GOALS: Final = 20_000
MAX_ENTRIES: Final = 2_000
MAX_LINES: Final = 20
MAX_RULES: Final = 64
"""Planted sentences of rules files that are held against what harnesses load without a word."""
LOADED: Final = "the folder's rules file holds it, which harnesses load without a word"
_LOADED: Final = word_set("files.loaded")
MAX_WAITING: Final = 200
RUN: Final = 6
"""Words in a row that tie a sentence of a memory to a text that was read."""
LEAST: Final = 3
"""A sentence of fewer words is not remembered."""
MAX_ALIKE: Final = 8
"""Entries with one and the same sentence that are told apart; the latest are kept."""

_FOREIGN: Final = word_set("tools.foreign")
"""Words in a tool's name that say its results are written by others."""


class Heard(Struct):
    """One result that was read."""

    text: str
    tool: str
    memory: str
    """The memory it was read from, if it was one."""
    foreign: bool
    """Whether strangers write there."""
    evidence: Evidence


class Line(Struct, frozen=True):
    """One sentence of a memory that no person of the conversation said."""

    text: str
    folded: str
    about: str
    """What it would change (`tenets.py`), or empty: it only tells somebody to do something."""
    marked: bool
    """Whether it speaks to the agent."""


class Entry(Struct):
    """What one write left in a memory."""

    memory: str
    session: str
    evidence: Evidence
    lines: list[Line]
    source: Evidence | None
    """The text it came from, where one of the conversation holds it."""
    told: bool
    """Whether the write itself was reported."""
    call: str = ""


class Talk(Struct):
    """One conversation."""

    asked: Asked = field(default_factory=Asked)
    goals: list[str] = field(default_factory=list)
    spoken: int = 0
    heard: list[Heard] = field(default_factory=list)
    size: int = 0
    waiting: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Call id to tool, memory and arguments."""
    written: list[str] = field(default_factory=list)
    """Ids of calls whose write was judged already."""
    reads: dict[str, Evidence] = field(default_factory=dict)
    """Number of an entry to where it was read."""
    outcomes: Outcomes = field(default_factory=Outcomes)
    settled: bool = False
    """Whether it is known what its harness loaded without a word."""
    told: dict[str, int] = field(default_factory=dict)
    """Claim to how often it was made of this conversation."""
    sleeper: Session | None = None
    """What planted sentences tell it to do, once it has read any."""


class Recollection(Struct):
    """All conversations and memories of one tenant."""

    tells: ClassVar[Tells] = (
        Tell("entries.*", "the memory {value.memory} holds an entry written in {value.session}"),
        Tell("rules.*", "an entry that was told stands in the rules file of {value}"),
        Tell("talks.*.goals", "in {0} a person said: {value}"),
        Tell("talks.*.waiting.*", "in {0} the call {1} has no answer yet"),
        Tell("talks.*.reads.*", "in {0} entry {1} of the memories was read"),
        Tell("talks.*.heard", "in {0} what the agent read is remembered, to know it again in a memory"),
        Tell("forgotten", "texts that were given up to stay within bounds: {value}"),
        *quiet("talks.*.written", "talks.*.spoken", "talks.*.size", "index", "made", "size"),
    )

    talks: dict[str, Talk] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    """By a number that only grows."""
    index: dict[str, list[str]] = field(default_factory=dict)
    """First words of a sentence to the entries that hold it."""
    rules: dict[str, str] = field(default_factory=dict)
    """Number of an entry that was told to the folder whose rules file it stands in, the last ones."""
    made: int = 0
    size: int = 0
    forgotten: int = 0

    def talk(self, session: str) -> Talk:
        """The conversation of an event."""
        talk = self.talks.get(session)
        if talk is None:
            if len(self.talks) >= MAX_TALKS:
                gone = self.talks.pop(next(iter(self.talks)))
                self.size -= gone.size
                self.forgotten += 1
            talk = self.talks[session] = Talk()
        return talk

    def hear(self, talk: Talk, event: Event, memory: str, tool: str, said: str) -> None:
        """Keep a result for as long as there is room."""
        text = text_of(event)
        room = min(MAX_HEARD - talk.size, MAX_ALL - self.size)
        if not text or room <= 0:
            self.forgotten += bool(text)
            return
        kept = text[:room]
        talk.heard.append(Heard(kept, tool, memory, _foreign(tool, said), event.cite(PLANTED)))
        talk.size += len(kept)
        self.size += len(kept)

    def write(
        self, session: str, touch: Touch, event: Event, lines: list[Line], source: Heard | None, told: bool
    ) -> None:
        """Remember what a memory now holds."""
        if len(self.entries) >= MAX_ENTRIES:
            self.drop(next(iter(self.entries)))
            self.forgotten += 1
        number = str(self.made)
        self.made += 1
        evidence = event.cite("where it was written to memory")
        origin = source.evidence if source else None
        kept = [line for line in lines if _lead(line)][:MAX_LINES]
        self.entries[number] = Entry(touch.memory, session, evidence, kept, origin, told, text_of(event, "call"))
        folder, _, name = touch.memory.replace("\\", "/").rpartition("/")
        if told and folder and name.lower() in _LOADED:
            if len(self.rules) >= MAX_RULES:
                del self.rules[next(iter(self.rules))]
            self.rules[number] = folder
        for lead in dict.fromkeys(_lead(line) for line in kept):
            self.index[lead] = [*self.index.get(lead, [])[-MAX_ALIKE:], number]

    def drop(self, number: str) -> None:
        """Forget an entry."""
        self.rules.pop(number, None)
        for line in self.entries.pop(number).lines:
            left = [one for one in self.index.pop(_lead(line), []) if one != number]
            if left:
                self.index[_lead(line)] = left

    def undo(self, session: str, call: str) -> None:
        """A write was refused: the memory does not hold it."""
        for number in [number for number, one in self.entries.items() if one.call == call and one.session == session]:
            self.drop(number)

    def recall(self, session: str, talk: Talk, text: str) -> list[str]:
        """Numbers of the entries of other conversations that a text holds and this one has not read yet."""
        if not self.entries or not text:
            return []
        words = words_in(text[:200_000])
        runs = {" ".join(run) for size in range(LEAST, RUN + 1) for run in _windows(words, size)}
        numbers = {number for run in runs & self.index.keys() for number in self.index[run] if number in self.entries}
        fresh = [
            one
            for one in numbers
            if self.entries[one].session != session and (one not in talk.reads or talk.reads[one].role == LOADED)
        ]
        return sorted(fresh, key=int)[-MAX_ALIKE:]

    def loaded(self, session: str, talk: Talk, cwd: object) -> list[str]:
        """Numbers of the entries in rules files of the folder that a conversation of others works in, and of those above it.

        Harnesses load such files as they start and do not log it; asked once a conversation.
        """
        if talk.settled or not isinstance(cwd, str) or not cwd:
            return []
        talk.settled = True
        place = cwd.replace("\\", "/").rstrip("/") + "/"
        near = [number for number, folder in self.rules.items() if place.startswith(folder.rstrip("/") + "/")]
        return [one for one in near if self.entries[one].session != session and one not in talk.reads]


def _lead(line: Line) -> str:
    """The words a sentence is found by again; empty where it has too few."""
    words = words_in(line.folded)
    return " ".join(words[:RUN]) if len(words) >= LEAST else ""


def _foreign(tool: str, said: str) -> bool:
    return is_public(tool, said) or not _FOREIGN.isdisjoint(words_of(tool))


def lines_of(text: str) -> list[Line]:
    """The sentences of a text that tell an agent what to do or change what it may do."""
    tenets = tenets_in(text)
    known = {tenet.folded for tenet in tenets}
    reading = read(text[:100_000])
    marked = [fold(one.text) for one in reading.instructions if one.marked]
    found = [Line(one.text, one.folded, one.about, any(one.folded in mark for mark in marked)) for one in tenets]
    for one in reading.instructions:
        low = fold(one.text)
        if not any(tenet in low for tenet in known):
            found.append(Line(one.text[:600], low[:600], "", one.marked))
    return found


def by_person(talk: Talk, line: Line) -> bool:
    """Whether a person of the conversation said it: the same run of words, or most of its words in one message."""
    words = words_in(line.folded)
    size = min(RUN, len(words))
    telling = {word for word in words if len(word) > 3}
    runs = frozenset(_windows(words, size))
    for text in talk.goals:
        if runs & _runs(text, size):
            return True
        if len(telling) > 3 and len(telling & _vocabulary(text)) * 10 >= len(telling) * 7:
            return True
    return False


def source_of(talk: Talk, line: Line, memory: str) -> Heard | None:
    """The result that holds a sentence: a run of its words; the memory itself first, then what strangers can write."""
    words = words_in(line.folded)
    if len(words) < LEAST:
        return None
    size = min(RUN, len(words))
    runs = frozenset(_windows(words, size))
    fitting = [one for one in talk.heard if runs & _runs(one.text, size)]
    return min(fitting, key=lambda one: (one.memory != memory, not one.foreign), default=None)


@remembered(256)
def _runs(text: str, size: int) -> frozenset[tuple[str, ...]]:
    return frozenset(_windows(words_in(text), size))


@remembered(256)
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(words_in(text))


def _windows(words: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(size)), strict=False) if size else iter(())
