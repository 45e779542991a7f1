"""The tools a tenant's agents were offered: how each was described, by whom, and since when."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar, Final

from msgspec import Struct, field

from onesec_cli.model.event import Event, Evidence
from onesec_cli.model.telling import Tell, Tells, quiet
from onesec_cli.state.call.calls import server_of, split_tool
from onesec_cli.state.text.normal import fold
from onesec_cli.state.text.plain import dumps, text_of

MAX_TOOLS: Final = 5_000
"""Tools of one tenant that are pinned; later ones are still read for what they say."""
MAX_TOLD: Final = 2_000
"""Characters of a description that are kept to compare the next one with."""
MAX_DIGESTS: Final = 16
MAX_SERVERS: Final = 16
MAX_SEEN: Final = 50_000


class Offer(Struct):
    """A tool of one server, as last offered."""

    server: str
    tool: str
    digest: str
    description: str
    parameters: tuple[str, ...]
    schema: str
    """Digest of the schema."""
    version: str
    session: str
    first: Evidence
    seen: Evidence
    digests: dict[str, str] = field(default_factory=dict)
    """Every digest it had, with the version the server then had."""
    flips: int = 0
    """How often it went back to a description it had before."""
    called: bool = False
    """Whether an agent called it since it is described like this."""


class Change(Struct, frozen=True):
    """Two descriptions of one tool."""

    before: Offer
    after: Offer
    back: bool
    """Whether it went back to one it had before."""
    same_session: bool
    alike: float
    """Part of the words that both have."""
    gained: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def upgraded(self) -> bool:
        """Whether the server says that it is another version."""
        return bool(self.before.version and self.after.version and self.before.version != self.after.version)

    @property
    def what(self) -> str:
        """What changed, in words."""
        parts = []
        if self.before.description != self.after.description:
            parts.append("its description")
        if self.before.schema != self.after.schema:
            parts.append("its parameters")
        return " and ".join(parts) or "its long description"


class Shelf(Struct):
    """Every tool on offer."""

    tells: ClassVar[Tells] = (
        Tell("tools.*", "the tool {value.tool} of {value.server} is offered"),
        Tell("tools.*.digest", "what {0} says of itself has the digest {value}"),
        Tell("names.*", "the tool name {0} is offered by {value}"),
        *quiet("read", "owners", "tools.*.*"),
    )

    tools: dict[str, Offer] = field(default_factory=dict)
    owners: dict[str, list[str]] = field(default_factory=dict)
    """By tool name: the servers that offer it."""
    names: dict[str, str] = field(default_factory=dict)
    """Names of tools that are no everyday words, with one server that offers them."""
    read: dict[str, bool] = field(default_factory=dict)
    """Digests that were read for what they say, so that the same offer is read once."""
    meddled: dict[str, tuple[str, str, Evidence]] = field(default_factory=dict)
    """Names that a description speaks of, by the server and tool whose description it is."""
    full: bool = False

    def put(self, event: Event) -> tuple[Offer, Change | None, bool]:
        """Take in an offer: the tool now, how it changed, and whether this server offers it for the first time."""
        now = offer_of(event)
        key = f"{now.server}\x00{now.tool}"
        old = self.tools.get(key)
        if old is None:
            if len(self.tools) >= MAX_TOOLS:
                self.full = True
                return now, None, False
            now.digests[now.digest] = now.version
            self.tools[key] = now
            self._own(now)
            return now, None, True
        if old.digest == now.digest:
            old.seen, old.session = now.seen, now.session
            old.version = now.version or old.version
            return old, None, False
        back = now.digest in old.digests
        now.first, now.flips, now.called = old.first, old.flips + back, old.called
        now.digests = old.digests
        if back or len(now.digests) < MAX_DIGESTS:
            now.digests[now.digest] = now.version
        self.tools[key] = now
        change = Change(
            old, now, back, bool(now.session) and now.session == old.session, _alike(old.description, now.description),
            tuple(one for one in now.parameters if one not in old.parameters),
            tuple(one for one in old.parameters if one not in now.parameters),
        )  # fmt: skip
        return now, change, False

    def call(self, event: Event) -> None:
        """Note that a tool was called."""
        offer = self.tools.get(f"{server_of(event)}\x00{split_tool(event.tool)[1]}")
        if offer is not None:
            offer.called = True

    def fresh(self, digest: str) -> bool:
        """Whether a description has not been read yet; it then has."""
        if digest in self.read:
            return False
        if len(self.read) >= MAX_SEEN:
            self.read = dict.fromkeys(list(self.read)[MAX_SEEN // 2 :], True)
        self.read[digest] = True
        return True

    def meddle(self, offer: Offer, names: list[str], seen: Evidence) -> None:
        """Note whose use a description tells how to change."""
        for name in names:
            if offer.server and len(self.meddled) < MAX_TOOLS:
                self.meddled.setdefault(name, (offer.server, offer.tool, seen))

    def others(self, offer: Offer) -> list[Offer]:
        """The same tool name on other servers."""
        found = (
            self.tools.get(f"{server}\x00{offer.tool}")
            for server in self.owners.get(offer.tool, ())
            if server != offer.server
        )
        return [one for one in found if one is not None]

    def foreign(self, offer: Offer) -> dict[str, str]:
        """Names of tools that only other servers offer."""
        return _Foreign(self.names, self.owners, offer.server)

    def _own(self, offer: Offer) -> None:
        owners = self.owners.setdefault(offer.tool, [])
        if offer.server not in owners and len(owners) < MAX_SERVERS:
            owners.append(offer.server)
        if any(char in offer.tool for char in "_-.") or any(char.isupper() for char in offer.tool[1:]):
            self.names.setdefault(offer.tool, offer.server)


class _Foreign(dict[str, str]):
    """A view of the names that a server does not offer itself."""

    def __init__(self, names: dict[str, str], owners: dict[str, list[str]], server: str) -> None:
        super().__init__()
        self._names, self._owners, self._server = names, owners, server

    def __contains__(self, name: object) -> bool:
        return name in self._names and self._server not in self._owners.get(str(name), ())

    def __bool__(self) -> bool:
        return bool(self._names)


def offer_of(event: Event) -> Offer:
    """The tool that an offer describes."""
    schema: Any = event.fields.get("schema")
    description = text_of(event, "description")
    server, tool = server_of(event), split_tool(event.tool)[1]
    properties = schema.get("properties") if isinstance(schema, dict) else None
    names = tuple(sorted(str(name)[:100] for name in list(properties)[:200])) if isinstance(properties, dict) else ()
    return Offer(
        server=server,
        tool=tool,
        digest=digest_of(tool, description, schema),
        description=description[:MAX_TOLD],
        parameters=names,
        schema=hashlib.sha256(dumps(schema).encode(errors="replace")).hexdigest()[:16],
        version=text_of(event, "version")[:100],
        session=event.session,
        first=event.cite("the first offer of the tool"),
        seen=event.cite("the offer before it"),
    )


def digest_of(tool: str, description: str, schema: Any) -> str:
    """SHA-256 of the canonical JSON of a tool: `{"description":...,"name":...,"schema":...}`, keys sorted, no blanks."""
    return hashlib.sha256(
        dumps({"description": description, "name": tool, "schema": schema}).encode(errors="replace")
    ).hexdigest()


def _alike(one: str, other: str) -> float:
    first, second = set(fold(one).split()), set(fold(other).split())
    return len(first & second) / max(1, len(first | second))
