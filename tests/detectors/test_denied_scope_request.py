"""Stories of agents that asked for more than they were given."""

from __future__ import annotations

from onesec_cli.detectors.denied_scope_request import DeniedScopeRequest
from tests.story import check


def test_a_refused_request_is_weighed_by_what_was_asked_for() -> None:
    found = check(
        DeniedScopeRequest,
        """
        08:00 token.refresh client=app user=a audience=https://api requested=read:orders scope=read:orders
        09:00 token.refresh client=app user=a audience=https://api requested="read:orders read:invoices" scope=read:orders  # denied-scope-request low scope
        09:01 token.refresh client=app user=a audience=https://api requested="read:orders write:orders" scope=read:orders  # denied-scope-request medium scope
        09:02 token.refresh client=app user=a audience=https://api requested="read:orders admin:orders" scope=read:orders  # denied-scope-request high scope
        09:03 token.refresh client=app user=a audience=https://api requested="openid profile" scope=openid
        09:04 token.refresh client=app user=a audience=https://acme.auth0.com/api/v2/ requested="read:users update:users" scope=read:users  # denied-scope-request high scope
        """,
    )
    assert found[1].facts["denied"] == ["write:orders"]
    assert len({one.subject for one in found[:3]}) == 1
    assert found[3].subject != found[0].subject


def test_an_audience_that_was_asked_for_and_not_given_is_told() -> None:
    check(
        DeniedScopeRequest,
        """
        08:00 token.refresh client=app user=a audience=https://api requested=read:orders scope=read:orders
        09:00 token.refresh client=app user=a audience=https://api requested_audience=https://billing scope=read:orders  # denied-scope-request medium audience
        09:01 token.refresh client=app user=a audience=https://api requested_audience=https://acme.auth0.com/api/v2/ scope=read:orders  # denied-scope-request high audience
        09:02 token.refresh client=app user=a audience="https://acme/userinfo https://api" requested_audience=https://api/ scope=read:orders
        09:03 token.refresh client=app user=a audience=https://api requested_audience=https://api scope=read:orders
        """,
    )


def test_honest_refreshes_are_silent() -> None:
    check(
        DeniedScopeRequest,
        """
        09:00 token.refresh client=app user=a audience=https://api scope="openid read:orders"
        09:01 token.refresh client=app user=a audience=https://api requested=read:orders scope="openid read:orders"
        09:02 token.refresh client=app user=a audience=https://api requested="read:orders offline_access" scope="read:orders"
        09:03 token.refresh client=app user=a audience=https://api requested="read:orders write:orders"
        09:04 token.refresh client=app user=a audience=https://api requested="read:orders" scope="read:*"
        09:05 token.exchange agent=bot user=a connection=google requested=calendar.readonly scope=https://www.googleapis.com/auth/calendar
        """,
    )


def test_a_canonical_exchange_that_logs_both_is_judged_too() -> None:
    check(
        DeniedScopeRequest,
        """
        09:00 token.exchange agent=bot user=a connection=google requested=admin.directory.user scope=calendar.readonly  # denied-scope-request high scope
        """,
    )


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


ALWAYS = 'token.refresh client=app user={} audience=https://api requested="read:a write:a" scope=read:a'


def test_a_request_at_first_sight_is_told_when_the_agent_is_seen_to_ask_for_less() -> None:
    check(
        DeniedScopeRequest,
        f"""
        09:00 {ALWAYS.format("ada")}
        09:10 token.refresh client=app user=ada audience=https://api requested=read:a scope=read:a  # denied-scope-request medium scope
        09:20 {ALWAYS.format("ada")}  # denied-scope-request medium scope
        """,
    )


def test_a_request_at_first_sight_is_told_at_the_end_of_the_log_too() -> None:
    check(DeniedScopeRequest, f"09:00 {ALWAYS.format('ada')}\nend  # denied-scope-request medium scope")


def test_what_a_client_asks_for_from_the_first_day_on_is_its_habit() -> None:
    day = "\n".join(f"09:0{number} {ALWAYS.format(f'u{number}')}" for number in range(6))
    found = check(
        DeniedScopeRequest,
        f"{day}\n+1d\n{day}\n09:30 {ALWAYS.format('x')}\nend  # denied-scope-request informational scope",
    )
    assert "by habit, 13 times" in found[0].message


def test_asking_for_administration_is_never_a_habit() -> None:
    line = ALWAYS.format("ada").replace("write:a", "admin:org")
    check(DeniedScopeRequest, "\n".join(f"09:{n:02d} {line}  # denied-scope-request high scope" for n in range(12)))
