"""What a responder asks first of an incident: who was hijacked, by which text, and what was taken."""

from __future__ import annotations

from msgspec import Struct


class Answer(Struct, frozen=True, kw_only=True):
    """One thing that is known, and where it stands."""

    time: int
    """Microseconds UTC."""
    text: str
    """In words, secrets masked."""
    alert: str
    """Id of the alert that says so."""
    proof: str
    """`file:line` of the record that shows it; empty where the alert cites none."""


class Brief(Struct, frozen=True, kw_only=True):
    """Each list in causal order. What is still open, and what to revoke, is the incident's blast radius."""

    hijacked: tuple[Answer, ...] = ()
    """The agents that were turned, and for whom they acted."""
    by_text: tuple[Answer, ...] = ()
    """The texts that did it, with where the agent had them from; the proof is the text, not the act."""
    asked: tuple[Answer, ...] = ()
    """What the user had really asked for, each wish once."""
    taken: tuple[Answer, ...] = ()
    """Data that left, power that was gained, access that was used."""
