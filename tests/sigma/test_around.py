"""Patterns that look around find what Python's `re` finds, and nothing makes them slow."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onesec_cli.sigma.around_syntax import read_pattern
from onesec_cli.sigma.errors import PatternError
from onesec_cli.sigma.patterns import finder

ATOMS = st.sampled_from(
    [*"abc.", "[ab]", "[^a]", "[a-c_]", r"\w", r"\W", r"\b", r"\B", "^", "$", r"\s", r"\d", " ", "(?<=a)", "(?=b)"]
)
BEHIND = st.sampled_from(["a", "b", "[ab]c", r"\w", "ab", r"^a", r"\bb"])
TIMES = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?", "{2,}", "??"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?:{}){}".format, inner, TIMES),
        st.builds("(?{}{})".format, st.sampled_from("=!"), inner),
        st.builds("(?<{}{})".format, st.sampled_from("=!"), BEHIND),
    )


@settings(max_examples=1500, deadline=None)
@given(
    st.recursive(ATOMS, _larger, max_leaves=10),
    st.sampled_from(["", "i", "m", "s"]),
    st.text("abcA_ \n1", min_size=1, max_size=9),
)
def test_it_finds_what_python_finds(pattern: str, flags: str, text: str) -> None:
    try:
        told = read_pattern(pattern, flags).found(text)
    except PatternError:
        return  # a repeat of a repeat, which Python may take for ever over
    whole = (
        pattern.replace("$", r"\Z") if flags != "m" else pattern
    )  # Python's `$` allows a last line end, RE2's does not
    assert told == bool(re.search(f"(?{flags}){whole}" if flags else whole, text, re.ASCII))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?!x)(a*)*b", "a" * 50_000),
        (r"(?=a)a*a*a*a*a*a*b", "a" * 200_000),
        (r"(?!x)(?:ab|a|b)*c", "ab" * 8_000),
        (r"\{\{([^}]+?)(?:\s*\|\s*(?!escape|h)[^}]+)??\s*\}\}", "{{ " + "| " * 100_000),
        (r"(?<!x)(?:[a-z]{1,20}\d){1,5}!", "abc1" * 4_000),
    ],
)
def test_no_text_makes_it_slow(pattern: str, text: str) -> None:
    try:
        made = finder(pattern, "")
    except PatternError:
        return
    begun = time.process_time()
    made.found(text)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(?=a)(\w+) \1", "back-reference"),
        (r"(?=x)(?:(?:ab)*c)*", "repeats what repeats"),
        (r"(?=x)(?>a+)", "cannot be bounded"),
        (r"(?=x)a++", "gives nothing back"),
        (r"(?=x)a{2000}", "more than 1,000"),
        (r"(?=x)(?:a{999}){999}", "too much"),
        (r"(?=x", "never closed"),
        (r"(?=x))", "never opened"),
        (r"(?=x)*+", "gives nothing back"),
        ("(?=" * 100 + "x" + ")" * 100, "too deeply"),
        (r"(?=x)[z-a]", "range"),
        (r"(?=x)[a", "does not end"),
    ],
)
def test_what_nothing_bounds_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        finder(pattern, "")


@settings(max_examples=500, deadline=None)
@given(st.text(r"ab()[]{}*+?|\^$.<=!:-,1iPdwsbx", max_size=25))
def test_no_pattern_breaks_it(pattern: str) -> None:
    try:
        read_pattern(pattern, "").found("ab1 <x>")
        finder(pattern, "i").found("ab1 <x>")
    except PatternError:
        pass


def test_a_page_with_an_unescaped_variable_is_found() -> None:
    made = finder(r"\{\{([^}]+?)(?:\s*\|\s*(?!escape|h)[^}]+)??\s*\}\}|\{\{([^}|]+)\}\}")
    assert made.engine == "around"
    assert made.found("<b>{{ name }}</b>")
    assert not made.found("<b>no variable</b>")
