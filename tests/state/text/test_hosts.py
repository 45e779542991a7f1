from __future__ import annotations

import pytest

from onesec_cli.state.text.hosts import host_of, is_address, is_local, is_metadata, urls_in, within


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://User:pw@Shop.Example.COM.:8443/a?b#c", "shop.example.com"),
        ("http://2852039166/latest", "169.254.169.254"),
        ("http://0xA9FEA9FE/", "169.254.169.254"),
        ("http://0251.0376.0251.0376/", "169.254.169.254"),
        ("http://169.254.43518/", "169.254.169.254"),
        ("http://[::ffff:169.254.169.254]:80/x", "169.254.169.254"),
        ("http://169.254.169.254.nip.io/", "169.254.169.254"),
        ("https://good.com@evil.dev/", "evil.dev"),
        ("https://good.com\\@evil.dev/", "good.com"),
        ("http://%65vil.dev/", "evil.dev"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("example.com/path", "example.com"),
        ("just words", ""),
        ("", ""),
        ("v1.2", ""),
    ],
)
def test_a_host_has_one_spelling(url, host):
    assert host_of(url) == host


def test_kinds_of_hosts():
    assert is_metadata("169.254.169.254")
    assert is_metadata("metadata.google.internal")
    assert not is_local("metadata.google.internal")
    assert is_local("10.0.0.7")
    assert is_local("db")
    assert is_local("fd12::1")
    assert is_address("203.0.113.9")
    assert not is_address("10.0.0.7")
    assert not is_address("example.com")
    assert within("a.b.example.com", ("example.com",))
    assert within("example.com", ("*.example.com",))
    assert not within("badexample.com", ("example.com",))


def test_urls_end_where_a_sentence_does():
    assert urls_in("See https://a.dev/x. (or http://b.dev/y?z=1), s3://bucket/k!") == [
        "https://a.dev/x",
        "http://b.dev/y?z=1",
        "s3://bucket/k",
    ]
