# a story tells one event per line
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.detectors import refresh_token_reuse
from onesec_cli.detectors.refresh_token_reuse import RefreshTokenReuse, network
from tests.story import check


def test_a_client_racing_itself_is_informational():
    check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 counter=1 ip=192.0.2.1 user_agent="chrome 120"
        10:00 token.refresh client=app user=alice family=f1 counter=2 ip=192.0.2.1 user_agent="chrome 120"
        10:00:01 token.reuse client=app user=alice family=f1 counter=1 latest_counter=2 ip=192.0.2.9 user_agent="chrome 120"  # refresh-token-reuse informational likely-race
        """,
    )


def test_a_reuse_without_history_is_weighed_by_its_counters():
    check(
        RefreshTokenReuse,
        """
        09:00 token.reuse client=app user=alice family=f1 counter=1 latest_counter=2 ip=192.0.2.1  # refresh-token-reuse low likely-race
        09:01 token.reuse client=app user=alice family=f2 counter=1 latest_counter=3 ip=192.0.2.1  # refresh-token-reuse medium older-copy
        09:02 token.reuse client=app user=alice family=f3 ip=192.0.2.1  # refresh-token-reuse medium older-copy
        """,
    )


def test_an_old_copy_from_elsewhere_is_high():
    found = check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 counter=7 ip=192.0.2.1 user_agent="chrome 120"
        +1d
        10:00 token.reuse client=app user=alice family=f1 counter=3 latest_counter=7 ip=203.0.113.5 user_agent="curl 8"  # refresh-token-reuse high replayed-elsewhere
        """,
    )
    assert found[0].facts["observed"] == 4
    assert len(found[0].evidence) == 2


def test_other_software_on_the_same_network_is_high():
    check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 counter=7 ip=192.0.2.1 user_agent="chrome 120"
        10:00 token.reuse client=app user=alice family=f1 counter=6 latest_counter=7 ip=192.0.2.1 user_agent="curl 8"  # refresh-token-reuse high replayed-elsewhere
        """,
    )


def test_the_rightful_client_refused_after_a_stranger_refreshed_is_critical():
    check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 counter=7 ip=192.0.2.1 user_agent="chrome 120"
        10:00 token.refresh client=app user=alice family=f1 counter=8 ip=203.0.113.5 user_agent="curl 8"
        10:30 token.reuse client=app user=alice family=f1 counter=7 latest_counter=8 ip=192.0.2.1 user_agent="chrome 120"  # refresh-token-reuse critical attacker-may-have-won
        """,
    )


def test_one_family_stays_one_alert_unless_it_gets_worse():
    found = check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 counter=7 ip=192.0.2.1 user_agent="chrome 120"
        10:00 token.reuse client=app user=alice family=f1 counter=3 latest_counter=7 ip=203.0.113.5  # refresh-token-reuse high replayed-elsewhere
        10:01 token.reuse client=app user=alice family=f1 counter=6 latest_counter=7 ip=192.0.2.1 user_agent="chrome 120"  # refresh-token-reuse informational replayed-elsewhere
        """,
    )
    assert len({(finding.verdict, finding.subject) for finding in found}) == 1


def test_a_family_that_is_refreshed_after_a_reuse_is_told():
    check(
        RefreshTokenReuse,
        """
        10:00 token.reuse client=app user=alice family=f1 counter=3 latest_counter=7 ip=203.0.113.5  # refresh-token-reuse medium
        10:00:10 token.refresh client=app user=alice family=f1 counter=8 ip=192.0.2.1
        10:30 token.refresh client=app user=alice family=f1 counter=9 ip=192.0.2.1  # refresh-token-reuse high family-still-alive
        10:40 token.refresh client=app user=alice family=f2 counter=1 ip=192.0.2.1
        """,
    )


def test_a_client_that_moves_between_two_networks_is_one_holder():
    roaming = """
        09:00 token.refresh client=app user=alice family=f1 ip=192.0.2.1 user_agent="okhttp 4"
        10:00 token.refresh client=app user=alice family=f1 ip=203.0.113.5 user_agent="okhttp 4"
        11:00 token.refresh client=app user=alice family=f1 ip=192.0.2.1 user_agent="okhttp 4"
        12:00 token.refresh client=app user=alice family=f1 ip=203.0.113.5 user_agent="okhttp 4"
        12:30 token.reuse client=app user=alice family=f1 counter={} latest_counter=9 ip=192.0.2.1 user_agent="okhttp 4"  # refresh-token-reuse {}
        """
    check(RefreshTokenReuse, roaming.format(8, "low likely-race"))
    check(RefreshTokenReuse, roaming.format(4, "medium older-copy"))


def test_a_network_that_took_over_and_leaves_the_other_behind_is_a_rival():
    check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 ip=192.0.2.1 user_agent="chrome 120"
        10:00 token.refresh client=app user=alice family=f1 ip=203.0.113.5 user_agent="chrome 120"
        10:30 token.reuse client=app user=alice family=f1 counter=7 latest_counter=8 ip=192.0.2.1 user_agent="chrome 120"  # refresh-token-reuse high attacker-may-have-won
        """,
    )


def test_a_second_try_just_after_a_change_of_network_is_a_race_and_a_late_one_is_not():
    story = """
        09:00:00 token.refresh client=app user=alice family=f1 ip=192.0.2.1 user_agent="chrome 120"
        {} token.reuse client=app user=alice family=f1 counter=7 latest_counter=8 ip=203.0.113.5 user_agent="{}"  # refresh-token-reuse {}
        """
    check(RefreshTokenReuse, story.format("09:00:20", "chrome 120", "low likely-race"))
    check(RefreshTokenReuse, story.format("09:00:20", "curl 8", "high replayed-elsewhere"))
    check(RefreshTokenReuse, story.format("09:30:00", "chrome 120", "high replayed-elsewhere"))


def test_a_reuse_without_a_user_is_held_against_its_family_and_one_without_anything_is_told():
    found = check(
        RefreshTokenReuse,
        """
        09:00 token.refresh client=app user=alice family=f1 ip=192.0.2.1 user_agent="chrome 120"
        10:00 token.reuse family=f1 counter=3 latest_counter=7 ip=203.0.113.5 user_agent="curl 8"  # refresh-token-reuse high replayed-elsewhere
        10:01 token.reuse ip=203.0.113.5  # refresh-token-reuse medium older-copy
        """,
    )
    assert found[0].subject == ("user:alice", "client:app", "family:f1")
    assert found[1].subject == ("ip:203.0.113.5",)


def test_families_stay_bounded(monkeypatch):
    monkeypatch.setattr(refresh_token_reuse, "MAX_FAMILIES", 20)
    lines = [f"09:{n:02d} token.refresh client=app user=alice family=f{n} ip=192.0.2.1" for n in range(60)]
    mark = "  # refresh-token-reuse informational likely-race"
    check(
        RefreshTokenReuse,
        "\n".join([*lines, f"10:30 token.reuse user=alice family=f59 counter=1 latest_counter=2 ip=192.0.2.1{mark}"]),
    )


def test_networks_are_compared_not_addresses():
    assert network("192.0.2.1") == network("192.0.2.200") != network("192.0.3.1")
    assert network("2001:db8:1::1") == network("2001:db8:1:ffff::2") != network("2001:db8:2::1")
    assert network("xxxx") == "xxxx"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 250), st.sampled_from(["f1", "f2"])), max_size=12))
def test_refreshes_alone_never_raise_anything(refreshes):
    lines = [
        f"09:{minute:02d} token.refresh client=app user=alice family={family} counter={minute} ip=198.51.{place}.1"
        for minute, (place, family) in enumerate(refreshes)
    ]
    assert check(RefreshTokenReuse, "\n".join(lines)) == []
