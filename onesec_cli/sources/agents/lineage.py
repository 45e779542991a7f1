"""Lines that name the line they follow: what follows is judged after it, whatever its clock says.

The link is stronger than the time. A line that is dated before the one it answers would be judged before it, and so hide that an
agent did what it had just read; the same holds for lines of one instant that stand in a file in another order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import SECOND
from onesec_cli.model.event import Event, Origin

MAX_LINES: Final = 500_000
"""Lines of one run whose links are followed."""
TOLERANCE: Final = 2 * SECOND
"""Clocks of two processes, or of one that is set, may differ by this."""
BACKWARDS: Final = "times-back"


_PENDING: Final = (-1, -1)


class _Line:
    __slots__ = ("events", "parent", "session", "settled")

    def __init__(self, session: str, parent: str, events: list[Event]) -> None:
        self.session, self.parent, self.events = session, parent, events
        self.settled: tuple[int, int] | None = None
        """Time and place of its last event, once it is known to stand after its parent."""


class Lineage:
    """The lines of one run."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], _Line] = {}
        self._waiting: dict[Origin, _Line] = {}
        """Lines that have told nothing yet."""

    def note(self, session: str, name: str, parent: str, told: Sequence[Event | str], origin: Origin) -> None:
        """One line, and what it told."""
        if name and len(self._lines) < MAX_LINES and (session, name) not in self._lines:
            line = self._lines[session, name] = _Line(session, parent, _timed(told))
            if not line.events:
                self._waiting[origin] = line

    def late(self, told: Sequence[Any]) -> None:
        """What lines told at the end, as they waited for others."""
        for event in _timed(told):
            if event.origin in self._waiting:
                self._waiting[event.origin].events.append(event)

    def close(self) -> list[Event]:
        """Put every event after those of the line before it; one `trail.anomaly` a session where clocks say otherwise."""
        back: dict[str, list[tuple[int, Event]]] = {}
        for line in list(self._lines.values()):
            waiting: list[_Line] = []
            above: _Line | None = line
            while above is not None and above.settled is None:
                above.settled = _PENDING
                waiting.append(above)
                above = self._lines.get((above.session, above.parent))
            if above is not None and above.settled is _PENDING:  # round in a circle: such links say nothing
                for lost in waiting[waiting.index(above) :]:
                    lost.parent = ""
            for below in reversed(waiting):
                seconds = self._settle(below)
                if seconds > TOLERANCE:
                    back.setdefault(below.session, []).append((seconds, below.events[0]))
        self._lines, self._waiting = {}, {}
        return [backwards(session, found) for session, found in sorted(back.items())]

    def _settle(self, line: _Line) -> int:
        """Move the events of a line behind its parent's; by how much they were dated too early."""
        above = self._lines.get((line.session, line.parent))
        last = above.settled if above is not None and above.settled is not None else (0, 0)
        early = last[0] - line.events[0].time if line.events else 0
        for event in line.events:
            if (event.time, event.seq) <= last:
                event.time, event.seq = last[0], last[1] + 1
            last = (event.time, event.seq)
        line.settled = last
        return early


def _timed(told: Sequence[Any]) -> list[Event]:
    return [one for one in told if isinstance(one, Event) and one.timed]


def backwards(session: str, found: list[tuple[int, Event]]) -> Event:
    """That clocks in a session run backwards: by how much at most, at how many lines, and at which first."""
    seconds = max(span for span, _ in found)
    first = min((event for _, event in found), key=lambda event: (event.time, event.seq, event.id))
    return Event(
        time=first.time,
        kind=kinds.TRAIL_ANOMALY,
        origin=first.origin,
        id=hashlib.sha256(f"{BACKWARDS} {session} {first.id}".encode()).hexdigest(),
        source=first.source,
        session=session,
        fields={"issue": BACKWARDS, "lines": len(found), "seconds": seconds // SECOND},
    )
