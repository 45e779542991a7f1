"""One normalised record of a trail, and where it came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Protocol

import orjson
from msgspec import Struct

EMPTY: frozenset[str] = frozenset()
NO_FIELDS: dict[str, Any] = {}
UNDATED = 0
"""The time of an event of a conversation that carries no time at all; `seq` alone orders those."""


class Origin(Struct, frozen=True, gc=False, array_like=True):
    """The exact place of one record: the bytes `[offset, offset + length)` of the decompressed file.

    `line` is 1-based and is the line the record starts on. `sha256` is the hex digest of those bytes. A member
    of an archive is named `archive.zip!member`.
    """

    file: str
    line: int
    offset: int
    length: int
    sha256: str = ""


class Evidence(Struct, frozen=True, gc=False, array_like=True):
    """A record that proves something: where it is, when it happened, what part it plays in the claim."""

    origin: Origin
    time: int
    role: str


class Record:
    """What a source wrote, kept for Sigma rules that name its own fields; decoded when the first one asks."""

    __slots__ = ("_told", "below", "hits", "raw")

    def __init__(self, raw: bytes, below: tuple[str, ...] = (), told: dict[str, Any] | None = None) -> None:
        self.raw = raw
        self.below = below
        """Keys of the envelope that lead to it."""
        self._told = told
        self.hits: Sequence[int] | None = None
        """The rules that were already found to match it."""

    def told(self) -> dict[str, Any]:
        """The record without its envelope."""
        if self._told is None:
            value = _loaded(self.raw)
            for name in self.below:
                value = value.get(name) if isinstance(value, dict) else None
            self._told = value if isinstance(value, dict) else {}
        return self._told


def _loaded(raw: bytes) -> Any:
    """The value of a record. What the quick decoder refuses (a number too large for it) is read the slow way."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        try:
            return json.loads(raw, parse_int=lambda digits: int(digits) if len(digits) < 400 else float(digits))
        except (ValueError, RecursionError):
            return None


class Event(Struct, kw_only=True, gc=False, omit_defaults=True):
    """What happened, when, by whom. Empty string, empty set and None mean "the trail does not say".

    Times are integer microseconds since the Unix epoch, UTC. Nothing past `sources/` sees a raw record, but for Sigma
    rules, which name its fields; nothing past `replay.py` writes to an event.
    """

    time: int
    kind: str
    origin: Origin
    id: str = ""
    """The source's own id (`log_id`), or the digest of the canonical payload where it has none."""
    variant: str = ""
    """Digest of the payload where several payloads carry the same id, else empty."""
    seq: int = 0
    """Place among the events of one instant, where the source tells it (blocks of a message, lines of a conversation)."""
    timed: bool = True
    """False where the record has no time of its own: only the start of the conversation is known, or nothing (`UNDATED`).
    Rates and windows mean nothing then; order does."""
    tenant: str = ""
    source: str = ""
    """Which reader made it: `auth0`, `onesec` (canonical) or the name of an agent log format."""
    code: str = ""
    """The source's own word for the kind, e.g. `seta`."""

    user: str = ""
    agent: str = ""
    """Agent key: one name per agent through the whole trail (client id, agent id or external agent id)."""
    agent_id: str = ""
    external_agent_id: str = ""
    client: str = ""
    client_name: str = ""
    connection: str = ""
    connection_id: str = ""
    account: str = ""
    """Connected account id (`cac_...`)."""
    identity: str = ""
    """The user's id at the upstream identity provider."""
    session: str = ""
    token: str = ""
    """`jti` of an issued token, or the thumbprint of a vaulted provider token."""
    ip: str = ""
    user_agent: str = ""
    """Client software as family and major version, e.g. `chrome 113`."""
    country: str = ""

    flow: str = ""
    """Grant or exchange: vault, privileged_worker, on_behalf_of, custom, id_jag, client_credentials, ..."""
    scopes: frozenset[str] = EMPTY
    """Scopes granted."""
    requested: frozenset[str] = EMPTY
    """Scopes asked for, where the source logs them."""
    audience: str = ""
    expires: int | None = None
    expires_text: str = ""
    """The expiry as written, kept so that one that cannot be parsed can be judged."""
    actors: tuple[str, ...] = ()
    """RFC 8693 `act` chain, outermost (current) actor first. A null `sub` is an empty string."""
    reason: str = ""
    """Failure text of the source."""
    tool: str = ""
    fields: dict[str, Any] = NO_FIELDS
    """What only some kinds carry; `docs/formats.md` lists it per kind."""
    record: Record | None = None
    """The source's own record, where a Sigma rule may look at it."""

    def cite(self, role: str) -> Evidence:
        """This event as evidence, playing `role`."""
        return Evidence(self.origin, self.time, role)

    def entities(self) -> tuple[str, ...]:
        """Every entity the event names, as `type:value`, in a fixed order."""
        pairs = (
            ("user", self.user),
            ("agent", self.agent_id or self.external_agent_id or self.agent),
            ("client", self.client),
            ("connection", self.connection),
            ("account", self.account),
            ("session", self.session),
            ("token", self.token),
            ("ip", self.ip),
        )
        return tuple(f"{name}:{value}" for name, value in pairs if value)


class Asker(Protocol):
    """Who else than the detectors wants to see tenant log events: Sigma rules, and they want the record as well."""

    def wants(self, code: str, kind: str) -> bool:
        """Whether a rule could match an event of this log type and kind."""

    def keys(self, code: str, kind: str) -> tuple[str, ...]:
        """Keys of which a record must have one for a rule to match it; none where it may match without."""

    def whole(self, code: str, kind: str) -> bool:
        """Whether a rule judges events of this type by more than their record, or matches all of them."""

    def glance(self, event: Event) -> bool:
        """Whether a rule matches an event of which only type and record are known yet; noted in the record."""


class Nobody:
    """The asker where there are no rules."""

    def wants(self, code: str, kind: str) -> bool:
        return False

    def keys(self, code: str, kind: str) -> tuple[str, ...]:
        return ()

    def whole(self, code: str, kind: str) -> bool:
        return False

    def glance(self, event: Event) -> bool:
        return False


NOBODY: Final[Asker] = Nobody()


class Gap(Struct, frozen=True, gc=False):
    """Something that could not be read: where, and why in one phrase."""

    file: str
    line: int
    offset: int
    reason: str
