"""Records of a format with anything anywhere: what an adapter must take without raising."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from hypothesis import strategies as st

from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import Adapter

HERE = Origin("log.jsonl", 1, 0, 1)


class Nested(NamedTuple):
    """So deep a value, made anew each time."""

    depth: int


def fresh(junk: Any) -> Any:
    """A value that nothing else holds."""
    if not isinstance(junk, Nested):
        return copy.deepcopy(junk)
    value: Any = "x"
    for turn in range(junk.depth):
        value = [value] if turn % 2 else {"content": value}
    return value


JUNK: Sequence[Any] = (
    *(None, True, False, 0, -1, 7, 2**63, 1.5, 1e300, "", " ", "x", "\u0000\u202e", "<", "{", '{"a":', "[]", "{}"),
    *(
        "9" * 400,
        "a" * 20_000,
        "2026-03-01T09:00:00Z",
        "1e999",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"": None},
        {"a": {"b": []}},
    ),
    *([7, "x", None, {"type": 7}], {"type": "text", "text": 7}, {"content": [1]}, Nested(120), Nested(900)),
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children if len(path) < 12 else ():
        found += _paths(item, (*path, key))
    return found


@st.composite
def disturbed(draw: st.DrawFn, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Some of the records, in any order, each with up to three values replaced or left out."""
    chosen = [copy.deepcopy(record) for record in draw(st.lists(st.sampled_from(records), min_size=1, max_size=6))]
    for record in chosen:
        for _ in range(draw(st.integers(0, 3))):
            *above, last = draw(st.sampled_from(_paths(record)))
            holder: Any = record
            for step in above:
                holder = holder[step]
            if draw(st.booleans()) or isinstance(holder, list):
                holder[last] = fresh(draw(st.sampled_from(JUNK)))
            else:
                del holder[last]
            if not record:
                break
    return chosen


def survives(adapter: Adapter, records: Sequence[dict[str, Any]], waits: bool = False) -> None:
    """Every record that is recognised ends as events, ignored or a gap, and events are plain data.

    With `waits` a record may be told by a later one, or at the end; every one of them is told all the same.
    """
    adapter.start_file("log.jsonl")
    recognised = total = 0
    for record in records:
        if not adapter.recognises(record):
            continue
        told = adapter.read(record, HERE)
        assert told or waits, record
        recognised += 1
        total += len(told)
        for one in told:
            assert isinstance(one, (Event, str))
            if isinstance(one, Event):
                assert one.id
                assert all(isinstance(text, str) for text in (one.session, one.agent, one.tool, one.user))
                assert one.fields.get("text", "").__class__ is str
                assert one.fields.get("call", "").__class__ is str
                orjson.dumps(one.fields)
    total += len(adapter.close())
    assert total >= recognised, "what waited was never told"
