"""Lists of paths: what the parts, the stars and the beginning of a path of a list stand for, held against plain patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.knowledge.lexicons import shipped_lists
from onesec_cli.state.pathlists import Paths
from onesec_cli.state.wordlists import put_words_in_force

LIST = "files.logins"
PARTS = st.sampled_from(["~", "root", "home", "users", "bob", ".ssh", "id_a", "x", "xx", "*", "a.b", ""])


@pytest.fixture(autouse=True)
def _the_shipped_words_again() -> Iterator[None]:
    yield
    put_words_in_force(None)


def paths(*told: str) -> Paths:
    put_words_in_force({**shipped_lists(), LIST: told})
    return Paths(LIST)


def pattern(path: str) -> re.Pattern[str]:
    """The same, the slow way."""
    begin = "(?:.*/)?"
    if path[0] == "/":
        begin, path = "/", path[1:]
    elif path[0] == "~":
        begin, path = "(?:~|/root|/home/[^/]*|/users/[^/]*)/", path[2:]
    end = "/.+" if path.endswith("/**") else ""
    told = re.escape(path.removesuffix("/**")).replace(r"\[\*\]", "\0").replace(r"\*", "[^/]*").replace("\0", r"\*")
    return re.compile(begin + told + end)


@given(
    st.lists(
        st.sampled_from(["x", "x*", "*x*a.b", ".ssh/id_*", "/root", "~/x", "~/.ssh/**", "x/**", "[*]", "x/[*]", "/home/*/x", "*.b/**"]),
        min_size=1,
        max_size=3,
    ),
    st.lists(PARTS, min_size=1, max_size=6).map("/".join),
)  # fmt: skip
def test_a_path_is_named_by_what_the_pattern_of_it_matches(told: list[str], path: str) -> None:
    expected = any(pattern(one).fullmatch(path) for one in told)
    found = paths(*told)
    assert found.name(path) == expected
    assert not expected or found.hinted(f"cat {path.upper()} now")


def test_the_first_list_that_names_a_path_counts() -> None:
    put_words_in_force({**shipped_lists(), "files.aws": ("x",), LIST: ("x", "y")})
    found = Paths("files.aws", LIST)
    assert [found.first(path) for path in ("a/x", "a/y", "a/z")] == [0, 1, -1]


def test_a_text_over_several_lines_is_no_path() -> None:
    assert not paths("x").name("echo\n/x")


def test_long_lists_and_long_paths_cost_little() -> None:
    found = paths(*(f"a{number}/*b*c" for number in range(500)), *(f"*b{number}*c*" for number in range(500)))
    begun = process_time()
    for path in ("a1/" * 1_300, "b" * 4_000, "a1/" + "b" * 4_000):
        assert not found.name(path)
    assert process_time() - begun < 1
