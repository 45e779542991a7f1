"""What a pivot names, looked up in the trail: a name that no event has is told, with those that are like it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from onesec_cli.desk.timeline import Pivot, agents_of
from onesec_cli.model.event import Event
from onesec_cli.model.mask import mask_name

MOST_NEAR: Final = 3
"""Names that are offered in place of one that nobody has."""

_NAMED: Final[dict[str, Callable[[Event], tuple[str, ...]]]] = {
    "--user": lambda event: (event.user,),
    "--agent": agents_of,
    "--session": lambda event: (event.session,),
    "--connection": lambda event: (event.connection, event.connection_id),
    "--ip": lambda event: (event.ip,),
    "--token": lambda event: (event.token,),
}


class Stranger(Struct, frozen=True, kw_only=True):
    """A value of an option that no event names."""

    option: str
    value: str
    near: tuple[str, ...]
    """Names of the trail that hold it."""


class Names(Struct, frozen=True, kw_only=True):
    """What was looked up."""

    strangers: tuple[Stranger, ...]
    agents: frozenset[str]
    """The agent keys and clients behind the names of agents that were asked for."""


def look_up(events: Iterable[Event], pivot: Pivot) -> Names:
    """Go through the events for what a pivot names."""
    wanted = {
        "--user": pivot.users,
        "--agent": pivot.agents,
        "--session": pivot.sessions,
        "--connection": pivot.connections,
        "--ip": pivot.addresses,
        "--token": pivot.tokens,
    }
    asked = {option: values for option, values in wanted.items() if values}
    seen: dict[str, set[str]] = {option: set() for option in asked}
    agents: set[str] = set()
    for event in events if asked else ():
        for option in asked:
            seen[option].update(_NAMED[option](event))
        if pivot.agents and not pivot.agents.isdisjoint(agents_of(event)):
            agents.update(one for one in (event.agent, event.client) if one)
    strangers = (
        Stranger(option=option, value=value, near=_near(value, seen[option]))
        for option, values in asked.items()
        for value in sorted(values - seen[option])
    )
    return Names(strangers=tuple(strangers), agents=frozenset(agents))


def _near(value: str, names: Iterable[str]) -> tuple[str, ...]:
    """The shortest names that hold a text."""
    part = value.casefold()
    found = sorted((one for one in names if part and part in one.casefold()), key=lambda one: (len(one), one))
    return tuple(map(mask_name, found[:MOST_NEAR]))
