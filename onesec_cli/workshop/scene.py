"""The events of a test case, written as the lines of a log: what a case leaves out is filled in as Auth0 or onesec would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import orjson

from onesec_cli.model.clock import DAY, HOUR, LATEST, MINUTE, SECOND, WEEK, parse_time, show_time
from onesec_cli.model.errors import OnesecError
from onesec_cli.model.kinds import KINDS
from onesec_cli.sigma.cases import MAX_EVENTS, Case, Step, Suite
from onesec_cli.sources.auth0_types import TYPES

START: Final = 1_772_355_600 * SECOND
"""2026-03-01T09:00:00Z."""
MAX_DEPTH: Final = 50
"""Levels of a record of a case."""

_UNITS: Final = {"ms": 1000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": WEEK}
_LENGTH: Final = re.compile(r"([0-9]{1,6})(ms|s|m|h|d|w)")
_WHOLE_LENGTH: Final = re.compile(r"(?:[0-9]{1,6}(?:ms|s|m|h|d|w))+")
_STEP_KEYS: Final = frozenset(Step.__struct_fields__)
_DIGITS: Final = 36


class SceneError(OnesecError):
    """A case whose events cannot be told; says which one."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index


def log_of(suite: Suite, case: Case) -> bytes:
    """JSON Lines: one line per event, in the order of the case."""
    lines = []
    for index, record in _records(suite, case):
        try:
            lines.append(orjson.dumps(record) + b"\n")
        except orjson.JSONEncodeError as reason:
            raise SceneError(index, f"cannot be written as JSON ({reason})") from None
    return b"".join(lines)


def _records(suite: Suite, case: Case) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each record, with the index of the step it comes from."""
    start = START if suite.start is None else round(suite.start.timestamp() * SECOND)
    last: int | None = None
    number = 0
    for index, given in enumerate(case.events):
        step = _step(index, given)
        every = length(step.every) or 0
        moment = _moment(index, step, start, last)
        if number + step.repeat > MAX_EVENTS:
            raise SceneError(index, f"more than {MAX_EVENTS:,} events")
        for nth in range(1, step.repeat + 1):
            number += 1
            if nth > 1:
                moment += every
            if not 0 <= moment <= LATEST:
                raise SceneError(index, "an event later than the year 9999")
            record = _merged(index, suite.base, step.event, 0)
            told = _numbered(record, str(nth)) if step.repeat > 1 else record
            last = _fill(told, moment, number)
            yield index, told


def length(text: str) -> int | None:
    """Microseconds of a length of time such as `90s` or `1h30m`."""
    if not _WHOLE_LENGTH.fullmatch(text):
        return None
    return sum(int(count) * _UNITS[unit] for count, unit in _LENGTH.findall(text))


def _step(index: int, given: dict[str, Any]) -> Step:
    """The step that a mapping is, or one step of the record it is."""
    if "event" in given and given.keys() <= _STEP_KEYS:
        try:
            return msgspec.convert(given, Step)
        except msgspec.ValidationError as reason:
            raise SceneError(index, str(reason)) from None
    return Step(event=given)


def _moment(index: int, step: Step, start: int, last: int | None) -> int:
    """When the first event of a step happens."""
    if step.at is None:
        return start if last is None else last + (length(step.every) or 0)
    span = length(step.at)
    moment = start + span if span is not None else parse_time(step.at)
    if moment is None:
        raise SceneError(
            index, f"at: {step.at!r} is neither an ISO-8601 time nor a length of time such as 90s or 1h30m"
        )
    return moment


def _merged(index: int, base: Any, over: Any, depth: int) -> Any:
    """`over`, with what only `base` says; mappings are merged, all else is replaced. The result shares nothing with either."""
    if depth > MAX_DEPTH:
        raise SceneError(index, "nested too deeply")
    if isinstance(base, dict) and isinstance(over, dict):
        names = [*base, *(name for name in over if name not in base)]
        return {name: _merged(index, base.get(name), over.get(name, base.get(name)), depth + 1) for name in names}
    if isinstance(over, dict):
        return {name: _merged(index, None, item, depth + 1) for name, item in over.items()}
    if isinstance(over, list):
        return [_merged(index, None, item, depth + 1) for item in over]
    return over


def _numbered(value: Any, nth: str) -> Any:
    """The value with `{n}` replaced in every text of it."""
    if isinstance(value, str):
        return value.replace("{n}", nth)
    if isinstance(value, dict):
        return {name: _numbered(item, nth) for name, item in value.items()}
    return [_numbered(item, nth) for item in value] if isinstance(value, list) else value


def _fill(record: dict[str, Any], moment: int, number: int) -> int:
    """Give a canonical record or a tenant log event what it left out; its time, which the next event follows."""
    if "onesec" in record or record.get("kind") in KINDS:
        record.setdefault("onesec", 1)
        record.setdefault("id", f"case-{number}")
        return _timed(record, "time", moment)
    inner = record.get("data")
    event = inner if isinstance(inner, dict) and "type" in inner else record
    if event.get("type") in TYPES:
        told = _timed(event, "date", moment)
        if not any(name in one for one in (record, event) for name in ("log_id", "_id", "id")):
            record["log_id"] = _log_id(told, number)
        return told
    return moment


def _timed(record: dict[str, Any], name: str, moment: int) -> int:
    """The time of a record; where it has none, it gets `moment`."""
    given = record.setdefault(name, show_time(moment))
    told = parse_time(given) if isinstance(given, str) else None
    return moment if told is None else told


def _log_id(moment: int, number: int) -> str:
    """An id of the form Auth0 gives: three digits, the time of ingest, and 36 more digits."""
    stamp = "".join(char for char in show_time(moment)[:23] if char.isdigit())
    return f"900{stamp}{number:0{_DIGITS}d}"
