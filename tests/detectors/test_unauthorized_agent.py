"""Agents that nobody allowed."""

from __future__ import annotations

from datetime import UTC, datetime

from onesec_cli.detectors.unauthorized_agent import UnauthorizedAgent
from onesec_cli.model.policy import AllowedAgent, Policy
from tests.story import check


def test_an_agent_never_delegated_is_found_beside_those_that_were() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google expires=12:00
        09:05 delegation.issue delegation=d2 user=ben delegator=ben delegate=scribe connection=google expires=12:00
        09:10 token.exchange agent=bot user=ada connection=google scope=a
        09:20 token.exchange agent=rogue user=ada connection=google scope=a  # unauthorized-agent critical never-authorized
        09:30 token.exchange agent=scribe user=ada connection=google scope=a  # unauthorized-agent high wrong-user
        09:40 tool.call agent=bot user=ada connection=slack tool=post  # unauthorized-agent high wrong-connection
        12:30 token.exchange agent=bot user=ada connection=google scope=a  # unauthorized-agent high expired
        """,
    )


def test_a_client_that_never_connected_the_account_is_found_in_tenant_logs() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 account.link user=ada client=bot connection=google account=cac_1
        09:10 token.exchange client=bot user=ada connection=google flow=vault scope=a
        09:20 token.exchange client=shadow user=ada connection=google flow=vault scope=a  # unauthorized-agent high never-authorized
        09:30 delegation.issue delegation=d1 user=ada delegator=ada delegate=shadow connection=google  # unauthorized-agent medium authorized-later
        09:40 token.exchange client=shadow user=ada connection=google flow=vault scope=a
        10:00 account.unlink user=ada connection=google account=cac_1
        10:10 token.exchange client=bot user=ada connection=google flow=vault scope=a  # unauthorized-agent high revoked-by-unlink
        """,
    )


def test_a_trail_that_begins_in_the_middle_and_consented_clients_stay_silent() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 token.exchange client=old user=ada connection=google flow=vault scope=a
        09:10 account.link user=ben client=bot connection=google account=cac_1
        09:15 grant.consent client=digest user=ben scope=read:a
        09:20 token.exchange client=digest user=ben connection=google flow=vault scope=a
        """,
    )


def test_a_declared_policy_decides_alone() -> None:
    policy = Policy(
        allowed_agents=(
            AllowedAgent(agent="bot", users=("ada",), connections=("google",)),
            AllowedAgent(agent="old", expires=datetime(2026, 2, 1, tzinfo=UTC)),
        )
    )
    found = check(
        UnauthorizedAgent,
        """
        09:00 token.exchange agent=bot user=ada connection=google scope=a
        09:10 token.exchange agent=bot user=ben connection=google scope=a  # unauthorized-agent high wrong-user
        09:20 token.exchange agent=bot user=ada connection=slack scope=a  # unauthorized-agent high wrong-connection
        09:30 token.exchange agent=old user=ada connection=google scope=a  # unauthorized-agent high expired
        09:40 token.exchange agent=new user=ada connection=google scope=a  # unauthorized-agent critical never-authorized
        """,
        policy,
    )
    assert {finding.judged_on for finding in found} == {"the declared policy (allowed-agents)"}
