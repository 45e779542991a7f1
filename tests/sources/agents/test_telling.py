"""What adapters share: a bounded memory that stays quick, and texts of persons taken apart."""

from __future__ import annotations

import pytest

from onesec_cli.sources.agents.telling import Known, spoken

TAGS = frozenset({"context", "permissions instructions"})


def test_a_memory_keeps_what_was_asked_for_and_stays_within_its_cap() -> None:
    known: Known[int, int] = Known(100)
    for number in range(10_000):
        known.put(number, number)
        assert known.get(7) == (7 if number >= 7 else None)
    assert known.get(9_999) == 9_999
    assert known.get(5_000) is None
    assert sum(known.get(number) is not None for number in range(9_000, 10_000)) <= 100


@pytest.mark.parametrize(
    ("text", "typed", "context"),
    [
        ("Do it", "Do it", ""),
        ("<context>a</context>", "", "<context>a</context>"),
        ("<context>a</context>\nDo it", "Do it", "<context>a</context>"),
        ("<CONTEXT>a</CONTEXT><context>b</context> c", "c", "<CONTEXT>a</CONTEXT><context>b</context>"),
        ("<context>a</context> quoted </context>", "", "<context>a</context> quoted </context>"),
        ("<context>never closed", "", "<context>never closed"),
        (
            "<permissions instructions>x</permissions instructions>",
            "",
            "<permissions instructions>x</permissions instructions>",
        ),
        ("<other>a</other>", "<other>a</other>", ""),
        ("See <context>a</context>", "See <context>a</context>", ""),
        ("Start: whole", "", "Start: whole"),
        ("İ<context>", "İ<context>", ""),
    ],
)
def test_what_a_harness_writes_is_taken_out_of_a_prompt(text: str, typed: str, context: str) -> None:
    assert spoken(text, TAGS, ("Start:",)) == (typed, context)
