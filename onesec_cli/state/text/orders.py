"""What a sentence is that tells somebody to do something: its manner, the kinds of acts, what it is said to be good for."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

IMPERATIVE: Final = "imperative"
PLEA: Final = "plea"
"""A request between people: "please", "could you", "I need you to"."""
REQUEST: Final = "request"
POLICY: Final = "policy"


class Order(Struct, frozen=True, gc=False):
    """That a sentence tells somebody to do something."""

    manner: str
    kinds: frozenset[str]
    purpose: frozenset[str] = frozenset()
    """Kinds of what it is said to be good for: "to cancel, send ..."."""
    goal: frozenset[str] = frozenset()
    """Meanings of the verbs of what it is said to be good for, also at its end: "call us to cancel"."""
