"""The scope lattice: spellings, inclusion, gain and risk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.state.scope.lattice import GENERIC, GOOGLE, MICROSOFT, lattice
from onesec_cli.state.scope.scopes import (
    ADMIN,
    BASIC,
    READ,
    WRITE,
    closure,
    distinct,
    gained,
    implies,
    normal,
    provider_of,
    risk,
    service,
    weight,
    worst,
)

GITHUB, SLACK = "github", "slack"
G = "https://www.googleapis.com/auth/"
VOCABULARY = {
    GENERIC: ("openid", "read:orders", "write:orders", "delete:users", "orders:*", "orders:read", "*", "profile"),
    **{
        name: tuple(sorted({*table, *(one for below in table.values() for one in below)}))
        for name, table in lattice().includes.items()
    },
}
PROVIDERS = st.sampled_from(sorted(VOCABULARY))


@st.composite
def scope_sets(draw: st.DrawFn) -> tuple[str, frozenset[str]]:
    provider = draw(PROVIDERS)
    return provider, draw(st.frozensets(st.sampled_from(VOCABULARY[provider]), min_size=1, max_size=6))


@given(scope_sets(), st.data())
def test_narrowing_is_never_gaining(told: tuple[str, frozenset[str]], data: st.DataObject) -> None:
    provider, held = told
    below = sorted({one for scope in held for one in closure(scope, provider)})
    now = data.draw(st.frozensets(st.sampled_from(below), max_size=6))
    assert gained(held, now, provider) == frozenset()


@given(scope_sets(), scope_sets())
def test_what_is_gained_is_asked_for_and_not_held(
    first: tuple[str, frozenset[str]], second: tuple[str, frozenset[str]]
) -> None:
    provider, held = first
    now = second[1]
    more = gained(held, now, provider)
    assert more <= distinct(now, provider)
    assert all(not implies(one, scope, provider) for scope in more for one in held)
    assert gained(held | now, now, provider) == frozenset()


@given(scope_sets(), st.data())
def test_holding_more_never_gains_more(told: tuple[str, frozenset[str]], data: st.DataObject) -> None:
    provider, held = told
    extra = data.draw(st.frozensets(st.sampled_from(VOCABULARY[provider]), max_size=4))
    now = data.draw(st.frozensets(st.sampled_from(VOCABULARY[provider]), max_size=6))
    assert gained(held | extra, now, provider) <= gained(held, now, provider)


@pytest.mark.parametrize("provider", sorted(VOCABULARY))
def test_inclusion_is_reflexive_and_transitive(provider: str) -> None:
    names = VOCABULARY[provider]
    below = {one: {other for other in names if implies(one, other, provider)} for one in names}
    for one in names:
        assert one in below[one]
        for other in below[one]:
            assert below[other] <= below[one], (one, other)


@pytest.mark.parametrize(
    ("provider", "held", "wanted"),
    [
        (GOOGLE, G + "calendar", "calendar.readonly"),
        (GOOGLE, "calendar.readonly", G + "calendar.readonly"),
        (GOOGLE, "calendar", G + "calendar.acls"),
        (GOOGLE, "https://mail.google.com/", G + "gmail.readonly"),
        (GOOGLE, G + "gmail.modify", G + "gmail.send"),
        (GOOGLE, G + "drive", "drive.metadata.readonly"),
        (GOOGLE, G + "drive", "drive.file"),
        (GOOGLE, G + "admin.directory.user", G + "admin.directory.user.readonly"),
        (GOOGLE, G + "cloud-platform", G + "devstorage.read_only"),
        (GOOGLE, G + "userinfo.email", "email"),
        (GENERIC, G + "calendar", "calendar.events"),
        (MICROSOFT, "Mail.ReadWrite", "https://graph.microsoft.com/mail.read"),
        (MICROSOFT, "Files.ReadWrite.All", "Files.Read"),
        (MICROSOFT, "Mail.Read.Shared", "mail.readbasic"),
        (MICROSOFT, "Sites.FullControl.All", "Sites.Read.All"),
        (MICROSOFT, "Directory.ReadWrite.All", "User.Read.All"),
        (GITHUB, "repo", "repo:status"),
        (GITHUB, "repo", "public_repo"),
        (GITHUB, "admin:org", "read:org"),
        (GITHUB, "user", "user:email"),
        (SLACK, "admin", "admin.users:read"),
        (SLACK, "channels:manage", "channels:write.topic"),
        (GENERIC, "orders:*", "orders:read"),
        (GENERIC, "read:*", "read:orders"),
        (GENERIC, "*", "delete:users"),
    ],
)
def test_the_wider_scope_includes_the_narrower_and_not_the_other_way(provider: str, held: str, wanted: str) -> None:
    assert implies(held, wanted, provider)
    if normal(held, provider) != normal(wanted, provider):
        assert not implies(wanted, held, provider)


@pytest.mark.parametrize(
    ("provider", "held", "wanted"),
    [
        (GOOGLE, "calendar.readonly", "admin.directory.user"),
        (GOOGLE, "https://mail.google.com/", "gmail.settings.sharing"),
        (GOOGLE, "calendar.readonly", "calendar.acls"),
        (GOOGLE, "drive.file", "drive"),
        (MICROSOFT, "Mail.ReadWrite", "Mail.Send"),
        (MICROSOFT, "Files.Read", "Files.Read.All"),
        (GITHUB, "public_repo", "repo"),
        (GITHUB, "repo", "delete_repo"),
        (SLACK, "channels:history", "channels:read"),
        (SLACK, "chat:write", "chat:write.public"),
        (SLACK, "admin.users:write", "admin"),
        (GENERIC, "write:orders", "read:orders"),
        (GENERIC, "read:orders", "read:orders-archive"),
        (GENERIC, "orders:*", "ordersadmin:write"),
        (GENERIC, "Read:Orders", "read:orders"),
    ],
)
def test_no_inclusion_is_assumed_that_nobody_documents(provider: str, held: str, wanted: str) -> None:
    assert not implies(held, wanted, provider)
    assert gained(frozenset({held}), frozenset({wanted}), provider) == {normal(wanted, provider)}


def test_a_scope_has_one_spelling() -> None:
    assert normal(G + "calendar.readonly", GOOGLE) == normal("Calendar.readonly", GOOGLE) == "calendar.readonly"
    assert normal("https://mail.google.com/", GENERIC) == "mail.google.com"
    assert normal("https://graph.microsoft.com/Mail.Read", MICROSOFT) == normal("mail.read", MICROSOFT) == "mail.read"
    assert normal("Mail.Read", GENERIC) == "mail.read"
    assert normal("read:Orders", GENERIC) == "read:Orders"


def test_the_provider_is_told_by_strategy_then_by_name() -> None:
    assert provider_of("google-oauth2", "") == GOOGLE
    assert provider_of("corp-mail", "windowslive") == MICROSOFT
    assert provider_of("github", "google-apps") == GOOGLE
    assert provider_of("sign-in-with-slack") == SLACK
    assert provider_of("github-enterprise", "oauth2") == GITHUB
    assert provider_of("Username-Password-Authentication", "auth0") == GENERIC
    assert provider_of("", "") == GENERIC


@pytest.mark.parametrize(
    ("scope", "provider", "expected"),
    [
        ("openid", GENERIC, BASIC),
        (G + "userinfo.email", GOOGLE, BASIC),
        ("offline_access", GENERIC, READ),
        ("read:orders", GENERIC, READ),
        ("read:administrators-list", GENERIC, READ),
        ("read:payment-grant", GENERIC, READ),
        ("write:orders", GENERIC, WRITE),
        ("orders:delete", GENERIC, WRITE),
        ("mail.send", GENERIC, WRITE),
        ("orders:*", GENERIC, WRITE),
        ("admin", GENERIC, ADMIN),
        ("admin:users", GENERIC, ADMIN),
        ("update:client_grants", GENERIC, ADMIN),
        ("calendar.readonly", GOOGLE, READ),
        ("calendar.events", GOOGLE, WRITE),
        ("spreadsheets", GOOGLE, WRITE),
        ("drive.file", GOOGLE, READ),
        ("gmail.send", GOOGLE, WRITE),
        ("admin.directory.user", GOOGLE, ADMIN),
        ("admin.directory.user.readonly", GOOGLE, WRITE),
        ("Files.Read.All", MICROSOFT, READ),
        ("Files.ReadWrite.All", MICROSOFT, WRITE),
        ("Directory.ReadWrite.All", MICROSOFT, ADMIN),
        ("RoleManagement.ReadWrite.Directory", MICROSOFT, ADMIN),
        ("read:org", GITHUB, READ),
        ("repo", GITHUB, WRITE),
        ("admin:org", GITHUB, ADMIN),
        ("delete_repo", GITHUB, ADMIN),
        ("channels:history", SLACK, READ),
        ("chat:write", SLACK, WRITE),
        ("admin.users:write", SLACK, ADMIN),
    ],
)
def test_risk_is_judged_by_whole_words(scope: str, provider: str, expected: int) -> None:
    assert risk(scope, provider) == expected


def test_the_worst_of_no_scopes_is_nothing() -> None:
    assert worst(frozenset()) == BASIC
    assert worst(frozenset({"openid", "read:orders", "admin"})) == ADMIN


def test_ten_scopes_of_one_calendar_weigh_as_one_product() -> None:
    calendar = frozenset({G + "calendar", G + "calendar.events", G + "calendar.acls", G + "calendar.settings.readonly"})
    assert weight(calendar) == WRITE
    assert weight(calendar | {G + "drive", "openid"}) == 2 * WRITE
    assert service("Mail.Send") == service("https://mail.google.com/") == service(G + "gmail.send")
