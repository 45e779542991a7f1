# a story tells one event per line
from onesec_cli.detectors.session_impersonation import SessionImpersonation
from onesec_cli.model.level import Level
from tests.story import check


def entries(days, per_day, actor="auth0|ann", start=1):
    """A desk at work: `per_day` users a day, each marked as a timeline entry."""
    lines = []
    for day in range(start, start + days):
        lines.append(f"2026-03-{day:02d}")
        lines += [
            f"09:{number:02d} session.delegate user=auth0|u{day}-{number} actors={actor} flow=session  # session-impersonation informational entered"
            for number in range(per_day)
        ]
    return "\n".join(lines)


def test_a_support_desk_at_a_steady_rate_stays_informational():
    found = check(SessionImpersonation, entries(10, 4))
    assert {finding.subject for finding in found} == {("user:auth0|ann",)}


def test_a_desk_may_grow_with_what_it_did_on_quiet_days():
    check(SessionImpersonation, entries(2, 4) + "\n" + entries(1, 3, start=4) + "\n" + entries(1, 7, start=6))


def test_an_actor_new_to_the_desk_is_told_and_not_learned():
    mark = "# session-impersonation medium new-actor"
    check(
        SessionImpersonation,
        f"""{entries(4, 3)}
+1d
09:00 session.delegate user=auth0|vip actors=auth0|mallory flow=session  {mark}
+1d
09:00 session.delegate user=auth0|vip actors=auth0|mallory flow=session  {mark}
""",
    )


def test_many_users_in_a_day_are_told():
    story = (
        entries(1, 4)
        + "\n10:00 session.delegate user=auth0|five actors=auth0|ann  # session-impersonation high many-users"
    )
    found = check(SessionImpersonation, story)
    assert found[-1].facts["observed"] == 5
    assert len(found[-1].evidence) == 5


def test_a_busy_desk_from_the_first_day_is_low_once_and_then_its_habit():
    mark = "  # session-impersonation {}"
    day = [f"{9 + at:02d}:00 session.delegate user=auth0|d{{}}-{at} actors=auth0|ann" for at in range(8)]
    lines = []
    for number in range(3):
        lines.append(f"2026-03-{number * 2 + 1:02d}")
        for at, line in enumerate(day):
            level = "low many-users" if number == 0 and at >= 4 else "informational entered"
            lines.append(line.format(number) + mark.format(level))
    check(SessionImpersonation, "\n".join(lines))


def test_an_entry_by_nobody_named_is_low():
    check(SessionImpersonation, "09:00 session.delegate user=auth0|u  # session-impersonation low unnamed-actor")


def test_one_user_entered_often_is_not_many():
    story = "\n".join(
        f"09:{minute:02d} session.delegate user=auth0|u actors=auth0|ann  # session-impersonation informational entered"
        for minute in range(12)
    )
    check(SessionImpersonation, story)


def test_agents_clients_and_the_user_themselves_weigh_more():
    check(
        SessionImpersonation,
        """
        09:00 session.delegate user=auth0|u actors=app9@clients  # session-impersonation high entered-by-agent
        09:01 session.delegate user=auth0|u client=app9 actors=app9  # session-impersonation high entered-by-agent
        09:02 session.delegate user=auth0|u client=app agent=helper actors=auth0|ann  # session-impersonation high entered-by-agent
        09:03 session.delegate user=auth0|u actors=auth0|u  # session-impersonation low self-entered
        09:04 session.delegate user=auth0|u client=app actors=auth0|ann  # session-impersonation informational entered
        """,
    )


def test_refusals_alone_are_silent_and_a_success_after_several_is_told():
    found = check(
        SessionImpersonation,
        """
        09:00 session.delegate_failed actors=auth0|ann
        09:01 session.delegate_failed actors=auth0|ann
        09:02 session.delegate_failed actors=auth0|ann
        09:03 session.delegate user=auth0|u actors=auth0|ann  # session-impersonation high denied-then-entered
        09:04 session.delegate user=auth0|u actors=auth0|ann  # session-impersonation informational entered
        12:00 session.delegate_failed actors=auth0|bea
        12:01 session.delegate_failed actors=auth0|bea
        12:02 session.delegate_failed actors=auth0|bea
        14:00 session.delegate user=auth0|u actors=auth0|bea  # session-impersonation informational entered
        """,
    )
    assert found[0].level == Level.high
    assert len(found[0].evidence) == 4
