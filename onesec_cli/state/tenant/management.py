"""What a management call touches and what that leaves open: pure functions over the call.

A call is read as a `Touch`: one setting of the tenant, and for each aspect of it the powers that are held after the
call. Comparing them with what was known before says whether the call widened anything; narrowing and repeating do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Final
from urllib.parse import unquote

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.model.telling import Tell, Tells
from onesec_cli.state.text.plain import dumps

API: Final = "/api/v2/"
MAX_POWERS: Final = 500
"""Powers read of one aspect."""
MAX_WORD: Final = 300
"""Characters of one of them."""
MAX_SETTINGS: Final = 20_000
"""Settings remembered of one tenant; past it the one that was changed longest ago is forgotten."""
MAX_WORDS: Final = 200_000
"""Powers remembered of all settings of one tenant together; past it settings are forgotten in the same order."""
Known = Mapping[str, Mapping[str, list[str]]]
"""Powers by setting and aspect."""


class Aspect(Struct, frozen=True):
    """One side of a setting, with what it allows after the call and how much each of that weighs."""

    name: str
    held: dict[str, Level]
    guard: bool = False
    """Its words are protections: losing one is the widening, gaining one is not."""
    told: bool = True
    """Whether the call set it; otherwise the response only shows it."""
    sure: bool = False
    """The words are open in themselves, whatever was there before."""


class Touch(Struct, frozen=True):
    """One setting of the tenant after a management call."""

    key: str
    subject: str
    area: str
    aspects: tuple[Aspect, ...] = ()
    created: bool = False
    drop: int = 0
    """Steps by which powers weigh less where the call created the thing."""
    gone: bool = False


def widened(touch: Touch, before: Mapping[str, list[str]] | None) -> dict[str, Level]:
    """What the call added to the powers held, or took from the protections, with its weight.

    `before` is what was known of the setting, None if nothing. Words shown but not set by the call are no change. What
    is not known to be new, because the setting was never seen, weighs one step less unless it is open in itself.
    """
    found: dict[str, Level] = {}
    for aspect in touch.aspects:
        earlier = [] if touch.created else None if before is None else before.get(aspect.name)
        if not aspect.told:
            continue
        if aspect.guard:
            gone = [word for word in earlier or () if word not in aspect.held]
            found.update((f"{word} is gone", Level.medium) for word in gone)
            continue
        drop = 0 if aspect.sure else touch.drop if touch.created else earlier is None
        for word, level in aspect.held.items():
            if earlier is None or word not in earlier:
                found[word] = level.raised(-drop)
    return {word: level for word, level in found.items() if level > Level.informational}


def remember(touch: Touch, before: Mapping[str, list[str]] | None) -> dict[str, list[str]]:
    """What is known of the setting after the call."""
    known = {} if before is None or touch.created else {name: list(held) for name, held in before.items()}
    known.update((aspect.name, list(aspect.held)) for aspect in touch.aspects)
    return known


class Settings(Struct):
    """The settings of one tenant, those changed last at the end; bounded."""

    tells: ClassVar[Tells] = (
        Tell("known.*.*", "{1} of {0} is {value}"),
        Tell("last.*", "{0} was last touched at {value:place}"),
        Tell("words", ""),
    )

    known: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Powers by setting and aspect."""
    last: dict[str, Evidence] = field(default_factory=dict)
    """The last call that touched a setting."""
    words: int = 0
    forgot: bool = False
    """Whether a setting was forgotten because there were too many."""

    def keep(self, touch: Touch, before: dict[str, list[str]] | None, seen: Evidence) -> None:
        """Remember a setting as the call left it, and forget the one changed longest ago where there are too many."""
        self.drop(touch.key)
        if touch.gone:
            return
        now = self.known[touch.key] = remember(touch, before)
        self.last[touch.key] = seen
        self.words += _size(now)
        while len(self.known) > MAX_SETTINGS or (self.words > MAX_WORDS and len(self.known) > 1):
            self.forgot = True
            self.drop(next(iter(self.known)))

    def drop(self, key: str) -> None:
        """Forget a setting."""
        self.words -= _size(self.known.pop(key, {}))
        self.last.pop(key, None)


def _size(setting: dict[str, list[str]]) -> int:
    return sum(len(held) for held in setting.values())


class Call:
    """A management call. Its body and response have keys in lower case, and are only looked at where they matter."""

    def __init__(self, event: Event, method: str, parts: tuple[str, ...]) -> None:
        self.method = method
        self.parts = parts
        self._fields = event.fields

    @cached_property
    def body(self) -> Any:
        """What was asked for."""
        return lowered(self._fields.get("body"))

    @cached_property
    def response(self) -> Any:
        """What the call answered."""
        return lowered(self._fields.get("response"))

    def at(self, number: int) -> str:
        """One part of the path, decoded; empty past its end."""
        part = self.parts[number] if number < len(self.parts) else ""
        return unquote(part) if "%" in part else part

    def value(self, *names: str) -> Any:
        """A value after the call: what the response shows, else what the body asked for."""
        found = dig(self.response, names)
        return dig(self.body, names) if found is None else found

    def asked(self, *names: str) -> bool:
        """Whether the body speaks of it."""
        return dig(self.body, names) is not None


def read_call(event: Event) -> Call | None:
    """The management call an `admin.change` tells; None where its path is not one."""
    path, method = event.fields.get("path"), event.fields.get("method")
    if not isinstance(path, str) or not path.startswith(API) or not isinstance(method, str):
        return None
    parts = tuple(part for part in path[len(API) :].split("/") if part)
    return Call(event, method.lower(), parts) if parts else None


def lowered(value: Any, depth: int = 6) -> Any:
    """The same JSON with the keys of its objects in lower case."""
    if depth and isinstance(value, dict):
        return {str(name).lower(): lowered(item, depth - 1) for name, item in value.items()}
    if depth and isinstance(value, list):
        return [lowered(item, depth - 1) for item in value]
    return value


def name_in(value: Any) -> str:
    """A name or id in a body, as text; empty where there is none. A body may nest deeper than `str` can follow."""
    return value if isinstance(value, str) else "" if not value else dumps(value)


def dig(value: Any, names: tuple[str, ...]) -> Any:
    """What lies under the names, one inside the other; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def words(value: Any) -> list[str]:
    """The texts of a list, or of one text split on spaces, without repeats."""
    items = value if isinstance(value, list) else value.split() if isinstance(value, str) else []
    return list(dict.fromkeys(item[:MAX_WORD] for item in items if isinstance(item, str) and item))[:MAX_POWERS]


def off(value: Any) -> bool:
    """Whether a setting says off, in any of the ways exports spell it."""
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "off", "never", "disabled"))


def on(value: Any) -> bool:
    """Whether a setting says on."""
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "on", "enabled"))


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [item for item in value if isinstance(item, dict)][:MAX_POWERS] if isinstance(value, list) else []


def thing(call: Call, *names: str) -> tuple[str, bool]:
    """The id of the thing, and whether the call created it."""
    if len(call.parts) > 1:
        return call.at(1), False
    found = next((call.value(name) for name in names if isinstance(call.value(name), str)), "")
    return found, call.method == "post"


def switch(call: Call, name: str, level: Level, words: str, bad: bool = True) -> Aspect | None:
    """A boolean that is open when it says `bad`; None where the call does not show it."""
    value = call.value(*name.split("."))
    if value is None:
        return None
    open_now = on(value) if bad else off(value)
    return Aspect(name, {words: level} if open_now else {}, told=call.asked(*name.split(".")))


def some(*aspects: Aspect | None) -> tuple[Aspect, ...]:
    return tuple(aspect for aspect in aspects if aspect is not None)


def table(value: Any) -> dict[str, Any]:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}
