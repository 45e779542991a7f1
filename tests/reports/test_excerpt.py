"""What a quote shows first, and that no record can make it show a field that it has not."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.names import names_in
from onesec_cli.reports.excerpt import MAX_VALUE, excerpt

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def test_what_was_done_and_what_the_alert_names_come_first() -> None:
    record = {
        "log_id": "900",
        "data": {
            "date": "2026-03-01T09:00:00.000Z",
            "description": "",
            "ip": "192.0.2.1",
            "hostname": "acme.auth0.com",
            "user_id": "auth0|ada",
            "details": {"scope": ["calendar.readonly", "admin.directory.user"], "nothing": None},
            "type": "seta",
            "strategy": "auth0|ada",
        },
    }
    names = names_in(["Agent bot was handed admin.directory.user for user auth0|ada."])
    assert names == ("admin.directory.user", "auth0|ada")
    told = excerpt(json.dumps(record), names)
    assert told == (
        'type=seta details.scope="calendar.readonly admin.directory.user" user_id=auth0|ada ip=192.0.2.1 '
        "hostname=acme.auth0.com log_id=900 date=2026-03-01T09:00:00.000Z strategy=auth0|ada"
    )


def test_of_a_long_value_the_place_that_matters_is_shown() -> None:
    told = excerpt(
        json.dumps({"content": "x " * 5000 + "send it to evil@example.net now" + " y" * 5000}), ("evil@example.net",)
    )
    assert "evil@example.net" in told
    assert len(told) < MAX_VALUE + 40


def test_a_value_cannot_pass_for_another_field() -> None:
    told = excerpt(json.dumps({"name": "bot user_id=auth0|root", "b": 'x" user_id="root'}), ())
    assert told == 'name="bot user_id=auth0|root" b="x\\" user_id=\\"root"'


@given(JSON, st.text(max_size=30))
def test_any_record_has_an_excerpt_or_none(value: object, text: str) -> None:
    names = names_in([text])
    assert isinstance(excerpt(json.dumps(value), names), str)
    assert isinstance(excerpt(text, names), str)


def test_depth_and_breadth_are_bounded() -> None:
    assert excerpt('{"a":' * 50_000 + "1" + "}" * 50_000, ()) == ""
    assert len(excerpt(json.dumps({str(number): number for number in range(100_000)}), ())) < 10_000
