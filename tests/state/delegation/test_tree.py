"""What hangs on what, and what ends with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.state.delegation import tree as state_tree
from onesec_cli.state.delegation.tree import Tree

ORIGIN = Origin("story", 1, 0, 1)


def issue(
    name: str,
    delegator: str,
    delegate: str,
    parent: str = "",
    time: int = 0,
    expires: int | None = None,
    connection: str = "google",
    user: str = "alice",
) -> Event:
    fields = {"delegation": name, "delegator": delegator, "delegate": delegate, "parent": parent}
    return Event(time=time, kind="delegation.issue", origin=ORIGIN, user=user, agent=delegate, connection=connection,
                 expires=expires, fields=fields)  # fmt: skip


def test_ancestors_stop_at_a_ring() -> None:
    tree = Tree()
    tree.plant(issue("d1", "b", "a", "d2"))
    tree.plant(issue("d2", "a", "b", "d1"))
    assert [one.id for one in tree.ancestors(tree.delegations["d1"])] == ["d2"]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_what_expires_first_above_ends_everything_below(expiries: list[int], at: int) -> None:
    tree = Tree()
    for step, expires in enumerate(expiries):
        parent = f"d{step - 1}" if step else ""
        tree.plant(issue(f"d{step}", f"a{step}", f"a{step + 1}", parent, expires=expires * 10 + 5))
    assert (tree.lapse(tree.delegations["d5"], at * 10, renewals=False) is not None) == (at > 0)


def test_the_cause_of_an_end_is_what_ended_itself() -> None:
    tree = Tree()
    for step in range(4):
        tree.plant(issue(f"d{step}", f"a{step}", f"a{step + 1}", f"d{step - 1}" if step else ""))
    tree.end(["d1"], Evidence(ORIGIN, 15, "revoked"), revoked=True)
    lapses = {name: tree.lapse(tree.delegations[name], 20, renewals=False) for name in ("d0", "d1", "d3")}
    assert {name: lapse and lapse.of.id for name, lapse in lapses.items()} == {"d0": None, "d1": "d1", "d3": "d1"}


def test_issuing_again_under_the_same_id_renews() -> None:
    tree = Tree()
    tree.plant(issue("d1", "alice", "bot", time=10))
    tree.end(["d1"], Evidence(ORIGIN, 15, "revoked"), revoked=True)
    tree.plant(issue("d1", "alice", "bot", time=20))
    assert tree.lapse(tree.delegations["d1"], 30, renewals=False) is None


def test_the_oldest_delegations_are_forgotten_and_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_tree, "MOST_DELEGATIONS", 10)
    tree = Tree()
    for number in range(50):
        tree.plant(issue(f"d{number}", "alice", f"bot{number}", time=number))
    kept = list(tree.delegations)
    assert kept[-1] == "d49"
    assert len(kept) <= 10
    names = {f"bot{name[1:]}" for name in kept}
    assert set(tree.held) == set(tree.lately) == set(tree.running) == {who for who, _ in tree.on} == names
    assert set(tree.pairs["alice", "google"]) == set(tree.above) == set(kept)


def test_a_party_holds_what_names_its_user_or_none() -> None:
    tree = Tree()
    one = tree.plant(issue("d1", "alice", "bot")).one
    for user, connection, held in (
        ("alice", "google", [one]),
        ("", "google", [one]),
        ("bob", "google", []),
        ("alice", "github", []),
    ):
        assert tree.of(("bot",), user, connection) == held


def test_a_child_hangs_on_the_best_fit_and_ends_only_with_all_it_could_hang_on() -> None:
    tree = Tree()
    tree.plant(issue("d1", "alice", "bot"))
    tree.plant(issue("d2", "alice", "bot"))
    tree.plant(issue("d3", "bot", "sub"))
    assert tree.above["d3"] == ["d2", "d1"]
    tree.end(["d2"], Evidence(ORIGIN, 15, "revoked"))
    assert "d3" not in tree.ended
    tree.end(["d1"], Evidence(ORIGIN, 16, "revoked"))
    assert "d3" in tree.ended
