"""The shape of a detector: a fold over the history of one key."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct

from onesec_cli.model.event import Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy

S = TypeVar("S", bound=Struct)

SECTIONS = ("Why it matters", "Judged on", "What it misses", "What else it may be", "What to do")


class Rule(Struct, frozen=True, kw_only=True):
    """A detector's identity card. The prose comes from the detector's docstring."""

    id: str
    title: str
    level: Level
    """The level of its usual finding; a finding may be above or below."""
    asi: tuple[str, ...]
    attack: tuple[str, ...] = ()


class Detector(Generic[S]):
    """One behaviour, judged on the history of one key.

    A detector sees the events of its key one at a time, in total order, with that key's state, and nothing else.
    Whatever must be remembered lives in the state, which is plain data: saving it after any event and loading it
    again gives the same findings (the cut law).

    The docstring is the documentation page: a first line, a paragraph, then the sections named in `SECTIONS`,
    each started by a line `## <section>`.
    """

    rule: ClassVar[Rule]
    reads: ClassVar[frozenset[str]]
    """Kinds of events it is shown; nothing else reaches it."""
    key: ClassVar[tuple[str, ...]]
    """Event attributes that name whose history it judges; the tenant first."""
    elective: ClassVar[bool] = False
    """Whether it is about some events of its kinds only, so that those without its key lack nothing."""
    state: ClassVar[type[Struct]]
    """The type of the state of one key: a `msgspec.Struct` that survives `msgspec.msgpack`."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def key_of(self, event: Event) -> Hashable | None:
        """The key whose history this event belongs to, or None where the trail does not say.

        Default: the attributes named by `key`; None if any of them but the tenant is empty.
        """
        return _by_attributes(self.key)(event)

    def fresh(self) -> S:
        """The state of a key nothing has been seen of."""
        return self.state()  # type: ignore[return-value]  # S is this class by declaration of `state`

    def observe(self, state: S, event: Event) -> Iterator[Finding]:
        """Judge one event of the key and remember what later ones need."""
        raise NotImplementedError  # every detector has its own

    def finish(self, state: S) -> Iterator[Finding]:
        """What only the end of the log can show, e.g. a burst that was still running."""
        return iter(())

    def forgotten(self, state: S) -> int:
        """How many texts of a history it gave up, in whole or in part, to stay within its bounds. The report says so:
        whoever writes logs can write more than any memory holds."""
        return 0


Router = Callable[[Event], Hashable | None]


def router(detector: Detector[Any]) -> Router:
    """What `detector.key_of` does, in as few steps as can be: it is called for every event and detector."""
    return _by_attributes(detector.key) if type(detector).key_of is Detector.key_of else detector.key_of


@cache
def _by_attributes(names: tuple[str, ...]) -> Router:
    others = names[1:]
    if not others:
        return lambda event: (event.tenant,)
    told = attrgetter(*names)
    if len(others) == 1:
        other = attrgetter(others[0])
        return lambda event: told(event) if other(event) else None
    rest = attrgetter(*others)
    return lambda event: told(event) if all(rest(event)) else None


def page(detector: type[Detector[S]]) -> dict[str, str]:
    """The docstring of a detector as `{"summary", "Why it matters", "Judged on", ...}`, paragraphs joined."""
    parts: dict[str, list[str]] = {"summary": []}
    current = parts["summary"]
    for line in inspect.cleandoc(detector.__doc__ or "").splitlines():
        if line.startswith("## "):
            current = parts.setdefault(line[3:].strip(), [])
        else:
            current.append(line)
    return {name: "\n".join(lines).strip() for name, lines in parts.items()}
