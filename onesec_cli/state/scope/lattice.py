"""The tables of scopes that a run judges by: the shipped ones, until files of the user's are put in force."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final, ParamSpec, TypeVar

from onesec_cli.knowledge.scopes import Lattice, lattice_of

GOOGLE: Final = "google"
MICROSOFT: Final = "microsoft"
"""Providers whose scopes follow rules of their own beside the tables."""
GENERIC: Final = ""
"""Auth0 APIs and every provider without a table."""

P = ParamSpec("P")
R = TypeVar("R")
_MEMO: Final = 1 << 16
_forget: Final[list[Callable[[], None]]] = []
_in_force: list[Lattice] = []


@cache
def shipped_lattice() -> Lattice:
    """The scopes that come with onesec."""
    return lattice_of()


def lattice() -> Lattice:
    """The tables in force."""
    return _in_force[0] if _in_force else shipped_lattice()


def tables_in_force() -> Lattice | None:
    """The tables in force, if they are others than the shipped ones."""
    return _in_force[0] if _in_force else None


def put_in_force(tables: Lattice | None) -> None:
    """Judge by these tables from now on; None: by the shipped ones. What was remembered of others is forgotten.

    For `in_force.py` alone, which gives them back.
    """
    if tables_in_force() is tables:
        return
    _in_force[:] = [] if tables is None else [tables]
    for forget in _forget:
        forget()


def remembered(function: Callable[P, R]) -> Callable[P, R]:
    """Remember what a function of scopes said, for as long as the tables are in force."""
    memo = lru_cache(_MEMO)(function)
    _forget.append(memo.cache_clear)
    return memo  # type: ignore[return-value]  # a memo is called like what it remembers
