"""Whatever a record of an agent log holds, it is told, ignored or a gap; it never stops a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.logs import ADAPTERS, AGENT_SHAPES, AgentLogs
from tests.sources.agents.samples import SAMPLES

DEEP = json.loads('{"a":' * 240 + "[" * 240 + "1" + "]" * 240 + "}" * 240)
ODD: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -1,
        7,
        2**63,
        2**64 - 1,
        1e300,
        -0.5,
        "",
        " ",
        "x",
        "9" * 5000,
        "{",
        "[1]",
        '{"a":1}',
        "\x00",
    ),
    *([], {}, [[]], [{}], [None], ["x", 1, None], {"a": {}}, {"type": []}, [{"type": {}}], {"role": {}}, DEEP, [DEEP]),
    *("2026-03-01T09:00:00Z", "9999-99-99T99:99:99Z", "é" * 100, "<system-reminder>" * 50, "mcp____", "../../.."),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from paths(item, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any, drop: bool = False) -> Any:
    """A copy with another value at a place, or with none."""
    copy = json.loads(json.dumps(value))
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return copy


def tell(records: list[Any]) -> None:
    """Read records as a run does."""
    logs = AgentLogs()
    logs.start_file("s/subagents/agent-a.meta.json")
    files = {"s/subagents/agent-a.meta.json"}
    waiting: set[str] = set()
    for number, record in enumerate(records):
        adapter = logs.adapter_of(record)
        if adapter is None:
            continue
        told = adapter.read(record, Origin("s/subagents/agent-a.meta.json", number + 1, 0, 1))
        assert all(isinstance(one, (Event, str)) for one in told)
        if not told:
            waiting.add(adapter.name)
        elif adapter.name == "mcp":  # a call also tells the records before it that waited for it
            waiting.discard("mcp")
    late = logs.close()
    assert not waiting or late
    assert all((one.origin.file if isinstance(one, Event) else one.file) in files for one in late)


RECORDS = [*(json.loads(shape.sample) for shape in AGENT_SHAPES), *SAMPLES]


@pytest.mark.parametrize("sample", RECORDS, ids=lambda sample: "-".join(list(sample)[:3]) if sample else "")
def test_any_value_in_any_place_is_borne(sample: Any) -> None:
    for path in paths(sample):
        for value in ODD:
            tell([changed(sample, path, value), sample])
        tell([changed(sample, path, None, drop=True), sample])


LEAF = st.sampled_from(ODD)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_many_odd_values_and_repeated_ids_are_borne(data: st.DataObject) -> None:
    records = []
    for _ in range(data.draw(st.integers(1, 6))):
        record = data.draw(st.sampled_from(RECORDS))
        for _ in range(data.draw(st.integers(0, 4))):
            places = list(paths(record))
            if places:
                record = changed(record, data.draw(st.sampled_from(places)), data.draw(LEAF))
        records += [record] * data.draw(st.integers(1, 2))
    tell(records)


@pytest.mark.parametrize(
    "said",
    [
        "<",
        "<system-reminder>",
        "x<system-reminder>",
        "\n",
        " ",
        "</system-reminder><system-reminder>",
        "\n<system-reminder></system-reminder>",
        "System: [x]\n",
        "x (untrusted metadata):\n```\n```\n",
        "<persisted-output>",
        "mcp__",
        "[{",
        '{"type"',
    ],
)
def test_long_texts_cost_what_they_weigh(said: str) -> None:
    """Nothing searches a long text from each of its places again."""
    said = said * (1_000_000 // len(said))
    head = {"type": "message", "id": "e", "parentId": None, "timestamp": "2026-03-01T09:00:00Z"}
    line = {"type": "user", "sessionId": "s", "uuid": "u", "parentUuid": None, "timestamp": "2026-03-01T09:00:00Z"}
    block = {"type": "tool_result", "tool_use_id": said, "content": said}
    span = {"name": said, "context": {"trace_id": "t", "span_id": "a"}, "span_kind": "TOOL"}
    start = process_time()
    tell(
        [
            {"messages": [{"role": "user", "content": said}, {"role": "tool", "tool_call_id": "c", "content": said}]},
            {**head, "message": {"role": "user", "content": said}},
            {**line, "message": {"role": "user", "content": said}},
            {**line, "message": {"role": "user", "content": [block]}, "toolUseResult": {"persistedOutputPath": said}},
            {**span, "attributes": {"tool.name": said, "input.value": said, "output.value": said}},
            {**span, "span_kind": "LLM", "attributes": {"gen_ai.prompt": said, f"gen_ai.prompt.0.{said[:100]}": said}},
        ]
    )
    assert process_time() - start < 3


def test_no_two_formats_share_a_name() -> None:
    assert len({adapter.name for adapter in ADAPTERS}) == len(ADAPTERS)
    assert len({shape.name for shape in AGENT_SHAPES}) == len(AGENT_SHAPES)
