"""What is written piece by piece is what would have been written at once."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.reports.encode import encode
from onesec_cli.reports.stream import document_pieces, filled_list

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES | st.lists(VALUES), min_size=1, max_size=5))
def test_a_streamed_document_has_the_same_bytes(pairs: dict[str, Any]) -> None:
    streamed = {key: iter(value) if isinstance(value, list) else value for key, value in pairs.items()}
    assert "".join(document_pieces(streamed)) == encode(pairs, indent=2) + "\n"


@given(st.lists(VALUES), st.text())
def test_a_filled_list_is_the_document_with_the_items_in_it(items: list[Any], text: str) -> None:
    around = {"told": text + "[]", "runs": [{"a": [], "results": []}]}
    told = json.loads("".join(filled_list(around, items)))
    assert encode(told) == encode(json.loads(encode({"told": text + "[]", "runs": [{"a": [], "results": items}]})))
