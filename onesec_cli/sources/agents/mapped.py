"""Records of any other JSON log, told as a mapping says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import Event, Gap, Origin
from onesec_cli.model.mapping import ATTRIBUTES, IGNORE, Attributes, Mapping, Pick
from onesec_cli.sources import canonical
from onesec_cli.sources.agents.adapter import Passed, Told, arguments, orjson_text, text_of
from onesec_cli.sources.agents.nameless import Nameless, late
from onesec_cli.sources.agents.telling import Clock, Known, Scribe
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import text

MAX_SESSIONS: Final = 20_000
"""Conversations whose order is remembered at once."""
MAX_STEPS: Final = 32
"""Steps of one path."""
MISSING: Final = object()

_NO: Final[tuple[Any, ...]] = (None, False, "", "false", "False", 0, "0", [], {})
"""What does not say that a result is an error or was cut."""
_TEXTS: Final = ("server", "memory", "parent", "child", "role", "cwd", "approval", "by")
_BESIDE: Final = (
    *("tenant", "client", "client_name", "external_agent_id", "connection", "connection_id", "account", "identity"),
    *("token", "ip", "country", "flow", "audience", "reason"),
)
"""Attributes of an event of the behaviour trail that join it with the identity trail."""
_AUTHORS: Final = frozenset({"assistant", "system", "context"})


class Mapped:
    """One mapping, through a whole run."""

    def __init__(self, mapping: Mapping) -> None:
        self.name = mapping.name
        self.shapes: tuple[Shape, ...] = ()
        self._mapping = mapping
        self._events: tuple[Attributes, ...] = (mapping, *mapping.also)
        self._clocks: Known[str, Clock] = Known(MAX_SESSIONS)
        self._file = ""
        """The name of a file whose records name no session."""
        self._held = Nameless()
        self._late: list[Event | Gap | Passed] = []

    @property
    def first(self) -> bool:
        """Whether it is tried before the formats that are known."""
        return bool(self._mapping.match)

    def recognises(self, record: dict[str, Any]) -> bool:
        """Whether everything stands where `match` says."""
        return all(_fits(at(record, path), wanted) for path, wanted in self._mapping.match.items())

    def start_file(self, file: str) -> None:
        """Records of another file that name no session are another conversation."""
        self._let_go()
        self._file = ""
        self._clocks = Known(MAX_SESSIONS)

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """The events of one record; nothing as long as it waits for the name of its conversation."""
        if self._file or all(self._names(one, record) for one in self._events if _applies(one, record)):
            return self._all(record, origin)
        if self._held.hold(record, origin):
            self._let_go()
        return []

    def close(self) -> Sequence[Event | Gap | Passed]:
        """Records that waited."""
        self._let_go()
        return self._late

    def _names(self, one: Attributes, record: dict[str, Any]) -> bool:
        """Whether a record names its session, or does not need one."""
        source = self._mapping.session if one.session is None else one.session
        if source is not None and pick(record, source) is not MISSING:
            return True
        kind = self._mapping.kind if one.kind is None else one.kind
        return kind is None or text(pick(record, kind)) not in kinds.BEHAVIOUR

    def _let_go(self) -> None:
        """The file ended, or holds too many records: they are its name."""
        held, self._held = self._held, Nameless()
        if held.records:
            self._file = held.name()
        for record, origin in held.records:
            self._late += late(self._all(record, origin), origin)

    def _all(self, record: dict[str, Any], origin: Origin) -> Told:
        return [self._tell(one, record, origin) for one in self._events if _applies(one, record)]

    def _tell(self, one: Attributes, record: dict[str, Any], origin: Origin) -> Event | str:
        said: dict[str, Any] = {}
        for name in ATTRIBUTES:
            source = getattr(one, name)
            source = getattr(self._mapping, name) if source is None else source
            if source is not None and (value := pick(record, source)) is not MISSING:
                said[name] = value
        kind = text(said.pop("kind", ""))
        if kind == IGNORE:
            return "ignored:left out by the mapping"
        if kind not in kinds.KINDS or kind.startswith("trail."):
            return f"the mapping gives no kind for {kind[:60]!r}" if kind else "the mapping finds no kind"
        if kind in kinds.BEHAVIOUR:
            return self._behaviour(kind, one, said, origin)
        return self._canonical(kind, said, origin)

    def _behaviour(self, kind: str, one: Attributes, said: dict[str, Any], origin: Origin) -> Event | str:
        time = to_time(said.get("time"))
        if time is None and (one.time or self._mapping.time) is not None:
            return "the mapping finds no usable time"
        session = _text(said.get("session")) or self._file
        clock = self._clocks.get(session) or self._clocks.put(session, Clock())
        agent = _text(said.get("agent")) or _text(said.get("agent_id"))
        scribe = Scribe(self.name, origin, session, clock, agent, _text(said.get("user")))
        event = scribe.tell(kind, time, tool=_text(said.get("tool")), **_fields(kind, said))
        beside = {name: _text(said[name]) for name in _BESIDE if name in said}
        for name, value in beside.items():
            setattr(event, name, value)
        if beside:
            event.id = hashlib.sha256(orjson.dumps([event.id, beside], option=orjson.OPT_SORT_KEYS)).hexdigest()
        return event

    def _canonical(self, kind: str, said: dict[str, Any], origin: Origin) -> Event | str:
        """An event of the identity trail, read as canonical JSON Lines are."""
        record = {"onesec": canonical.VERSION, "kind": kind}
        for name, value in said.items():
            record[name] = _text(value) if name in canonical.TEXTS else value
        try:
            told = canonical.normalise(record, origin)
        except orjson.JSONEncodeError:
            return "a value is nested too deeply"
        if isinstance(told, Event):
            told.source = self.name
            return told
        return told.replace("canonical record", "the mapping makes a record")


def _applies(one: Attributes, record: dict[str, Any]) -> bool:
    """Whether a record tells an event of the mapping at all."""
    when = getattr(one, "when", None)
    return when is None or at(record, when) is not MISSING


def _fields(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    """What only some kinds carry."""
    fields: dict[str, Any] = {name: _text(said[name]) for name in _TEXTS if name in said}
    if "call" in said:
        fields["call"] = _text(said["call"])
    if "text" in said:
        fields["text"] = text_of(said["text"])
    if "description" in said:
        fields["description"] = text_of(said["description"])
    for name in ("error", "cut"):
        if name in said:
            fields[name] = not any(said[name] == no and type(said[name]) is type(no) for no in _NO)
    if "schema" in said:
        fields["schema"] = said["schema"]
    if kind == kinds.TOOL_CALL and "args" in said:
        fields["args"] = arguments(said["args"])
    if kind == kinds.MESSAGE:
        author = _text(said.get("author"))
        fields["author"] = author if author in _AUTHORS else "context"
    if "decision" in said:
        fields["decision"] = _text(said["decision"])
    return fields


def _text(value: Any) -> str:
    return text(value) if not isinstance(value, (dict, list)) else orjson_text(value)


def _fits(value: Any, wanted: Any) -> bool:
    if wanted is True:
        return value is not MISSING and value is not None
    if isinstance(wanted, tuple):
        return any(_fits(value, one) for one in wanted if one is not True) or (value is True and True in wanted)
    return value is not MISSING and type(value) is type(wanted) and bool(value == wanted)


def pick(record: dict[str, Any], source: str | Pick) -> Any:
    """What a source finds in a record, or MISSING."""
    if isinstance(source, str):
        return at(record, source)
    if source.from_ is None:
        return source.default if source.value is None else source.value
    paths = (source.from_,) if isinstance(source.from_, str) else source.from_
    value = next((found for path in paths if (found := at(record, path)) is not MISSING), MISSING)
    if source.values:
        listed = source.values.get(_shown(value)) if value is not MISSING else None
        if listed is not None:
            return listed
    if (source.values or value is MISSING) and source.default is not None:
        return source.default
    return value


def _shown(value: Any) -> str:
    """A value as a table of a mapping spells it."""
    return ("true" if value else "false") if isinstance(value, bool) else _text(value)


def at(record: Any, path: str) -> Any:
    """What stands at a path, or MISSING; null is nothing. A key that holds dots itself is found too."""
    value = record
    for _ in range(MAX_STEPS):
        if isinstance(value, dict):
            if path in value:
                found = value[path]
                return MISSING if found is None else found
            step, dot, path = path.partition(".")
            value = value.get(step)
        elif isinstance(value, list):
            step, dot, path = path.partition(".")
            place = int(step) if step.isascii() and step.isdigit() and len(step) < 9 else len(value)
            value = value[place] if place < len(value) else None
        else:
            return MISSING
        if not dot:
            return MISSING if value is None else value
    return MISSING
