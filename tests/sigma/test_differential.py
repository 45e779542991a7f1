"""The engine and the reference evaluator judge the same rules and records, and never differ."""

from __future__ import annotations

import pytest

from tests.sigma.differential import round_of


@pytest.mark.parametrize("seed", range(5))
def test_engine_and_reference_agree_on_made_rules_and_records(seed: int) -> None:
    told, odd = round_of(seed)
    assert not odd, odd[0]
    assert told["pairs"] > 5_000
    assert told["rules that match some records and not others"] > 15
    assert told["matches"] > 500
