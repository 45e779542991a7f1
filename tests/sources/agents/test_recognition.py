"""Which format reads a record: told by content, never at the cost of a tenant log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.sources.agents.logs import ADAPTERS, AgentLogs
from onesec_cli.sources.shapes import NOT_A_TRAIL, SHAPES, Shape
from tests.run import scan
from tests.sources.test_envelopes import ENVELOPES

SAMPLES = [(adapter, shape) for adapter in ADAPTERS for shape in adapter.shapes]


def records(text: str) -> list[dict[str, Any]]:
    """The records of a sample: one value, or one a line."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        found = [json.loads(line) for line in text.splitlines()]
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize(("adapter", "shape"), SAMPLES, ids=lambda one: getattr(one, "name", ""))
def test_a_sample_of_each_shape_is_read_by_its_format(tmp_path: Path, adapter: Any, shape: Shape) -> None:
    (tmp_path / "a.log").write_text(shape.sample + "\n", encoding="utf-8")
    report = scan(tmp_path)
    assert report["inputs"][0]["gaps"] == 0
    assert report["inputs"][0]["events"] > 0
    assert adapter.name in report["inputs"][0]["format"].split(", ")


PLAIN = [shape for shape in SHAPES if shape.name not in ("firehose", "cloudwatch")]
TENANT = [*ENVELOPES.values(), *(record for shape in PLAIN for record in records(shape.sample))]


@pytest.mark.parametrize("record", TENANT, ids=lambda record: "+".join(sorted(record))[:40])
def test_no_agent_format_takes_a_tenant_log(record: dict[str, Any]) -> None:
    assert AgentLogs().adapter_of(record) is None


def test_no_agent_format_takes_another_product() -> None:
    for shape in NOT_A_TRAIL:
        assert AgentLogs().adapter_of(json.loads(shape.sample)) is None
