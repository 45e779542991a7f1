"""What management calls show of a tenant's log streams."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.level import Level
from onesec_cli.state.tenant.management import MAX_WORD, lowered, name_in, objects, on, read_call, table
from onesec_cli.state.text.plain import dumps

STOPPED = frozenset({"paused", "suspended", "disabled"})


class Stream(Struct, frozen=True):
    """A log stream after a call; what the call did not show is empty or None."""

    name: str = ""
    status: str = ""
    filters: tuple[str, ...] | None = None
    """Categories it lets through; none at all is everything, None is not known."""
    sink: str | None = None
    priority: bool | None = None
    """Whether it carries nothing but attack protection and messages."""
    asked: bool = False
    """Whether the call set the filters."""
    seen: Evidence | None = None

    def joined(self, before: Stream | None, seen: Evidence) -> Stream:
        """This stream with what only an earlier call showed, seen in this call."""
        if before is None:
            return structs.replace(self, seen=seen)
        return Stream(
            name=self.name or before.name,
            status=self.status or before.status,
            filters=before.filters if self.filters is None else self.filters,
            sink=before.sink if self.sink is None else self.sink,
            priority=before.priority if self.priority is None else self.priority,
            seen=seen,
        )

    def shown(self) -> dict[str, Any]:
        """What a finding says of it."""
        filters = list(self.filters[:50]) if self.filters is not None else None
        return {"name": self.name, "status": self.status, "filters": filters}


def stream_of(event: Event) -> tuple[str, Stream | None] | None:
    """Id and state of the log stream a call touched, None as state where it was deleted; None for any other call."""
    if not str(event.fields.get("path", "")).startswith("/api/v2/log-streams"):
        return None
    call = read_call(event)
    if call is None or call.at(0) != "log-streams" or len(call.parts) > 2:
        return None
    id = call.at(1) or name_in(table(call.response).get("id"))
    if not id:
        return None
    if call.method == "delete":
        return id, None
    created = call.method == "post"
    filters = call.value("filters")
    priority = call.value("ispriority")
    name, status, sink = call.value("name"), call.value("status"), call.value("sink")
    return id, Stream(
        name=name if isinstance(name, str) else "",
        status=status.lower() if isinstance(status, str) else "active" if created else "",
        filters=_categories(filters) if isinstance(filters, list) else () if created else None,
        sink=_address(sink) if isinstance(sink, dict) else None,
        priority=on(priority) if priority is not None else False if created else None,
        asked=not created and call.asked("filters"),
    )


def change_of(before: Stream | None, after: Stream | None) -> tuple[str, Level, str] | None:
    """What a call took from a stream: verdict, level, and the words after the caller; None if nothing."""
    if after is None:
        return "stream-deleted", Level.high, "deleted the log stream {name}"
    if after.status in STOPPED and (before is None or before.status not in STOPPED):
        return "stream-paused", Level.high, f"set the log stream {{name}} to {after.status}"
    lost = _lost(before.filters if before is not None else None, after)
    if lost:
        return "stream-narrowed", Level.medium, f"narrowed the log stream {{name}}, which lost {_brace(lost)}"
    if after.priority and (before is None or not before.priority):
        known = before is not None and before.priority is False
        said = "left the log stream {name} nothing but prioritised logs"
        return "stream-narrowed", Level.medium if known else Level.low, said
    if before is not None and before.sink and after.sink and before.sink != after.sink:
        return "stream-redirected", Level.medium, "sent the log stream {name} to another receiver"
    if before is None and after.asked and after.filters:
        return "stream-narrowed", Level.low, "set a filter on the log stream {name}"
    return None


def _lost(before: tuple[str, ...] | None, after: Stream) -> str:
    """What an earlier filter let through and this one does not, in words."""
    if before is None or not after.filters:
        return ""
    if not before:
        return f"everything but {_count(len(after.filters))}"
    gone = sorted(set(before) - set(after.filters))
    return f"{_count(len(gone))} ({', '.join(gone[:5])})" if gone else ""


def _count(number: int) -> str:
    return f"{number} categor{'y' if number == 1 else 'ies'}"


def _brace(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _categories(filters: list[Any]) -> tuple[str, ...]:
    """The categories of a filter; one without a category counts by its content, so that it is not lost."""
    found = []
    for one in objects(filters):
        name = one.get("name")
        found.append(name[:MAX_WORD] if isinstance(name, str) else dumps(one)[:MAX_WORD])
    return tuple(sorted(set(found)))


def _address(sink: dict[str, Any]) -> str:
    """Where a sink sends to: all of it but its secrets, which change when they are rotated."""
    secret = ("token", "key", "secret", "authorization", "password", "headers", "contenttype", "contentformat")
    kept = {name: value for name, value in lowered(sink).items() if not any(word in name for word in secret)}
    return dumps(kept)[: 10 * MAX_WORD]
