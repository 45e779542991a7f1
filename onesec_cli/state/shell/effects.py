"""What one command or statement would do, in words an investigator reads."""

from __future__ import annotations

from msgspec import Struct

from onesec_cli.model.level import Level


class Effect(Struct, frozen=True):
    """A claim about one command."""

    verdict: str
    level: Level
    """How bad it is where nobody asked for it."""
    what: str
    """A clause with the command as its subject: `deletes /home recursively`."""
    names: tuple[str, ...] = ()
    """What a person who asks for it would say: any of these in the user's words means it was asked for."""
    target: str = ""
    """The path, host, table or program it touches."""
