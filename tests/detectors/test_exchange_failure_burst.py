from onesec_cli.detectors.exchange_failure_burst import ExchangeFailureBurst
from tests.story import check

REFUSED = "token.exchange_failed agent=bot flow=vault"


def refusals(count, users=1, connections=1, minute=0, step=10, reason="not_linked"):
    return "\n".join(
        f"09:{minute + n * step // 60:02d}:{n * step % 60:02d} {REFUSED} user=u{n % users} connection=c{n % connections} reason={reason}"
        for n in range(count)
    )


def test_nine_refusals_of_one_user_are_silent():
    check(ExchangeFailureBurst, refusals(9) + "\nend")


def test_ten_refusals_of_one_user_are_a_burst_with_its_reasons():
    found = check(ExchangeFailureBurst, refusals(10) + "\nend  # exchange-failure-burst medium failure-burst")
    assert found[0].facts["reasons"] == {"not_linked": 10}
    assert found[0].facts["observed"] == 10


def test_ten_refusals_over_an_hour_are_silent():
    check(ExchangeFailureBurst, refusals(10, step=180) + "\nend")


def test_refusals_of_many_users_are_probing():
    check(ExchangeFailureBurst, refusals(10, users=10) + "\nend  # exchange-failure-burst high probing")


def test_five_refusals_on_connections_that_never_worked_are_probing():
    check(ExchangeFailureBurst, refusals(5, connections=5) + "\nend  # exchange-failure-burst high probing")


def test_a_new_user_who_has_not_connected_three_accounts_is_silent():
    check(ExchangeFailureBurst, refusals(4, connections=4) + "\nend")


def test_an_outage_of_users_that_worked_before_is_no_probing():
    worked = "\n".join(f"08:00:{n:02d} token.exchange agent=bot user=u{n} connection=c0 flow=vault" for n in range(10))
    story = f"{worked}\n{refusals(20, users=10)}\n10:00 token.exchange agent=bot user=u1 connection=c0\nend"
    story = story.replace(
        "10:00 token.exchange agent=bot user=u1 connection=c0",
        "10:00 token.exchange agent=bot user=u1 connection=c0  # exchange-failure-burst informational failure-burst",
    )
    check(ExchangeFailureBurst, story)


def test_a_success_after_the_refusals_raises_the_burst():
    story = f"""{refusals(12, users=12)}
09:05 token.exchange agent=bot user=u11 connection=c0 flow=vault
end  # exchange-failure-burst critical failure-then-success
"""
    found = check(ExchangeFailureBurst, story)
    assert found[0].evidence[-1].role == "the exchange that succeeded after the refusals"
    assert "u11 on c0" in found[0].message


def test_a_success_after_the_user_connected_the_account_explains_itself():
    check(
        ExchangeFailureBurst,
        f"""{refusals(12)}
09:04 account.link agent=bot user=u0 connection=c0
09:05 token.exchange agent=bot user=u0 connection=c0 flow=vault
end  # exchange-failure-burst low failure-burst
""",
    )


def test_two_bursts_are_told_apart_by_a_quiet_window():
    check(
        ExchangeFailureBurst,
        f"""{refusals(10)}
09:30 token.exchange agent=bot user=x connection=c9  # exchange-failure-burst medium failure-burst
{refusals(10, minute=40)}
end  # exchange-failure-burst medium failure-burst
""",
    )


def test_refusals_without_an_agent_are_counted_by_address():
    story = "\n".join(f"09:00:{n:02d} token.exchange_failed ip=192.0.2.7 reason=bad" for n in range(10))
    found = check(ExchangeFailureBurst, story + "\nend  # exchange-failure-burst medium failure-burst")
    assert found[0].subject == ("ip:192.0.2.7",)


def test_different_reasons_are_counted_each():
    story = refusals(6) + "\n" + refusals(5, minute=2, reason="denied")
    found = check(ExchangeFailureBurst, story + "\nend  # exchange-failure-burst medium")
    assert found[0].facts["reasons"] == {"not_linked": 6, "denied": 5}


def test_a_success_hours_after_the_burst_is_still_a_hit_unless_the_account_was_connected():
    found = check(
        ExchangeFailureBurst,
        f"""{refusals(12, users=12)}
14:00 token.exchange_failed agent=bot user=u1 connection=c0 flow=vault  # exchange-failure-burst high probing
14:30 account.link agent=bot user=u6 connection=c0
15:00 token.exchange agent=bot user=u6 connection=c0 flow=vault
15:10 token.exchange agent=bot user=u7 connection=c0 flow=vault  # exchange-failure-burst high failure-then-success
15:20 token.exchange agent=bot user=u7 connection=c0 flow=vault
+2d
15:10 token.exchange agent=bot user=u8 connection=c0 flow=vault
end
""",
    )
    assert [proof.role for proof in found[1].evidence] == [
        "the exchange that succeeded after the refusals",
        "the burst of refusals before it",
    ]


def test_a_walk_through_the_day_over_users_and_connections_that_never_worked_is_slow_probing():
    lines = refusals(24, users=24, connections=3, step=150).splitlines()
    lines[19] += "  # exchange-failure-burst medium slow-probing"
    check(ExchangeFailureBurst, "\n".join(lines) + "\nend")


def test_refusals_of_the_few_who_have_not_connected_are_no_probing():
    working = "\n".join(
        f"08:{n:02d} token.exchange agent=bot user=w{n} connection=c{n % 3} flow=vault" for n in range(60)
    )
    lines = []
    for number, line in enumerate(refusals(24, users=24, connections=3, step=150).splitlines()):
        lines += [line, line.replace("exchange_failed", "exchange").replace(f"user=u{number}", f"user=w{number}")]
    check(ExchangeFailureBurst, working + "\n" + "\n".join(lines) + "\nend")
