"""Why a rule cannot be used."""

from __future__ import annotations


class RuleError(ValueError):
    """A rule that cannot be loaded; the message is the reason."""


class PatternError(RuleError):
    """A pattern that cannot be matched in bounded time, or is none; the message says which."""
