"""Stories of scopes that grew, and of honest work that must stay silent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.detectors.scope_escalation import ScopeEscalation
from onesec_cli.model.finding import Finding
from onesec_cli.model.policy import AllowedAgent, Policy
from onesec_cli.replay import Replay
from onesec_cli.state.scope import holders
from onesec_cli.state.scope.scopes import closure
from tests.story import check, read_story


def test_a_calendar_token_that_comes_back_with_the_directory_is_critical() -> None:
    found = check(
        ScopeEscalation,
        """
        08:00 account.link client=agenda user=alice connection=google-oauth2 account=cac_1 identity=g-1
        09:00 token.exchange client=agenda user=alice connection=google-oauth2 identity=g-1 flow=vault scope=https://www.googleapis.com/auth/calendar.readonly
        10:00 token.exchange client=agenda user=alice connection=google-oauth2 identity=g-1 flow=vault scope="https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/admin.directory.user"  # scope-escalation critical grew-without-reconnect
        11:00 token.exchange client=other user=alice connection=google-oauth2 identity=g-1 flow=vault scope="https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/admin.directory.user"  # scope-escalation critical grew-without-reconnect
        12:00 token.exchange client=agenda user=alice connection=google-oauth2 identity=g-1 flow=vault scope=https://www.googleapis.com/auth/calendar.readonly
        """,
    )
    assert found[0].facts["gained"] == ["admin.directory.user"]
    assert found[0].subject == found[1].subject
    assert [proof.role for proof in found[0].evidence] == ["the wider token", "the last token that set what is usual"]


def test_what_an_agent_asks_for_is_judged_where_it_is_logged() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=alice connection=google requested=calendar.readonly scope=calendar.readonly
        09:05 token.exchange agent=bot user=alice connection=google requested=admin.directory.user scope=calendar.readonly  # scope-escalation critical grew-without-reconnect
        09:06 token.exchange agent=bot user=alice connection=google requested=calendar.readonly
        """,
    )


def test_a_request_for_power_is_held_against_what_the_account_yielded() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=alice connection=google scope=calendar.readonly
        09:05 token.exchange agent=bot user=alice connection=google requested=admin.directory.user  # scope-escalation critical grew-without-reconnect
        """,
    )


def test_an_exchange_without_user_belongs_to_its_agent() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot connection=google scope=calendar.read
        09:05 token.exchange agent=bot connection=google scope=mail.send  # scope-escalation high grew-without-reconnect
        09:06 token.exchange agent=new connection=google scope=mail.send
        """,
    )


def test_growth_is_weighed_by_what_was_gained_and_by_a_reconnect_between() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=a connection=google scope=calendar.readonly
        09:05 token.exchange agent=bot user=a connection=google scope="calendar.readonly drive.readonly"  # scope-escalation medium grew-without-reconnect
        10:00 token.exchange agent=bot user=b connection=google scope=calendar.readonly
        10:01 account.link client=bot user=b connection=google
        10:02 token.exchange agent=bot user=b connection=google scope="calendar.readonly gmail.send"  # scope-escalation medium reconsented-wider
        10:03 token.exchange agent=bot user=b connection=google scope="calendar.readonly gmail.send"
        10:04 token.exchange agent=bot user=b connection=google scope="calendar.readonly drive gmail.send"  # scope-escalation high grew-without-reconnect
        10:05 account.link client=bot user=b connection=google
        10:06 token.exchange agent=bot user=b connection=google scope="admin.directory.user"  # scope-escalation high reconsented-wider
        11:00 token.exchange agent=bot user=c connection=google scope=calendar.readonly
        11:01 account.link client=bot user=c connection=google
        11:02 token.exchange agent=bot user=c connection=google scope="calendar.readonly drive.readonly"  # scope-escalation low reconsented-wider
        11:03 token.exchange agent=bot user=c connection=google scope="calendar.readonly openid email"
        """,
    )


def test_a_reconnect_explains_only_the_first_fresh_token_after_it() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=a connection=google token=t1 scope=calendar.readonly
        09:30 account.link client=bot user=a connection=google
        09:31 token.exchange agent=bot user=a connection=google token=t1 scope=calendar.readonly
        10:31 token.exchange agent=bot user=a connection=google token=t2 scope="calendar.readonly gmail.send"  # scope-escalation medium reconsented-wider
        10:40 account.link client=bot user=a connection=google
        10:41 token.exchange agent=bot user=a connection=google token=t3 scope=calendar.readonly
        11:41 token.exchange agent=bot user=a connection=google token=t4 scope="calendar.readonly drive"  # scope-escalation high grew-without-reconnect
        """,
    )


def test_agents_that_each_connected_the_account_have_each_a_first_token() -> None:
    check(
        ScopeEscalation,
        """
        09:00 account.link client=diary user=a connection=google
        09:01 account.link client=post user=a connection=google
        09:10 token.exchange client=diary user=a connection=google token=t1 scope=calendar.readonly
        09:20 token.exchange client=post user=a connection=google token=t2 scope=gmail.readonly  # scope-escalation low reconsented-wider
        09:30 token.exchange client=diary user=a connection=google token=t3 scope=calendar.readonly
        09:40 token.exchange client=post user=a connection=google token=t4 scope="gmail.readonly gmail.send"  # scope-escalation high grew-without-reconnect
        09:50 token.exchange client=third user=a connection=google token=t5 scope=drive  # scope-escalation high grew-without-reconnect
        """,
    )


def test_narrowing_and_other_spellings_are_silent() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=a connection=google-oauth2 scope="https://www.googleapis.com/auth/calendar https://mail.google.com/"
        09:01 token.exchange agent=bot user=a connection=google-oauth2 scope=calendar.readonly
        09:02 token.exchange agent=bot user=a connection=google-oauth2 scope="calendar.events,gmail.modify"
        09:03 token.exchange agent=bot user=a connection=google-oauth2 scope="https://www.googleapis.com/auth/calendar openid email"
        10:00 token.exchange agent=bot user=a connection=windowslive scope="Mail.ReadWrite User.Read"
        10:01 token.exchange agent=bot user=a connection=windowslive scope="https://graph.microsoft.com/mail.read"
        11:00 token.exchange agent=bot user=a connection=github scope="repo user"
        11:01 token.exchange agent=bot user=a connection=github scope="repo:status,read:user"
        12:00 token.exchange agent=bot user=a connection=slack scope=channels:history,chat:write
        12:01 token.exchange agent=bot user=a connection=slack scope=chat:write
        """,
    )


def test_two_accounts_on_one_connection_have_their_own_scopes() -> None:
    check(
        ScopeEscalation,
        """
        08:00 account.link client=bot user=a connection=google account=cac_1 identity=g-1
        08:01 account.link client=bot user=a connection=google account=cac_2 identity=g-2
        09:00 token.exchange agent=bot user=a connection=google identity=g-1 scope=calendar.readonly
        09:01 token.exchange agent=bot user=a connection=google identity=g-2 scope="calendar gmail.send"
        09:02 token.exchange agent=bot user=a connection=google identity=g-1 scope=calendar.readonly
        09:03 token.exchange agent=bot user=a connection=google account=cac_2 scope="gmail.send"
        09:04 token.exchange agent=bot user=a connection=google identity=g-1 scope="gmail.send"  # scope-escalation high grew-without-reconnect
        """,
    )


def test_connecting_another_account_does_not_excuse_the_first() -> None:
    check(
        ScopeEscalation,
        """
        08:00 account.link client=bot user=a connection=google account=cac_1 identity=g-1
        09:00 token.exchange agent=bot user=a connection=google identity=g-1 scope=calendar.readonly
        09:10 account.link client=bot user=a connection=google account=cac_2 identity=g-2
        09:20 token.exchange agent=bot user=a connection=google identity=g-1 scope="calendar.readonly gmail.send"  # scope-escalation high grew-without-reconnect
        """,
    )


def test_growth_is_less_sure_where_the_log_does_not_say_which_account() -> None:
    found = check(
        ScopeEscalation,
        """
        08:00 account.link client=bot user=a connection=google account=cac_1
        08:01 account.link client=bot user=a connection=google account=cac_2
        09:00 token.exchange agent=bot user=a connection=google scope=calendar.readonly
        09:20 token.exchange agent=bot user=a connection=google scope=gmail.send
        end  # scope-escalation medium grew-without-reconnect
        """,
    )
    assert "two accounts" in found[0].judged_on


def test_a_first_grant_is_judged_only_when_it_is_administrative() -> None:
    found = check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=a connection=google scope="calendar gmail.modify drive"
        09:01 token.exchange agent=bot user=b connection=google scope="calendar admin.directory.user"  # scope-escalation medium privileged-first-grant
        09:02 token.exchange agent=bot user=b connection=google scope="calendar admin.directory.user"
        09:03 token.exchange agent=bot user=b connection=google scope="calendar admin.directory.user gmail.send"  # scope-escalation high grew-without-reconnect
        09:04 token.exchange agent=bot user=b connection=google scope="admin.directory.user.readonly"
        """,
    )
    assert "unverified" in found[0].judged_on


def test_the_declared_policy_comes_first() -> None:
    policy = Policy(
        allowed_agents=(
            AllowedAgent(agent="bot", scopes=("https://www.googleapis.com/auth/calendar",)),
            AllowedAgent(agent="admin-bot", scopes=("admin.directory.user",)),
            AllowedAgent(agent="free"),
        )
    )
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=a connection=google scope="calendar.readonly openid"
        09:01 token.exchange agent=bot user=a connection=google scope=calendar
        09:02 token.exchange agent=bot user=a connection=google scope="calendar gmail.send"  # scope-escalation high beyond-policy
        09:03 token.exchange agent=bot user=a connection=google scope="admin.directory.user"  # scope-escalation critical beyond-policy
        09:04 token.exchange agent=admin-bot user=b connection=google scope=admin.directory.user
        09:05 token.exchange agent=free user=c connection=google scope=calendar
        09:06 token.exchange agent=free user=c connection=google scope=gmail.send  # scope-escalation high grew-without-reconnect
        """,
        policy,
    )


def test_tokens_per_client_are_held_by_agent_audience_and_user() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.issue flow=client_credentials client=job audience=https://api scope=read:orders
        09:01 token.issue flow=client_credentials client=other audience=https://api scope="read:orders write:orders"
        09:02 token.issue flow=client_credentials client=job audience=https://api scope="read:orders write:orders"
        09:03 token.issue flow=client_credentials client=job audience=https://billing scope=write:invoices
        10:00 token.exchange flow=on_behalf_of client=mid user=a audience=https://api scope=read:orders actors=mid,app
        10:01 token.exchange flow=on_behalf_of client=mid user=b audience=https://api scope=write:orders actors=mid,app
        10:02 token.exchange flow=on_behalf_of client=mid user=a audience=https://api scope=admin:orders actors=mid,app  # scope-escalation critical grew-without-reconnect
        11:00 token.exchange flow=custom client=mid user=a audience=https://other scope=read:orders
        11:01 token.exchange flow=custom client=mid user=a audience=https://other scope=write:orders
        12:00 token.issue flow=client_credentials client=ops audience=https://acme.auth0.com/api/v2/ scope=read:users
        12:01 token.issue flow=client_credentials client=ops audience=https://acme.auth0.com/api/v2/ scope="read:users update:users"  # scope-escalation critical grew-without-reconnect
        end  # scope-escalation high grew-without-reconnect, scope-escalation high grew-without-reconnect, scope-escalation high grew-without-reconnect
        """,
    )


def test_a_privileged_worker_has_a_baseline_of_its_own() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange flow=vault client=app user=a connection=google identity=g scope="calendar gmail.modify"
        09:01 token.exchange flow=privileged_worker client=worker user=a connection=google identity=g scope=calendar.readonly
        09:02 token.exchange flow=vault client=app user=a connection=google identity=g scope="calendar gmail.modify"
        09:03 token.exchange flow=privileged_worker client=worker user=a connection=google identity=g scope=gmail.modify
        end  # scope-escalation high grew-without-reconnect
        """,
    )


def test_a_new_login_or_a_widened_client_grant_explains_a_wider_token() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.refresh flow=refresh_token client=app user=a audience=https://api scope=read:orders family=f1
        09:10 token.issue flow=authorization_code client=app user=a audience=https://api
        09:20 token.refresh flow=refresh_token client=app user=a audience=https://api scope="read:orders write:orders" family=f2  # scope-escalation medium reconsented-wider
        09:30 token.refresh flow=refresh_token client=app user=b audience=https://api scope=read:orders family=g1
        09:40 token.refresh flow=refresh_token client=app user=b audience=https://api scope="read:orders write:orders" family=g2  # scope-escalation medium reconsented-wider
        09:45 token.refresh flow=refresh_token client=app user=c audience=https://api scope=read:orders family=h1
        09:46 token.refresh flow=refresh_token client=app user=c audience=https://api scope="read:orders write:orders" family=h1
        10:00 token.issue flow=client_credentials client=job audience=https://api scope=read:orders
        10:10 admin.change user=root path=/api/v2/client-grants/cgr_1 method=patch response={"client_id":"job","audience":"https://api"}
        10:20 token.issue flow=client_credentials client=job audience=https://api scope="read:orders write:orders"  # scope-escalation medium reconsented-wider
        end  # scope-escalation high grew-without-reconnect
        """,
    )


def test_a_refresh_that_was_denied_more_did_not_escalate() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.refresh flow=refresh_token client=app user=a audience=https://api requested=read:orders scope=read:orders
        09:10 token.refresh flow=refresh_token client=app user=a audience=https://api requested=admin:orders scope=read:orders
        """,
    )


def test_a_machine_client_may_start_with_power() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.issue flow=client_credentials client=deploy audience=https://acme.auth0.com/api/v2/ scope="update:client_grants create:roles"  # scope-escalation informational privileged-first-grant
        09:01 token.issue flow=client_credentials client=deploy audience=https://acme.auth0.com/api/v2/ scope="update:client_grants create:roles"
        09:02 token.issue flow=client_credentials client=deploy audience=https://acme.auth0.com/api/v2/ scope="update:client_grants"
        """,
    )


NAMES = ("calendar", "gmail.modify", "drive", "contacts", "https://mail.google.com/")


@given(
    st.frozensets(st.sampled_from(NAMES), min_size=1),
    st.lists(st.lists(st.integers(0, 100), min_size=1, max_size=4), max_size=6),
)
def test_nothing_that_the_first_grant_includes_ever_fires(held: frozenset[str], picks: list[list[int]]) -> None:
    below = sorted({one for scope in held for one in closure(scope, "google")})
    lines = [f"09:00 token.exchange agent=bot user=a connection=google scope={','.join(sorted(held))}"]
    for minute, pick in enumerate(picks):
        now = ",".join(sorted({below[at % len(below)] for at in pick}))
        lines.append(f"10:{minute:02d} token.exchange agent=bot user=a connection=google scope={now}")
    check(ScopeEscalation, "\n".join(lines))


G = "https://www.googleapis.com/auth/"


def test_calendar_to_directory_administration_is_critical_and_is_never_learned() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar.readonly
        09:30 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar.readonly
        10:00 token.exchange agent=bot user=ada connection=google-oauth2 scope=admin.directory.user  # scope-escalation critical grew-without-reconnect
        10:05 token.exchange agent=bot user=ada connection=google-oauth2 scope=admin.directory.user  # scope-escalation critical
        """,
    )


def test_what_an_agent_requested_is_judged_where_it_is_logged() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=ada connection=google-oauth2 requested=calendar.readonly
        10:00 token.exchange agent=bot user=ada connection=google-oauth2 requested=admin.directory.user  # scope-escalation critical
        """,
    )


def test_a_wider_grant_after_a_reconnect_is_told_apart_and_learned() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar.readonly
        09:30 account.link user=ada client=bot connection=google-oauth2 account=cac_1
        10:00 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar  # scope-escalation medium reconsented-wider
        10:30 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar
        """,
    )


def test_narrowing_respelling_and_identity_scopes_stay_silent() -> None:
    check(
        ScopeEscalation,
        f"""
        09:00 token.exchange agent=bot user=ada connection=google-oauth2 scope={G}calendar
        09:10 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar.readonly
        09:20 token.exchange agent=bot user=ada connection=google-oauth2 scope="calendar.events.readonly openid email"
        09:30 token.exchange agent=bot user=ben connection=github scope="repo read:org"
        09:40 token.exchange agent=bot user=ben connection=github scope="public_repo repo:status"
        09:50 token.exchange agent=bot user=cyd connection=windowslive scope=Mail.ReadWrite
        09:55 token.exchange agent=bot user=cyd connection=windowslive scope=https://graph.microsoft.com/mail.read
        """,
    )


def test_the_first_grant_is_judged_when_it_is_privileged() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=ada connection=google-oauth2 scope=admin.directory.user  # scope-escalation medium privileged-first-grant
        09:05 token.exchange agent=bot user=ben connection=google-oauth2 scope="calendar drive"
        """,
    )


def test_tokens_per_client_have_a_baseline_per_agent_and_audience() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.issue client=job flow=client_credentials audience=api scope=read:orders
        09:01 token.issue client=other flow=client_credentials audience=api scope="read:orders write:orders"
        09:10 token.issue client=job flow=client_credentials audience=api scope="read:orders delete:orders"
        09:20 token.refresh client=app user=ada audience=api scope=read:a requested="read:a delete:users"
        end  # scope-escalation high
        """,
    )


def test_a_declared_bound_beats_what_was_learned() -> None:
    policy = Policy(allowed_agents=(AllowedAgent(agent="bot", scopes=("calendar",)),))
    check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar.readonly
        09:10 token.exchange agent=bot user=ada connection=google-oauth2 scope=calendar.events
        09:20 token.exchange agent=bot user=ada connection=google-oauth2 scope=drive  # scope-escalation high beyond-policy
        """,
        policy,
    )


SCOPES = [
    "calendar",
    "calendar.readonly",
    "calendar.events",
    "drive",
    "drive.readonly",
    "gmail.modify",
    "gmail.send",
    "openid",
]


@given(st.sets(st.sampled_from(SCOPES), min_size=1), st.data())
def test_a_subset_never_fires(held: set[str], data: st.DataObject) -> None:
    less = data.draw(st.sets(st.sampled_from(sorted(held)), min_size=1))
    story = f"""
    09:00 token.exchange agent=bot user=ada connection=google-oauth2 scope="{" ".join(sorted(held))}"
    09:10 token.exchange agent=bot user=ada connection=google-oauth2 scope="{" ".join(sorted(less))}"
    """
    check(ScopeEscalation, story)


TASKS = (
    "read:orders",
    "write:tickets",
    "read:orders read:stock",
    "write:tickets read:stock",
    "read:stock",
    "read:orders",
    "read:orders write:tickets",
)


def tokens(count: int, kind: str, names: tuple[str, ...], start: int = 0) -> list[str]:
    """One token every five minutes, each for the next task."""
    return [
        f'{9 + number // 12:02d}:{number % 12 * 5:02d} {kind} client=worker audience=https://api scope="{names[number % len(names)]}"'
        for number in range(start, start + count)
    ]


def verdicts(story: str) -> list[tuple[str, str]]:
    return [(finding.level.name, finding.verdict) for finding in told(story)]


def told(story: str) -> list[Finding]:
    replay = Replay([ScopeEscalation(Policy())])
    return [*replay.feed(read_story(story)[0]), *replay.finish()]


OWN = (
    "token.issue flow=client_credentials",
    "token.exchange flow=on_behalf_of user=a",
    "token.exchange flow=custom user=b",
)


@pytest.mark.parametrize("kind", [*OWN, "token.refresh flow=refresh_token user=c family=f"])
def test_scopes_that_come_and_go_with_the_task_are_no_escalation(kind: str) -> None:
    found = told("\n".join(tokens(40, kind, TASKS)))
    assert {(finding.level.name, finding.verdict) for finding in found} == {("informational", "comes-and-goes")}
    assert sorted(scope for finding in found for scope in finding.facts["gained"]) == ["read:stock", "write:tickets"]


@pytest.mark.parametrize("kind", OWN)
def test_an_administrative_scope_among_the_tasks_is_told_at_once(kind: str) -> None:
    story = [*tokens(9, kind, TASKS), *tokens(1, kind, ("admin:orders",), 9), *tokens(40, kind, TASKS, 10)]
    assert ("critical", "grew-without-reconnect") in verdicts("\n".join(story))


@pytest.mark.parametrize("kind", OWN)
def test_a_new_scope_of_an_agent_whose_tasks_are_known_is_told_at_once(kind: str) -> None:
    story = [*tokens(100, kind, TASKS), *tokens(1, kind, ("delete:orders",), 100)]
    assert verdicts("\n".join(story))[-1] == ("high", "grew-without-reconnect")
    again = [*story, *tokens(1, kind, ("delete:orders",), 101)]
    assert verdicts("\n".join(again)).count(("high", "grew-without-reconnect")) == 2


def test_growth_that_stays_is_told_after_a_while_and_from_then_on_each_time() -> None:
    kind = "token.issue flow=client_credentials"
    story = [*tokens(5, kind, ("read:orders",)), *tokens(63, kind, ("read:orders write:orders",), 5)]
    found = told("\n".join(story))
    assert [finding.verdict for finding in found] == ["grew-without-reconnect"] * 4
    assert [proof.role for proof in found[0].evidence] == [
        "the wider token",
        "the last token that set what is usual",
        "a later token with the gained scope",
    ]


def test_a_steady_agent_is_told_at_once() -> None:
    kind = "token.issue flow=client_credentials"
    story = [*tokens(12, kind, ("read:orders",)), *tokens(1, kind, ("read:orders write:orders",), 12)]
    replay = Replay([ScopeEscalation(Policy())])
    assert [finding.level.name for finding in replay.feed(read_story("\n".join(story))[0])] == ["high"]


def test_an_agent_that_turns_to_the_management_api_is_told() -> None:
    work = tokens(60, "token.issue flow=client_credentials", ("read:orders",))
    found = check(
        ScopeEscalation,
        "\n".join(work)
        + """
+2d
09:00 token.issue flow=client_credentials client=worker audience=https://acme.auth0.com/api/v2/ scope="read:users update:users"  # scope-escalation high new-audience
09:10 token.issue flow=client_credentials client=worker audience=https://acme.auth0.com/api/v2/ scope="read:users update:users"
10:00 token.issue flow=client_credentials client=worker audience=https://billing scope="read:invoices write:invoices"
10:10 token.refresh flow=refresh_token client=worker user=a audience=https://acme.auth0.com/me/ scope="create:me:connected_accounts"
11:00 admin.change user=root path=/api/v2/client-grants method=post response={"client_id":"worker","audience":"https://eu.auth0.com/api/v2/"}
11:10 token.issue flow=client_credentials client=worker audience=https://eu.auth0.com/api/v2/ scope="update:users"  # scope-escalation medium new-audience
""",
    )
    assert "the client's grant was changed before" in found[1].judged_on


def test_the_current_users_own_profile_is_no_administration() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.refresh flow=refresh_token client=spa user=a family=f audience=https://acme.auth0.com/api/v2/ scope="read:current_user"
        09:10 token.refresh flow=refresh_token client=spa user=a family=f audience=https://acme.auth0.com/api/v2/ scope="read:current_user update:current_user_metadata"
        end  # scope-escalation high grew-without-reconnect
        """,
    )


def test_scopes_that_three_users_of_an_application_hold_are_no_news_for_a_young_fourth() -> None:
    users = "\n".join(
        f'09:0{number} token.refresh flow=refresh_token client=app user=u{number} family=f{number} audience=https://api scope="read:a write:a"'
        for number in range(3)
    )
    check(
        ScopeEscalation,
        users
        + """
10:00 token.refresh flow=refresh_token client=app user=new family=g audience=https://api scope="read:a"
10:10 token.refresh flow=refresh_token client=app user=new family=g audience=https://api scope="read:a write:a"
10:20 token.refresh flow=refresh_token client=app user=new family=g audience=https://api scope="read:a write:a write:b"
end  # scope-escalation high grew-without-reconnect
""",
    )


def test_the_same_first_administrative_scope_of_many_users_is_told_once() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.refresh flow=refresh_token client=console user=a audience=https://api scope="admin:users"  # scope-escalation medium privileged-first-grant
        09:10 token.refresh flow=refresh_token client=console user=b audience=https://api scope="admin:users"
        09:20 token.refresh flow=refresh_token client=console user=c audience=https://api scope="admin:users admin:tenants"  # scope-escalation medium privileged-first-grant
        """,
    )


def test_identity_scopes_and_offline_access_are_not_named_among_what_was_gained() -> None:
    found = check(
        ScopeEscalation,
        """
        09:00 token.exchange agent=bot user=a connection=windowslive scope="Files.Read"
        09:05 token.exchange agent=bot user=a connection=windowslive scope="Files.Read openid email offline_access"
        09:10 token.exchange agent=bot user=a connection=windowslive scope="Files.Read Mail.Send profile User.Read"  # scope-escalation high grew-without-reconnect
        """,
    )
    assert found[0].facts["gained"] == ["mail.send"]


def test_reading_more_after_an_administrator_changed_the_grant_is_informational() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.issue flow=client_credentials client=job audience=https://api scope=read:orders
        10:10 admin.change user=root path=/api/v2/client-grants/cgr_1 method=patch response={"client_id":"job","audience":"https://api"}
        10:20 token.issue flow=client_credentials client=job audience=https://api scope="read:orders read:stock"  # scope-escalation informational reconsented-wider
        """,
    )


def test_users_past_the_cap_are_forgotten_and_no_more_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "MOST_USERS", 3)
    story = "\n".join(
        f"09:0{number} token.refresh flow=refresh_token client=app user=u{number} audience=https://api scope=read:a"
        for number in range(8)
    )
    replay = Replay([ScopeEscalation(Policy())])
    assert not list(replay.feed(read_story(story)[0]))
    assert len(replay.save()) < 2_000


def test_two_accounts_that_the_log_does_not_tell_apart_take_turns() -> None:
    turns = "\n".join(
        f'{9 + hour:02d}:00 token.exchange agent=bot user=a connection=google identity=me scope="{scope}"'
        for hour, scope in enumerate(["calendar.readonly", "calendar gmail.send drive"] * 3)
    )
    found = told(
        f"""
        08:00 account.link client=bot user=a connection=google account=cac_1 identity=g-1
        08:01 account.link client=bot user=a connection=google account=cac_2 identity=g-2
{turns}
        20:00 token.exchange agent=bot user=a connection=google identity=me scope="admin.directory.user"
        """
    )
    assert [(finding.level.name, finding.verdict) for finding in found] == [
        ("informational", "comes-and-goes"),
        ("high", "grew-without-reconnect"),
    ]


def test_a_release_that_asks_for_more_at_the_next_login_is_told_of_three_users() -> None:
    def user(number: int) -> str:
        return f"""
        09:0{number} token.refresh flow=refresh_token client=app user=u{number} family=f{number} audience=https://api scope=read:docs"""

    def later(number: int, mark: str) -> str:
        return f"""
        10:0{number} token.refresh flow=refresh_token client=app user=u{number} family=g{number} audience=https://api scope="read:docs write:docs"{mark}"""

    mark = "  # scope-escalation medium reconsented-wider"
    story = "".join(user(number) for number in range(6)) + "".join(
        later(number, mark if number < 3 else "") for number in range(6)
    )
    check(ScopeEscalation, story)


def test_letting_the_user_connect_and_disconnect_accounts_is_no_power() -> None:
    check(
        ScopeEscalation,
        """
        09:00 token.refresh flow=refresh_token client=spa user=a family=f audience=https://acme.auth0.com/me/ scope="create:me:connected_accounts"
        09:10 token.refresh flow=refresh_token client=spa user=a family=f audience=https://acme.auth0.com/me/ scope="delete:me:connected_accounts"
        09:20 token.refresh flow=refresh_token client=spa user=a family=f audience=https://acme.auth0.com/me/ scope="create:me:authentication_methods"
        end  # scope-escalation high grew-without-reconnect
        """,
    )


def test_an_agent_that_grows_step_by_step_has_no_tasks_to_hide_behind() -> None:
    kind = "token.issue flow=client_credentials"
    steps = ["read:a", "read:a write:a", "read:a write:a write:b", "read:a write:a write:b write:c"]
    story = [line for number, step in enumerate(steps) for line in tokens(3, kind, (step,), 3 * number)]
    assert verdicts("\n".join(story)) == [("high", "grew-without-reconnect")] * 3


def test_a_short_trail_of_tasks_is_no_escalation_either() -> None:
    kind = "token.exchange flow=on_behalf_of user=a"
    found = told("\n".join(tokens(12, kind, TASKS)))
    assert {finding.level.name for finding in found} == {"informational"}
