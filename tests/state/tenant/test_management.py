import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.event import Event, Origin
from onesec_cli.model.level import Level
from onesec_cli.state.tenant.grants import scope_weight
from onesec_cli.state.tenant.management import off, read_call, remember, widened, words
from onesec_cli.state.tenant.protections import read_touch

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
SCOPES = st.sets(st.sampled_from(["read:users", "update:users", "delete:users", "create:clients", "read:logs"]))
MANAGEMENT = "https://acme.example.com/api/v2/"


def change(method, path, body=None, response=None):
    fields = {"method": method, "path": path, "body": body, "response": response}
    return Event(time=1, kind="admin.change", origin=Origin("f", 1, 0, 1), fields=fields)


def after(known, method, path, body=None, response=None):
    """What the call widened; `known` is brought up to date."""
    touch = read_touch(read_call(change(method, path, body, response)), known)
    more = widened(touch, known.get(touch.key))
    known[touch.key] = remember(touch, known.get(touch.key))
    return more


def test_a_path_that_is_no_management_path_is_no_call():
    assert read_call(change("get", "/userinfo")) is None
    assert read_call(change("patch", None)) is None
    assert read_call(change("patch", "/api/v2/")) is None


def test_keys_are_read_whatever_their_case():
    call = read_call(change("put", "/api/v2/guardian/factors/otp", {"Enabled": False}))
    assert off(call.value("enabled"))
    assert call.parts == ("guardian", "factors", "otp")


def test_the_response_wins_over_the_body():
    call = read_call(change("patch", "/api/v2/x", {"enabled": True}, {"enabled": False}))
    assert call.value("enabled") is False


def test_texts_are_read_from_lists_and_from_one_text():
    assert words(["a", "b", 3, "a"]) == ["a", "b"]
    assert words("a b") == ["a", "b"]
    assert words(None) == []


@pytest.mark.parametrize(
    ("scope", "audience", "level"),
    [
        ("delete:users", MANAGEMENT, Level.high),
        ("read:users", MANAGEMENT, Level.low),
        ("read:user_idp_tokens", MANAGEMENT, Level.high),
        ("read:orders", "https://api.example.com", Level.informational),
        ("orders.write", "https://api.example.com", Level.low),
    ],
)
def test_scopes_weigh_by_what_they_can_do(scope, audience, level):
    assert scope_weight(scope, audience) == level


@given(SCOPES, SCOPES)
def test_narrowing_and_repeating_a_grant_never_widens(held, kept):
    known = {}
    first = {"client_id": "c", "audience": MANAGEMENT, "scope": sorted(held)}
    after(known, "post", "/api/v2/client-grants", first, {"id": "cgr_1", **first})
    for scopes in (held, held & kept):
        assert after(known, "patch", "/api/v2/client-grants/cgr_1", {"scope": sorted(scopes)}) == {}


@given(SCOPES, SCOPES)
def test_exactly_the_added_scopes_are_told(held, asked):
    known = {}
    first = {"client_id": "c", "audience": MANAGEMENT, "scope": sorted(held)}
    after(known, "post", "/api/v2/client-grants", first, {"id": "cgr_1", **first})
    more = after(known, "patch", "/api/v2/client-grants/cgr_1", {"scope": sorted(asked)})
    assert {word.split(" ")[0] for word in more} == asked - held


@given(
    st.sampled_from(["post", "patch", "put", "delete"]),
    st.sampled_from(
        [
            "clients",
            "clients/c",
            "clients/c/credentials",
            "client-grants/g",
            "connections/c",
            "connections/c/clients",
            "users/u/roles",
            "users/u/permissions",
            "roles/r/users",
            "organizations/o/members/u/roles",
            "attack-protection/brute-force-protection",
            "guardian/policies",
            "guardian/factors/otp",
            "actions/triggers/post-login/bindings",
            "tenants/settings",
            "tenants/invitations",
            "resource-servers/r",
            "network-acls/a",
        ]
    ),
    JSON,
    JSON,
)
def test_any_body_and_response_can_be_read(method, path, body, response):
    touch = read_touch(read_call(change(method, f"/api/v2/{path}", body, response)), {})
    if touch is not None:
        widened(touch, None)
        assert widened(touch, remember(touch, None)) == {} or touch.created
