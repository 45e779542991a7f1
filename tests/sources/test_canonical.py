"""The canonical format: what its schema promises is what is read."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.canonical import KNOWN, normalise

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "canonical.schema.json").read_text())
HERE = Origin("trail.jsonl", 1, 0, 10)
LINE = {
    "onesec": 1,
    "time": "2026-03-01T09:00:00Z",
    "kind": "delegation.issue",
    "delegation": "d2",
    "delegator": "auth0|alice",
    "delegate": "mailer",
    "parent": "d1",
    "connection": "google-oauth2",
    "scopes": "mail.read mail.send",
    "not_before": "2026-03-01T09:00:00Z",
    "expires": "soon",
    "attestation": "eyJ",
}


def test_the_schema_names_every_attribute_that_is_read() -> None:
    assert set(SCHEMA["properties"]) == KNOWN
    told = {kind for kind in kinds.KINDS if not kind.startswith("trail.")}
    assert set(SCHEMA["properties"]["kind"]["enum"]) == told


def test_a_delegation_keeps_its_terms_and_an_unreadable_expiry_stays_visible() -> None:
    jsonschema.validate(LINE, SCHEMA)
    event = normalise(LINE, HERE)
    assert isinstance(event, Event)
    assert event.agent == "mailer"
    assert event.scopes == {"mail.read", "mail.send"}
    assert (event.expires, event.expires_text) == (None, "soon")
    assert event.fields["not_before"] == event.time
    assert event.fields["parent"] == "d1"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"onesec": 2}, "unknown version"),
        ({"onesec": True}, "unknown version"),
        ({"kind": "token.dance"}, "unknown kind"),
        ({"kind": ["token.exchange"]}, "unknown kind"),
        ({"time": "yesterday"}, "usable time"),
        ({"time": "2026-02-30T00:00:00Z"}, "usable time"),
        ({"user": {"id": 1}}, "user is not text"),
    ],
)
def test_a_record_that_breaks_the_format_is_a_gap_with_its_reason(change: dict[str, object], reason: str) -> None:
    told = normalise({**LINE, **change}, HERE)
    assert isinstance(told, str)
    assert reason in told


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), json_values))
def test_any_values_give_an_event_or_a_reason(record: dict[str, object]) -> None:
    told = normalise({"onesec": 1, "kind": "tool.call", **record}, HERE)
    assert isinstance(told, (Event, str))
