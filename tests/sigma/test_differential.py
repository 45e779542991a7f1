"""Three judges on the same rules and records: the engine, the reference evaluator, and pySigma's SQLite backend."""

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


def test_engine_and_sqlite_agree_where_both_have_an_answer() -> None:
    pytest.importorskip("sigma.backends.sqlite", reason="pysigma-backend-sqlite is not installed")
    from tests.sigma import against_sqlite

    told, odd = against_sqlite.round_of(1, 400, 50)
    assert not odd, odd[0]
    assert told["rules"] > 390
    assert told["rules that match some records and not others"] > 100
