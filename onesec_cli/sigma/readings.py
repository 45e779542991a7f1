"""What correlations read from events: names that group and are counted, numbers that are summed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import islice, product
from math import isfinite
from typing import Any, Final

MAX_LENGTH: Final = 256
"""Longer texts are kept as their beginning and a digest."""
MAX_VALUES: Final = 1_000
"""Values of one event that are counted or summed in one group."""
MAX_GROUPS: Final = 64
"""Groups that one event may enter through fields that hold several values."""
MAX_PAIRS: Final = 256
"""Values of one event that are counted or summed, over all the groups it enters, if there are several."""

JOINT: Final = "\x00"
"""Between the values of several fields; it cannot be inside one."""

NOWHERE: Final = JOINT
"""In place of a name, where a field has no value."""

Read = Callable[[str], Sequence[Any]]
"""Gives the values an event has in a field."""

_NUMERAL = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?", re.ASCII)


def name_of(value: Any) -> str | None:
    """A value as the text that groups and counts by it, or None for what is no value: null, empty, an object, NaN.

    A number and its text are the same name, `true` and true as well; letter case is kept.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        text = str(value) if value.bit_length() <= MAX_LENGTH else hex(value)
    elif isinstance(value, float):
        if not isfinite(value):
            return None
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    elif isinstance(value, str) and value:
        text = value.replace(JOINT, "\ufffd")
    else:
        return None
    if len(text) <= MAX_LENGTH:
        return text
    return f"{text[: MAX_LENGTH - 33]}~{blake2b(text.encode(errors='surrogatepass'), digest_size=16).hexdigest()}"


def number_of(value: Any) -> float | None:
    """A value as a number of double precision, or None: a numeral in decimal notation counts, true is 1; NaN, infinity and what lies beyond 1.8e308 do not."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MAX_LENGTH or not _NUMERAL.fullmatch(text):
            return None
        value = float(text)
    elif not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def sole(fields: tuple[str, ...], member: int, value: Callable[[int, str], Sequence[Any]]) -> str | None:
    """What `names` gives where there is one text in each field, and faster; `NOWHERE` for no name, None for anything else."""
    parts = []
    for field in fields:
        values = value(member, field)
        if len(values) != 1:
            return None if values else NOWHERE
        one = values[0]
        if type(one) is not str or not one or len(one) > MAX_LENGTH or JOINT in one:
            return None
        parts.append(one)
    return JOINT.join(parts)


def names(fields: tuple[str, ...], read: Read, most: int) -> list[str]:
    """The distinct names an event gives for one field, or for several together; none where a field has no value.

    A field with several values gives one name for each, several such fields one for each combination. Where there are
    more than `most`, one more than that is told, to show it.
    """
    if len(fields) == 1:
        values = read(fields[0])
        if len(values) == 1:
            name = name_of(values[0])
            return [] if name is None else [name]
        return _distinct(values, most)
    told = [_distinct(read(field), most) for field in fields]
    if all(len(one) == 1 for one in told):
        return [JOINT.join([one[0] for one in told])]
    return [JOINT.join(one) for one in islice(product(*told), most + 1)]


def numbers(field: str, read: Read, most: int) -> tuple[list[float], bool]:
    """The numbers an event has in a field, and whether it has something there but no number; one more than `most` if there are more."""
    values = read(field)
    found = list(islice((number for value in values if (number := number_of(value)) is not None), most + 1))
    return found, not found and any(value is not None and value != "" for value in values)


def _distinct(values: Iterable[Any], most: int) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        name = name_of(value)
        if name is not None:
            found[name] = None
            if len(found) > most:
                break
    return list(found)
