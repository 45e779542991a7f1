"""Instructions that stand in the results of tools, kept so that a task that repeats one can be traced back to it."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.state.calls import text_of
from onesec_cli.state.text.marks import OVERRIDE, marks_of
from onesec_cli.state.text.reading import read
from onesec_cli.state.text.sentences import sentences, words_in

SIZE: Final = 6
"""Words in a row that two texts must share."""
MAX_KEPT: Final = 256
"""Instructions kept of one conversation: the last ones."""
MAX_SAID: Final = 600
MAX_GOALS: Final = 32
MAX_TRUSTED: Final = 20_000
MAX_TEXT: Final = 50_000

_ASIDE: Final = ("ignore", "disregard", "forget", "overrid", "instead of")
_WORD: Final = re.compile(r"[^\W_]+(?:[.@/:-][^\W_]+)*")


class Errand(Struct, frozen=True):
    """An instruction that an untrusted text gave."""

    text: str
    tool: str
    marked: bool
    """Whether it speaks to the agent, hides, or sets other instructions aside."""
    seen: Evidence


class Errands(Struct):
    """What untrusted texts of one conversation told its agents to do. Kept as it stands: tasks that are compared with it are rare."""

    heard: dict[str, Errand] = field(default_factory=dict)
    """By their words, the oldest first."""
    trusted: list[str] = field(default_factory=list)
    """What the person said, the oldest first."""

    def hear(self, event: Event) -> None:
        """Take in the result of a tool."""
        said = text_of(event)[:MAX_TEXT]
        told = [(one.text, one.marked) for one in read(said).instructions]
        for text, marked in told + _overriding(said):
            text = text[:MAX_SAID]
            if text not in self.heard:
                if len(self.heard) >= MAX_KEPT:
                    del self.heard[next(iter(self.heard))]
                seen = event.cite("the untrusted text that gives the task")
                self.heard[text] = Errand(text, event.tool, marked, seen)

    def trust(self, event: Event) -> None:
        """Take in what a person said."""
        self.trusted.append(text_of(event)[:MAX_TRUSTED])
        del self.trusted[:-MAX_GOALS]

    def find(self, text: str) -> Errand | None:
        """The instruction that a task repeats: a marked one before others."""
        wanted = set(_runs(text[:MAX_TEXT]))
        for goal in self.trusted:
            wanted.difference_update(_runs(goal))
        found = [one for one in self.heard.values() if wanted and not wanted.isdisjoint(_runs(one.text))]
        return next((one for one in found if one.marked), found[0] if found else None)


def _overriding(text: str) -> list[tuple[str, bool]]:
    """Sentences that set other instructions aside, whatever verb they go on with."""
    low = text.lower()
    if not any(word in low for word in _ASIDE):
        return []
    found = []
    for piece in sentences(text):
        if OVERRIDE in marks_of(piece.text, words_in(piece.text)[1]):
            found.append((piece.text, True))
    return found


def _runs(text: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return [tuple(words[start : start + SIZE]) for start in range(len(words) - SIZE + 1)]
