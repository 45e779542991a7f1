"""Wider than before, told as stories."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.detectors.scope_escalation import ScopeEscalation
from onesec_cli.model.policy import AllowedAgent, Policy
from tests.story import check

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
        09:10 token.issue client=job flow=client_credentials audience=api scope="read:orders delete:orders"  # scope-escalation high
        09:20 token.refresh client=app user=ada audience=api scope=read:a requested="read:a delete:users"
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
