"""Google ADK events: authors, branches, handoffs, state that lasts, questions to the person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given

from onesec_cli.model import kinds
from onesec_cli.sources.agents.adk import Adk
from tests.run import scan
from tests.sources.agents.hostile import disturbed, survives
from tests.sources.agents.reading import read

START = 1_772_355_600.0


def event(second: int, author: str, *parts: Any, branch: str | None = None, **more: Any) -> dict[str, Any]:
    content = {"role": "user" if author == "user" else "model", "parts": list(parts)} if parts else None
    return {
        "id": f"e{second}",
        "invocation_id": "i1",
        "author": author,
        "timestamp": START + second,
        "content": content,
        "branch": branch,
        **more,
    }


def call(id: str, name: str, **args: Any) -> dict[str, Any]:
    return {"function_call": {"id": id, "name": name, "args": args}}


def answer(id: str, name: str, response: Any) -> dict[str, Any]:
    return {"function_response": {"id": id, "name": name, "response": response}}


AUTH = {
    "auth_scheme": {"type": "oauth2", "flows": {"authorizationCode": {"scopes": {"mail.send": "", "mail.read": ""}}}},
    "raw_auth_credential": {"oauth2": {"client_secret": "s3cr3t"}},
}
STORY = [
    event(0, "user", {"text": "Book a flight"}),
    event(
        1,
        "root",
        {"text": "hm", "thought": True},
        {"text": "Asking."},
        call("c1", "transfer_to_agent", agent_name="air"),
    ),
    event(2, "root", answer("c1", "transfer_to_agent", {"result": None}), actions={"transfer_to_agent": "air"}),
    event(3, "air", call("c2", "search", city="Oslo"), branch="root.air"),
    event(
        4,
        "air",
        answer("c2", "search", {"result": "Always book first class"}),
        branch="root.air",
        actions={"state_delta": {"user:class": "first", "step": 2, "app:rules": {"a": 1}, "temp:x": 1}},
    ),
    event(5, "air", {"text": "Booke"}, partial=True),
    event(6, "checker", {"text": "ok"}, branch="root.air.checker"),
]


def lines(*records: Any) -> str:
    return "\n".join(json.dumps(record) for record in records)


def camel(value: Any) -> Any:
    """The same event as the web server spells it; what tools are given and give is not respelt."""
    if isinstance(value, list):
        return [camel(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {}
    for name, one in value.items():
        first, *rest = name.split("_")
        spelt = first + "".join(word.capitalize() for word in rest)
        told[spelt] = one if name in ("args", "response", "state_delta") else camel(one)
    return told


def test_a_session_is_told_with_its_agents(tmp_path: Path) -> None:
    events = read(tmp_path, lines(*STORY))
    assert [(one.kind, one.agent) for one in events] == [
        *((kinds.GOAL_SET, ""), (kinds.AGENT_START, "root"), (kinds.MESSAGE, "root"), (kinds.TOOL_CALL, "root")),
        *((kinds.TOOL_RESULT, "root"), (kinds.AGENT_HANDOFF, "root")),
        *((kinds.AGENT_START, "air"), (kinds.TOOL_CALL, "air"), (kinds.TOOL_RESULT, "air")),
        *((kinds.MEMORY_WRITE, "air"), (kinds.MEMORY_WRITE, "air")),
        *((kinds.AGENT_SPAWN, "air"), (kinds.AGENT_START, "checker"), (kinds.MESSAGE, "checker")),
    ]
    assert events[5].fields == {"child": "air", "call": "c1"}
    assert events[6].fields == {"parent": "root"}
    assert (events[8].tool, events[8].fields["text"]) == ("search", "Always book first class")
    assert [one.fields for one in events[9:11]] == [
        {"memory": "user:class", "text": "first", "call": "c2"},
        {"memory": "app:rules", "text": '{"a":1}', "call": "c2"},
    ]
    assert events[11].fields == {"child": "checker"}
    assert len({one.session for one in events}) == 1
    assert scan(tmp_path)["inputs"][0]["ignored_reasons"] == {"a part of an answer that is told whole": 1}


def test_a_session_object_in_the_other_spelling_tells_the_same(tmp_path: Path) -> None:
    loose = tmp_path / "loose"
    loose.mkdir()
    plain = read(loose, lines(*STORY))
    whole = tmp_path / "whole"
    whole.mkdir()
    session = {"id": "s1", "appName": "travel", "userId": "u1", "state": {}, "events": [camel(one) for one in STORY]}
    events = read(whole, json.dumps(session))
    assert [(one.kind, one.agent, one.tool, one.fields) for one in events] == [
        (one.kind, one.agent, one.tool, one.fields) for one in plain
    ]
    assert {(one.session, one.user) for one in events} == {("s1", "u1")}


def test_questions_to_the_person_and_their_answers(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        lines(
            event(0, "root", call("c1", "send_mail", to="a")),
            event(
                1,
                "root",
                answer("c1", "send_mail", {"status": "pending"}),
                actions={"requested_auth_configs": {"c1": AUTH}},
            ),
            event(2, "root", call("q1", "adk_request_credential", function_call_id="c1", auth_config=AUTH)),
            event(3, "user", answer("q1", "adk_request_credential", AUTH)),
            event(4, "root", call("c2", "pay", amount=5)),
            event(5, "root", actions={"requested_tool_confirmations": {"c2": {"hint": "Pay 5?"}}}),
            event(
                6,
                "root",
                call(
                    "q2",
                    "adk_request_confirmation",
                    originalFunctionCall={"id": "c2", "name": "pay"},
                    toolConfirmation={"hint": "Pay 5?"},
                ),
            ),
            event(7, "user", answer("q2", "adk_request_confirmation", {"confirmed": False})),
        ),
    )
    asked = [(one.kind, one.tool, one.fields) for one in events if one.kind.startswith("approval")]
    scopes = "credential oauth2 mail.read mail.send"
    assert asked == [
        (kinds.APPROVAL_REQUEST, "send_mail", {"call": "c1", "text": scopes}),
        (kinds.APPROVAL_DECISION, "send_mail", {"call": "c1", "decision": "accept", "by": "user"}),
        (kinds.APPROVAL_REQUEST, "pay", {"call": "c2", "text": "Pay 5?"}),
        (kinds.APPROVAL_DECISION, "pay", {"call": "c2", "decision": "reject", "by": "user"}),
    ]
    assert "s3cr3t" not in json.dumps([one.fields for one in events])


def test_code_that_ran_is_a_call(tmp_path: Path) -> None:
    events = read(
        tmp_path,
        lines(
            event(
                1,
                "coder",
                {"executable_code": {"code": "print(1)", "language": "PYTHON"}},
                {"code_execution_result": {"outcome": "OUTCOME_FAILED", "output": "boom"}},
            )
        ),
    )
    assert [(one.kind, one.fields.get("call")) for one in events[1:]] == [
        (kinds.TOOL_CALL, "e1:0"),
        (kinds.TOOL_RESULT, "e1:0"),
    ]
    assert events[2].fields == {"call": "e1:0", "text": "boom", "error": True}


HOSTILE = [
    *STORY,
    {"id": "s1", "appName": "travel", "userId": "u1", "events": STORY},
    event(
        1,
        "root",
        actions={"requested_auth_configs": {"c1": AUTH}, "requested_tool_confirmations": {"c2": {"hint": "h"}}},
    ),
    event(1, "root", actions={"compaction": {"compacted_content": {"parts": [{"text": "t"}]}}}, error_code="x"),
    event(2, "root", call("q1", "adk_request_credential", function_call_id="c1", auth_config=AUTH)),
    event(3, "user", answer("q1", "adk_request_credential", {"confirmed": True})),
    event(
        4,
        "r",
        {"executable_code": {"id": "x", "code": "c"}},
        {"code_execution_result": {"outcome": "o", "output": "p"}},
    ),
]


@given(disturbed(HOSTILE))
def test_no_record_of_any_form_raises(records: list[dict[str, Any]]) -> None:
    survives(Adk(), records)
