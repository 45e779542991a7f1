"""A mapping: how records of any other JSON log are told as events."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

IGNORE: Final = "ignore"
"""What stands for a kind where a record tells nothing."""

Path = Annotated[
    str, Meta(min_length=1, max_length=500, description="Where a value stands: keys and places, joined by dots.")
]


class _Strict(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """A part of a mapping. An unknown name is an error, never ignored."""


class Pick(_Strict, frozen=True):
    """A value: from the record, a constant, or looked up in a table."""

    from_: Path | tuple[Path, ...] | None = field(default=None, name="from")
    """Where it stands; of several places the first that holds something."""
    value: str | int | float | bool | None = None
    """A constant."""
    values: dict[str, str] = {}
    """What the value found means; a value that is not listed is taken as `default`, or as it is where there is no default."""
    default: str | None = None
    """What is meant where nothing was found, or nothing that `values` lists."""


Source = Path | Pick
"""A path, or a `Pick`."""


class Attributes(_Strict, frozen=True):
    """Where the attributes of one event stand."""

    kind: Source | None = None
    """What happened: a kind of docs/formats.md, or `ignore`. As a path or a table; a constant is `{value: tool.call}`."""
    time: Source | None = None
    session: Source | None = None
    """The conversation; without it, the records of a file are one."""
    agent: Source | None = None
    tool: Source | None = None
    call: Source | None = None
    """The id that pairs a call with its result."""
    args: Source | None = None
    text: Source | None = None
    author: Source | None = None
    """Of a message: `assistant`, `system` or `context` (the default: text that no person is known to have written)."""
    error: Source | None = None
    cut: Source | None = None
    server: Source | None = None
    description: Source | None = None
    schema: Source | None = None
    memory: Source | None = None
    parent: Source | None = None
    child: Source | None = None
    role: Source | None = None
    cwd: Source | None = None
    approval: Source | None = None
    decision: Source | None = None
    """Of an approval: `accept`, `reject` or `auto`."""
    by: Source | None = None
    id: Source | None = None
    tenant: Source | None = None
    user: Source | None = None
    client: Source | None = None
    client_name: Source | None = None
    agent_id: Source | None = None
    external_agent_id: Source | None = None
    connection: Source | None = None
    connection_id: Source | None = None
    account: Source | None = None
    identity: Source | None = None
    token: Source | None = None
    ip: Source | None = None
    user_agent: Source | None = None
    country: Source | None = None
    flow: Source | None = None
    audience: Source | None = None
    reason: Source | None = None
    scopes: Source | None = None
    requested: Source | None = None
    actors: Source | None = None
    expires: Source | None = None
    delegation: Source | None = None
    delegator: Source | None = None
    delegate: Source | None = None
    attestation: Source | None = None
    not_before: Source | None = None


class Also(Attributes, frozen=True):
    """A further event of the same record. What it does not name is as in the mapping."""

    when: Path | None = None
    """Told only where something stands here."""


class Mapping(Attributes, frozen=True, kw_only=True):
    """A mapping file."""

    version: Literal[1]
    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_.-]{0,40}\Z")] = "map"
    """The name of the format, as reports give it."""
    match: dict[str, str | int | float | bool | tuple[str | int | float | bool, ...]] = {}
    """Which records it is for: path to the value that must stand there, to a list of allowed values, or to `true` for any value.
    A mapping with `match` is tried before any other format, one without is given what no other format reads."""
    also: tuple[Also, ...] = ()


def names(kind: type[Attributes]) -> tuple[str, ...]:
    """The attributes of an event that a mapping may name."""
    return tuple(one for one in kind.__struct_fields__ if one not in ("version", "name", "match", "also", "when"))


ATTRIBUTES: Final = names(Attributes)
