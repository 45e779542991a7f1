"""What several adapters need to tell a conversation: its clock, a bounded memory, and what of a text a person typed."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, Final, Generic, NamedTuple, TypeVar

from onesec_cli.model.event import UNDATED, Event, Origin
from onesec_cli.sources.agents.adapter import Instants, Told, behaviour

MAX_KNOWN: Final = 200_000
"""Entries of one memory; where more are needed, what was not asked for lately is forgotten."""
MAX_WRAPS: Final = 16
"""Blocks of a harness that may stand before what a person typed."""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
_TAG = re.compile(r"\s*<([A-Za-z_]{1,60}(?: instructions)?)[\s>]")


class Known(Generic[Key, Value]):
    """A dictionary that forgets what was not asked for lately where it grows beyond a cap.

    Two halves: where the younger is full, it becomes the elder, and what nobody asked for since is forgotten with the old elder.
    """

    __slots__ = ("_elder", "_half", "_young")

    def __init__(self, cap: int = MAX_KNOWN) -> None:
        self._half = max(cap // 2, 1)
        self._young: dict[Key, Value] = {}
        self._elder: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        """What is known of a key."""
        found = self._young.get(key)
        if found is None and self._elder and (found := self._elder.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: Key, value: Value) -> Value:
        """Note something; what was noted."""
        if len(self._young) >= self._half and key not in self._young:
            self._elder, self._young = self._young, {}
        self._young[key] = value
        return value


class Clock:
    """The order of one conversation: a place for every event, also where a record has no time of its own."""

    __slots__ = ("_instants", "last")

    def __init__(self, started: int | None = None) -> None:
        self._instants = Instants()
        self.last = started

    def place(self, time: int | None) -> tuple[int | None, int, bool]:
        """(time, place, whether the time is the record's own). A record without a time stands where the last one did."""
        timed = time is not None
        if time is None:
            time = self.last
        else:
            self.last = time
        return time, self._instants.next(UNDATED if time is None else time), timed


class Scribe:
    """Tells the events of one record."""

    __slots__ = ("_clock", "_origin", "_source", "agent", "session", "told", "user")

    def __init__(
        self, source: str, origin: Origin, session: str, clock: Clock, agent: str = "", user: str = ""
    ) -> None:
        self._source, self._origin, self._clock = source, origin, clock
        self.session, self.agent, self.user = session, agent, user
        self.told: Told = []

    def tell(self, kind: str, time: int | None, *, tool: str = "", agent: str | None = None, **fields: Any) -> Event:
        """One more event; `agent` where it is another than the record's."""
        moment, seq, timed = self._clock.place(time)
        actor = self.agent if agent is None else agent
        event = behaviour(
            kind, self._origin, self._source, self.session, moment, seq,
            agent=actor, tool=tool, user=self.user, timed=timed, **fields,
        )  # fmt: skip
        self.told.append(event)
        return event

    def or_ignored(self, reason: str) -> Told:
        """What was told, or why nothing was."""
        return self.told or [f"ignored:{reason}"]


class Spoken(NamedTuple):
    """A text in the role of a person, taken apart."""

    typed: str
    context: str


def spoken(text: str, tags: frozenset[str], starts: tuple[str, ...] = ()) -> Spoken:
    """What a person typed and what the harness put before it.

    A block runs to its last closing tag: what is quoted inside it may hold a closing tag of its own. `starts` are the
    first words of texts that the harness writes whole.
    """
    if starts and text.lstrip()[:200].startswith(starts):
        return Spoken("", text)
    typed, context = text, list[str]()
    for _ in range(MAX_WRAPS):
        match = _TAG.match(typed)
        if match is None or match[1].lower() not in tags:
            break
        end = max(typed.rfind(f"</{match[1]}>"), typed.rfind(f"</{match[1].lower()}>"))
        if end < 0:
            return Spoken("", text)
        end += len(match[1]) + 3
        context.append(typed[:end].strip())
        typed = typed[end:]
    return Spoken(typed.strip() if context else typed, "\n".join(context))
