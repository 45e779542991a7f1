"""No agent log format takes a tenant log, in any envelope, and none takes a record of another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from onesec_cli.sources.agents.logs import ADAPTERS, AGENT_SHAPES, AgentLogs
from onesec_cli.sources.shapes import NOT_A_TRAIL, SHAPES
from tests.run import DATA
from tests.sources.agents.samples import SAMPLES
from tests.sources.test_envelopes import ENVELOPES


def records() -> list[tuple[str, Any]]:
    found = list(ENVELOPES.items())
    for shape in (*SHAPES, *NOT_A_TRAIL):
        start = shape.sample.index("{") if shape.sample[0] not in "{[" else 0
        value, _ = json.JSONDecoder().raw_decode(shape.sample[start:])
        found.append((shape.name, value[0] if isinstance(value, list) else value))
    return found


@pytest.mark.parametrize(("name", "record"), records(), ids=lambda one: one if isinstance(one, str) else "")
def test_a_tenant_log_is_nobodys(name: str, record: dict[str, Any]) -> None:
    for one in (record, {**record, "user": "x", "session_id": "s", "name": "n", "id": "1", "timestamp": "2026-03-01"}):
        assert AgentLogs().adapter_of(one) is None


LABELLED = DATA / "auth0-labelled" / "events.jsonl"


@pytest.mark.skipif(not LABELLED.exists(), reason=f"no {LABELLED}: set ONESEC_SHARED")
def test_real_tenant_logs_are_nobodys() -> None:
    for line in LABELLED.read_text().splitlines():
        assert AgentLogs().adapter_of(json.loads(line)) is None


@pytest.mark.parametrize("sample", [*(json.loads(shape.sample) for shape in AGENT_SHAPES), *SAMPLES], ids=str)
def test_a_record_is_of_one_format(sample: dict[str, Any]) -> None:
    assert len([make.name for make in ADAPTERS if make().recognises(sample)]) == 1
