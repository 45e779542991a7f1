"""Agents that nobody allowed."""

from __future__ import annotations

from datetime import UTC, datetime

from onesec_cli.detectors.unauthorized_agent import UnauthorizedAgent
from onesec_cli.model.policy import AllowedAgent, Policy
from onesec_cli.model.thresholds import Thresholds
from onesec_cli.model.thresholds import UnauthorizedAgent as Learn
from onesec_cli.pipeline import judge
from tests.story import check, read_story


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


def test_the_user_who_signed_in_to_a_second_client_has_allowed_it() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:01 token.issue client=worker user=ada flow=authorization_code
        09:02 token.issue client=machine flow=client_credentials
        09:10 token.exchange client=worker user=ada connection=google flow=vault
        09:15 token.exchange client=app user=ada connection=google flow=vault
        09:20 token.exchange client=machine user=ada connection=google flow=vault  # unauthorized-agent high never-authorized
        """,
    )


def test_an_established_client_is_medium_and_one_that_only_knows_others_says_so() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 account.link user=u1 client=app connection=google account=cac_1
        09:01 account.link user=u2 client=known connection=google account=cac_2
        09:02 account.link user=u3 client=known connection=google account=cac_3
        09:03 account.link user=u4 client=known connection=google account=cac_4
        09:04 account.link user=u5 client=young connection=google account=cac_5
        09:05 token.exchange client=app user=u1 connection=google flow=vault
        09:10 token.exchange client=known user=u1 connection=google flow=vault  # unauthorized-agent medium wrong-user
        09:11 token.exchange client=young user=u1 connection=google flow=vault  # unauthorized-agent high wrong-user
        09:12 token.exchange client=job user=u1 connection=google flow=privileged_worker
        end  # unauthorized-agent medium never-authorized
        """,
    )


def test_a_use_before_the_link_in_the_trail_lowers_the_claim() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 token.exchange client=old user=ada connection=google flow=vault
        09:10 account.link user=ada client=app connection=google account=cac_1
        09:15 token.exchange client=app user=ada connection=google flow=vault
        09:20 token.exchange client=old user=ada connection=google flow=vault  # unauthorized-agent medium
        """,
    )


def test_names_of_an_agent_framework_are_not_held_against_a_link_of_another_trail() -> None:
    events = """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:05 token.exchange client=app user=ada connection=google
        09:10 tool.call agent=helper-1 user=ada connection=google tool=x  # unauthorized-agent high
    """
    check(UnauthorizedAgent, events)
    told, _ = read_story(events)
    told[0].source = "auth0"
    assert judge(told, [UnauthorizedAgent(Policy())]) == []


def test_a_harvest_over_many_users_is_one_claim_on_one_agent() -> None:
    found = check(
        UnauthorizedAgent,
        """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:01 account.link user=ben client=app connection=google account=cac_2
        09:05 token.exchange client=app user=ben connection=google flow=vault
        09:10 token.exchange client=rogue user=ada connection=google flow=vault  # unauthorized-agent high never-authorized
        09:11 token.exchange client=rogue user=ben connection=google flow=vault  # unauthorized-agent high never-authorized
        """,
    )
    assert {one.subject for one in found} == {("agent:rogue", "connection:google")}


def test_a_learning_time_takes_first_uses_as_evidence_and_ends() -> None:
    policy = Policy(thresholds=Thresholds(unauthorized_agent=Learn(learn_days=1)))
    check(
        UnauthorizedAgent,
        """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:10 token.exchange client=worker user=ada connection=google flow=vault
        +2d
        09:10 token.exchange client=worker user=ada connection=google flow=vault
        09:10 token.exchange client=app user=ada connection=google flow=vault
        09:11 token.exchange client=late user=ada connection=google flow=vault  # unauthorized-agent high never-authorized
        """,
        policy,
    )


def test_an_authorisation_that_comes_after_the_use_is_told_with_the_use() -> None:
    found = check(
        UnauthorizedAgent,
        """
        09:00 account.link user=ada client=app connection=google account=cac_1
        09:05 token.exchange client=app user=ada connection=google flow=vault
        09:10 token.exchange client=worker user=ada connection=google flow=vault  # unauthorized-agent high
        09:20 grant.consent client=worker user=ada  # unauthorized-agent medium authorized-later
        09:30 token.exchange client=worker user=ada connection=google flow=vault
        """,
    )
    assert [proof.time for proof in found[1].evidence] == [found[1].time, found[0].time]


def test_a_renewal_at_the_start_of_a_trail_is_no_alarm_and_a_late_first_delegation_is() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 token.exchange agent=bot user=ada connection=google
        09:30 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google expires=10:30  # unauthorized-agent informational authorized-later
        12:00 token.exchange agent=scribe user=ben connection=google
        12:30 delegation.issue delegation=d2 user=ben delegator=ben delegate=scribe connection=google expires=13:30  # unauthorized-agent low authorized-later
        """,
    )


def test_a_consent_taken_back_no_longer_speaks_for_the_client() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 account.link user=auth0|ada client=app connection=google account=cac_1
        09:01 grant.consent client=worker user=auth0|ada grants=[{"id":"g-1","audience":"x","scopes":[]}]
        09:10 token.exchange client=worker user=auth0|ada connection=google flow=vault
        09:20 admin.change method=delete path=/api/v2/grants/g-1
        09:30 token.exchange client=worker user=auth0|ada connection=google flow=vault  # unauthorized-agent high revoked-by-unlink
        """,
    )


def test_a_later_link_by_the_agent_itself_outlives_its_expired_delegation() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google expires=10:00
        10:10 account.link user=ada client=bot connection=google account=cac_1
        10:20 token.exchange agent=bot user=ada connection=google
        """,
    )


def test_a_delegation_that_ran_out_takes_little_from_an_agent_that_the_user_connected() -> None:
    (told,) = check(
        UnauthorizedAgent,
        """
        08:00 account.link user=ada client=bot connection=google account=cac_1
        09:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google expires=10:00
        10:20 token.exchange agent=bot user=ada connection=google  # unauthorized-agent low expired
        """,
    )
    assert "still connected" in told.judged_on and len(told.evidence) == 3
    check(
        UnauthorizedAgent,
        """
        08:00 account.link user=ada client=app connection=google account=cac_1
        09:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=bot connection=google expires=10:00
        10:20 token.exchange agent=bot user=ada connection=google  # unauthorized-agent high expired
        """,
    )


def test_a_sub_agent_of_a_revoked_agent_has_lost_its_authority() -> None:
    check(
        UnauthorizedAgent,
        """
        09:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=a connection=google
        09:01 delegation.issue delegation=d2 user=ada delegator=a delegate=b connection=google
        09:10 tool.call agent=b user=ada connection=google tool=x
        09:20 delegation.revoke delegation=d1
        09:30 tool.call agent=b user=ada connection=google tool=x  # unauthorized-agent high revoked-by-unlink
        """,
    )


def test_a_policy_that_names_the_agent_covers_a_record_that_names_only_its_client() -> None:
    policy = Policy(
        allowed_agents=(AllowedAgent(agent="ag_1", users=("ada",), connections=("google",)),),
        agent_clients={"ag_1": "c1"},
    )
    check(
        UnauthorizedAgent,
        """
        09:00 token.exchange client=c1 user=ada connection=google flow=vault
        09:10 token.exchange client=c2 user=ada connection=google flow=vault  # unauthorized-agent critical
        """,
        policy,
    )


FLEET = """
        08:00 account.link user=u1 client=portal connection=google account=cac_1
        08:01 account.link user=u2 client=portal connection=google account=cac_2
        08:02 account.link user=u3 client=portal connection=google account=cac_3
        09:00 token.exchange client=cal user=u1 connection=google flow=vault
        09:01 token.exchange client=mail user=u1 connection=google flow=vault
        09:02 token.exchange client=cal user=u2 connection=google flow=vault
        09:03 token.exchange client=mail user=u2 connection=google flow=vault
        09:04 token.exchange client=cal user=u3 connection=google flow=vault
        09:05 token.exchange client=mail user=u3 connection=google flow=vault
        10:00 token.exchange client=cal user=u1 connection=google flow=vault
        10:01 token.exchange client=mail user=u1 connection=google flow=vault
        10:02 token.exchange client=cal user=u2 connection=google flow=vault
        10:03 token.exchange client=mail user=u2 connection=google flow=vault
"""


def test_agents_behind_a_front_end_that_come_back_to_their_users_are_its_fleet() -> None:
    check(UnauthorizedAgent, FLEET)


def test_a_harvest_behind_a_front_end_never_comes_back_and_is_told_at_the_end() -> None:
    harvest = """
        10:10:00 token.exchange client=rogue user=u1 connection=google flow=vault
        10:10:05 token.exchange client=rogue user=u2 connection=google flow=vault
        10:10:10 token.exchange client=rogue user=u3 connection=google flow=vault
        end  # unauthorized-agent high, unauthorized-agent high, unauthorized-agent high
    """
    assert {one.subject for one in check(UnauthorizedAgent, FLEET + harvest)} == {("agent:rogue", "connection:google")}


def test_an_agent_that_first_appears_a_day_after_the_fleet_is_told_at_once() -> None:
    check(
        UnauthorizedAgent,
        FLEET
        + """
        +2d
        10:10 token.exchange client=rogue user=u1 connection=google flow=vault  # unauthorized-agent high
        10:11 token.exchange client=cal user=u1 connection=google flow=vault
        """,
    )


def test_a_front_end_that_exchanges_itself_after_all_was_none() -> None:
    found = check(
        UnauthorizedAgent,
        """
        08:00 account.link user=u1 client=bot connection=google account=cac_1
        09:00 token.exchange client=rogue user=u1 connection=google flow=vault
        09:10 token.exchange client=bot user=u1 connection=google flow=vault
        end  # unauthorized-agent high never-authorized
        """,
    )
    assert "exchanges itself" in found[0].judged_on


def test_a_doubt_that_a_consent_resolves_is_told_as_authorised_later() -> None:
    check(
        UnauthorizedAgent,
        """
        08:00 account.link user=u1 client=portal connection=google account=cac_1
        09:00 token.exchange client=cal user=u1 connection=google flow=vault
        09:10 grant.consent client=cal user=u1  # unauthorized-agent medium authorized-later
        09:20 token.exchange client=cal user=u1 connection=google flow=vault
        """,
    )


def test_a_nightly_worker_over_all_users_settles_and_a_single_run_is_told() -> None:
    run = """
        {time}:00 token.exchange client=job user=u1 connection=google flow=privileged_worker
        {time}:01 token.exchange client=job user=u2 connection=google flow=privileged_worker
        {time}:02 token.exchange client=job user=u3 connection=google flow=privileged_worker
    """
    links = """
        08:00 account.link user=u1 client=a connection=google account=cac_1
        08:01 account.link user=u2 client=a connection=google account=cac_2
        08:02 account.link user=u3 client=a connection=google account=cac_3
        08:03 token.exchange client=a user=u1 connection=google flow=vault
    """
    marks = "end  # unauthorized-agent medium, unauthorized-agent medium, unauthorized-agent medium"
    check(UnauthorizedAgent, links + run.format(time="09") + marks)
    check(UnauthorizedAgent, links + run.format(time="09") + run.format(time="21"))


def test_a_service_that_acts_on_behalf_of_a_signed_in_user_is_no_stranger() -> None:
    check(
        UnauthorizedAgent,
        """
        08:00 token.issue client=portal user=u1 flow=authorization_code
        08:01 token.issue client=portal user=u2 flow=authorization_code
        08:02 account.link user=u1 client=bot connection=google account=cac_1
        08:03 account.link user=u2 client=bot connection=google account=cac_2
        08:04 token.exchange client=bot user=u1 connection=google flow=vault
        09:00 token.exchange client=tools user=u1 flow=on_behalf_of actors=tools,portal
        09:01 token.exchange client=tools user=u1 connection=google flow=vault
        09:02 token.exchange client=tools user=u2 flow=on_behalf_of actors=tools,portal
        09:03 token.exchange client=tools user=u2 connection=google flow=vault
        10:01 token.exchange client=tools user=u1 connection=google flow=vault
        10:02 token.exchange client=tools user=u2 connection=google flow=vault
        10:03 token.exchange client=rogue user=u2 flow=on_behalf_of actors=rogue,unheard
        10:04 token.exchange client=rogue user=u2 connection=google flow=vault  # unauthorized-agent high
        """,
    )


def test_an_exchange_without_a_user_is_told_by_its_upstream_identity() -> None:
    check(
        UnauthorizedAgent,
        """
        08:00 account.link user=u1 client=bot connection=google account=cac_1 identity=g-1
        08:01 token.exchange client=bot user=u1 connection=google flow=vault
        09:00 token.exchange client=rogue identity=g-1 connection=google flow=vault  # unauthorized-agent high
        09:01 token.exchange client=rogue identity=g-2 connection=google flow=vault
        """,
    )


def test_a_delegation_to_an_agent_covers_records_that_tell_only_its_client() -> None:
    check(
        UnauthorizedAgent,
        """
        08:00 delegation.issue delegation=d1 user=ada delegator=ada delegate=ag_1 connection=google
        09:00 token.exchange client=app agent_id=ag_1 user=ada connection=google flow=vault
        09:10 token.exchange client=app user=ada connection=google flow=vault
        09:20 token.exchange client=app agent_id=ag_2 user=ada connection=google flow=vault  # unauthorized-agent critical
        """,
    )
