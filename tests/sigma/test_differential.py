"""Three judges on the same rules and records: the engine, the reference evaluator, and pySigma's SQLite backend."""

from __future__ import annotations

from itertools import combinations

import pytest

from onesec_cli.sigma.values import fold
from tests.sigma import windows_differential
from tests.sigma.differential import reference_hits, round_of
from tests.sigma.generate import PLACEHOLDERS, made
from tests.sigma.judges import engine_hits
from tests.sigma.reference_values import same


@pytest.mark.parametrize("seed", range(5))
def test_engine_and_reference_agree_on_made_rules_and_records(seed: int) -> None:
    told, odd = round_of(seed)
    assert not odd, odd[0]
    assert told["pairs"] > 5_000
    assert told["rules that match some records and not others"] > 15
    assert told["matches"] > 500


@pytest.mark.parametrize("seed", range(4))
def test_correlations_fire_where_brute_force_says(seed: int) -> None:
    told, odd = windows_differential.round_of(seed)
    assert not odd, odd[0]
    assert told["correlations that fire"] > 25
    assert told["firings"] > 200


def test_a_rule_that_runs_alone_says_what_the_reference_says() -> None:
    texts, records = made(77, 40, 40)
    for text in texts:
        told = engine_hits([text], records, PLACEHOLDERS)
        hits, left_open = reference_hits(text, records)
        assert told.skipped or told.hits[0] - left_open == hits, text


EXPLAINED = {
    frozenset(
        "\u0390\u1fd3"
    ): "iota with dialytika and tonos, encoded twice: equal only by full case folding, into three letters",
    frozenset("\u03b0\u1fe3"): "upsilon with dialytika and tonos, encoded twice: the same",
    frozenset("\ufb05\ufb06"): "two ligatures that full case folding writes as s and t",
}
"""Pairs of letters on which engine (letter by letter) and reference (by full case folding) differ, and why."""


def test_engine_and_reference_agree_on_the_case_of_every_letter_but_for_what_is_explained() -> None:
    every = (chr(number) for number in range(0x110000) if not 0xD800 <= number < 0xE000)
    letters = [one for one in every if {one.lower(), one.upper(), one.casefold()} != {one}]
    kin: dict[str, set[str]] = {}
    for letter in letters:
        for name in {letter.lower(), letter.upper(), letter.casefold(), letter}:
            kin.setdefault(name, set()).add(letter)
    pairs = {frozenset(pair) for group in kin.values() if len(group) > 1 for pair in combinations(sorted(group), 2)}
    odd = {pair for pair in pairs if (len({fold(letter) for letter in pair}) == 1) is not same(*pair, cased=False)}
    assert len(pairs) > 1_300
    assert odd == set(EXPLAINED)


def test_engine_and_sqlite_agree_where_both_have_an_answer() -> None:
    pytest.importorskip("sigma.backends.sqlite", reason="pysigma-backend-sqlite is not installed")
    from tests.sigma import against_sqlite

    told, odd = against_sqlite.round_of(1, 400, 50)
    assert not odd, odd[0]
    assert told["rules"] > 390
    assert told["rules that match some records and not others"] > 100


def test_correlations_fire_where_sqlite_says() -> None:
    pytest.importorskip("sigma.backends.sqlite", reason="pysigma-backend-sqlite is not installed")
    from tests.sigma import windows_against_sqlite

    told, odd = windows_against_sqlite.round_of(1)
    assert not odd, odd[0]
    assert told["firings"] > 200
