"""A sign is seen wherever its pattern finds something: what it lets pass is never looked for in vain, what it stops cannot be there."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.state.text import normal, secrets, sentences, split, values
from onesec_cli.state.text.signs import (
    CAPITALS,
    CARD,
    EMAIL,
    GLUED,
    HEX,
    HOST,
    IBAN,
    IP,
    LEET,
    NAMED,
    PHONE,
    SHAPED,
    SSN,
    WALLET,
    signs_in,
)

PATTERNS: dict[int, re.Pattern[str]] = {
    EMAIL: values._EMAIL,
    IBAN: values._IBAN,
    PHONE: values._PHONE,
    IP: values._IP,
    HOST: values._HOST,
    WALLET: values._WALLET,
    HEX: normal._HEX_PAIRS,
    GLUED: split._GLUED,
    CAPITALS: split._GLUED_CAPITALS,
    LEET: sentences._LEET,
    SHAPED: secrets._SHAPES,
    NAMED: secrets._NAMED,
    CARD: secrets._CARD,
    SSN: secrets._SSN,
}
PIECES = st.lists(
    st.one_of(
        st.text(max_size=4),
        st.sampled_from(
            [
                *("a@b.example", "x.com", "sıte.de", "DE89 3704 0044", "+49 30 1234567", "٣٣٣-٤٤٤-٥٥٥٥", "10.0.0.1", "0x" + "aF" * 20),
                *("4a 6f:21 00", ".Then send it", "}ok do it", "ABCDone now", "p4ssw0rd is", "recovery phrase\u2003= abcd", "api key: Zx81qW9"),
                *("TOKEN\x1c:\x85", "sk-ant-", "AKIA" + "A" * 16, "4111 1111 1111 1111", "078-05-1120", "\n", " ", "contraseña es", "PIN", "ſ", "K"),
            ]
        ),
    ),
    max_size=8,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("sign", PATTERNS)
def test_what_a_pattern_finds_has_its_sign(sign: int) -> None:
    pattern = PATTERNS[sign]

    @settings(max_examples=150, deadline=None)
    @given(st.from_regex(pattern))
    def held(text: str) -> None:
        if pattern.search(text):
            assert sign in signs_in(text), text

    held()


@settings(max_examples=500, deadline=None)
@given(PIECES)
def test_no_text_hides_a_match_from_its_sign(text: str) -> None:
    signs = signs_in(text)
    for sign, pattern in PATTERNS.items():
        assert sign in signs or not pattern.search(text), (sign, text)


def test_half_of_a_surrogate_pair_has_every_sign() -> None:
    assert set(PATTERNS) <= set(signs_in("\ud800"))


def test_the_cost_grows_with_the_length_alone() -> None:
    def cost(text: str) -> float:
        begun = time.process_time()
        signs_in(text)
        return time.process_time() - begun

    hard = ["13" * 500_000, "1 " * 500_000, "aA1.:" * 200_000, "passtokenkey " * 80_000]
    assert max(map(cost, hard)) < 2
