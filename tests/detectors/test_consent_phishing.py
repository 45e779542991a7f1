"""Consents too wide to be honest."""

from __future__ import annotations

from onesec_cli.detectors.consent_phishing import ConsentPhishing
from tests.story import check

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
