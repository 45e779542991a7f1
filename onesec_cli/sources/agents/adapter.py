"""What an adapter of an agent log format is, and how it makes events.

The behaviour trail has its own kinds (`model/kinds.py`, BEHAVIOUR). What they carry in `Event.fields`:

| kind | fields |
|---|---|
| `goal.set` | `text`: what a person wrote |
| `message` | `text`; `author`: `assistant` (the model), `system` (the operator), `context` (injected, summarised, quoted by the harness) |
| `tool.call` | `call` (id that pairs it with its result), `args` (object, or text where it is no JSON; absent where not logged), `server` (MCP), `cwd` |
| `tool.result` | `call`, `text`, `error` (true or absent), `cut` (true where the log holds only a part) |
| `tool.offer` | `server`, `version` (the server's), `title`, `description`, `schema` |
| `memory.write`, `memory.read` | `memory` (its name or path), `text`, `call` |
| `agent.start`, `agent.end` | `parent`, `role`, `error` (true where it ended in one), `cwd`, `approval` (the policy in force; told again where it changes) |
| `agent.spawn`, `agent.handoff` | `child`, `call`, `text` (the task), `role`, `tools` and `connections` (all it was given, where told) |
| `approval.request`, `approval.decision` | `call`, `decision` (`accept`, `reject`, `auto`), `by`, `text` |

`Event.session` is the conversation, `Event.agent` who acts in it (empty: its only agent), `Event.tool` the tool's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar, Final, NamedTuple, Protocol

import orjson

from onesec_cli.model.event import UNDATED, Event, Gap, Origin
from onesec_cli.sources.shapes import Shape
from onesec_cli.sources.values import flat

MAX_INSTANTS: Final = 100_000
"""Instants of one conversation whose events are counted one by one."""
MAX_BLOCKS: Final = 100_000
"""Blocks of one message that are read."""

GOALS: Final = "goals"
ARGUMENTS: Final = "arguments"
RESULTS: Final = "results"
TIMES: Final = "times"

_SILENT: Final = frozenset(
    {
        *("image", "image_url", "input_image", "image_file", "audio", "input_audio", "video", "file", "input_file"),
        *("document", "thinking", "redacted_thinking", "reasoning", "blob"),
    }
)
"""Blocks that may rightly hold no text."""

_BESIDE: Final = ("title", "alt", "caption", "description", "context", "thinking", "reasoning", "summary")
"""Names under which such a block holds text nevertheless. The model's own thinking is left out where messages are read
(`messages.py`); a tool that answers with such a block has nobody's thoughts, and the model reads them."""

Told = list[Event | str]
"""Each event of a record, `ignored:<reason>`, or the reason of a gap."""


class Passed(NamedTuple):
    """Something of a file that was read, but is told already by another record."""

    file: str
    reason: str


class Adapter(Protocol):
    """Reads the records of one format. One lives through a whole run, so that it can join files.

    It is never told a file's name to recognise it by; `start_file` only bounds what one file says about the next records.
    """

    name: ClassVar[str]
    """The name of the format, `Event.source` of its events."""
    shapes: ClassVar[tuple[Shape, ...]]
    carries: ClassVar[frozenset[str]]
    """What the format can hold of GOALS (what a person asked), ARGUMENTS, RESULTS (what tools answered) and TIMES. Whether a
    log really holds it is counted (`carried.py`), since some formats leave it to the settings of the one who logs."""

    def recognises(self, record: dict[str, Any]) -> bool:
        """Whether a record is of this format: a few look-ups, no work."""
        ...

    def start_file(self, file: str) -> None:
        """The records that follow are of another file."""
        ...

    def read(self, record: dict[str, Any], origin: Origin) -> Told:
        """What one record tells. Coerces or says why not; never raises for what a record holds.

        Nothing at all means that `close` will tell it: every record must end as an event, ignored or a gap.
        """
        ...

    def close(self) -> Sequence[Event | Gap | Passed]:
        """Events, and what turned out unreadable or told already, that could only be known when every file was read."""
        ...


class Instants:
    """Numbers the events of one conversation that share an instant, in the order they are told."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count: dict[int, int] = {}

    def next(self, time: int) -> int:
        """The place of the next event at `time`."""
        place = self._count.get(time, 0)
        if place or len(self._count) < MAX_INSTANTS:
            self._count[time] = place + 1
        return place


def behaviour(
    kind: str,
    origin: Origin,
    source: str,
    session: str,
    time: int | None,
    seq: int,
    *,
    agent: str = "",
    tool: str = "",
    user: str = "",
    timed: bool = True,
    **fields: Any,
) -> Event:
    """An event of the behaviour trail. Its id is the digest of all it says, so the same record read twice is one event.

    Fields that are None, empty text or False are left out. `time` None means the conversation carries no time at all.
    """
    said = {name: value for name, value in fields.items() if value is not None and value != "" and value is not False}
    told = [session, agent, user, kind, tool, time if timed else None, None if timed and time is not None else seq]
    try:
        body = orjson.dumps([*told, said], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # deeper than any real argument
        said = {name: _shallow(value) for name, value in said.items()}
        body = orjson.dumps([*told, said], option=orjson.OPT_SORT_KEYS)
    return Event(
        time=UNDATED if time is None else time,
        timed=timed and time is not None,
        seq=seq,
        kind=kind,
        code=kind,
        origin=origin,
        id=hashlib.sha256(body).hexdigest(),
        source=source,
        session=session,
        agent=agent,
        agent_id=agent,
        user=user,
        tool=tool,
        fields=said,
    )


def _shallow(value: Any) -> Any:
    return orjson.dumps(flat(value)).decode() if isinstance(value, (dict, list)) else value


def text_of(value: Any) -> str:
    """The text of message content: a string, or the texts of its blocks, one under another.

    Pictures and sound have none. A block of an unknown type is told as JSON, so that nothing in it is hidden.
    """
    if value.__class__ is str:
        return str(value)
    if value is None:
        return ""
    if not isinstance(value, (dict, list)):
        return orjson_text(value)
    texts: list[str] = []
    stack: list[Any] = [value]
    steps = 0
    while stack and steps < MAX_BLOCKS:
        block = stack.pop()
        steps += 1
        if isinstance(block, str):
            texts.append(block)
        elif isinstance(block, list):
            if _has_blocks(block):
                stack.extend(reversed(block))
            elif block:
                texts.append(orjson_text(block))
        elif isinstance(block, dict):
            inner = _inside(block)
            if inner is not None:
                stack.append(inner)
        elif block is not None:
            texts.append(orjson_text(block))
    return "\n".join(text for text in texts if text)


def _has_blocks(items: list[Any]) -> bool:
    """Whether a list holds texts or blocks of content, rather than data."""
    return all(
        isinstance(item, str) or (isinstance(item, dict) and (isinstance(item.get("type"), str) or "text" in item))
        for item in items
    )


def _inside(block: dict[str, Any]) -> Any:
    """What stands for a block: the text, list or block inside it, or its JSON; None for pictures and sound."""
    for name in ("text", "content"):
        inner = block.get(name)
        if isinstance(inner, str) or (name == "content" and isinstance(inner, (list, dict))):
            title = block.get("title")
            return [title, inner] if isinstance(title, str) and title else inner
    resource = block.get("resource")
    if isinstance(resource, dict) and isinstance(resource.get("text"), str):
        return resource["text"]
    source = block.get("source")
    if isinstance(source, dict) and source.get("type") in ("text", "content"):
        return source.get("data") or source.get("content")
    if isinstance(block.get("type"), str) and block["type"] in _SILENT:
        return _beside(block) or None
    return orjson_text(block) if block else None


def _beside(block: dict[str, Any]) -> list[str]:
    """What is written beside a picture, a sound or a file, or in one that is plain text: the model reads it too."""
    inner = block.get("file")
    held = [block, inner] if isinstance(inner, dict) else [block]
    told = [said for one in held for name in _BESIDE if (said := _plain(one.get(name)))]
    data = inner.get("file_data") if isinstance(inner, dict) else None
    return [*told, data] if isinstance(data, str) and " " in data[:500].strip() else told


def _plain(value: Any) -> str:
    """A text, or the texts of a list of blocks, as summaries of thinking are."""
    if isinstance(value, list):
        parts = [one.get("text") if isinstance(one, dict) else one for one in value[:100]]
        return "\n".join(part for part in parts if isinstance(part, str))
    return value if isinstance(value, str) else ""


def orjson_text(value: Any) -> str:
    """A JSON value as compact text."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return orjson.dumps(flat(value)).decode()


def arguments(value: Any) -> Any:
    """Arguments of a call: an object where the text is one, else the text as it is."""
    if value.__class__ is not str:
        return {} if value is None else value
    if value.lstrip()[:1] in ("{", "["):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value or {}
