"""What a rule's match says to a reader: who, and the values that met the condition."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model.event import Event
from onesec_cli.sigma.places import KIND, TYPES
from onesec_cli.sigma.rule import Atom, Node
from onesec_cli.sigma.tree import Read, holds, leaves
from onesec_cli.sigma.values import MOST_COMPARED, Exists, Null, Same, text_of

MOST_VALUES: Final = 8
"""Values told of one match."""
LONGEST: Final = 160
"""Characters told of one value."""

_ACTORS: Final = ("user", "agent", "client", "session", "ip")


def actor(event: Event) -> tuple[str, ...]:
    """The entity that acted, as far as the event names one."""
    for name in _ACTORS:
        value = getattr(event, name)
        if value:
            return (f"{name}:{value}",)
    return (f"tenant:{event.tenant}",) if event.tenant else ()


def matched(condition: Node, read: Read) -> dict[str, str]:
    """The fields whose tests were met, each with the value that met it."""
    found: dict[str, str] = {}
    for leaf, denied in leaves(condition):
        if denied or len(found) >= MOST_VALUES or not isinstance(leaf, Atom) or leaf.field in found:
            continue
        if holds(leaf, read):
            found[leaf.field or "keyword"] = _value(leaf, read)
    return found


def _value(leaf: Atom, read: Read) -> str:
    """The first value that meets a test."""
    if isinstance(leaf.test, (Null, Exists)):
        return "present" if isinstance(leaf.test, Exists) and leaf.test.there else "absent"
    values = read(leaf.field)
    if isinstance(leaf.test, Same):
        others, test = read(leaf.test.field), leaf.test
        return shown(next((one for one in values[:MOST_COMPARED] if test.agrees([one], others)), ""))
    return shown(next(filter(leaf.test.holds, values), ""))


def shown(value: Any) -> str:
    """A value for a sentence, on one line and not too long."""
    text = " ".join((text_of(value) or "").split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def sentence(title: str, event: Event, found: dict[str, str]) -> str:
    """One plain sentence about a match. The type is told only where nothing else was asked for."""
    telling = {name: value for name, value in found.items() if name not in (*TYPES, KIND)} or found
    named = ", ".join(f"{name} is {value!r}" for name, value in telling.items())
    who = named_entities(actor(event)) or "somebody"
    return f"{title}: {who}" + (f", where {named}." if named else ".")


def named_entities(entities: tuple[str, ...]) -> str:
    """Entities for a sentence: `user alice, ip 192.0.2.1`."""
    return ", ".join(shown(one.replace(":", " ", 1)) for one in entities)


def grouped(title: str, told: str, group: tuple[str, ...]) -> str:
    """One plain sentence about a correlation that fired."""
    return f"{title}: {told}" + (f", all of {named_entities(group)}." if group else ".")


def entity(field: str, value: str) -> str:
    """A value that a correlation groups by, as an entity if its field names one."""
    name = field.rpartition(".")[2].removesuffix("{}").removesuffix("[]")
    return f"{_ENTITIES.get(name, name)}:{value}"


_ENTITIES: Final = {
    **{name: name for name in ("user", "agent", "client", "connection", "account", "session", "token", "ip")},
    "user_id": "user",
    "client_id": "client",
    "agent_id": "agent",
    "external_agent_id": "agent",
    "connection_id": "connection",
    "session_id": "session",
}
