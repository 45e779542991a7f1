"""Every way something is taken away, read from its event."""

from __future__ import annotations

from typing import Any

import pytest

from onesec_cli.model import kinds
from onesec_cli.model.event import Event, Origin
from onesec_cli.state.accounts.removal import REMOVES, Removal, read_removal
from onesec_cli.state.accounts.removals import READS


def _event(kind: str, **told: Any) -> Event:
    return Event(time=1, kind=kind, origin=Origin("story", 1, 0, 1), **told)


def _call(method: str, path: str, **more: Any) -> Removal | None:
    return read_removal(_event(kinds.ADMIN_CHANGE, user="auth0|admin", fields={"method": method, "path": path, **more}))


@pytest.mark.parametrize(
    ("path", "what", "expected"),
    [
        ("/api/v2/users/auth0%7Cabc", "user", {"user": "auth0|abc"}),
        (
            "/api/v2/users/auth0%7Cabc/identities/google-oauth2/108",
            "identity",
            {"user": "auth0|abc", "connection": "google-oauth2", "identity": "108"},
        ),
        ("/api/v2/users/auth0%7Cabc/refresh-tokens", "sign-in", {"user": "auth0|abc"}),
        ("/api/v2/users/auth0%7Cabc/connected-accounts/cac_1", "account", {"user": "auth0|abc", "account": "cac_1"}),
        ("/api/v2/users/auth0%7Cabc/federated-connections-tokensets/ts_1", "account", {"user": "auth0|abc"}),
        ("/api/v2/connections/con_1", "connection", {"connection": "con_1"}),
        ("/api/v2/clients/c1", "client", {"names": frozenset({"c1"})}),
        ("/api/v2/agents/ag_1", "client", {"names": frozenset({"ag_1"})}),
        ("/api/v2/grants/cgr_9", "consent", {"name": "cgr_9"}),
        ("/api/v2/client-grants/cgr_1", "client-grant", {"name": "cgr_1"}),
        ("/api/v2/refresh-tokens/rt_1", "sign-in", {"name": "rt_1"}),
    ],
)
def test_a_management_deletion_names_what_it_removes_and_never_the_admin(
    path: str, what: str, expected: dict[str, Any]
) -> None:
    removal = _call("delete", path)
    assert removal is not None
    assert removal.what == what
    assert {name: getattr(removal, name) for name in expected} == expected
    assert removal.user != "auth0|admin"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("delete", "/api/v2/users/auth0%7Cabc/multifactor/duo"),
        ("delete", "/api/v2/users/auth0%7Cabc/roles"),
        ("delete", "/api/v2/connections/con_1/users"),
        ("delete", "/api/v2/clients/c1/credentials/cred_1"),
        ("delete", "/api/v2/users"),
        ("delete", "/api/v2/"),
        ("patch", "/api/v2/users/auth0%7Cabc"),
        ("get", "/api/v2/users/auth0%7Cabc"),
        ("post", "/api/v2/clients"),
    ],
)
def test_other_management_calls_remove_nothing(method: str, path: str) -> None:
    assert _call(method, path) is None


def test_all_consents_of_a_user_are_removed_by_query() -> None:
    removal = _call("delete", "/api/v2/grants", query={"user_id": "auth0|abc"})
    assert removal is not None
    assert (removal.what, removal.user, removal.names) == ("consent", "auth0|abc", frozenset())


def test_a_list_of_enabled_clients_keeps_exactly_those() -> None:
    removal = _call("patch", "/api/v2/connections/con_1", body={"enabled_clients": ["c1", 7]})
    assert removal is not None
    assert removal.kept == frozenset({"c1"})
    assert _call("patch", "/api/v2/connections/con_1", body={"display_name": "x"}) is None


def test_a_change_of_single_clients_takes_only_those_switched_off() -> None:
    rows = [{"client_id": "c1", "status": False}, {"client_id": "c2", "status": True}, {"client_id": "c3"}, "odd"]
    removal = _call("patch", "/api/v2/connections/con_1/clients", body=rows)
    assert removal is not None
    assert (removal.names, removal.restored, removal.kept) == (frozenset({"c1"}), frozenset({"c2"}), None)


def test_hostile_bodies_are_read_without_falling() -> None:
    for body in (None, 1, "x", [], {}, [None], {"enabled_clients": None}):
        assert _call("patch", "/api/v2/connections/con_1/clients", body=body) is None
        assert _call("patch", "/api/v2/connections/con_1", body=body) is None
    assert _call("delete", "/api/v2/grants", query=["user_id"]) is None
    assert read_removal(_event(kinds.ADMIN_CHANGE, fields={"method": "delete", "path": 3})) is None


def test_events_of_their_own_say_the_same() -> None:
    unlink = read_removal(_event(kinds.ACCOUNT_UNLINK, account="cac_1"))
    assert unlink is not None
    assert (unlink.what, unlink.account) == ("account", "cac_1")
    assert read_removal(_event(kinds.USER_DELETE)) is None
    revoke = read_removal(_event(kinds.DELEGATION_REVOKE, fields={"delegation": "d1"}))
    assert revoke is not None
    assert (revoke.what, revoke.name) == ("delegation", "d1")
    assert REMOVES < READS


@pytest.mark.parametrize(
    ("path", "body", "user", "names"),
    [
        ("/api/v2/refresh-tokens/revoke", {"user_id": "auth0|abc"}, "auth0|abc", frozenset()),
        ("/api/v2/refresh-tokens/revoke", {"client_id": "c1"}, "", frozenset({"c1"})),
        ("/api/v2/users/auth0%7Cabc/revoke-access", {}, "auth0|abc", frozenset()),
    ],
)
def test_revoking_refresh_tokens_in_bulk_signs_out(
    path: str, body: dict[str, Any], user: str, names: frozenset[str]
) -> None:
    removal = _call("post", path, body=body)
    assert removal is not None
    assert (removal.what, removal.user, removal.names, removal.every) == ("sign-in", user, names, True)


def test_what_keeps_the_refresh_tokens_signs_nobody_out() -> None:
    assert _call("post", "/api/v2/users/u1/revoke-access", body={"preserve_refresh_tokens": True}) is None
    assert _call("post", "/api/v2/users/u1/revoke-access", body={"session_id": "s"}) is None
    assert _call("post", "/api/v2/refresh-tokens/revoke", body={"ids": ["rt_1"]}) is None
    assert _call("patch", "/api/v2/users/u1", body={"user_metadata": {}}) is None
