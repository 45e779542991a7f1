from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.state import chains
from onesec_cli.state.chains import Delegation, Forest

ORIGIN = Origin("story", 1, 0, 1)


def issue(id, delegator, delegate, parent="", time=0, expires=None, connection="google"):
    fields = {"delegation": id, "delegator": delegator, "delegate": delegate, "parent": parent}
    return chains.read_delegation(
        Event(time=time, kind="delegation.issue", origin=ORIGIN, user="alice", agent=delegate, connection=connection,
              expires=expires, fields=fields)
    )  # fmt: skip


def test_people_are_told_from_clients():
    assert all(chains.is_person(name) for name in ("auth0|1", "ann@example.com", "user:ann"))
    assert chains.is_person("ann", "ann")
    assert not any(chains.is_person(name, "x") for name in ("", "bot", "bot@clients"))


def test_an_approved_chain_and_its_beginnings_are_approved_and_nothing_else():
    approved = (("app", "api1", "api2"),)
    assert chains.is_approved(("api2", "api1", "app"), approved)
    assert chains.is_approved(("api1", "app@clients"), approved)
    assert not chains.is_approved(("api2", "app"), approved)
    assert not chains.is_approved(("api3", "api2", "api1", "app"), approved)


@given(st.lists(st.sampled_from("abcdef"), max_size=8))
def test_a_chain_repeats_exactly_when_it_has_fewer_names_than_places(actors):
    assert bool(chains.repeated(tuple(actors))) == (len(set(actors)) < len(actors))


def test_ancestors_stop_at_a_ring():
    forest = Forest()
    chains.plant(forest, issue("d1", "b", "a", "d2"))
    chains.plant(forest, issue("d2", "a", "b", "d1"))
    assert [one.id for one in chains.ancestors(forest, forest.delegations["d1"])] == ["d2"]


@given(st.permutations(range(6)), st.integers(0, 5))
def test_what_expires_first_above_ends_everything_below(expiries, at):
    forest = Forest()
    for step, expires in enumerate(expiries):
        parent = f"d{step - 1}" if step else ""
        chains.plant(forest, issue(f"d{step}", f"a{step}", f"a{step + 1}", parent, expires=expires * 10 + 5))
    last = forest.delegations["d5"]
    lapse = chains.ended(forest, last, at * 10, renewals=False)
    assert (lapse is not None) == (at > 0)
    outer = chains.bound(forest, last)
    assert outer is not None
    assert outer.expires == min(expires * 10 + 5 for expires in expiries[:5])


def test_a_revocation_counts_only_for_what_was_issued_before_it():
    forest = Forest()
    chains.plant(forest, issue("d1", "alice", "bot", time=10))
    forest.revoked["d1"] = Evidence(ORIGIN, 5, "old")
    assert chains.ended(forest, forest.delegations["d1"], 20, renewals=False) is None
    forest.revoked["d1"] = Evidence(ORIGIN, 15, "new")
    lapse = chains.ended(forest, forest.delegations["d1"], 20, renewals=False)
    assert lapse is not None
    assert lapse.why == "revoked"


def test_the_oldest_delegations_are_forgotten_and_leave_nothing_behind(monkeypatch):
    monkeypatch.setattr(chains, "MAX_DELEGATIONS", 10)
    forest = Forest()
    for number in range(50):
        chains.plant(forest, issue(f"d{number}", "alice", f"bot{number}", time=number))
    assert list(forest.delegations) == [f"d{number}" for number in range(40, 50)]
    assert len(forest.held) == 10


def test_a_party_holds_what_names_its_user_or_none():
    forest = Forest()
    one: Delegation = issue("d1", "alice", "bot")
    chains.plant(forest, one)
    assert chains.held_by(forest, ("bot",), "alice", "google") == [one]
    assert chains.held_by(forest, ("bot",), "", "google") == [one]
    assert chains.held_by(forest, ("bot",), "bob", "google") == []
    assert chains.held_by(forest, ("bot",), "alice", "github") == []
