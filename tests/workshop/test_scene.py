"""What a test case leaves out is filled in, and what it says is what the log holds."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from onesec_cli.sigma.cases import Suite, wrong
from onesec_cli.workshop.scene import SceneError, length, log_of

EXPECT = {"exactly": 0}


def told(*events: dict[str, Any], **suite: Any) -> list[dict[str, Any]]:
    given = msgspec.convert({"cases": [{"name": "one", "events": events, "expect": EXPECT}], **suite}, Suite)
    return [json.loads(line) for line in log_of(given, given.cases[0]).splitlines()]


def test_a_tenant_log_event_gets_a_date_and_an_id_and_the_next_one_comes_a_second_later() -> None:
    first, second = told({"type": "s"}, {"type": "s"})
    assert (first["date"], second["date"]) == ("2026-03-01T09:00:00.000Z", "2026-03-01T09:00:01.000Z")
    assert first["log_id"].startswith("90020260301090000000")
    assert len(first["log_id"]) == 56
    assert first["log_id"] != second["log_id"]


def test_what_an_event_says_of_itself_stays() -> None:
    first, second, third = told(
        {"type": "s", "date": "2026-05-05T00:00:00.000Z", "log_id": "mine"},
        {"type": "s"},
        {"log_id": "x", "data": {"type": "s"}},
    )
    assert (first["date"], first["log_id"]) == ("2026-05-05T00:00:00.000Z", "mine")
    assert second["date"] == "2026-05-05T00:00:01.000Z"
    assert third == {"log_id": "x", "data": {"type": "s", "date": "2026-05-05T00:00:02.000Z"}}


def test_a_canonical_record_is_completed_and_any_other_is_left_as_it_is() -> None:
    call, other, foreign = told(
        {"kind": "tool.call", "tool": "Bash"}, {"type": "assistant", "uuid": "u"}, {"kind": "odd"}
    )
    assert call == {
        "kind": "tool.call",
        "tool": "Bash",
        "onesec": 1,
        "id": "case-1",
        "time": "2026-03-01T09:00:00.000Z",
    }
    assert other == {"type": "assistant", "uuid": "u"}
    assert foreign == {"kind": "odd"}


def test_a_step_says_when_and_how_often() -> None:
    events = told(
        {"at": "1h30m", "repeat": 3, "every": "10m", "event": {"type": "s", "user_id": "u{n}"}}, {"type": "f"}
    )
    assert [one["date"][11:19] for one in events] == ["10:30:00", "10:40:00", "10:50:00", "10:50:01"]
    assert [one.get("user_id") for one in events] == ["u1", "u2", "u3", None]
    late = told({"at": "2026-04-01T00:00:00Z", "event": {"type": "s"}}, {"every": "2d", "event": {"type": "s"}})
    assert [one["date"][:10] for one in late] == ["2026-04-01", "2026-04-03"]
    assert told({"type": "s", "user_id": "{n}"})[0]["user_id"] == "{n}"


def test_base_is_put_under_every_event_and_shared_by_none() -> None:
    base = {"ip": "1.2.3.4", "details": {"a": 1, "b": {"c": [1]}}}
    first, second = told(
        {"type": "s", "details": {"b": {"d": 2}}}, {"type": "s", "ip": None, "details": "none"}, base=base
    )
    assert (first["ip"], first["details"]) == ("1.2.3.4", {"a": 1, "b": {"c": [1], "d": 2}})
    assert (second["ip"], second["details"]) == (None, "none")


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"event": {"type": "s"}, "at": "soon"}, "neither an ISO-8601 time nor a length"),
        ({"event": {"type": "s"}, "repeat": 0}, ">= 1"),
        ({"event": {"type": "s"}, "every": "often"}, "regex"),
        ({"event": {"type": "s"}, "repeat": 100_001}, "<= 100000"),
        (
            {"event": {"type": "s"}, "at": "9999-12-31T00:00:00Z", "repeat": 9, "every": "4w"},
            "later than the year 9999",
        ),
        ({"type": "s", "n": 2**70}, "JSON"),
        ({"type": "s", "user_id": "\ud800"}, "JSON"),
    ],
)
def test_an_event_that_cannot_be_told_is_an_error(event: dict[str, Any], reason: str) -> None:
    with pytest.raises(SceneError, match=reason) as told_error:
        told({"type": "f"}, event)
    assert told_error.value.index == 1


def test_depth_and_number_of_events_are_bounded() -> None:
    deep: dict[str, Any] = {"type": "s"}
    for _ in range(100):
        deep = {"type": "s", "details": deep}
    with pytest.raises(SceneError, match="deep"):
        told(deep)
    many = {"event": {"type": "s"}, "repeat": 60_000}
    with pytest.raises(SceneError, match="more than"):
        told(many, many)


def test_lengths_of_time() -> None:
    assert [length(text) for text in ("90s", "1h30m", "250ms", "2w")] == [
        90_000_000,
        5_400_000_000,
        250_000,
        1_209_600_000_000,
    ]
    assert [length(text) for text in ("", "5", "1y", "-1s", "1 s", "1234567s")] == [None] * 6


@pytest.mark.parametrize(
    ("cases", "reason"),
    [
        ([], "no cases"),
        ([{"name": "a", "expect": EXPECT}], "without events"),
        ([{"name": "a", "expect": {}, "logs": ["x"]}], "how many"),
        ([{"name": "a", "expect": [], "logs": ["x"]}], "nothing is expected"),
        ([{"name": "a", "expect": {"exactly": 1, "at_most": 2}, "logs": ["x"]}], "leaves nothing"),
        ([{"name": "a", "expect": EXPECT, "logs": ["x"]}] * 2, "second case"),
    ],
)
def test_a_suite_that_says_nothing_is_wrong(cases: list[dict[str, Any]], reason: str) -> None:
    found = wrong(msgspec.convert({"cases": cases}, Suite))
    assert found is not None
    assert reason in found[0]
