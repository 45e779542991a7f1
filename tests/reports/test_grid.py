"""Where parties of a graph stand: right of whoever gives to them, each on a spot of its own, whatever the graph is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.reports.grid import placed

PARTIES = [f"agent:{n}" for n in range(8)]
WAYS = st.lists(st.tuples(st.sampled_from(PARTIES), st.sampled_from(PARTIES)), max_size=20)


@given(WAYS)
def test_no_two_parties_stand_on_one_spot_and_none_is_left_out(ways: list[tuple[str, str]]) -> None:
    found = placed(PARTIES, ways)
    assert list(found) == PARTIES
    assert len(set(found.values())) == len(PARTIES)
    assert max(column for column, _ in found.values()) < len(PARTIES)


@given(WAYS)
def test_where_nothing_runs_in_a_circle_whoever_gives_stands_before_whoever_takes(ways: list[tuple[str, str]]) -> None:
    onward = [(min(way), max(way)) for way in ways if way[0] != way[1]]
    found = placed(PARTIES, onward)
    assert all(found[giver][0] < found[taker][0] for giver, taker in onward)
