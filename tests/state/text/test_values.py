"""Values are found by their shape and compared without what does not matter."""

from __future__ import annotations

import pytest

from onesec_cli.state.text.values import canonical, find_values, kind_of, leaves


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("write to Mark.Black-21@Example.com.", "email", "mark.black-21@example.com"),
        ("see https://www.Example.org/a/b?c=d.", "url", "example.org/a/b?c=d"),
        ("go to www.example-site.com now", "url", "example-site.com"),
        ("visit files.example.io/x", "host", "files.example.io/x"),
        ("to DE89 3704 0044 0532 0130 00 today", "iban", "de89370400440532013000"),
        ("to US133000000121212121212", "iban", "us133000000121212121212"),
        ("call +49 30 1234567", "phone", "+49301234567"),
        ("at 10.20.30.40:8080", "ip", "10.20.30.40:8080"),
        ("to 0x52908400098527886E0F7030069857D2E4169EE7", "wallet", "0x52908400098527886e0f7030069857d2e4169ee7"),
        ("follow @mallory_9", "handle", "@mallory_9"),
    ],
)
def test_values_are_found_by_shape(text: str, kind: str, value: str) -> None:
    assert (kind, value) in [(one.kind, one.text) for one in find_values(text)]


def test_a_value_is_found_once_and_by_its_fullest_shape() -> None:
    assert [(one.kind, one.text) for one in find_values("mail bob@example.com or https://example.com/x")] == [
        ("email", "bob@example.com"),
        ("url", "example.com/x"),
    ]


def test_whole_arguments_have_kinds() -> None:
    assert kind_of("bob@example.com") == "email"
    assert kind_of("/etc/passwd") == "path"
    assert kind_of("Hello Bob") == ""
    assert canonical(" https://WWW.example.com/ ") == canonical("example.com")


def test_leaves_carry_their_key_paths_and_hostile_depth_is_no_problem() -> None:
    found = leaves({"to": [{"email": "a@b.cd"}, "x"], "n": 5, "flag": True})
    assert [(one.path, one.key, one.text) for one in found] == [
        ("to.email", "email", "a@b.cd"),
        ("to", "to", "x"),
        ("n", "n", "5"),
    ]
    assert [one.text for one in leaves("plain")] == ["plain"]
    deep: object = "end"
    for _ in range(5_000):
        deep = {"a": [deep]}
    assert leaves(deep)[0].text == "end"
