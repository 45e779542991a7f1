# a story tells one event per line
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.detectors.credential_binding_change import CredentialBindingChange
from tests.story import check


def tokens(count, proofs="mtls_thumbprint=aa", hour=9):
    return "\n".join(
        f"{hour:02d}:{minute:02d} token.issue client=bot flow=client_credentials {proofs}" for minute in range(count)
    )


def test_a_binding_that_was_always_there_and_disappears_is_high():
    found = check(
        CredentialBindingChange,
        tokens(5)
        + """
10:00 token.issue client=bot flow=client_credentials  # credential-binding-change high binding-dropped
10:01 token.issue client=bot flow=client_credentials  # credential-binding-change high binding-dropped
10:02 token.issue client=bot flow=client_credentials mtls_thumbprint=aa
10:03 token.issue client=other flow=client_credentials
10:04 token.refresh client=bot flow=refresh_token
""",
    )
    assert found[0].facts["known"] == ["aa"]


def test_nothing_is_judged_before_enough_was_learned():
    check(CredentialBindingChange, tokens(4) + "\n10:00 token.issue client=bot flow=client_credentials")


def test_another_certificate_is_told_until_it_is_announced():
    check(
        CredentialBindingChange,
        tokens(5)
        + """
10:00 token.issue client=bot flow=client_credentials mtls_thumbprint=bb  # credential-binding-change medium binding-changed
11:00 admin.change user=auth0|adm client=dash method=post path=/api/v2/clients/bot/credentials
11:01 token.issue client=bot flow=client_credentials mtls_thumbprint=cc  # credential-binding-change informational binding-changed
11:02 token.issue client=bot flow=client_credentials mtls_thumbprint=cc
""",
    )


def test_a_new_certificate_from_where_the_client_always_came_is_low_and_from_elsewhere_medium():
    check(
        CredentialBindingChange,
        tokens(5, "mtls_thumbprint=aa ja4=j1 ip=192.0.2.1")
        + """
10:00 token.issue client=bot flow=client_credentials mtls_thumbprint=bb ja4=j1 ip=192.0.2.9  # credential-binding-change low binding-changed
10:01 token.issue client=bot flow=client_credentials mtls_thumbprint=bb ja4=j1 ip=203.0.113.5  # credential-binding-change medium binding-changed
10:02 token.issue client=bot flow=client_credentials mtls_thumbprint=bb ja4=j9 ip=192.0.2.1  # credential-binding-change medium binding-changed
""",
    )


def test_proofs_that_are_no_texts_are_none():
    check(CredentialBindingChange, tokens(7, "mtls_thumbprint=[1] ja4=3"))


def test_an_announced_drop_is_low_and_learned_anew():
    check(
        CredentialBindingChange,
        tokens(5)
        + """
11:00 admin.change user=auth0|adm client=dash method=patch path=/api/v2/clients/bot
11:01 token.issue client=bot flow=client_credentials  # credential-binding-change low binding-dropped
11:02 token.issue client=bot flow=client_credentials
""",
    )


def test_a_change_of_another_client_announces_nothing():
    check(
        CredentialBindingChange,
        tokens(5)
        + """
11:00 admin.change user=auth0|adm client=dash method=patch path=/api/v2/clients/bot2
11:01 token.issue client=bot flow=client_credentials mtls_thumbprint=bb  # credential-binding-change medium binding-changed
""",
    )


def test_fingerprint_and_sdk_count_only_together():
    check(
        CredentialBindingChange,
        tokens(5, "ja4=j1 sdk=node/4.1")
        + """
10:00 token.issue client=bot flow=client_credentials ja4=j2 sdk=node/4.1
10:01 token.issue client=bot flow=client_credentials ja4=j1 sdk=node/4.2
10:02 token.issue client=bot flow=client_credentials ja4=j2 sdk=node/4.2
10:03 token.issue client=bot flow=client_credentials ja4=j9 sdk=python/1.0  # credential-binding-change low client-software-changed
10:04 token.issue client=bot flow=authorization_code ja4=j9 sdk=python/1.0
""",
    )


@settings(max_examples=30, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_client_that_was_never_always_bound_loses_nothing(bound):
    lines = ["08:00 token.issue client=bot flow=client_credentials"]
    lines += [
        f"09:{minute:02d} token.issue client=bot flow=client_credentials" + (" mtls_thumbprint=aa" if yes else "")
        for minute, yes in enumerate(bound)
    ]
    assert check(CredentialBindingChange, "\n".join(lines)) == []
