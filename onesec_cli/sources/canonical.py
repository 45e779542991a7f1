"""onesec's own JSON Lines: any trail of delegation and tool use, in the words of the model.

A record is `{"onesec": 1, "time": ..., "kind": ..., <attributes>}`; `docs/formats.md` and
`docs/canonical.schema.json` describe it. Attributes that are not listed there go under `fields`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson

from onesec_cli.model import kinds
from onesec_cli.model.clock import to_time
from onesec_cli.model.event import EMPTY, NO_FIELDS, Event, Origin

VERSION: Final = 1

TEXTS: Final = (
    "id", "tenant", "code", "user", "agent", "agent_id", "external_agent_id", "client", "client_name", "connection",
    "connection_id", "account", "identity", "session", "token", "ip", "user_agent", "country", "flow", "audience",
    "reason", "tool",
)  # fmt: skip
"""Attributes that are one text."""

DELEGATION: Final = ("delegation", "delegator", "delegate", "parent", "attestation")
"""Attributes of `delegation.issue` and `delegation.revoke`, kept in the event's `fields`."""

KNOWN: Final = frozenset(
    {
        "onesec",
        "time",
        "kind",
        "scopes",
        "requested",
        "actors",
        "expires",
        "not_before",
        "seq",
        "fields",
        *TEXTS,
        *DELEGATION,
    }
)


def is_canonical(record: dict[str, Any]) -> bool:
    """Whether a record says it is ours."""
    return "onesec" in record and "kind" in record


def normalise(record: dict[str, Any], origin: Origin) -> Event | str:
    """The event a canonical record tells, or the reason why it is a gap."""
    if record.get("onesec") != VERSION or isinstance(record["onesec"], bool):
        return f"canonical record of an unknown version (this onesec reads version {VERSION})"
    kind = record["kind"]
    if not isinstance(kind, str) or kind not in kinds.KINDS:
        return "canonical record of an unknown kind"
    time = to_time(record.get("time"))
    if time is None:
        return "canonical record without a usable time"
    for name in TEXTS:
        if name in record and not isinstance(record[name], (str, int, type(None))):
            return f"canonical record whose {name} is not text"
    texts: dict[str, Any] = {name: str(record[name]) for name in TEXTS if record.get(name) not in (None, "")}
    event = Event(time=time, kind=kind, origin=origin, source="onesec", **texts)
    event.scopes = _scopes(record.get("scopes"))
    event.requested = _scopes(record.get("requested"))
    actors = record.get("actors")
    if isinstance(actors, str):
        actors = actors.split(",")
    if isinstance(actors, list):
        event.actors = tuple(actor.strip() if isinstance(actor, str) else "" for actor in actors)
    event.expires, event.expires_text = _moment(record.get("expires"))
    event.fields = _fields(record)
    seq = record.get("seq")
    if isinstance(seq, int) and not isinstance(seq, bool) and 0 <= seq < 2**63:
        event.seq = seq
    if kind == kinds.DELEGATION_ISSUE and not (event.agent or event.agent_id):
        event.agent = str(event.fields.get("delegate") or "")
    _name_agent(event)
    if not event.id:
        event.id = hashlib.sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return event


def _name_agent(event: Event) -> None:
    """`agent` is the agent key; the id shown is the one logged."""
    if event.agent and not event.agent_id:
        event.agent_id = event.agent
    event.agent = event.agent or event.agent_id or event.external_agent_id or event.client


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    given = record.get("fields")
    found: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    for name in DELEGATION:
        if isinstance(record.get(name), (str, int)):
            found[name] = str(record[name])
    if "not_before" in record:
        found["not_before"], found["not_before_text"] = _moment(record["not_before"])
    return found or NO_FIELDS


def _scopes(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.replace(",", " ").split())
    if isinstance(value, list):
        return frozenset(item for item in value if isinstance(item, str) and item)
    return EMPTY


def _moment(value: object) -> tuple[int | None, str]:
    """The time and its text; None with a text is a time that could not be read."""
    if value is None:
        return None, ""
    return to_time(value), value if isinstance(value, str) else orjson.dumps(value).decode()
