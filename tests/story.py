"""Logs told as stories: lines of events, with the lines that must raise something marked.

    2026-03-01
    09:00 token.exchange agent=bot user=alice connection=google scope=calendar.read
    09:05 token.exchange agent=bot user=alice connection=google scope=mail.send  # scope-escalation high
    end                                                                          # rapid-exchange

A mark is `rule [level] [verdict]`, several separated by commas; `end` marks what `finish` says. A line without a mark
must stay silent. `check` also proves the cut law: state saved and loaded after every event changes nothing.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from typing import Any

from onesec_cli.model.clock import DAY, parse_time, show_time
from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import LEVELS
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sources.canonical import KNOWN, normalise

Mark = tuple[str, ...]

WORD = re.compile(r"""(?:[^\s'"=]+=)?(?:'[^']*'|"[^"]*"|\S+)""")


def read_story(text: str) -> tuple[list[Event], dict[int, list[Mark]]]:
    """The events of a story, and the marks by index of their event (-1 for `end`)."""
    events: list[Event] = []
    marks: dict[int, list[Mark]] = {}
    day = "2026-03-01"
    for number, line in enumerate(inspect.cleandoc(text).splitlines(), 1):
        told, _, comment = line.partition("  #") if "  #" in line else line.partition("\t#")
        words = WORD.findall(told)
        if not words or words[0].startswith("#"):
            continue
        if re.fullmatch(r"\d{4}-\d\d-\d\d", words[0]):
            day = words[0]
            continue
        if re.fullmatch(r"\+\d+d", words[0]):
            moment = parse_time(day)
            assert moment is not None
            day = show_time(moment + int(words[0][1:-1]) * DAY)[:10]
            continue
        index = -1
        if words[0] != "end":
            index = len(events)
            events.append(_event(day, words, number, line))
        if comment.strip():
            marks[index] = [tuple(mark.split()) for mark in comment.split(",")]
    return events, marks


def _when(day: str, text: str) -> str:
    return f"{day}T{text}Z" if re.match(r"\d\d:\d\d", text) else text


def _event(day: str, words: list[str], number: int, line: str) -> Event:
    record: dict[str, Any] = {"onesec": 1, "time": _when(day, words[0]), "kind": words[1]}
    fields: dict[str, Any] = {}
    for word in words[2:]:
        name, separator, value = word.partition("=")
        assert separator, f"story line {number}: {word!r} is not key=value"
        if value[:1] in ("'", '"') and value[-1:] == value[:1]:
            value = value[1:-1]
        name = "scopes" if name == "scope" else name
        if name in ("expires", "not_before"):
            record[name] = _when(day, value)
        elif name in KNOWN:
            record[name] = value
        else:
            fields[name] = _json(value)
    record["fields"] = fields
    record.setdefault("tenant", "acme")
    record.setdefault("id", f"{number:04d}")
    event = normalise(record, Origin("story", number, number * 100, 99))
    assert isinstance(event, Event), f"story line {number}: {event}: {line}"
    return event


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _replay(
    detector: Callable[[Policy], Detector[Any]], events: list[Event], policy: Policy, cut: bool
) -> list[list[Finding]]:
    """Findings per event, then those of `finish`; with `cut`, through saved state after each event."""
    replay = Replay([detector(policy)])
    told = []
    for event in events:
        told.append(list(replay.feed([event])))
        if cut:
            saved = replay.save()
            replay = Replay([detector(policy)])
            replay.load(saved)
    told.append(list(replay.finish()))
    return told


def _fits(finding: Finding, mark: Mark) -> bool:
    said = {finding.level.name, finding.verdict}
    known = {*LEVELS, finding.verdict}
    return (
        finding.rule == mark[0]
        and all(word in said for word in mark[1:] if word in known or word in LEVELS)
        and (all(word in LEVELS or word == finding.verdict for word in mark[1:]))
    )


def check(detector: Callable[[Policy], Detector[Any]], story: str, policy: Policy | None = None) -> list[Finding]:
    """Hold a detector against a story, whole and at every cut; the findings, in order, for closer looks."""
    events, marks = read_story(story)
    ordered = [event.time for event in events]
    assert ordered == sorted(ordered), "a story is told in order"
    policy = policy or Policy()
    whole = _replay(detector, events, policy, cut=False)
    assert _replay(detector, events, policy, cut=True) == whole, "the cut law is broken"
    for index, found in enumerate(whole):
        expected = marks.get(index if index < len(events) else -1, [])
        where = f"line {events[index].origin.line}" if index < len(events) else "end"
        said = [(finding.rule, finding.level.name, finding.verdict, finding.message) for finding in found]
        assert len(found) == len(expected), f"{where}: expected {expected}, got {said}"
        for finding, mark in zip(sorted(found, key=str), sorted(expected), strict=True):
            assert any(_fits(one, mark) for one in found), f"{where}: expected {mark}, got {said}"
            assert any(_fits(finding, one) for one in expected), f"{where}: expected {expected}, got {said}"
    return [finding for found in whole for finding in found]
