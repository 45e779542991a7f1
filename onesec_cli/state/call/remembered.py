"""What a call says is worked out once: several detectors ask the same of the same call, and agents make the same call again and again.

Pure functions of a call's tool and arguments are remembered by what those say. What is remembered is bounded and never part of a state: it
changes what an answer costs, not what it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, TypeVar

import orjson

from onesec_cli.model.event import Event
from onesec_cli.state.wordlists import forgotten_with_words

MAX_KEPT: Final = 1_024
"""Calls of which one answer is remembered; then it begins anew."""
MAX_SIZE: Final = 8_192
"""Bytes of arguments up to which a call is remembered."""
_SHORT: Final = 256
_NONE: Final = b""

Answer = TypeVar("Answer")


class _Last:
    """The call that was looked at last, and its name."""

    event: Event | None = None
    key: bytes = _NONE


def _key_of(event: Event) -> bytes:
    """A name for a call's tool and arguments, in the order they stand; empty where they are too large, or no JSON."""
    _Last.event = event
    try:
        key = orjson.dumps([event.tool, event.fields.get("args")], option=orjson.OPT_NON_STR_KEYS)
    except (orjson.JSONEncodeError, TypeError):
        key = _NONE
    if len(key) > MAX_SIZE:
        key = _NONE
    elif len(key) > _SHORT:
        key = hashlib.blake2b(key, digest_size=24).digest()
    _Last.key = key
    return key


def per_call(worked_out: Callable[[Event], Answer]) -> Callable[[Event], Answer]:
    """The same function, remembering its answers. It may look at nothing but `tool` and `args`, and nobody may change an answer."""
    known: dict[bytes, Answer] = {}
    last: list[tuple[Event, Answer]] = []

    def answer(event: Event) -> Answer:
        key = _Last.key if _Last.event is event else _key_of(event)
        if not key:  # too large: remembered as long as it is looked at
            if last and last[0][0] is event:
                return last[0][1]
            last[:] = [(event, worked_out(event))]
            return last[0][1]
        found = known.get(key)
        if found is None:
            if len(known) >= MAX_KEPT:
                known.clear()
            found = known[key] = worked_out(event)
        return found

    def forget() -> None:
        known.clear()
        last.clear()

    forgotten_with_words(forget)
    answer.__doc__, answer.__name__ = worked_out.__doc__, worked_out.__name__
    return answer
