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
        "10:00 token.exchange agent=bot user=u1 connection=c0  # exchange-failure-burst medium failure-burst",
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
end  # exchange-failure-burst medium failure-burst
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
