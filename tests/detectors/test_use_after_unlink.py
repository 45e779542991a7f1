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


def test_a_delegation_that_was_revoked_itself_is_left_to_others_and_one_that_ended_with_its_agent_is_not() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:01 delegation.issue delegation=d1 user=ada delegator=ada delegate=a connection=google
        09:02 delegation.issue delegation=d2 user=ada delegator=a delegate=b connection=google
        09:03 delegation.issue delegation=d3 user=ada delegator=ada delegate=c connection=google
        10:00 delegation.revoke delegation=d3
        10:01 tool.call agent=c user=ada connection=google tool=x
        10:02 admin.change method=delete path=/api/v2/agents/a
        10:03 tool.call agent=b user=ada connection=google tool=x  # use-after-unlink critical
        10:04 tool.call agent=app user=ada connection=google tool=x
        10:10 delegation.issue delegation=d4 user=ada delegator=ada delegate=b connection=google
        10:11 tool.call agent=b user=ada connection=google tool=x
        """,
    )


def test_a_client_that_goes_on_after_its_consent_was_withdrawn_until_the_user_comes_back() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=auth0|ada client=bot connection=google account=cac_1
        09:01 grant.consent client=bot user=auth0|ada grants=[{"id":"g-1","audience":"x","scopes":[]}]
        09:02 token.exchange client=bot user=auth0|ada connection=google flow=vault
        09:10 admin.change method=delete path=/api/v2/grants/g-1
        09:11 token.exchange client=bot user=auth0|ada connection=google flow=vault  # use-after-unlink high consent-withdrawn
        09:12 token.exchange client=other user=auth0|ada connection=google flow=vault
        09:13 token.exchange client=bot user=auth0|ada connection=google flow=privileged_worker
        09:20 token.issue client=bot user=auth0|ada flow=authorization_code
        09:21 token.exchange client=bot user=auth0|ada connection=google flow=vault
        """,
    )


def test_a_user_who_was_signed_out_everywhere_or_blocked_until_they_come_back() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=auth0|ada client=bot connection=google account=cac_1
        09:10 admin.change method=post path=/api/v2/users/auth0%7Cada/revoke-access body={}
        09:11 token.exchange client=bot user=auth0|ada connection=google flow=vault  # use-after-unlink medium signed-out
        09:12 token.exchange client=bot user=auth0|ada connection=google flow=vault subject_token_type=urn:ietf:params:oauth:token-type:access_token
        09:13 tool.call agent=framework-name user=auth0|ada connection=google tool=x
        09:20 token.refresh client=bot user=auth0|ada
        09:21 token.exchange client=bot user=auth0|ada connection=google flow=vault
        09:22 token.exchange client=other user=auth0|ada connection=google flow=vault  # use-after-unlink medium signed-out
        09:30 admin.change method=patch path=/api/v2/users/auth0%7Cada body={"blocked":true}
        09:31 token.exchange client=bot user=auth0|ada connection=google flow=vault  # use-after-unlink medium signed-out
        09:40 admin.change method=patch path=/api/v2/users/auth0%7Cada body={"blocked":false}
        09:41 token.exchange client=bot user=auth0|ada connection=google flow=vault
        09:50 admin.change method=post path=/api/v2/refresh-tokens/revoke body={"user_id":"auth0|ada","client_id":"bot"}
        09:51 token.exchange client=bot user=auth0|ada connection=google flow=vault  # use-after-unlink medium signed-out
        09:52 token.exchange client=other user=auth0|ada connection=google flow=vault
        """,
    )


def test_one_refresh_token_among_several_signs_nobody_out() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:10 token.revoke client=bot user=ada credential=rt_1
        09:11 token.exchange client=bot user=ada connection=google flow=vault
        """,
    )


def test_the_upstream_identity_of_an_exchange_tells_the_removed_account_from_the_one_that_stays() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:02 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:10 account.unlink user=ada connection=google account=cac_1
        09:20 token.exchange agent=bot user=ada connection=google identity=g-2
        09:21 token.exchange agent=bot user=ada connection=google identity=google-oauth2|g-1  # use-after-unlink critical
        09:22 token.exchange agent=bot identity=g-1 connection=google  # use-after-unlink critical
        09:23 token.exchange agent=bot user=ada connection=google identity=of-the-login
        """,
    )


def test_a_token_of_the_account_before_the_swap_must_not_come_back() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 token.exchange agent=bot user=ada connection=google token=first
        09:10 account.unlink user=ada connection=google account=cac_1
        09:20 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:21 token.exchange agent=bot user=ada connection=google token=second
        09:22 token.exchange agent=bot user=ada connection=google token=first  # use-after-unlink critical
        """,
    )


def test_connected_accounts_switched_off_for_a_connection_and_on_again() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google connection_id=con_1 account=cac_1
        09:10 admin.change method=patch path=/api/v2/connections/con_1 body={"connected_accounts":{"active":false}}
        09:11 token.exchange client=bot user=ada connection=google flow=vault  # use-after-unlink high
        09:20 admin.change method=patch path=/api/v2/connections/con_1 body={"connected_accounts":{"active":true}}
        09:21 token.exchange client=bot user=ada connection=google flow=vault
        """,
    )


def test_a_vault_entry_an_administrator_removed_is_the_only_account_of_its_user() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=auth0|ada client=bot connection=google account=cac_1
        09:01 account.link user=auth0|ben client=bot connection=google account=cac_2
        09:02 account.link user=auth0|ben client=bot connection=github account=cac_3
        09:10 admin.change method=delete path=/api/v2/users/auth0%7Cada/federated-connections-tokensets/ts_1
        09:11 admin.change method=delete path=/api/v2/users/auth0%7Cben/connected-accounts/cac_3
        09:20 token.exchange client=bot user=auth0|ada connection=google flow=vault  # use-after-unlink critical
        09:21 token.exchange client=bot user=auth0|ben connection=github flow=vault  # use-after-unlink critical
        09:22 token.exchange client=bot user=auth0|ben connection=google flow=vault
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


def test_an_agent_that_asks_now_and_then_was_not_told_and_is_no_burst() -> None:
    check(
        UseAfterUnlink,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        10:00 account.unlink user=ada connection=google account=cac_1
        10:15 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low refused
        10:30 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low refused
        10:45 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low refused
        10:46 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink low refused
        10:47 token.exchange_failed agent=bot user=ada connection=google  # use-after-unlink medium refused
        """,
    )
