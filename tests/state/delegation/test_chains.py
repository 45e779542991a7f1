from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.state.delegation import chains


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


def test_a_long_chain_is_shown_by_its_ends():
    shown = chains.show(tuple(f"a{n}" for n in range(60)))
    assert shown.startswith("a59 > a58")
    assert "(50 more)" in shown
    assert shown.endswith("a1 > a0")
    assert chains.show(("b", "")) == "(no sub) > b"
