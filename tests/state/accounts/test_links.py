"""The fold of connected accounts and of what hangs on them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.state.accounts import links as state_links
from onesec_cli.state.accounts.links import Links, same_identity
from onesec_cli.state.accounts.removals import Loss, take
from onesec_cli.state.delegation.tree import MOST_HELD
from tests.story import read_story


def _told(story: str) -> tuple[Links, list[Loss]]:
    """The fold after a story, and every loss on the way."""
    links = Links()
    events, _ = read_story(story)
    tolls = [take(links, event) for event in events]
    return links, [loss for toll in tolls if toll is not None for loss in toll.losses]


def test_an_unlink_by_account_id_alone_finds_its_user_and_connection() -> None:
    links, losses = _told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:10 account.unlink account=cac_1
        """
    )
    assert [(loss.user, loss.connection, loss.whole, loss.accounts) for loss in losses] == [
        ("ada", "google", True, ("cac_1",))
    ]
    assert links.ended("ada", "google") is not None


def test_the_last_of_two_accounts_ends_the_link_and_the_first_does_not() -> None:
    links, losses = _told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:10 account.unlink user=ada connection=google account=cac_1
        """
    )
    assert [loss.whole for loss in losses] == [False]
    assert links.ended("ada", "google") is None


def test_the_same_identity_connected_anew_is_one_account() -> None:
    links, losses = _told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=google-oauth2|7
        09:01 account.link user=ada client=bot connection=google account=cac_2 identity=7
        09:10 account.unlink user=ada connection=google account=cac_2
        """
    )
    assert [loss.whole for loss in losses] == [True]
    assert links.ended("ada", "google") is not None


def test_a_removed_identity_ends_only_its_own_account() -> None:
    links, _ = _told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 token.exchange client=bot user=ada connection=google flow=vault strategy=google-oauth2
        09:10 admin.change method=delete path=/api/v2/users/ada/identities/google-oauth2/g-9
        """
    )
    assert links.ended("ada", "google") is None
    links, _ = _told(
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 token.exchange client=bot user=ada connection=google flow=vault strategy=google-oauth2
        09:10 admin.change method=delete path=/api/v2/users/ada/identities/google-oauth2/g-1
        """
    )
    assert links.ended("ada", "google") is not None


def test_a_deleted_user_or_connection_ends_what_was_never_seen_linked_and_a_link_ends_that() -> None:
    links, _ = _told(
        """
        09:00 user.delete user=ada
        09:01 admin.change method=delete path=/api/v2/connections/slack
        """
    )
    assert links.ended("ada", "google") is not None
    assert links.ended("ben", "slack") is not None
    assert links.ended("ben", "google") is None
    links, _ = _told(
        """
        09:00 user.delete user=ada
        09:10 account.link user=ada client=bot connection=google account=cac_1
        """
    )
    assert links.ended("ada", "google") is None


def test_an_end_reaches_down_only_where_nothing_else_holds() -> None:
    links, losses = _told(
        """
        09:00 delegation.issue delegation=a user=ada delegator=ada delegate=bot connection=google
        09:01 delegation.issue delegation=b user=ben delegator=ben delegate=bot connection=google
        09:02 delegation.issue delegation=c delegator=bot delegate=sub connection=google
        09:03 delegation.issue delegation=d delegator=sub delegate=deep connection=google
        09:10 account.unlink user=ada connection=google
        """
    )
    assert set(links.tree.ended) == {"a"}
    take(links, read_story("09:20 account.unlink user=ben connection=google")[0][0])
    assert set(links.tree.ended) == {"a", "b", "c", "d"}
    assert [one.id for one in losses[0].direct] == ["a"]


def test_what_a_revoked_agent_still_hands_on_is_ended_from_birth() -> None:
    links, _ = _told(
        """
        09:00 delegation.issue delegation=a user=ada delegator=ada delegate=bot connection=google
        09:10 delegation.revoke delegation=a
        09:20 delegation.issue delegation=b delegator=bot delegate=sub connection=google
        """
    )
    assert set(links.tree.ended) == {"a", "b"}


def test_renewals_do_not_grow_without_bound() -> None:
    lines = "\n".join(
        f"09:{n // 60:02d}:{n % 60:02d} delegation.issue delegation=d{n} user=ada delegator=ada delegate=bot connection=google"
        for n in range(MOST_HELD + 9)
    )
    links, _ = _told(lines)
    assert len(links.tree.held["bot"]["ada"]) == MOST_HELD


def test_identities_match_with_or_without_their_provider() -> None:
    assert same_identity("google-oauth2|7", "7")
    assert not same_identity("", "")
    assert not same_identity("google-oauth2|7", "google-oauth2|8")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-1, 5)), max_size=12), st.integers(0, 5))
def test_any_tree_even_with_rings_ends_whole_and_at_once(edges: list[tuple[int, int, int]], cut: int) -> None:
    links = Links()
    lines = [
        f"09:00:{n:02d} delegation.issue delegation=d{n} user=ada delegator=a{by} delegate=a{to} connection=google"
        + (f" parent=d{parent}" if parent >= 0 else "")
        for n, (by, to, parent) in enumerate(edges)
    ]
    for event in read_story("\n".join([*lines, f"10:00 delegation.revoke delegation=d{cut}"]))[0]:
        take(links, event)
    tree = links.tree
    for name in tree.ended:
        assert name == f"d{cut}" or all(up in tree.ended for up in tree.above[name])
    for name, above in tree.above.items():
        known = [up for up in above if up in tree.delegations]
        if above and len(known) == len(above) and all(up in tree.ended for up in known):
            assert name in tree.ended
    for event in read_story("11:00 account.unlink user=ada connection=google")[0]:
        take(links, event)
    assert set(tree.ended) == set(tree.delegations)


def test_a_deleted_agent_is_found_under_its_client_and_a_client_takes_all_its_agents_with_it() -> None:
    story = """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:01 token.exchange client=app user=ada connection=google flow=vault
        09:02 token.exchange client=app agent=app agent_id=ag_1 user=ada connection=google flow=vault
        09:03 token.exchange client=app agent=ag_2 agent_id=ag_2 user=ada connection=google flow=vault
        09:10 admin.change method=delete path=/api/v2/{}
    """
    assert [list(loss.agents) for loss in _told(story.format("agents/ag_1"))[1]] == [["app"]]
    assert [list(loss.agents) for loss in _told(story.format("clients/app"))[1]] == [["ag_2", "app"]]


def test_many_pairs_stay_bounded_and_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_links, "MOST", 50)
    links, _ = _told(
        "\n".join(
            f"09:{n // 60:02d}:{n % 60:02d} token.exchange client=bot user=u{n} connection=google flow=vault"
            for n in range(300)
        )
    )
    assert 40 <= len(links.links) <= 50
    assert set(links.by_user) == {user for user, _ in links.links}
    assert set(links.open_on["google"]) == set(links.by_user)
    assert set(links.by_name["bot"]) == set(links.links)


def test_what_was_taken_once_is_not_taken_again() -> None:
    links, losses = _told(
        """
        09:00 account.link user=ada client=bot connection=google connection_id=con_1 account=cac_1
        09:01 token.exchange client=bot user=ada connection=google flow=vault
        09:02 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google
        09:10 admin.change method=delete path=/api/v2/clients/bot
        09:11 admin.change method=delete path=/api/v2/clients/bot
        09:12 token.exchange client=bot user=ada connection=google flow=vault
        09:13 admin.change method=delete path=/api/v2/clients/bot
        09:20 admin.change method=delete path=/api/v2/connections/con_1
        09:21 admin.change method=delete path=/api/v2/connections/con_1
        09:22 delegation.issue delegation=d2 user=ada delegator=ada delegate=bot connection=google
        09:23 admin.change method=delete path=/api/v2/connections/con_1
        """
    )
    told = [(list(loss.agents), [one.id for one in loss.direct], loss.whole) for loss in losses]
    assert told == [(["bot"], ["d1"], False), (["bot"], [], False), ([], [], True), ([], ["d2"], True)]
    assert not links.open_on
    assert not links.tree.running
