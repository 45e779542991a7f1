"""Secrets are found in what leaves in any spelling, and many of them cost no more than their number."""

from __future__ import annotations

import base64
import codecs
from time import process_time

import pytest

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.agents.adapter import behaviour
from onesec_cli.state.conversation.carried import MAX_READS, MAX_SECRETS, Carried
from onesec_cli.state.text.secrets import Secret, compact, found_in, pieces

VALUE = "Zx81qW9ePlm47kkTr02bV"


@pytest.mark.parametrize(
    "sent",
    [
        VALUE,
        VALUE.upper(),
        base64.b64encode(VALUE.encode()).decode(),
        base64.b64encode(b"ab" + VALUE.encode() + b"c").decode(),
        VALUE.encode().hex(),
        codecs.encode(VALUE, "rot13"),
        VALUE[::-1],
        ".".join(VALUE),
        f"{VALUE[:10]} and {VALUE[10:]}",
        f"{VALUE[4:]}",
        f"{VALUE[:9]}__{VALUE[12:]}",
    ],
)
def test_every_spelling_is_found(sent: str) -> None:
    packed = compact(f"see {sent} there").lower()
    assert found_in(Secret(VALUE, "password"), packed, pieces(packed))


def test_a_part_is_not_the_whole() -> None:
    packed = compact(VALUE[:8] + " something else " * 5).lower()
    assert not found_in(Secret(VALUE, "password"), packed, pieces(packed))


def result(number: int, text: str) -> Event:
    return behaviour(kinds.TOOL_RESULT, Origin("f", number + 1, 0, 0), "x", "s", number, 0, tool="read", text=text)


def _cost(calls: int) -> float:
    began = process_time()
    carried = Carried()
    for number in range(calls):
        carried.result(result(number, f"password=Zx{number}qW9ePlm{number} token: k{number}Tr02bVwQ9x{number}"), ())
        carried.leaves([f"Zx{number}qW9ePlm{number}"], f"e{number}.example")
    return process_time() - began


def test_many_secrets_stay_bounded() -> None:
    _cost(50)
    assert _cost(800) < 10
    carried = Carried()
    for number in range(MAX_READS + MAX_SECRETS):
        carried.result(result(number, f"password=Zx{number}qW9ePlm{number}"), ())
    assert len(carried.reads) == MAX_READS
    assert carried.forgotten == MAX_SECRETS
    last = MAX_READS + MAX_SECRETS - 1
    assert [one.kind for one in carried.leaves([f"Zx{last}qW9ePlm{last}"], "e.example")] == ["secret"]
