"""One trajectory in several formats tells the same story. The data is read where it is; without it the tests skip."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from onesec_cli.model import kinds
from onesec_cli.model.event import Event
from onesec_cli.model.kinds import BEHAVIOUR
from tests.reading import read
from tests.run import DATA

FORMATS = (
    Path(os.environ["ONESEC_SHARED"]) / "data/agent-formats"
    if "ONESEC_SHARED" in os.environ
    else DATA / "agent-formats"
)
NAMES = sorted(path.name.removesuffix(".chat.json") for path in FORMATS.glob("*.chat.json"))
TOOLS = (kinds.TOOL_CALL, kinds.TOOL_RESULT)


def story(name: str, only: tuple[str, ...] = (), calls: bool = True) -> list[tuple[str, ...]]:
    """What a rendering tells, without what only some formats have: operators' words and heads of sessions."""
    told = read(FORMATS / name, BEHAVIOUR)
    assert not told.gaps
    return [
        _told(event, calls)
        for event in told.events
        if (event.kind in only if only else event.kind != kinds.AGENT_START) and event.fields.get("author") != "system"
    ]


def _told(event: Event, calls: bool) -> tuple[str, ...]:
    fields = event.fields
    args = json.dumps(fields.get("args"), sort_keys=True)
    return (event.kind, event.tool, fields.get("call", "") if calls else "", args, fields.get("text", ""))


@pytest.mark.skipif(not NAMES, reason=f"no renderings at {FORMATS.name}: the shared data is not here")
@pytest.mark.parametrize("name", NAMES or ["none"])
@pytest.mark.parametrize("format", ["codex", "gemini"])
def test_a_rendering_tells_what_the_chat_tells(name: str, format: str) -> None:
    assert story(f"{name}.{format}.jsonl") == story(f"{name}.chat.json")


@pytest.mark.skipif(not NAMES, reason=f"no renderings at {FORMATS.name}: the shared data is not here")
@pytest.mark.parametrize("name", NAMES or ["none"])
def test_mcp_tells_the_calls_and_results_of_the_chat(name: str) -> None:
    assert story(f"{name}.mcp.jsonl", TOOLS, calls=False) == story(f"{name}.chat.json", TOOLS, calls=False)
