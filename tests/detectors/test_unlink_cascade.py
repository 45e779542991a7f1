"""What a removal ended, whichever way it came."""

from __future__ import annotations

from onesec_cli.detectors.unlink_cascade import UnlinkCascade
from tests.story import check


def test_a_plain_unlink_of_an_unknown_account_is_an_entry_and_not_an_alarm() -> None:
    found = check(
        UnlinkCascade,
        "09:00 account.unlink user=ada connection=google account=cac_1  # unlink-cascade informational ended",
    )
    assert found[0].facts["ended"] == []
    assert found[0].facts["accounts"] == ["cac_1"]


def test_the_same_deletion_logged_twice_is_told_once() -> None:
    check(
        UnlinkCascade,
        """
        09:00 account.link user=auth0|ada client=bot connection=google account=cac_1
        09:10 admin.change method=delete path=/api/v2/users/auth0%7Cada  # unlink-cascade informational
        09:10:01 user.delete user=auth0|ada
        """,
    )


def test_sub_agents_without_a_named_parent_or_user_are_found_by_who_delegated() -> None:
    found = check(
        UnlinkCascade,
        """
        09:00 delegation.issue delegation=a user=ada delegator=ada delegate=bot connection=google
        09:01 delegation.issue delegation=b delegator=bot delegate=sub
        09:02 delegation.issue delegation=c delegator=sub delegate=deep connection=google
        09:10 account.unlink user=ada connection=google  # unlink-cascade low cascade
        """,
    )
    assert found[0].facts["ended"] == [
        "delegation:a (ada to bot)",
        "delegation:b (bot to sub)",
        "delegation:c (sub to deep)",
    ]
    assert (found[0].facts["direct"], found[0].facts["transitive"]) == (1, 2)


def test_what_had_expired_before_did_not_end_now() -> None:
    found = check(
        UnlinkCascade,
        """
        09:00 delegation.issue delegation=a user=ada delegator=ada delegate=bot connection=google expires=12:00
        09:01 delegation.issue delegation=b delegator=bot delegate=sub connection=google expires=09:05
        09:10 account.unlink user=ada connection=google  # unlink-cascade informational
        """,
    )
    assert found[0].facts["ended"] == ["delegation:a (ada to bot)"]


def test_each_narrower_removal_lists_who_lost_access() -> None:
    found = check(
        UnlinkCascade,
        """
        09:00 account.link user=ada client=app connection=google connection_id=con_1 account=cac_1
        09:01 token.exchange client=app user=ada connection=google flow=vault
        09:02 token.exchange client=other user=ada connection=google flow=vault
        09:03 grant.consent client=app user=ada grants=[{"id":"g-1","audience":"x","scopes":[]}]
        09:10 admin.change method=patch path=/api/v2/connections/con_1/clients body=[{"client_id":"other","status":false}]  # unlink-cascade
        09:11 admin.change method=delete path=/api/v2/grants/g-1  # unlink-cascade
        09:12 token.revoke client=app user=ada credential=rt_1  # unlink-cascade
        09:13 token.revoke client=unrelated user=ada credential=rt_2
        09:14 admin.change method=delete path=/api/v2/client-grants/unknown
        09:15 admin.change method=patch path=/api/v2/connections/con_1 body={"enabled_clients":["app","other"]}
        09:16 admin.change method=delete path=/api/v2/clients/other  # unlink-cascade
        """,
    )
    assert [one.facts["ended"] for one in found] == [["agent:other"], ["agent:app"], ["agent:app"], ["agent:other"]]


def test_a_deleted_agent_takes_what_it_handed_on_with_it() -> None:
    found = check(
        UnlinkCascade,
        """
        09:00 delegation.issue delegation=a user=ada delegator=ada delegate=bot connection=google
        09:01 delegation.issue delegation=b delegator=bot delegate=sub connection=google
        09:10 admin.change method=delete path=/api/v2/agents/bot  # unlink-cascade low
        """,
    )
    assert found[0].facts["ended"] == ["delegation:a (ada to bot)", "delegation:b (bot to sub)"]
