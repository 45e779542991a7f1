"""Times as logs write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.clock import LATEST, parse_time, show_span, show_time, to_time

NINE = 1_772_355_600_000_000  # 2026-03-01T09:00:00Z


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T09:00:00.000Z",
        "2026-03-01T09:00:00Z",
        "2026-03-01 09:00:00.000000000",
        "2026-03-01T10:00:00+01:00",
        "2026-03-01T03:30:00.0-0530",
        " 2026-03-01 09:00:00 UTC ",
        "1772355600",
        "1772355600000",
        "1772355600.0",
    ],
)
def test_one_moment_in_many_spellings(text: str) -> None:
    assert to_time(text) == NINE


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "2026-02-30T00:00:00Z",
        "2026-03-80T00:00:00.000Z",
        "2026-03-01T24:00:00.000Z",
        "2026-13-01",
        "2026-03-01T09:61:00Z",
        "12",
        "٢٠٢٦-٠٣-٠١",
        "9" * 56,
        True,
        None,
        [],
        -1,
        float("nan"),
        float("inf"),
    ],
)
def test_what_is_no_time_is_none(value: object) -> None:
    assert to_time(value) is None


@given(st.datetimes(min_value=datetime(1973, 1, 1), max_value=datetime(9999, 12, 31)))
def test_shown_times_read_back_as_they_were(moment: datetime) -> None:
    micros = round((moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
    micros = min(micros + moment.microsecond, LATEST)
    assert parse_time(show_time(micros)) == micros


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert to_time(text) is None or isinstance(to_time(text), int)


def test_spans_read_as_a_person_says_them() -> None:
    assert show_span(45_000_000) == "45 s"
    assert show_span(300_000_000) == "5 min"
    assert show_span(12_000_000_000) == "3 h 20 min"
    assert show_span(187_200_000_000) == "2 d 4 h"
