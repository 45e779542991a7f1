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
    assert [proof.role for proof in found[0].evidence] == [
        "the exchange that crossed the threshold",
        "the first exchange of the burst",
    ]
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
10:00 token.exchange agent=bot user=alice connection=google token=t flow=vault  # rapid-exchange critical harvest
{calls(25, users="many", tokens="many").replace("09:", "11:")}
end  # rapid-exchange critical harvest
""",
    )
    assert [finding.facts["exchanges"] for finding in found] == [25, 25]
    assert found[0].subject == found[1].subject == ("agent:bot",)


def test_one_user_with_ever_new_tokens_is_high():
    check(RapidExchange, calls(22, tokens="many") + "\nend  # rapid-exchange high harvest")


def test_ids_of_minted_tokens_are_not_provider_tokens():
    story = calls(22, tokens="many").replace("flow=vault", "flow=on_behalf_of")
    check(RapidExchange, story + "\nend  # rapid-exchange medium burst")


def test_refused_exchanges_are_counted_as_a_fact_and_never_make_a_burst():
    refused = calls(30).replace("token.exchange", "token.exchange_failed")
    check(RapidExchange, refused + "\nend")
    mixed = calls(21) + "\n09:02 token.exchange_failed agent=bot user=alice reason=x\nend  # rapid-exchange low"
    assert check(RapidExchange, mixed)[0].facts["failed"] == 1


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
