"""Instructions that stand in the results of tools, kept so that a task that repeats one can be traced back to it."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.text.marks import OVERRIDE, marks_of
from onesec_cli.state.text.plain import text_of
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.sentences import words_in
from onesec_cli.state.text.split import sentences
from onesec_cli.state.wordlists import remembered

SIZE: Final = 6
"""Words in a row that two texts must share."""
MAX_KEPT: Final = 64
"""Instructions kept of one conversation: the last ones."""
MAX_SAID: Final = 600
MAX_GOALS: Final = 32
MAX_TRUSTED: Final = 20_000
MAX_TEXT: Final = 50_000

_ASIDE: Final = ("ignore", "disregard", "forget", "overrid", "instead of")
_WORD: Final = re.compile(r"[^\W_]+(?:[.@/:-][^\W_]+)*")


class Errand(Struct, frozen=True):
    """An instruction of an untrusted text that speaks to the agent, hides, or sets other instructions aside."""

    text: str
    tool: str
    seen: Evidence


class Errands(Struct):
    """What untrusted texts of one conversation told its agents to do. Kept as it stands: tasks that are compared with it are rare."""

    tells: ClassVar[Tells] = (
        Tell("trusted", "a person said: {value}"),
        Tell("heard.*", "an order in the answer of {value.tool}: {value.text}"),
    )

    heard: dict[str, Errand] = field(default_factory=dict)
    """By their words, the oldest first."""
    trusted: list[str] = field(default_factory=list)
    """What the person said, the oldest first."""

    def hear(self, event: Event) -> None:
        """Take in the result of a tool."""
        for text in _told(text_of(event)[:MAX_TEXT]):
            if len(self.heard) >= MAX_KEPT:
                del self.heard[next(iter(self.heard))]
            seen = event.cite("the untrusted text that gives the task")
            self.heard.setdefault(text[:MAX_SAID], Errand(text[:MAX_SAID], event.tool, seen))

    def trust(self, event: Event) -> None:
        """Take in what a person said."""
        self.trusted.append(text_of(event)[:MAX_TRUSTED])
        del self.trusted[:-MAX_GOALS]

    def find(self, text: str) -> Errand | None:
        """The instruction that a task repeats."""
        wanted = set(_runs(text[:MAX_TEXT]))
        for goal in self.trusted:
            wanted.difference_update(_runs(goal))
        if not wanted:
            return None
        return next((one for one in self.heard.values() if not wanted.isdisjoint(_runs(one.text))), None)


@remembered(512)
def _told(said: str) -> tuple[str, ...]:
    """What a text tells the agent to do."""
    reading = read(said)
    return (*(one.text for one in reading.instructions if one.marked), *_overriding(said))


def _overriding(text: str) -> list[str]:
    """Sentences that set other instructions aside, whatever verb they go on with."""
    low = text.lower()
    if not any(word in low for word in _ASIDE):
        return []
    found = []
    for piece in sentences(text):
        if OVERRIDE in marks_of(piece.text, words_in(piece.text)[1]):
            found.append(piece.text)
    return found


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return [tuple(words[start : start + SIZE]) for start in range(len(words) - SIZE + 1)]
