"""Times: text to integer microseconds UTC and back. The only place that knows date formats."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY

EARLIEST: Final = 0
"""1970-01-01; nothing we read is older."""
LATEST: Final = 253_402_300_799_999_999
"""The last microsecond of year 9999."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?)?\Z",
    re.ASCII,
)
_days: dict[str, int | None] = {}
_hours: Final = {f"{hour:02d}": hour * HOUR for hour in range(24)}
_minutes: Final = {f"{minute:02d}": minute * MINUTE for minute in range(60)}
_seconds: Final = {f"{second:02d}": second * SECOND for second in range(60)}
_millis: Final = {f"{milli:03d}Z": milli * 1000 for milli in range(1000)}


def _day(text: str) -> int | None:
    """Microseconds at the start of `YYYY-MM-DD`, remembered; None if there is no such day."""
    try:
        return _days[text]
    except KeyError:
        pass
    try:
        found = (datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    except ValueError:
        found = None
    if len(_days) < 100_000:
        _days[text] = found
    return found


def parse_time(text: str) -> int | None:
    """Microseconds UTC of an ISO-8601 time, or None.

    Accepts a space for the `T`, up to nine fraction digits (cut to six), `Z`, an offset, or no zone (taken as UTC,
    as Panther writes it). A day that does not exist is None, never another day.
    """
    if len(text) == 24 and text[23] == "Z" and text[10] == "T":
        try:
            day = _day(text[:10])
            if day is not None and text[13] == text[16] == ":" and text[19] == ".":
                return day + _hours[text[11:13]] + _minutes[text[14:16]] + _seconds[text[17:19]] + _millis[text[20:]]
        except KeyError:
            return None
    return _parse_any(text)


def _parse_any(text: str) -> int | None:
    shape = _SHAPE.match(text.strip())
    if shape is None:
        return None
    day = _day(text.strip()[:10])
    if day is None:
        return None
    hour, minute, second, fraction, zone = shape.group(4, 5, 6, 7, 8)
    try:
        moment = day + _hours[hour or "00"] + _minutes[minute or "00"]
    except KeyError:
        return None
    if second == "60":  # a leap second is told as the last second of its minute
        second, fraction = "59", "999999"
    if second is not None:
        if second not in _seconds:
            return None
        moment += _seconds[second]
    if fraction:
        moment += int(fraction.ljust(6, "0")[:6])
    if zone and zone not in ("Z", "z", "UTC"):
        digits = zone[1:].replace(":", "")
        if digits[:2] > "18" or digits[2:] > "59":
            return None  # no clock on earth
        offset = int(digits[:2]) * HOUR + int(digits[2:] or 0) * MINUTE
        moment += -offset if zone[0] == "+" else offset
    return moment if EARLIEST <= moment <= LATEST else None


def parse_epoch(number: float) -> int | None:
    """Microseconds UTC of a number of seconds, milliseconds, microseconds or nanoseconds since the epoch.

    The unit is told by magnitude (years 1973 to 5138 for each); None outside.
    """
    for limit, factor in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)):
        if 1e8 <= number < limit:
            moment = int(number * factor) if isinstance(number, float) or factor < 1 else int(number) * int(factor)
            return moment if moment <= LATEST else None
    return None


def to_time(value: object) -> int | None:
    """Microseconds UTC of whatever a log may hold as a time: text, a number, or a number as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return parse_epoch(value)
    if isinstance(value, str):
        found = parse_time(value)
        if (
            found is None
            and len(value) < 40
            and value.strip().isascii()
            and value.strip().replace(".", "", 1).isdigit()
        ):
            return parse_epoch(float(value) if "." in value else int(value))
        return found
    return None


def show_time(moment: int) -> str:
    """ISO-8601 UTC with `Z`; milliseconds, or microseconds where there are any. Outside the calendar: its last moment."""
    moment = min(max(moment, EARLIEST), LATEST)
    whole = _EPOCH + timedelta(microseconds=moment)
    text = f"{whole:%Y-%m-%dT%H:%M:%S}"
    micros = moment % SECOND
    return f"{text}.{micros // 1000:03d}Z" if micros % 1000 == 0 else f"{text}.{micros:06d}Z"


def show_span(micros: int) -> str:
    """A duration for a sentence: `45 s`, `5 min`, `3 h 20 min`, `2 d 4 h`."""
    seconds = micros // SECOND
    if seconds < 60:
        return f"{seconds} s" if seconds else f"{micros // 1000} ms"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if minutes < 60:
        return f"{minutes} min" + (f" {seconds % 60} s" if seconds % 60 else "")
    if hours < 24:
        return f"{hours} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{days} d" + (f" {hours % 24} h" if hours % 24 else "")
