"""Who uses what is gone."""

from __future__ import annotations

from onesec_cli.detectors.use_after_unlink import UseAfterUnlink
from tests.story import check


def test_a_grandchild_agent_that_goes_on_after_the_unlink_is_found_with_its_chain() -> None:
    found = check(
        UseAfterUnlink,
        """
        09:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=ada delegator=a delegate=b parent=d1 connection=google
        09:02 delegation.issue delegation=d3 user=ada delegator=b delegate=c parent=d2 connection=google
        10:00 account.unlink user=ada connection=google
        10:05 token.exchange agent=c user=ada connection=google  # use-after-unlink critical exchange
        10:06 tool.call agent=c connection=google tool=export  # use-after-unlink critical tool-call
        10:07 tool.call agent=c user=ada connection=github tool=export
        """,
    )
    assert [one.facts["delegations_between"] for one in found] == [3, 3]
    assert len(found[0].evidence) == 5


def test_every_wider_removal_counts() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=auth0|ada client=bot connection=google connection_id=con_1 account=cac_1
        09:10 admin.change method=delete path=/api/v2/users/auth0%7Cada
        09:20 token.exchange client=bot user=auth0|ada connection=google flow=vault  # use-after-unlink critical
        09:21 tool.call agent=bot user=auth0|ada connection=never-linked tool=x  # use-after-unlink critical
        09:30 account.link user=auth0|ben client=bot connection=google connection_id=con_1 account=cac_2
        09:40 admin.change method=delete path=/api/v2/connections/con_1
        09:50 token.exchange client=bot user=auth0|ben connection=google flow=vault  # use-after-unlink critical
        10:00 admin.change method=delete path=/api/v2/clients/bot
        10:10 token.exchange client=bot user=auth0|cy connection=slack flow=vault  # use-after-unlink critical
        """,
    )


def test_a_connection_switched_off_for_a_client_and_on_again() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=app connection=google connection_id=con_1 account=cac_1
        09:01 token.exchange client=other user=ada connection=google flow=vault
        09:02 tool.call agent=framework-name user=ada connection=google tool=x
        09:10 admin.change method=patch path=/api/v2/connections/con_1 body={"enabled_clients":["app"]}
        09:20 token.exchange client=app user=ada connection=google flow=vault
        09:21 token.exchange client=other user=ada connection=google flow=vault  # use-after-unlink high
        09:22 tool.call agent=framework-name user=ada connection=google tool=x
        09:30 admin.change method=patch path=/api/v2/connections/con_1/clients body=[{"client_id":"other","status":true}]
        09:40 token.exchange client=other user=ada connection=google flow=vault
        """,
    )


def test_the_removed_account_is_told_from_the_one_that_stays() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 token.exchange agent=bot user=ada connection=google token=first
        09:02 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:10 account.unlink user=ada connection=google account=cac_1
        09:20 token.exchange agent=bot user=ada connection=google token=second
        09:21 token.exchange agent=bot user=ada connection=google token=first  # use-after-unlink critical exchange
        09:22 tool.call agent=bot user=ada connection=google account=cac_1 tool=x  # use-after-unlink critical tool-call
        09:23 tool.call agent=bot user=ada connection=google account=cac_2 tool=x
        """,
    )


def test_an_unlink_that_does_not_say_which_of_two_accounts_leaves_it_open() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:02 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:10 account.unlink user=ada connection=google
        09:20 token.exchange agent=bot user=ada connection=google  # use-after-unlink high possible-second-account
        """,
    )


def test_the_second_of_the_removal_is_not_judged_and_the_next_is() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        10:00:00 account.unlink user=ada connection=google account=cac_1
        10:00:00.900 token.exchange agent=bot user=ada connection=google
        10:00:01.100 token.exchange agent=bot user=ada connection=google  # use-after-unlink critical
        """,
    )


def test_a_revoked_delegation_ends_its_subtree_until_a_new_one() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:01 delegation.issue delegation=d1 user=ada delegator=ada delegate=a connection=google
        09:02 delegation.issue delegation=d2 user=ada delegator=a delegate=b connection=google
        10:00 delegation.revoke delegation=d1
        10:01 tool.call agent=b user=ada connection=google tool=x  # use-after-unlink critical
        10:02 tool.call agent=app user=ada connection=google tool=x
        10:10 delegation.issue delegation=d3 user=ada delegator=ada delegate=b connection=google
        10:11 tool.call agent=b user=ada connection=google tool=x
        """,
    )


def test_other_users_and_a_connection_linked_again_stay_silent() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:01 account.link user=ben client=bot connection=google account=cac_2
        10:00 account.unlink user=ada connection=google account=cac_1
        10:10 token.exchange agent=bot user=ben connection=google
        10:11 token.exchange agent=bot user=ada connection=slack
        10:12 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low refused
        10:20 account.link user=ada client=bot connection=google account=cac_3
        10:21 token.exchange agent=bot user=ada connection=google
        10:22 token.exchange_failed agent=bot user=ada connection=google
        """,
    )
