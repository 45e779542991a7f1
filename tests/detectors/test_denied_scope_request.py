"""Asked for, not given."""

from __future__ import annotations

from onesec_cli.detectors.denied_scope_request import DeniedScopeRequest
from tests.story import check


def test_a_refused_wish_is_graded_by_what_it_was_for() -> None:
    check(
        DeniedScopeRequest,
        """
        09:00 token.refresh client=app user=ada audience=api scope=read:a requested=read:a
        09:01 token.refresh client=app user=ada audience=api scope=read:a requested="read:a read:b"  # denied-scope-request low
        09:02 token.refresh client=app user=ada audience=api scope=read:a requested="read:a delete:users"  # denied-scope-request medium
        09:03 token.refresh client=app user=ada audience=api scope=read:a requested="read:a admin:org"  # denied-scope-request high
        """,
    )


def test_asking_for_less_or_for_identity_stays_silent() -> None:
    check(
        DeniedScopeRequest,
        """
        09:00 token.refresh client=app user=ada audience=api scope="read:a write:a" requested=read:a
        09:01 token.refresh client=app user=ada audience=api scope=read:a requested="read:a openid profile"
        09:02 token.refresh client=app user=ada audience=api scope=read:a
        """,
    )
