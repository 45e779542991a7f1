# a story tells one event per line
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.detectors.rapid_exchange import RapidExchange
from onesec_cli.model.clock import MINUTE, SECOND, show_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.policy import Policy
from onesec_cli.model.thresholds import RapidExchange as Limits
from onesec_cli.model.thresholds import Thresholds
from onesec_cli.replay import Replay
from tests.story import check

THREE = Policy(thresholds=Thresholds(rapid_exchange=Limits(max_exchanges=3, window_minutes=5)))


def calls(count, users="u", tokens="t", start=0, step=5, minute=0):
    """Exchanges every `step` seconds; `users` and `tokens` say how many different ones ("u" is one)."""
    lines = []
    for number in range(count):
        seconds = start + number * step
        user = f"u{number}" if users == "many" else "alice"
        token = f"t{number}" if tokens == "many" else "same"
        lines.append(
            f"09:{minute + seconds // 60:02d}:{seconds % 60:02d} token.exchange agent=bot user={user} connection=google token={token} flow=vault"
        )
    return "\n".join(lines)


def test_exactly_the_threshold_in_the_window_is_silent():
    check(RapidExchange, calls(20) + "\nend")


def test_one_more_than_the_threshold_is_a_burst_told_at_the_end():
    found = check(RapidExchange, calls(21, users="many", tokens="many") + "\nend  # rapid-exchange critical harvest")
    assert found[0].facts["observed"] == 21
    assert found[0].facts["users"] == 21
    assert [proof.role for proof in found[0].evidence[:3]] == [
        "the exchange that crossed the threshold",
        "the first exchange of the burst",
        "an exchange for another user or token",
    ]
    assert len({proof.origin for proof in found[0].evidence}) == 17  # sixteen users show that they are many
    assert found[0].time == found[0].until


def test_an_exchange_exactly_one_window_old_has_left_it():
    check(
        RapidExchange,
        """
        09:00 token.exchange agent=bot user=a connection=google token=t
        09:01 token.exchange agent=bot user=a connection=google token=t
        09:02 token.exchange agent=bot user=a connection=google token=t
        09:05 token.exchange agent=bot user=a connection=google token=t
        end
        """,
        THREE,
    )


def test_the_window_slides_and_does_not_restart_on_the_clock():
    check(
        RapidExchange,
        """
        09:03 token.exchange agent=bot user=a connection=google token=t
        09:04 token.exchange agent=bot user=a connection=google token=t
        09:06 token.exchange agent=bot user=a connection=google token=t
        09:07 token.exchange agent=bot user=a connection=google token=t
        end  # rapid-exchange low cache-less-client
        """,
        THREE,
    )


def test_a_burst_is_told_once_when_the_pace_falls_and_a_second_one_again():
    found = check(
        RapidExchange,
        f"""{calls(25, users="many", tokens="many")}
10:00 token.exchange agent=bot user=alice connection=google token=t flow=vault
{calls(25, users="many", tokens="many").replace("09:", "11:")}
end  # rapid-exchange critical harvest, rapid-exchange critical harvest
""",
    )
    assert [finding.facts["exchanges"] for finding in found] == [25, 25]
    assert found[0].subject == found[1].subject == ("agent:bot",)


def test_one_user_with_ever_new_tokens_is_high():
    check(RapidExchange, calls(22, tokens="many") + "\nend  # rapid-exchange high harvest")


def test_ids_of_minted_tokens_are_not_provider_tokens():
    story = calls(22, tokens="many").replace("flow=vault", "flow=on_behalf_of")
    check(RapidExchange, story + "\nend  # rapid-exchange medium burst")


def test_refused_exchanges_never_make_a_burst():
    refused = calls(30).replace("token.exchange", "token.exchange_failed")
    check(RapidExchange, refused + "\nend")


def test_two_agents_do_not_add_up():
    lines = calls(30).splitlines()
    story = "\n".join(line.replace("agent=bot", f"agent=bot{number % 2}") for number, line in enumerate(lines))
    check(RapidExchange, story + "\nend")


def test_exchanges_without_an_agent_are_not_judged():
    check(RapidExchange, calls(30).replace("agent=bot ", "") + "\nend")


@given(st.lists(st.integers(0, 100), min_size=1, max_size=40))
def test_a_burst_is_told_exactly_when_some_window_holds_too_many(steps):
    times, now = [], 0
    for step in steps:
        now += step * 3 * SECOND
        times.append(now)
    events = [
        Event(time=time, kind="token.exchange", origin=Origin("f", n, n, 1), agent="bot", user="a")
        for n, time in enumerate(times, 1)
    ]
    replay = Replay([RapidExchange(THREE)])
    found = [*replay.feed(events), *replay.finish()]
    most = max(sum(time - 5 * MINUTE < other <= time for other in times) for time in times)
    assert bool(found) == (most > 3), [show_time(time) for time in times]
    assert max((finding.facts["observed"] for finding in found), default=most) == most


def batch(days, users=6, at="17:00", step=10, start=0):
    """A batch every day: one exchange for each user."""
    hour, minute = at.split(":")
    lines = []
    for day in range(start, start + days):
        lines.append(f"2026-03-{day + 1:02d}")
        for number in range(users):
            seconds = int(minute) * 60 + number * step
            moment = f"{hour}:{seconds // 60:02d}:{seconds % 60:02d}"
            lines.append(
                f"{moment} token.exchange agent=bot user=u{number} connection=google token=t{day}-{number} flow=vault"
            )
    return "\n".join(lines)


def test_a_nightly_batch_is_told_once_and_never_as_a_harvest():
    found = check(RapidExchange, batch(3) + "\nend  # " + "rapid-exchange informational recurring", THREE)
    assert "it did so 3 times" in found[0].message
    assert found[0].until - found[0].time == 2 * 24 * 60 * MINUTE + 20 * SECOND
    assert found[0].evidence[1].role == "the first exchange of the burst"


def test_a_batch_is_known_after_five_days_and_then_silent():
    story = batch(5).splitlines()
    first = story.index("2026-03-05") + 1
    story[first] += "  # " + "rapid-exchange informational recurring"
    check(RapidExchange, "\n".join([*story, batch(9, start=5)]) + "\nend", THREE)


def test_a_batch_that_is_far_higher_than_usual_is_a_harvest():
    story = batch(5).splitlines()
    story[story.index("2026-03-05") + 1] += "  # " + "rapid-exchange informational recurring"
    theft = batch(1, users=20, at="03:00", step=5, start=6)
    found = check(RapidExchange, "\n".join([*story, theft]) + "\nend  # rapid-exchange critical harvest", THREE)
    assert found[-1].facts["usual_peak"] == 6
    assert "own past" in found[-1].judged_on


def test_a_burst_after_a_quiet_day_is_told_when_it_is_over():
    quiet = "\n".join(
        f"{hour:02d}:{minute:02d} token.exchange agent=bot user=u{hour % 5} connection=google token=t{hour} flow=vault"
        for hour in range(24)
        for minute in (0, 30)
    )
    found = check(
        RapidExchange,
        f"""{quiet}
{batch(1, users=9, at="01:00", start=1)}
01:30 token.exchange agent=bot user=u1 connection=google token=x flow=vault  # rapid-exchange critical harvest
{batch(1, users=9, at="01:00", start=2)}
01:30 token.exchange agent=bot user=u1 connection=google token=x flow=vault  # rapid-exchange critical harvest
end
""",
        THREE,
    )
    assert found[0].subject == found[1].subject


def test_an_hourly_batch_explains_itself_within_one_day():
    hours = "\n".join(batch(1, at=f"{hour:02d}:10").partition("\n")[2] for hour in range(9))
    check(RapidExchange, hours + "\nend  # " + "rapid-exchange informational recurring", THREE)


def test_many_users_of_a_gateway_are_no_harvest_of_the_vault():
    story = (
        calls(30, users="many", tokens="many")
        .replace("flow=vault", "flow=on_behalf_of")
        .replace("connection=google", "audience=api")
    )
    check(RapidExchange, story + "\nend  # rapid-exchange medium burst")


def test_a_patient_walk_through_the_users_is_told_when_its_day_is_over():
    few = Policy(thresholds=Thresholds(rapid_exchange=Limits(day_users=5)))
    days = [batch(1, users=3, start=day) for day in range(3)]
    walk = "2026-03-04\n" + "\n".join(
        f"{hour:02d}:00 token.exchange agent=bot user=v{hour} connection=google token=v{hour} flow=vault"
        for hour in range(15)
    )
    after = "2026-03-05\n09:00 token.exchange agent=bot user=u1 connection=google token=x flow=vault"
    found = check(RapidExchange, "\n".join([*days, walk, after]) + "  # rapid-exchange medium wide-reach\nend", few)
    assert found[0].facts["observed"] == 15
    assert [proof.role for proof in found[0].evidence[:3]] == [
        "the exchange for one user too many",
        "the first exchange of the day",
        "an exchange for another user",
    ]
    assert len(found[0].evidence) == 15


def test_users_who_connected_an_account_that_day_are_no_prey():
    few = Policy(thresholds=Thresholds(rapid_exchange=Limits(day_users=5)))
    days = [batch(1, users=3, start=day) for day in range(3)]
    launch = "2026-03-04\n" + "\n".join(
        f"{hour:02d}:00 account.link agent=bot user=v{hour} connection=google\n"
        f"{hour:02d}:01 token.exchange agent=bot user=v{hour} connection=google token=v{hour} flow=vault"
        for hour in range(15)
    )
    check(RapidExchange, "\n".join([*days, launch]) + "\nend", few)


def test_more_bursts_than_are_kept_stand_for_themselves_together():
    many = "\n".join(
        batch(1, at=f"{hour:02d}:{minute:02d}").partition("\n")[2] for hour in range(9) for minute in (0, 15, 30, 45)
    )
    found = check(RapidExchange, many + "\nend  # " + "rapid-exchange informational recurring", THREE)
    assert found[0].facts["bursts"] == 24
    assert "24 times and more" in found[0].message
