"""Rules from text, and records held against them, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from onesec_cli.model.event import Event, Origin, Record
from onesec_cli.sigma.documents import read_text
from onesec_cli.sigma.load import book_of
from onesec_cli.sigma.match import Matcher
from onesec_cli.sigma.rule import RuleBook
from onesec_cli.sources.canonical import normalise

HEAD = "title: T\nlogsource: {product: auth0}\n"


def book(text: str, placeholders: Mapping[str, tuple[str, ...]] | None = None, file: str = "rules.yml") -> RuleBook:
    """The rules of the text of one file."""
    documents, notes = read_text(file, text)
    return book_of(documents, placeholders or {}, notes)


def tenant_event(record: dict[str, Any]) -> Event:
    """A tenant log event with its record, as the second reading makes it."""
    event = Event(time=1_700_000_000_000_000, kind="other.notice", origin=Origin("log", 1, 0, 9), source="auth0")
    event.code = str(record.get("type", "x"))
    event.record = Record(orjson.dumps({"data": record}), ("data",))
    return event


def agent_event(**record: Any) -> Event:
    """A canonical event."""
    told = {"onesec": 1, "time": "2026-03-01T09:00:00Z", "kind": "tool.call", **record}
    event = normalise(told, Origin("log", 1, 0, 9))
    assert isinstance(event, Event), event
    return event


def hits(detection: str, *records: Any, placeholders: Mapping[str, tuple[str, ...]] | None = None) -> list[bool]:
    """Whether a rule with this `detection` (indented lines) matches each tenant log record."""
    rules = book(f"{HEAD}detection:\n{detection}", placeholders)
    assert not rules.skipped, rules.skipped
    matcher = Matcher(rules)
    return [bool(matcher.hits(tenant_event(record))) for record in records]
