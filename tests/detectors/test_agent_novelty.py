import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.detectors.agent_novelty import AgentNovelty
from onesec_cli.state.rates.habits import family_of, network_of
from tests.story import check

HOME = 'ip=192.0.2.10 country=DEU user_agent="python-requests 2"'
AWAY = "ip=203.0.113.9"


def learned(extra=HOME, count=20, kind="token.exchange", users=1):
    return "2026-03-01\n" + "\n".join(
        f"{9 + n // 60:02d}:{n % 60:02d} {kind} agent=bot user=u{n % users} connection=google {extra}"
        for n in range(count)
    )


def test_network_country_and_software_new_at_once_is_high():
    found = check(
        AgentNovelty,
        f"""{learned()}
2026-03-03
09:00 token.exchange agent=bot user=u0 {AWAY} country=USA user_agent="curl 8"  # agent-novelty high
""",
    )
    assert found[0].facts["observed"] == {"network": "203.0.113.0/24", "country": "USA", "software": "curl"}
    assert found[0].facts["known"]["network"] == ["192.0.2.0/24"]


def test_network_and_software_without_a_country_is_medium():
    check(
        AgentNovelty,
        f"""{learned()}
2026-03-03
09:00 token.exchange agent=bot user=u0 {AWAY} user_agent="curl 8"  # agent-novelty medium new-place-and-software
""",
    )


def test_one_novelty_alone_is_learned_in_silence():
    check(
        AgentNovelty,
        f"""{learned()}
2026-03-03
09:00 token.exchange agent=bot user=u0 {AWAY} user_agent="python-requests 2"
+1d
09:01 token.exchange agent=bot user=u0 {AWAY} user_agent="curl 8"
""",
    )


def test_a_thief_who_moves_first_and_changes_software_within_the_day_is_told():
    found = check(
        AgentNovelty,
        f"""{learned()}
2026-03-03
09:00 token.exchange agent=bot user=u0 {AWAY} user_agent="python-requests 2"
09:30 token.exchange agent=bot user=u0 {HOME}
10:00 token.exchange agent=bot user=u0 {AWAY} user_agent="curl 8"  # agent-novelty medium new-place-and-software
10:05 token.exchange agent=bot user=u0 {HOME}
""",
    )
    assert found[0].facts["observed"] == {"software": "curl", "network": "203.0.113.0/24"}
    assert [proof.role for proof in found[0].evidence] == [
        "the event with new attributes",
        "the event that brought the first new attribute",
        "the event of the agent before it",
    ]


def test_many_networks_that_have_settled_are_judged():
    hops = "\n".join(
        f'{9 + n // 60:02d}:{n % 60:02d} token.issue agent=bot ip=198.51.{n % 8}.1 user_agent="python-requests 2"'
        for n in range(60)
    )
    check(
        AgentNovelty,
        f"""{hops}
+3d
09:00 token.issue agent=bot {AWAY} user_agent="curl 8"  # agent-novelty medium
""",
    )


def test_users_travel_and_log_in_with_new_devices():
    desk = 'ip=192.0.2.10 country=US user_agent="chrome 120"'
    check(
        AgentNovelty,
        f"""{learned(desk, kind="token.refresh flow=refresh_token", users=2)}
+3d
08:00 token.refresh flow=refresh_token agent=bot user=u1 ip=100.70.1.1 country=FR user_agent="chrome 121"
09:00 token.issue flow=authorization_code agent=bot user=u1 ip=100.80.1.1 country=ES user_agent="safari 17"
09:30 token.refresh flow=refresh_token agent=bot user=u1 ip=100.80.1.1 country=ES user_agent="safari 17"
10:00 token.refresh flow=refresh_token agent=bot user=u1 ip=203.0.113.9 country=RU user_agent="curl 8"  # agent-novelty high
""",
    )


def test_a_version_upgrade_is_no_novelty():
    check(
        AgentNovelty,
        f"""{learned()}
2026-03-03
09:00 token.exchange agent=bot user=u0 {AWAY} user_agent="python-requests 3"
""",
    )


def test_what_fired_is_never_learned_and_folds_into_one_subject():
    away = f'{AWAY} user_agent="curl 8"  # agent-novelty medium'
    found = check(
        AgentNovelty,
        f"""{learned()}
2026-03-03
09:00 token.exchange agent=bot user=u0 {away}
09:01 token.refresh agent=bot user=u0 {away}
+1d
09:02 token.issue agent=bot user=u0 {away}
""",
    )
    assert {finding.subject for finding in found} == {("agent:bot", "network:203.0.113.0/24")}


def test_nothing_is_judged_before_enough_events_and_enough_time():
    away = f'token.exchange agent=bot user=u0 {AWAY} user_agent="curl 8"'
    check(AgentNovelty, f"{learned()}\n23:00 {away}")
    check(AgentNovelty, f"{learned(count=19)}\n2026-03-09\n09:00 {away}")


def test_an_agent_on_hopping_egress_is_not_judged_by_network():
    hops = "\n".join(
        f'09:{n:02d} token.exchange agent=bot user=u0 ip=198.51.{n}.1 user_agent="python-requests 2"' for n in range(20)
    )
    check(
        AgentNovelty,
        f"""{hops}
+3d
09:00 token.exchange agent=bot user=u0 {AWAY} user_agent="curl 8"
""",
    )


def test_the_first_event_of_a_new_user_of_a_device_agent_is_learned():
    devices = "\n".join(
        f'09:{n:02d} token.refresh agent=app user=u{n % 3} ip=192.0.{n % 3}.7 user_agent="chrome 120"'
        for n in range(30)
    )
    check(
        AgentNovelty,
        f"""{devices}
+3d
09:00 token.refresh agent=app user=fresh {AWAY} user_agent="safari 17"
09:01 token.refresh agent=app user=u0 ip=198.51.100.3 user_agent="firefox 120"  # agent-novelty medium
""",
    )


def test_events_without_address_and_software_are_not_judged():
    check(AgentNovelty, f"{learned()}\n+3d\n09:00 token.exchange agent=bot user=u0 connection=google")


def test_a_service_that_moves_within_its_network_stays_silent():
    check(
        AgentNovelty,
        f"""{learned()}
+3d
09:00 token.exchange agent=bot user=u0 ip=192.0.2.99 country=DEU user_agent="python-httpx 0"
""",
    )


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("100.223.435", ""),
        ("xxxx", ""),
        ("", ""),
    ],
)
def test_a_network_is_24_or_48_bits(ip, network):
    assert network_of(ip) == network


def test_a_family_is_the_software_without_its_version():
    assert [family_of(name) for name in ("chrome 113", "headless chrome 9", "curl", "")] == [
        "chrome",
        "headless chrome",
        "curl",
        "",
    ]


@given(st.text(max_size=40))
def test_any_text_has_a_network_or_none(text):
    assert network_of(text) == "" or "/" in network_of(text)
