import json

from onesec_cli.detectors.log_tampering import LogTampering
from onesec_cli.model.policy import Policy
from onesec_cli.model.thresholds import LogTampering as Limits
from onesec_cli.model.thresholds import Thresholds
from tests.story import check


def call(time, method, id, body=None, response=None, mark=""):
    path = f"/api/v2/log-streams{'/' + id if id else ''}"
    parts = [f"{time} admin.change user=auth0|ann method={method} path={path}"]
    parts += [f"{name}='{json.dumps(value)}'" for name, value in (("body", body), ("response", response)) if value]
    return " ".join(parts) + (f"  # log-tampering {mark}" if mark else "")


def stream(*categories, status="active", name="siem", id="lst_1"):
    filters = [{"type": "category", "name": category} for category in categories]
    return {"id": id, "name": name, "status": status, "filters": filters}


def active(first, last, hours, skip=()):
    """Days of March 2026 (the 1st is a Sunday) that speak twice in each of the hours."""
    lines = []
    for day in range(first, last + 1):
        lines.append(f"2026-03-{day:02d}")
        for hour in hours:
            if (day, hour) not in skip:
                lines += [f"{hour:02d}:05 trail.activity count=9", f"{hour:02d}:55 trail.activity count=9"]
    return "\n".join(lines)


def test_a_deleted_stream_is_high():
    found = check(LogTampering, call("09:00", "delete", "lst_1", mark="high stream-deleted"))
    assert found[0].subject == ("log-stream:lst_1",)


def test_a_deleted_stream_is_medium_while_another_one_runs():
    check(
        LogTampering,
        "\n".join(
            [
                call("08:00", "post", "", {"name": "old"}, stream(id="lst_1")),
                call("08:10", "post", "", {"name": "new"}, stream(id="lst_2")),
                call("09:00", "delete", "lst_1", mark="medium stream-deleted"),
                call("10:00", "delete", "lst_2", mark="high stream-deleted"),
            ]
        ),
    )


def test_a_paused_stream_is_told_once_and_resuming_it_is_silent():
    paused = stream(status="paused")
    check(
        LogTampering,
        "\n".join(
            [
                call("09:00", "patch", "lst_1", {"status": "paused"}, paused, "high stream-paused"),
                call("09:10", "patch", "lst_1", {"name": "siem"}, paused),
                call("09:20", "patch", "lst_1", {"status": "active"}, stream()),
                call("09:30", "patch", "lst_1", {"status": "paused"}, paused, "high stream-paused"),
            ]
        ),
    )


def test_a_new_stream_and_a_new_name_are_silent():
    check(
        LogTampering,
        "\n".join(
            [
                call("09:00", "post", "", {"name": "siem"}, stream("auth.login.fail")),
                call("09:10", "patch", "lst_1", {"name": "other"}, stream("auth.login.fail", name="other")),
                call("09:20", "patch", "lst_9", {"name": "seen first"}, stream("auth.login.fail", id="lst_9")),
            ]
        ),
    )


def test_a_stream_that_loses_categories_is_narrowed_and_one_that_gains_is_not():
    one, two = stream("auth.login.fail"), stream("auth.login.fail", "management.success")
    found = check(
        LogTampering,
        "\n".join(
            [
                call("09:00", "post", "", {"name": "siem"}, stream()),
                call("09:10", "patch", "lst_1", {"filters": two["filters"]}, two, "medium stream-narrowed"),
                call("09:20", "patch", "lst_1", {"filters": one["filters"]}, one, "medium stream-narrowed"),
                call("09:30", "patch", "lst_1", {"filters": one["filters"]}, one),
                call("09:40", "patch", "lst_1", {"filters": two["filters"]}, two),
            ]
        ),
    )
    assert "management.success" in found[1].message
    assert len(found[1].evidence) == 2


def test_a_filter_on_a_stream_nobody_saw_before_is_low():
    one = stream("auth.login.fail")
    check(LogTampering, call("09:10", "patch", "lst_1", {"filters": one["filters"]}, one, "low stream-narrowed"))


def test_a_stream_sent_to_another_receiver_is_told_and_a_rotated_token_is_not():
    def to(place, token):
        return {**stream(), "sink": {"httpEndpoint": place, "httpAuthorization": token}}

    check(
        LogTampering,
        "\n".join(
            [
                call("09:00", "post", "", {"name": "siem"}, to("https://siem.example.com", "a")),
                call("09:10", "patch", "lst_1", {"sink": {}}, to("https://siem.example.com", "b")),
                call(
                    "09:20", "patch", "lst_1", {"x": 1}, to("https://evil.example.net", "b"), "medium stream-redirected"
                ),
            ]
        ),
    )


def test_other_management_calls_are_silent():
    check(LogTampering, "09:00 admin.change user=a method=delete path=/api/v2/clients/x")


def test_nights_and_weekends_of_a_business_stay_silent():
    week = [day for day in range(2, 31) if day % 7 not in (0, 1)]  # the 1st, 7th and 8th of March are weekend days
    check(LogTampering, "\n".join(active(day, day, range(8, 18)) for day in week))


def test_a_silent_working_day_is_told():
    gone = {(18, hour) for hour in range(8, 18)}
    week = [day for day in range(2, 21) if day % 7 not in (0, 1)]
    story = "\n".join(active(day, day, range(8, 18), gone) for day in week)
    story = story.replace(
        "2026-03-19\n08:05 trail.activity count=9",
        "2026-03-19\n08:05 trail.activity count=9  # log-tampering low silence",
    )
    found = check(LogTampering, story)
    assert found[0].facts["observed"] == 10


def test_a_silence_in_a_tenant_that_never_sleeps_is_told():
    story = active(1, 6, range(24), {(6, hour) for hour in range(9, 15)})
    told = "2026-03-06\n" + story.split("2026-03-06\n")[1].replace("15:05 trail.activity count=9", "15:05 X")
    story = story.split("2026-03-06\n")[0] + told.replace("X", "trail.activity count=9  # log-tampering low silence")
    found = check(LogTampering, story)
    assert found[0].facts["observed"] == 6
    assert [proof.role for proof in found[0].evidence] == [
        "the first record after the silence",
        "the last record before the silence",
    ]


def test_a_silence_after_a_stream_was_deleted_weighs_more():
    story = active(1, 5, range(24)) + "\n" + call("23:58", "delete", "lst_1", mark="high stream-deleted")
    check(LogTampering, story + "\n+1d\n06:00 trail.activity count=1  # log-tampering medium silence")


def test_a_silence_as_long_as_one_before_is_silent():
    """Backups stop everything for two hours each Monday."""
    limits = Policy(thresholds=Thresholds(log_tampering=Limits(gap_hours=3)))
    gone = {(day, hour) for day in (9, 16, 23) for hour in (2, 3)}
    check(LogTampering, active(1, 24, range(24), gone), limits)


def test_two_silent_hours_are_told_where_a_week_missed_none():
    gone = {(day, hour) for day in (5, 9) for hour in (2, 3)}
    story = active(1, 9, range(24), {(9, 12), (9, 13)})
    head, day = story.split("2026-03-09\n")
    day = day.replace("14:05 trail.activity count=9", "14:05 trail.activity count=9  # log-tampering low silence")
    check(LogTampering, f"{head}2026-03-09\n{day}")
    check(LogTampering, active(1, 9, range(24), gone))


def test_a_stream_that_is_made_a_priority_stream_carries_little_else():
    check(
        LogTampering,
        "\n".join(
            [
                call("09:00", "post", "", {"name": "siem"}, stream()),
                call(
                    "09:10",
                    "patch",
                    "lst_1",
                    {"isPriority": True},
                    {**stream(), "isPriority": True},
                    "medium stream-narrowed",
                ),
                call("09:20", "patch", "lst_1", {"name": "siem"}, {**stream(), "isPriority": True}),
                call(
                    "09:30",
                    "patch",
                    "lst_2",
                    {"isPriority": True},
                    {"id": "lst_2", "isPriority": True},
                    "low stream-narrowed",
                ),
            ]
        ),
    )


def test_silences_in_the_learning_days_are_silent():
    check(LogTampering, active(1, 3, range(24), {(3, hour) for hour in range(3, 20)}))


def test_an_id_older_than_its_event_is_told_above_the_skew():
    found = check(
        LogTampering,
        """
        09:00 trail.anomaly issue=id-before-event seconds=60
        09:01 trail.anomaly issue=id-before-event seconds=7200  # log-tampering medium id-before-event
        09:02 trail.anomaly issue=id-before-event seconds=9000  # log-tampering medium id-before-event
        09:03 trail.anomaly issue=id-reused id=x payloads=2 others=[]
        """,
    )
    assert {finding.subject for finding in found} == {("tenant:acme",)}
    assert "2 h before" in found[0].message
