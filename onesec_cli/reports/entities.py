"""Entities told apart by type: `user:auth0|alice` is the user `auth0|alice`."""

from __future__ import annotations

from collections.abc import Iterable


def split(entity: str) -> tuple[str, str]:
    """Type and value. A type is one of ours, so the first colon parts them, whatever the value holds."""
    kind, _, value = entity.partition(":")
    return kind, value


def by_type(entities: Iterable[str]) -> dict[str, list[str]]:
    """The values of each type, in the order given."""
    found: dict[str, list[str]] = {}
    for entity in entities:
        kind, value = split(entity)
        found.setdefault(kind, []).append(value)
    return found
