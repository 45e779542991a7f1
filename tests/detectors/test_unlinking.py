"""What an unlink ends, what outlives it, and who comes back as somebody else."""

from __future__ import annotations

from onesec_cli.detectors.account_swap import AccountSwap
from onesec_cli.detectors.residual_token import ResidualToken
from onesec_cli.detectors.unlink_cascade import UnlinkCascade
from onesec_cli.detectors.use_after_unlink import UseAfterUnlink
from tests.story import check

TREE = """
09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
09:01 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google expires=18:00
09:02 delegation.issue delegation=d2 delegator=bot delegate=notes parent=d1 connection=google expires=18:00
09:03 delegation.issue delegation=d3 delegator=notes delegate=export parent=d2 connection=google expires=18:00
09:10 token.exchange agent=bot user=ada connection=google scope=calendar expires=10:10
"""


def test_a_cascade_lists_everything_direct_and_transitive() -> None:
    found = check(
        UnlinkCascade, TREE + "10:00 account.unlink user=ada account=cac_1 connection=google  # unlink-cascade low"
    )
    assert found[0].facts["ended"] == [
        "agent:bot",
        "delegation:d1 (ada to bot)",
        "delegation:d2 (bot to notes)",
        "delegation:d3 (notes to export)",
    ]


def test_a_circle_of_delegations_ends_once() -> None:
    found = check(
        UnlinkCascade,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:01 delegation.issue delegation=d1 user=ada delegator=ada delegate=a connection=google parent=d2
        09:02 delegation.issue delegation=d2 user=ada delegator=a delegate=b connection=google parent=d1
        10:00 account.unlink user=ada account=cac_1 connection=google  # unlink-cascade
        """,
    )
    assert len(found[0].facts["ended"]) == 2


def test_an_ordinary_unlink_and_each_wider_removal_are_a_record() -> None:
    check(
        UnlinkCascade,
        """
        09:00 account.link user=auth0|ada client=bot connection=google connection_id=con_1 account=cac_1
        09:10 account.unlink account=cac_1  # unlink-cascade informational
        09:20 account.link user=auth0|ada client=bot connection=google connection_id=con_1 account=cac_2
        09:30 admin.change client=mgmt method=delete path=/api/v2/users/auth0%7Cada  # unlink-cascade informational
        09:40 account.link user=auth0|ada client=bot connection=google connection_id=con_1 account=cac_3
        09:50 admin.change client=mgmt method=delete path=/api/v2/connections/con_1  # unlink-cascade informational
        10:00 account.link user=auth0|ada client=bot connection=google connection_id=con_1 account=cac_4
        10:10 user.delete user=auth0|ada  # unlink-cascade informational
        """,
    )


def test_use_after_an_unlink_is_found_down_to_the_grandchild() -> None:
    check(
        UseAfterUnlink,
        TREE
        + """
10:00 account.unlink user=ada account=cac_1 connection=google
10:05 token.exchange agent=bot user=ada connection=google scope=calendar  # use-after-unlink critical exchange
10:07 tool.call agent=export connection=google tool=export  # use-after-unlink critical tool-call
10:08 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low refused
10:30 account.link user=ada client=bot connection=google account=cac_2
10:31 token.exchange agent=bot user=ada connection=google scope=calendar
""",
    )


def test_refusals_become_a_burst_and_two_accounts_removed_by_name_leave_none() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:01 account.link user=ada client=bot connection=google account=cac_2
        09:10 account.unlink user=ada connection=google account=cac_1
        09:11 token.exchange agent=bot user=ada connection=google scope=a
        09:20 account.unlink user=ada connection=google account=cac_2
        09:21 token.exchange agent=bot user=ada connection=google scope=a  # use-after-unlink critical exchange
        09:22 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low
        09:23 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low
        09:24 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink medium
        """,
    )


def test_a_token_that_outlives_the_unlink_is_told_until_when() -> None:
    found = check(
        ResidualToken,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:30 token.exchange agent=bot user=ada connection=google scope=a token=t1 expires=12:30
        09:40 token.exchange agent=bot user=ben connection=google scope=a token=t2 expires=09:50
        10:00 account.unlink user=ada connection=google account=cac_1  # residual-token medium alive
        10:01 account.unlink user=ben connection=google account=cac_9
        """,
    )
    assert found[0].facts["alive_until"] == "2026-03-01T12:30:00.000Z"


def test_an_expiry_that_cannot_be_read_is_said_to_be_unknown() -> None:
    check(
        ResidualToken,
        """
        09:30 token.exchange agent=bot user=ada connection=google scope=a token=t1 expires=later
        10:00 account.unlink user=ada connection=google account=cac_1  # residual-token low unknown-expiry
        """,
    )


def test_another_identity_after_an_unlink_is_a_swap_and_a_second_account_is_not() -> None:
    check(
        AccountSwap,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:10 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:20 account.unlink user=ada connection=google account=cac_1
        09:30 account.unlink user=ada connection=google account=cac_2
        09:40 account.link user=ada client=bot connection=google account=cac_3 identity=g-1
        09:50 account.unlink user=ada connection=google account=cac_3
        10:00 account.link user=ada client=bot connection=google account=cac_4 identity=mallory  # account-swap medium
        """,
    )
