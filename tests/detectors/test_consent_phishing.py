"""Stories of consents that are too wide, and of honest applications."""

from __future__ import annotations

from onesec_cli.detectors.consent_phishing import ConsentPhishing
from onesec_cli.model.policy import Policy
from onesec_cli.model.thresholds import ConsentPhishing as Limits
from onesec_cli.model.thresholds import Thresholds
from onesec_cli.replay import Replay
from tests.story import check, read_story

READS = " ".join(f"read:thing{number}" for number in range(12))
CALENDAR = " ".join(
    f"https://www.googleapis.com/auth/calendar{part}"
    for part in (
        "",
        ".events",
        ".events.readonly",
        ".readonly",
        ".settings.readonly",
        ".acls",
        ".calendarlist",
        ".freebusy",
    )
)
POWER = "Mail.ReadWrite Mail.Send Files.ReadWrite.All Contacts.ReadWrite Calendars.ReadWrite Sites.ReadWrite.All"


def test_twelve_scopes_are_too_many_even_for_reading() -> None:
    found = check(
        ConsentPhishing, f"""09:00 grant.consent client=app user=a scope="{READS}"  # consent-phishing medium"""
    )
    assert found[0].facts["observed"]["scopes"] == 12


def test_few_but_powerful_scopes_are_too_heavy() -> None:
    check(ConsentPhishing, f"""09:00 grant.consent client=app user=a scope="{POWER}"  # consent-phishing medium""")


def test_many_and_powerful_scopes_are_worse() -> None:
    check(
        ConsentPhishing,
        f"""
        09:00 grant.consent client=app user=a scope="{POWER} {READS}"  # consent-phishing high
        09:10 grant.request client=pushy user=a scope="{POWER} {READS}"  # consent-phishing high
        """,
    )


def test_the_age_of_the_application_is_taken_from_its_registration() -> None:
    found = check(
        ConsentPhishing,
        f"""
        08:00 admin.change user=root client=mgmt method=post path=/api/v2/clients response={{"client_id":"new"}}
        08:01 admin.change client=new2 method=post path=/oidc/register description='Dynamic client registration'
        09:00 grant.consent client=new user=a scope="{READS}"  # consent-phishing high
        09:01 grant.consent client=new2 user=a scope="{READS}"  # consent-phishing high
        +8d
        09:02 grant.consent client=new user=b scope="{READS}"  # consent-phishing medium
        """,
    )
    assert [proof.role for proof in found[0].evidence] == ["the consent", "the application was registered"]
    assert {one.subject for one in found} == {("client:new",), ("client:new2",)}


def test_many_users_raise_the_level_and_stay_one_alert() -> None:
    marks = ("medium", "medium", "medium", "medium", "high", "high")
    story = "\n".join(
        f'09:0{number} grant.consent client=app user=u{number} scope="{READS}"  # consent-phishing {mark}'
        for number, mark in enumerate(marks)
    )
    assert len({one.subject for one in check(ConsentPhishing, story)}) == 1


def test_administrative_scopes_given_to_a_young_application_are_critical() -> None:
    check(
        ConsentPhishing,
        f"""
        08:00 admin.change user=root method=post path=/api/v2/clients response={{"client_id":"new"}}
        09:00 grant.consent client=new user=a scope="{POWER} https://www.googleapis.com/auth/admin.directory.user"  # consent-phishing critical
        """,
    )


def test_consents_that_are_split_count_together() -> None:
    parts = [READS.split()[start : start + 4] for start in (0, 4, 8)]
    check(
        ConsentPhishing,
        f"""
        09:00 grant.consent client=app user=a scope="{" ".join(parts[0])}"
        09:05 grant.consent client=app user=b scope="{" ".join(parts[2])}"
        09:10 grant.consent client=app user=a scope="{" ".join(parts[1])}"
        09:20 grant.consent client=app user=a scope="{" ".join(parts[2])}"  # consent-phishing medium
        +2d
        09:20 grant.consent client=app user=a scope="{" ".join(parts[0])}"
        """,
    )


def test_a_self_registered_application_that_reaps_powerful_consents_is_a_campaign() -> None:
    consents = "\n".join(
        f"10:0{number} grant.consent client=new user=u{number} scope='Mail.Read Mail.Send Files.ReadWrite Contacts.Read'"
        + "  # consent-phishing medium"
        for number in range(6)
    )
    registered = '09:00 admin.change method=post path=/oidc/register response={"client_id":"new"}\n'
    check(ConsentPhishing, registered + consents)


def test_honest_applications_are_silent() -> None:
    check(
        ConsentPhishing,
        f"""
        08:00 admin.change user=root method=post path=/api/v2/clients response={{"client_id":"planner"}}
        08:01 admin.change user=root method=patch path=/api/v2/clients/planner response={{"client_id":"planner"}}
        09:00 grant.consent client=planner user=a elapsed_ms=6100 scope="{CALENDAR}"
        09:01 grant.consent client=planner user=b elapsed_ms=1500 scope="{CALENDAR} openid profile email offline_access"
        09:02 grant.consent client=report user=a scope="{" ".join(READS.split()[:10])}"
        09:03 grant.consent client=report user=b scope="{" ".join(READS.split()[:9])} openid profile email offline_access"
        09:04 grant.consent client=login user=a scope="openid profile email"
        09:05 grant.request client=bank user=a scope="openid write:payment"
        09:06 grant.consent client=mailer user=a scope="gmail.send calendar drive.file contacts.readonly openid email"
        09:07 grant.consent client=planner user=c scope="{CALENDAR}"
        09:08 grant.consent client=planner user=d scope="{CALENDAR}"
        09:09 grant.consent client=planner user=e scope="{CALENDAR}"
        """,
    )


def test_two_spellings_are_one_scope() -> None:
    short = [f"drive.part{number}" for number in range(3)]
    both = " ".join([*short, *(f"https://www.googleapis.com/auth/{one}" for one in short)])
    policy = Policy(thresholds=Thresholds(consent_phishing=Limits(max_scopes=3)))
    check(ConsentPhishing, f'09:00 grant.consent client=app user=a scope="{both}"', policy)


TWELVE = "openid profile email offline_access read:mail send:mail delete:mail read:files write:files read:contacts write:contacts read:calendar"
TEN = "openid profile email read:a read:b read:c read:d read:e read:f read:g"


def test_twelve_scopes_are_found_and_ten_harmless_ones_are_not() -> None:
    found = check(
        ConsentPhishing,
        f"""
        09:00 grant.consent client=app user=ada scope="{TEN}"
        10:00 grant.consent client=mail user=ada scope="{TWELVE}"  # consent-phishing medium
        """,
    )
    assert found[0].facts["count"] == 12


def test_a_young_application_and_many_users_raise_the_level_of_one_alert() -> None:
    found = check(
        ConsentPhishing,
        f"""
        08:00 admin.change client=mgmt method=post path=/api/v2/clients response={{"client_id":"new"}}
        09:00 grant.consent client=new user=u1 scope="{TWELVE}"  # consent-phishing high
        09:01 grant.consent client=new user=u2 scope="{TWELVE}"  # consent-phishing high
        09:02 grant.consent client=new user=u3 scope="{TWELVE}"  # consent-phishing high
        """,
    )
    assert len({finding.subject for finding in found}) == 1


def test_few_but_powerful_scopes_are_found() -> None:
    check(
        ConsentPhishing,
        """
        09:00 grant.consent client=a user=u1 scope="delete_repo admin:org admin:enterprise"  # consent-phishing
        09:10 grant.consent client=b user=u1 scope="openid offline_access read:calendar write:calendar"
        """,
    )


G = "https://www.googleapis.com/auth/"


def test_one_administrative_scope_is_enough_and_a_young_application_makes_it_worse() -> None:
    check(
        ConsentPhishing,
        f"""
        08:00 admin.change user=root method=post path=/api/v2/clients response={{"client_id":"new"}}
        09:00 grant.consent client=old user=a scope="{G}admin.directory.user openid"  # consent-phishing medium
        09:01 grant.consent client=new user=a scope="{G}admin.directory.user openid"  # consent-phishing high
        """,
    )


def test_whole_stores_for_longer_than_the_session_are_low() -> None:
    check(
        ConsentPhishing,
        f"""
        09:00 grant.consent client=app user=a scope="https://mail.google.com/ {G}drive offline_access"  # consent-phishing low
        09:01 grant.consent client=app2 user=a scope="Mail.ReadWrite Mail.Send Files.ReadWrite.All offline_access"  # consent-phishing low
        09:02 grant.consent client=app3 user=a scope="{G}gmail.send {G}drive.file {G}calendar.events offline_access"
        09:03 grant.consent client=app4 user=a scope="https://mail.google.com/ offline_access"
        """,
    )


def test_the_first_vaulted_token_after_connecting_stands_for_the_providers_consent() -> None:
    wide = "gmail.readonly gmail.send gmail.compose drive drive.readonly documents spreadsheets contacts tasks youtube photoslibrary"
    found = check(
        ConsentPhishing,
        f"""
        08:00 token.exchange flow=vault client=app user=z connection=google-oauth2 scope="{wide}"
        09:00 account.link client=app user=a connection=google-oauth2 account=cac_1
        09:01 token.exchange flow=vault client=app user=b connection=google-oauth2 scope="{wide}"
        09:02 token.exchange flow=vault client=app user=a connection=google-oauth2 scope="{wide} openid email"  # consent-phishing high
        09:03 token.exchange flow=vault client=app user=a connection=google-oauth2 scope="{wide} openid email"
        10:00 account.link client=app user=c connection=google-oauth2 account=cac_3
        10:01 token.exchange flow=vault client=app user=c connection=google-oauth2 scope="calendar gmail.modify drive.file contacts.readonly openid email profile"
        """,
    )
    assert [proof.role for proof in found[0].evidence] == [
        "the first token after the account was connected",
        "the account was connected",
    ]
    assert "holds 13 scopes on google-oauth2" in found[0].message


def test_management_calls_that_create_nothing_are_shown_and_say_nothing() -> None:
    replay = Replay([ConsentPhishing(Policy())])
    events, _ = read_story("09:00 admin.change user=root method=patch path=/api/v2/users/a body={}")
    assert not list(replay.feed(events))
    assert [(shown, unroutable) for _, shown, unroutable in replay.seen()] == [(1, 0)]
