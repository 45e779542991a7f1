"""Severity, in Sigma's words."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """Sigma's `level`, ordered so that the worse one is the greater one."""

    informational = 0
    low = 1
    medium = 2
    high = 3
    critical = 4

    def raised(self, steps: int = 1) -> Level:
        """The level `steps` higher (or lower, if negative), within the scale."""
        return Level(min(Level.critical, max(Level.informational, self + steps)))


LEVELS: tuple[str, ...] = tuple(level.name for level in Level)
