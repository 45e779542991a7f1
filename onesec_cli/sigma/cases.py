"""Test cases of a rule: events, and the alerts they must raise or must not.

They stand in the rule, under the key `onesec-tests`, or beside it in `<rule>.test.yml`; both have the same shape.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field

KEY: Final = "onesec-tests"
"""The key of a rule under which its cases stand. Sigma lets a rule carry keys of its own."""
SIDECAR: Final = (".test.yml", ".test.yaml")
"""Endings of the files that hold the cases of the rule beside them."""
MAX_EVENTS: Final = 100_000
"""Events of one case."""

Count = Annotated[int, Meta(ge=0, le=MAX_EVENTS)]
Length = Annotated[str, Meta(pattern="^([0-9]{1,6}(ms|s|m|h|d|w))+$")]
"""A length of time such as `90s` or `1h30m`."""


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a file of cases. An unknown key is an error, never ignored."""


class Step(_Part, frozen=True):
    """An event with its time, told once or several times."""

    event: dict[str, Any]
    """The record as it is logged."""
    at: str | None = None
    """Time of the first: ISO-8601, or a length of time since the start of the case. Default: `every` after the last event."""
    repeat: Annotated[int, Meta(ge=1, le=MAX_EVENTS)] = 1
    """How often it is told; `{n}` in a text of the event is the number of the repetition, from 1 on."""
    every: Length = "1s"
    """Time between two of them."""


class Expect(_Part, frozen=True):
    """How many alerts of a rule there must be."""

    rule: str | None = None
    """Id, name or title, where the file has several rules that raise alerts."""
    exactly: Count | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    level: str | None = None
    """Count only alerts of this level."""
    subject: tuple[str, ...] = ()
    """Count only alerts about these entities, such as `user:auth0|alice`."""
    evidence: tuple[int | str, ...] = ()
    """Count only alerts that cite these events: their number in the case, or `file:line` of a log."""

    def fits(self, count: int) -> bool:
        """Whether so many alerts are as expected."""
        return (
            (self.exactly is None or count == self.exactly)
            and (self.at_least is None or count >= self.at_least)
            and (self.at_most is None or count <= self.at_most)
        )

    @property
    def positive(self) -> bool:
        """Whether it asks for an alert."""
        return (self.exactly or self.at_least or 0) > 0

    @property
    def negative(self) -> bool:
        """Whether it asks for silence, of whatever level and about whomever."""
        silent = self.exactly == 0 or (self.at_most == 0 and not self.at_least)
        return silent and not (self.level or self.subject or self.evidence)

    def told(self) -> str:
        """The bounds in words, such as `at least 1 and at most 3 alerts`."""
        pairs = (("exactly", self.exactly), ("at least", self.at_least), ("at most", self.at_most))
        bounds = [(word, count) for word, count in pairs if count is not None]
        alerts = "alert" if bounds and bounds[-1][1] == 1 else "alerts"
        return f"{' and '.join(f'{word} {count:,}' for word, count in bounds)} {alerts}"


class Case(_Part, frozen=True):
    """Events, and what they must lead to."""

    name: str
    """What happens, in a few words."""
    expect: Expect | tuple[Expect, ...]
    events: tuple[dict[str, Any], ...] = ()
    """Records as they are logged, or steps `{event, at, repeat, every}`; one second apart where nothing else is said."""
    logs: tuple[str, ...] = ()
    """Logs read as well, relative to the file the case stands in."""

    @property
    def expected(self) -> tuple[Expect, ...]:
        """All that is expected."""
        return self.expect if isinstance(self.expect, tuple) else (self.expect,)


class Suite(_Part, frozen=True):
    """The cases of a rule: the value of `onesec-tests`, or a whole `.test.yml`."""

    cases: tuple[Case, ...]
    rule: str | None = None
    """File of the rule; only beside it, where the name of the file does not say it."""
    start: Annotated[datetime, Meta(tz=True)] | None = None
    """Time of the first event. Default: 2026-03-01T09:00:00Z."""
    base: dict[str, Any] = field(default_factory=dict)
    """What every event has, unless it says otherwise; mappings in it are merged."""
    placeholders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of the rule's placeholders while it is tested."""


def wrong(suite: Suite) -> tuple[str, tuple[str, ...]] | None:
    """What is wrong with a suite of the right shape, and at which keys."""
    if not suite.cases:
        return "no cases", ("cases",)
    names: set[str] = set()
    for number, case in enumerate(suite.cases):
        at = ("cases", str(number))
        if case.name in names:
            return f"a second case of the name {case.name!r}", (*at, "name")
        names.add(case.name)
        if not case.events and not case.logs:
            return "a case without events and logs", at
        for expect in case.expected:
            if expect.exactly is None and expect.at_least is None and expect.at_most is None:
                return "exactly, at_least or at_most must say how many alerts", (*at, "expect")
            if expect.exactly is not None and (expect.at_least is not None or expect.at_most is not None):
                return "exactly leaves nothing for at_least and at_most to say", (*at, "expect")
        if not case.expected:
            return "nothing is expected", (*at, "expect")
    return None
