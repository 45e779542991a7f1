"""Times and lengths of time as they are given on the command line."""

from __future__ import annotations

import re

from onesec_cli.model.clock import DAY, HOUR, MINUTE, SECOND, WEEK, parse_time
from onesec_cli.model.errors import InputError

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_EXAMPLES = "2026-03-01, 2026-03-01T09:00:00Z or 2026-03-01T09:00+02:00"


def span_of(text: str | None) -> int | None:
    """A length of time such as 30d, in microseconds, if that is what the text is."""
    match = re.fullmatch(r"([0-9]{1,6})([smhdw])", text or "")
    return int(match[1]) * _UNITS[match[2]] if match else None


def time_of(option: str, text: str | None) -> int | None:
    """A moment in microseconds, unless it is given as a length of time. Raises InputError for what is neither."""
    if text is None or span_of(text) is not None:
        return None
    moment = parse_time(text)
    if moment is None:
        raise InputError(f"{option}: {text!r} is no time such as {_EXAMPLES}, nor a length such as 24h")
    return moment


def length_of(option: str, text: str) -> int:
    """A length of time in microseconds. Raises InputError for anything else."""
    span = span_of(text)
    if span is None:
        raise InputError(f"{option}: {text!r} is no length of time such as 90m, 2h or 1d")
    return span


def moment_of(option: str, text: str | None) -> int | None:
    """A moment in microseconds; a length of time is refused, as there is nothing it could count back from."""
    if span_of(text) is not None:
        raise InputError(f"{option}: {text!r} is a length of time; a moment such as 2026-03-01T09:00:00Z is asked for")
    return time_of(option, text)
