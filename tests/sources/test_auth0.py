"""A bare tenant log event becomes the same `Event` however it is spelt, and never a gap for its types."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.clock import parse_time
from onesec_cli.model.event import Event, Origin
from onesec_cli.sources.auth0 import NO_TIME, RawEvent, build, canonical_payload, code_of, normalise, time_in_id
from onesec_cli.sources.auth0_fields import FILL
from onesec_cli.sources.auth0_types import FLOWS, TYPES
from onesec_cli.sources.envelopes import unwrap
from onesec_cli.sources.values import software
from tests.run import DATA

HERE = Origin("trail.jsonl", 1, 0, 1)
ID = "90020260301090000123000000000000000001223372036854775807"
LABELLED = DATA / "auth0-labelled" / "events.jsonl"


def event(code: str, **changes: Any) -> dict[str, Any]:
    """A bare event with the fields most types share."""
    shared: dict[str, Any] = {
        "type": code,
        "log_id": ID,
        "date": "2026-03-01T09:00:00.100Z",
        "tenant_name": "acme",
        "user_id": "auth0|alice",
        "client_id": "bot",
        "ip": "192.0.2.1",
        "user_agent": "node-fetch/1.0",
        "details": {},
    }
    return {**shared, **changes}


def read(code: str, **changes: Any) -> Event:
    told = normalise(event(code, **changes), HERE)
    assert isinstance(told, Event)
    return told


def test_a_vault_exchange_tells_what_was_granted_and_until_when() -> None:
    details = {
        "scope": "calendar.read,mail.send",
        "expires_at": "2026-03-01T10:00:00.000Z",
        "is_privileged_worker": "True",
        "token_thumbprint": "ab",
        "audit_context": "close the books",
    }
    told = read("seta", details=details, connection="google", strategy="google-oauth2", agent_id="agt_1")
    assert (told.kind, told.flow, told.token) == ("token.exchange", "privileged_worker", "ab")
    assert told.scopes == {"calendar.read", "mail.send"}
    assert told.expires == parse_time("2026-03-01T10:00:00Z")
    assert (told.agent, told.agent_id, told.reason) == ("bot", "agt_1", "")
    assert told.fields == {"strategy": "google-oauth2", "audit_context": "close the books"}


@pytest.mark.parametrize(("text", "expected"), [("soon", None), (1772359200, 1_772_359_200_000_000), (None, None)])
def test_an_expiry_that_cannot_be_read_keeps_its_text(text: Any, expected: int | None) -> None:
    told = read("seta", details={"expires_at": text})
    assert (told.expires, told.expires_text) == (expected, "" if text is None else str(text))


def test_a_refused_exchange_tells_its_reason() -> None:
    assert read("feta", details={"failure_reason": "no account"}).reason == "no account"
    assert read("fecte", description="denied", details=None).reason == "denied"
    error = {"status": 404, "title": "Not found", "type": "x"}
    assert read("connected_accounts_delete_failed", details={"error": error}).reason == "Not found"
    assert read("feccft", details={"client_authentoication_error": "bad secret"}).reason == "bad secret"


def test_a_chain_of_actors_is_outermost_first_and_a_null_actor_is_empty() -> None:
    actor = {"sub": "mail-agent", "act": {"sub": None, "act": {"sub": "app", "act": None}}}
    told = read(
        "success_on_behalf_of_token_exchange", scope=["a", "b"], audience="https://api", details={"actor": actor}
    )
    assert told.actors == ("mail-agent", "", "app")
    assert (told.flow, told.scopes, told.audience) == ("on_behalf_of", {"a", "b"}, "https://api")


def test_a_refresh_tells_what_was_asked_and_what_was_issued() -> None:
    details = {"requested_scope": "a b", "familyId": 7, "tokenCounter": "3", "refresh_token": {"session_id": "s1"}}
    told = read("sertft", scope="a", details=details, auth0_client={"name": "auth0-js", "version": "9"})
    assert (told.scopes, told.requested, told.session) == ({"a"}, {"a", "b"}, "s1")
    assert told.fields == {"family": "7", "counter": 3, "sdk": "auth0-js/9"}


def test_a_consent_is_told_by_its_prompts() -> None:
    prompts = [
        "odd",
        {"name": "login"},
        {"name": "consent", "elapsedTime": 900, "grantInfo": {"id": "g1", "audience": "https://api", "scope": "a b"}},
        {"name": "consent", "grantInfo": {"id": "g2", "audience": "https://b", "scope": "c", "expiration": None}},
        {"name": "consent", "grantInfo": None},
    ]
    told = read("s", details={"prompts": prompts, "session_id": "s1"})
    assert (told.kind, told.scopes, told.audience, told.session) == (
        "grant.consent",
        {"a", "b", "c"},
        "https://api",
        "s1",
    )
    assert told.fields["elapsed_ms"] == 900
    assert [grant["id"] for grant in told.fields["grants"]] == ["g1", "g2"]
    assert read("s", details={"prompts": prompts[:2]}).kind == "session.login"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v2/clients/c1",
        "/v2/clients/c1/",
        "api/v2/clients/c1?fields=x",
        "https://acme.eu.auth0.com/api/v2/clients/c1",
        "/api/v2/clients/c1#x",
    ],
)
def test_a_management_path_is_always_spelt_the_same(path: str) -> None:
    told = read("sapi", details={"request": {"method": "PATCH", "path": path}, "response": {"statusCode": 200}})
    assert (told.kind, told.fields["method"], told.fields["path"]) == ("admin.change", "patch", "/api/v2/clients/c1")


def test_a_refused_management_call_is_no_change() -> None:
    refused = {"request": {"auth": {"user": {"user_id": "auth0|root"}}}, "response": {"statusCode": "403"}}
    told = read("sapi", user_id="", details=refused, description="Update a client")
    assert (told.kind, told.user, told.reason) == ("admin.change_failed", "auth0|root", "Update a client")
    assert read("fapi", details=refused).kind == "admin.change_failed"


@pytest.mark.parametrize("code", ["sapi", "seta", "s", "sertft", "connected_accounts_delete_succeeded"])
@pytest.mark.parametrize("details", [None, [], "text", 5, True, {}, {"request": [], "actor": 3, "prompts": {}}])
def test_odd_details_leave_fields_empty(code: str, details: Any) -> None:
    told = read(code, details=details)
    assert (told.code, told.user) == (code, "auth0|alice")
    del_event = event(code)
    del del_event["details"]
    assert isinstance(normalise(del_event, HERE), Event)


def test_details_written_as_text_are_read() -> None:
    assert read("seta", details=json.dumps({"scope": "a b"})).scopes == {"a", "b"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(17, "17"), (17.0, "17"), (True, ""), (None, ""), ({"a": 1}, ""), (["a"], "a"), (["a", "b"], ""), ("", "")],
)
def test_what_is_no_text_is_coerced_or_empty(value: Any, expected: str) -> None:
    told = read("seta", client_id=value, user_id=value, tenant_name=value, connection=value)
    assert (told.client, told.user, told.tenant, told.connection) == (expected,) * 4


@pytest.mark.parametrize("value", ["a b", "a,b", "a, b", ["a", "b"], ["a b"], ["b", None, "a", {"c": 1}, ["d"]]])
def test_scopes_may_be_a_text_or_a_list(value: Any) -> None:
    assert read("seccft", scope=value).scopes == {"a", "b"}


def test_an_unknown_code_is_still_an_event() -> None:
    told = read("brand_new_thing")
    assert (told.kind, told.code) == ("other.notice", "brand_new_thing")
    assert read("x", type=None).code == "unknown"


def test_a_title_gives_way_to_the_code_beside_it() -> None:
    assert code_of({"type": "Success Login", "type_code": "s"}) == "s"
    assert code_of({"type": "Successful login", "type_id": "s"}) == "s"
    assert code_of({"type": "seta", "type_code": "s"}) == "seta"


def test_the_time_comes_from_the_date_then_the_envelope_then_the_id() -> None:
    bare = {"type": "seta", "log_id": ID}
    nine = parse_time("2026-03-01T09:00:00Z")
    assert nine is not None
    for date in ("2026-03-01T09:00:00.000Z", "2026-03-01 09:00:00.000000000", 1772355600, 1772355600000):
        told = normalise({**bare, "date": date}, HERE, "2026-03-02T00:00:00Z")
        assert isinstance(told, Event) and told.time == nine
    for date in (None, "yesterday", "2026-02-30T09:00:00.000Z", []):
        told = normalise({**bare, "date": date}, HERE, "2026-03-01T09:00:00Z")
        assert isinstance(told, Event) and told.time == nine
        told = normalise({**bare, "date": date}, HERE)
        assert isinstance(told, Event) and told.time == nine + 123_000
    assert normalise({"type": "seta", "log_id": "x1"}, HERE) == NO_TIME


def test_a_time_that_is_on_no_calendar_is_no_time() -> None:
    assert time_in_id("900" + "20260380090000123" + "0" * 36) is None
    assert time_in_id("900" + "20260301250000123" + "0" * 36) is None
    assert time_in_id("٢" * 56) is None
    assert time_in_id("90020260301") is None


def test_the_id_is_the_log_id_or_another_or_the_payload() -> None:
    assert read("seta", _id="m1").id == ID
    assert read("seta", log_id="", _id="m1").id == "m1"
    assert read("seta", log_id=None, id="i1").id == "i1"
    lost = read("seta", log_id=9.002026030109e55)
    assert len(lost.id) == 64
    assert lost.id == read("seta", log_id=None).id != read("seta", log_id=None, user_id="auth0|bob").id


def test_an_id_without_a_log_id_survives_any_depth() -> None:
    deep: Any = "leaf"
    for _ in range(900):
        deep = {"a": deep}
    told = read("sapi", log_id=None, details={"request": {"body": orjson.loads(b"[" * 900 + b"]" * 900)}, "x": deep})
    other = read("sapi", log_id=None, details={"request": {"body": orjson.loads(b"[" * 899 + b"]" * 899)}, "x": deep})
    assert told.id != other.id
    assert read("secte", scope=orjson.loads(b"[" * 900 + b"]" * 900)).scopes == frozenset()


SAME = [
    ("seen by the API", {"_id": "x", "id": "x", "isMobile": False, "user_agent": "Chrome 113.0.0 / Mac OS X 10.15.7"}),
    ("seen by a stream", {"is_mobile": False, "$event_schema": {"version": "1"}, "environment_name": "prod"}),
    ("with the scope as a list", {"scope": ["b", "a"]}),
    ("with nulls", {"audience": None, "details": {"code": None}}),
    ("with Panther's date", {"date": "2026-03-01 09:00:00.100000000"}),
    ("with a title", {"type": "Success Exchange", "type_code": "seacft"}),
]
OTHER = [
    {"user_id": "auth0|bob"},
    {"ip": "192.0.2.2"},
    {"date": "2026-03-01T09:00:00.101Z"},
    {"scope": "a"},
    {"type": "seccft"},
    {"details": {"code": "x"}},
    {"details": {"a": [1, 2]}},
    {"details": {"a": [2, 1]}},
    {"extra": 1},
]


@pytest.mark.parametrize(("form", "changes"), SAME, ids=[name for name, _ in SAME])
def test_forms_of_one_event_have_one_payload(form: str, changes: dict[str, Any]) -> None:
    assert canonical_payload(event("seacft", scope="a b")) == canonical_payload(
        {**event("seacft", scope="a b"), **changes}
    )


def test_any_edit_gives_another_payload() -> None:
    whole = event("seacft", scope="a b")
    told = {canonical_payload(whole), *(canonical_payload({**whole, **change}) for change in OTHER)}
    assert len(told) == len(OTHER) + 1


@pytest.mark.skipif(not LABELLED.exists(), reason="the labelled Auth0 events are not beside this checkout")
def test_the_labelled_events_are_forty_nine_payloads() -> None:
    found = [one for line in LABELLED.read_bytes().splitlines() for one in unwrap(orjson.loads(line)).found]
    assert len(found) == 57
    assert len({canonical_payload(one.event) for one in found}) == 49
    assert all(isinstance(normalise(one.event, HERE, one.time, one.tenant), Event) for one in found)


@pytest.mark.parametrize(
    ("raw", "parsed", "family"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0.4240.75 Safari/537.36",
            "Chrome 86.0.4240 / Windows 10.0.0",
            "chrome 86",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 13_1) AppleWebKit/605.1 (KHTML) Version/13.1 Mobile/15E1 Safari/604.1",
            "Mobile Safari 13.1.0 / iOS 13.1.0",
            "safari 13",
        ),
        ("Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/93.0", "Firefox 93.0.0 / Linux 0.0.0", "firefox 93"),
        ("python-requests/2.31.0", "Python Requests 2.31.0 / Other 0.0.0", "python requests 2"),
        ("", "Other 0.0.0 / Other 0.0.0", ""),
    ],
)
def test_client_software_is_the_same_in_both_spellings(raw: str, parsed: str, family: str) -> None:
    assert software(raw) == software(parsed) == family


def test_every_code_with_a_flow_or_a_filler_is_in_the_table() -> None:
    assert TYPES.keys() >= FLOWS.keys() | FILL.keys()


LEAF = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=12)
ODD = st.recursive(
    LEAF | st.sampled_from(["consent", "{", '{"sub": 1}', "2026-03-01"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["sub", "act", "request", "auth", "credentials", "scopes", "path", "name", "grantInfo", "id"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [*RawEvent.__struct_fields__, "details.actor", "details.prompts", "details.request", "details.scope", "_id"]
)


@given(st.sampled_from(sorted(FILL)), st.dictionaries(NAMES, ODD, max_size=5))
def test_no_value_anywhere_makes_a_dated_event_a_gap_or_a_crash(code: str, changes: dict[str, Any]) -> None:
    whole = event(code)
    for name, value in changes.items():
        if name.startswith("details.") and isinstance(whole["details"], dict):
            whole["details"][name.removeprefix("details.")] = value
        elif name not in ("date", "details.actor"):
            whole[name] = value
    whole["date"] = "2026-03-01T09:00:00.100Z"
    told = normalise(whole, HERE)
    assert isinstance(told, Event)
    assert msgspec.msgpack.encode(told)
    assert canonical_payload(whole)
    try:
        raw = msgspec.json.decode(orjson.dumps(whole), type=RawEvent)
    except msgspec.ValidationError:
        return
    if raw.log_id and raw.type in TYPES:
        assert build(raw, raw.type, told.time, HERE) == told
