"""Tokens that outlive a removal."""

from __future__ import annotations

from onesec_cli.detectors.residual_token import ResidualToken
from tests.story import check


def test_a_token_is_graver_the_longer_and_the_mightier_it_is() -> None:
    check(
        ResidualToken,
        """
        09:00 token.exchange agent=bot user=ada connection=google scope=calendar.readonly token=t1 expires=10:00
        09:01 token.exchange agent=bot user=ben connection=google scope=admin.directory.user token=t2 expires=10:00
        09:02 token.exchange agent=bot user=cy connection=google scope=calendar.readonly token=t3 expires=23:00
        09:03 token.exchange agent=bot user=di connection=google scope=admin.directory.user token=t4 expires=09:34
        09:30 account.unlink user=ada connection=google  # residual-token low alive
        09:30 account.unlink user=ben connection=google  # residual-token medium alive
        09:30 account.unlink user=cy connection=google  # residual-token medium alive
        09:30 account.unlink user=di connection=google  # residual-token low alive
        """,
    )


def test_a_token_that_ends_at_the_moment_of_the_unlink_or_was_told_before_is_silent() -> None:
    check(
        ResidualToken,
        """
        09:00 token.exchange agent=bot user=ada connection=google token=t1 expires=09:30
        09:30 account.unlink user=ada connection=google
        09:40 token.exchange agent=bot user=ben connection=google token=t2 expires=11:00
        09:50 account.unlink user=ben connection=google  # residual-token medium
        09:51 user.delete user=ben
        """,
    )


def test_every_holder_of_a_cached_token_is_named_with_its_thumbprint() -> None:
    found = check(
        ResidualToken,
        """
        09:00 token.exchange agent=bot user=ada connection=google token=thumb expires=10:00
        09:01 token.exchange agent=scribe user=ada connection=google token=thumb expires=10:00
        09:02 token.exchange agent=other user=ben connection=google token=thumb2 expires=10:00
        09:30 account.unlink user=ada connection=google  # residual-token low
        """,
    )
    assert found[0].facts["agents"] == ["bot", "scribe"]
    assert found[0].facts["thumbprints"] == ["thumb"]
    assert found[0].facts["alive_until"] == "2026-03-01T10:00:00.000Z"
    assert found[0].until == 0


def test_a_deleted_client_leaves_its_own_tokens_and_not_those_of_others() -> None:
    found = check(
        ResidualToken,
        """
        09:00 token.exchange agent=bot user=ada connection=google token=t1 expires=10:00
        09:01 token.exchange agent=scribe user=ada connection=google token=t2 expires=10:00
        09:30 admin.change method=delete path=/api/v2/clients/bot  # residual-token low
        09:40 account.unlink user=ada connection=google  # residual-token low
        """,
    )
    assert [one.facts["agents"] for one in found] == [["bot"], ["scribe"]]


def test_the_token_of_the_account_that_stays_is_not_told() -> None:
    check(
        ResidualToken,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1 identity=g-1
        09:01 account.link user=ada client=bot connection=google account=cac_2 identity=g-2
        09:02 token.exchange agent=bot user=ada connection=google token=t2 expires=10:00
        09:30 account.unlink user=ada connection=google account=cac_1
        """,
    )


def test_an_unreadable_expiry_of_long_ago_says_nothing() -> None:
    check(
        ResidualToken,
        """
        09:00 token.exchange agent=bot user=ada connection=google token=t1 expires=later
        +9d
        09:30 account.unlink user=ada connection=google
        """,
    )
