"""Conversations for detectors of the behaviour trail, told as turns and read by a real adapter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from onesec_cli.model.detector import Detector
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.finding import Finding
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sources.agents.chat import Chat

Turn = str | tuple[str, str] | tuple[str, Any, str]
"""What the user says; `("system", text)` or `("assistant", text)`; or a call: its tool, its arguments, its result."""


def messages(*turns: Turn) -> list[dict[str, Any]]:
    """The turns as Chat Completions messages."""
    told: list[dict[str, Any]] = []
    for turn in turns:
        if isinstance(turn, str):
            told.append({"role": "user", "content": turn})
        elif len(turn) == 2:
            told.append({"role": turn[0], "content": turn[1]})
        else:
            tool, args, result = turn
            call = f"call_{len(told)}"
            function = {"name": tool, "arguments": json.dumps(args)}
            told.append(
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"id": call, "type": "function", "function": function}],
                }
            )
            told.append({"role": "tool", "tool_call_id": call, "content": result})
    return told


def events(*turns: Turn) -> Iterator[Event]:
    """The turns as events, in order."""
    for event in Chat().read({"id": "talk", "messages": messages(*turns)}, Origin("talk", 1, 0, 99)):
        assert isinstance(event, Event), event
        yield event


def judged(detector: type[Detector[Any]], *turns: Turn, policy: Policy | None = None) -> list[Finding]:
    """What a detector says of a conversation; saving and loading its state after every event must change nothing."""
    policy = policy or Policy()
    whole = Replay([detector(policy)])
    found = [*whole.feed(events(*turns)), *whole.finish()]
    cut = Replay([detector(policy)])
    pieces = []
    for event in events(*turns):
        pieces += list(cut.feed([event]))
        saved = cut.save()
        cut = Replay([detector(policy)])
        cut.load(saved)
    pieces += list(cut.finish())
    assert pieces == found, "the cut law is broken"
    return found
