"""The report says what agent logs left out, and who could not judge because of it."""

from __future__ import annotations

import json
from pathlib import Path

from onesec_cli.detectors.evidence_integrity import EvidenceIntegrity
from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.policy import Policy
from onesec_cli.sources.agents.carried import Carried
from tests.run import scan

CALL = {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": "t", "arguments": "{}"}}]}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "ok"}
GOAL = {"role": "user", "content": "Go"}


def notes(tmp_path: Path, *talks: list[object]) -> list[str]:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"id": str(n), "messages": m}) for n, m in enumerate(talks)))
    return [note for note in scan(tmp_path)["coverage"]["notes"] if "format chat" in note]


def test_conversations_without_results_or_goals_are_named(tmp_path: Path) -> None:
    told = notes(tmp_path, [GOAL, CALL, RESULT], [GOAL, CALL], [CALL, RESULT])
    assert len(told) == 2
    assert told[0].startswith("Cannot be assessed in 1 of 3 conversations of format chat: what a person asked")
    assert told[1].startswith("Cannot be assessed in 1 of 3 conversations of format chat: results")


def test_whole_conversations_and_those_without_calls_need_no_note(tmp_path: Path) -> None:
    assert notes(tmp_path, [GOAL, CALL, RESULT], [GOAL, {"role": "assistant", "content": "Hi"}]) == []


def test_an_empty_result_was_captured(tmp_path: Path) -> None:
    assert notes(tmp_path, [GOAL, CALL, {**RESULT, "content": ""}]) == []


def test_the_note_names_the_detectors_that_read_what_is_missing() -> None:
    class Reads(EvidenceIntegrity):
        reads = frozenset({kinds.TOOL_RESULT})

    carried = Carried()
    origin = Origin("a", 1, 0, 1)
    carried.add(Event(time=0, kind=kinds.TOOL_CALL, origin=origin, source="x", session="s", fields={"args": {}}))
    carried.add(Event(time=0, kind=kinds.GOAL_SET, origin=origin, source="x", session="s", fields={"text": "a"}))
    carried.add(Event(time=0, kind=kinds.TOOL_RESULT, origin=origin, source="x", session="s", fields={"cut": True}))
    result, cut = carried.notes([Reads(Policy())])
    assert result.endswith("results of tool calls were not captured, which evidence-integrity would judge.")
    assert cut.startswith("1 tool results of format x were cut")
