"""Somebody else upstream."""

from __future__ import annotations

from onesec_cli.detectors.account_swap import AccountSwap
from tests.story import check


def test_an_exchange_soon_after_the_swap_makes_it_high_once() -> None:
    check(
        AccountSwap,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:10 account.unlink account=cac_1
        09:20 account.link user=ada client=bot connection=google account=cac_2 identity=mallory  # account-swap medium swapped
        09:30 token.exchange agent=bot user=ada connection=google  # account-swap high used-after-swap
        09:40 token.exchange agent=bot user=ada connection=google
        """,
    )


def test_an_exchange_long_after_the_swap_adds_nothing() -> None:
    check(
        AccountSwap,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:10 account.unlink account=cac_1
        09:20 account.link user=ada client=bot connection=google account=cac_2 identity=g-2  # account-swap medium
        12:30 token.exchange agent=bot user=ada connection=google
        """,
    )


def test_an_identity_that_other_users_linked_is_high() -> None:
    found = check(
        AccountSwap,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 account.link user=ben client=bot connection=google account=cac_2 identity=mallory
        09:02 account.link user=cy client=bot connection=google account=cac_3 identity=mallory
        09:10 account.unlink user=ada connection=google account=cac_1
        09:20 account.link user=ada client=bot connection=google account=cac_4 identity=mallory  # account-swap high shared-identity
        """,
    )
    assert found[0].facts["users_of_identity"] == 3
    assert len(found[0].evidence) == 5


def test_a_removal_by_an_administrator_opens_the_way_to_a_swap_too() -> None:
    check(
        AccountSwap,
        """
        09:00 account.link user=auth0|ada client=bot connection=google account=cac_1 identity=google-oauth2|1
        09:10 admin.change method=delete path=/api/v2/users/auth0%7Cada/identities/google/1
        09:20 account.link user=auth0|ada client=bot connection=google account=cac_2 identity=google-oauth2|2  # account-swap medium
        """,
    )


def test_a_second_account_the_same_identity_and_a_link_without_identity_are_silent() -> None:
    check(
        AccountSwap,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=google-oauth2|1
        09:05 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:06 token.exchange agent=bot user=ada connection=google
        09:10 account.unlink user=ada connection=google account=cac_2
        09:11 account.unlink user=ada connection=google account=cac_1
        09:20 account.link user=ada client=bot connection=google account=cac_3 identity=1
        09:30 account.unlink user=ada connection=google account=cac_3
        09:40 account.link user=ada client=bot connection=google account=cac_4
        09:50 account.link user=ben client=bot connection=google account=cac_5 identity=g-9
        """,
    )
