"""Nesting that no encoder and no recursion can follow never stops a run, and hides nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onesec_cli.pipeline import analyze
from onesec_cli.sources.values import MAX_DEPTH, shallow


def nested(key: str, depth: int, leaf: str = '"needle"') -> str:
    return f'{{"{key}":' * depth + leaf + "}" * depth


HOSTS = (
    '{"messages":[{"role":"user","content":"hi"}],"metadata":DEEP}',
    '{"role":"user","content":"hi","metadata":DEEP}',
    '{"onesec":1,"time":"2026-03-02T09:00:00Z","kind":"agent.start","session":"s","role":DEEP}',
    '{"onesec":1,"time":"2026-03-02T09:00:00Z","kind":"delegation.issue","expires":DEEP,"delegate":"a"}',
    '{"onesec":1,"time":"2026-03-02T09:00:00Z","kind":"tool.call","session":"s","fields":{"args":DEEP}}',
    '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1772355600000000000","body":{"stringValue":'
    '"claude_code.tool_result"},"attributes":[{"key":"tool_name","value":{"stringValue":"t"}},'
    '{"key":"tool_input","value":DEEP},{"key":"tool_parameters","value":DEEP}]}]}]}]}',
    *(
        '{"date":"2026-03-02T09:00:00Z","type":"sapi","log_id":"9","details":{"request":{"method":"post","path":'
        f'"/api/v2/{path}","body":{{"{name}":DEEP,"sink":DEEP,"filters":[DEEP]}}}},"response":{{"body":{{"{name}":DEEP}}}}}}}}'
        for path in ("log-streams", "organizations/o/invitations", "clients", "attack-protection/x")
        for name in ("id", "email", "name")
    ),
)


@pytest.mark.parametrize("key", ["metadata", "content", "a"])
@pytest.mark.parametrize("depth", [260, 700, 1000])
@pytest.mark.parametrize("host", HOSTS)
def test_every_record_is_counted(host: str, depth: int, key: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text(host.replace("DEEP", nested(key, depth)) + "\n")
    (file,) = analyze([str(path)]).inputs
    assert file.records == file.events + file.duplicates + file.ignored + file.gaps > 0


def test_what_lies_deep_is_kept_as_text() -> None:
    record = json.loads(nested("a", 400))
    kept = shallow(record)
    for _ in range(MAX_DEPTH - 1):
        kept = kept["a"]
    assert "needle" in kept["a"]


def test_a_record_that_encoders_take_stays_itself() -> None:
    record = json.loads(nested("a", 200))
    assert shallow(record) is record
