"""Whatever a log holds, in every field of a report: each format shows it, and nothing acts on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onesec_cli.model.report import Report
from onesec_cli.reports.csv_report import cell
from onesec_cli.reports.formats import Format, render
from onesec_cli.reports.markdown_text import block, code, inline
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.sarif_text import message, uri
from tests.reports.made import gated, poisoned, story
from tests.reports.readers import (
    lines,
    read_csv,
    read_html,
    read_junit,
    read_markdown,
    read_ocsf,
    read_sarif,
    read_stix,
    read_timesketch,
    texts,
)
from tests.run import SCHEMA

HOSTILE = {
    "ansi": "\x1b[31mred\x1b]0;title\x07\x9b31m",
    "html": "<b onmouseover=alert(1)>x</b><img src=x onerror=alert(1)>",
    "script": "</script><script>alert(1)</script><!-- ]]> -->",
    "formula": '=HYPERLINK("http://evil.example/","x"),=1+1;=cmd|\' /C calc\'!A0\t@SUM(1)\r\n+1\r-1\n=2',
    "markdown": "\n\n# x\n\n![i](http://evil.example/i) [l](http://evil.example) <http://evil.example> @dora ``` `x` ``\n```\n---\n| a | b |\n|---|---|\n> q\n\n    code\n1. one\n* two\n**b** ~~s~~ www.evil.example $x$ #12",
    "references": "[x](1) {0} {} [y](javascript:alert(1)) \\[z\\](2) %00 ../../etc/passwd file:///etc/passwd",
    "bidi": "\u202egnp.exe\u2066x\u2069\u200f",
    "zero-width": "a\u200bb\u2060c\ufeffd\u00ade\ufe0f\u3164",
    "surrogate": "\ud800x\udcff\udfff",
    "nul": "a\x00b\x7f\x85\u2028\u2029\ufffe\uffff",
    "long": "x" * 70_000,
    "empty": "",
    "spaces": "   \u3000\u00a0 ",
}


def read_jsonl(text: str) -> list[Any]:
    return [json.loads(line) for line in lines(text)]


READ: dict[Format, Callable[[str], Any]] = {
    Format.json: json.loads,
    Format.jsonl: read_jsonl,
    Format.csv: read_csv,
    Format.markdown: read_markdown,
    Format.sarif: read_sarif,
    Format.junit: read_junit,
    Format.timesketch: read_timesketch,
    Format.ocsf: read_ocsf,
    Format.stix: read_stix,
    Format.html: read_html,
}


def held(report: Report, format: Format) -> str:
    """The report in a format, which must be readable, valid and as long as it was before the poison."""
    text = render(report, format)
    text.encode()
    told, honest = READ[format](text), READ[format](render(gated(story()), format))
    if format is Format.markdown:
        assert outline(told) == outline(honest)
    elif format is Format.html:
        assert told.tags == honest.tags
        assert len(told.data["alerts"]) == len(honest.data["alerts"])
    elif format is Format.junit:
        assert [len(suite) for suite in told] == [len(suite) for suite in honest]
    elif isinstance(told, list):
        assert len(told) == len(honest)
    return text


def outline(tokens: list[Any]) -> list[str]:
    """Every block of a page but list items and paragraphs of what was told."""
    return [token.tag for token in tokens if token.type in ("heading_open", "table_open", "tr_open", "fence")]


@pytest.mark.parametrize("format", READ, ids=str)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_every_field_is_inert(name: str, format: Format) -> None:
    held(poisoned(gated(story()), HOSTILE[name]), format)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
@pytest.mark.parametrize("format", [one for one in READ if one is not Format.stix], ids=str)
def test_any_text_in_every_field_is_inert(format: Format, text: str) -> None:
    held(poisoned(gated(story()), text), format)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_any_text_in_every_field_is_inert_in_stix(text: str) -> None:
    read_stix(render(poisoned(gated(story()), text), Format.stix), thorough=False)


@given(st.text())
def test_any_text_is_one_csv_cell_and_no_formula(text: str) -> None:
    assert not cell(text).lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "\n" not in cell(text)


MARKDOWN = st.text(alphabet=st.sampled_from("ab `*_[]()<>!#|~\\@:/.&;1-+=$\n\t'\"") | st.characters(), max_size=80)


@settings(max_examples=400)
@given(MARKDOWN)
def test_any_text_stays_text_in_markdown(text: str) -> None:
    for told in (f"- {inline(text)}", f"x {inline(text)}", f"- {code(text)}", block(text), f"# {inline(text)}"):
        tokens = read_markdown(told + "\n")
        assert len([token for token in tokens if token.type.endswith("_open")]) <= 3


TICKS = st.text(alphabet="`a \\", max_size=12) | MARKDOWN


@settings(max_examples=300)
@given(TICKS)
def test_a_code_span_shows_every_character_and_ends_where_the_text_does(text: str) -> None:
    (paragraph,) = [token for token in read_markdown(f"x{code(text)}x\n") if token.type == "inline"]
    assert [(child.type, child.content) for child in paragraph.children or ()] == [
        ("text", "x"),
        ("code_inline", neutralise(text) if text.strip(" ") else f" {neutralise(text)} "),
        ("text", "x"),
    ]


@settings(max_examples=300)
@given(TICKS | st.text(alphabet="`~", min_size=3, max_size=5))
def test_a_block_shows_every_character_and_ends_where_the_text_does(text: str) -> None:
    told = read_markdown(block(text) + "\n\nx\n")
    assert [token.type for token in told] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert told[0].content == neutralise(text) + "\n"


@given(st.text())
def test_a_sarif_message_makes_no_link_and_no_placeholder(text: str) -> None:
    told = message(text)["text"]
    unescaped = told.replace("\\\\", "").replace("\\[", "").replace("\\]", "")
    assert "[" not in unescaped and "]" not in unescaped
    assert "{" not in told.replace("{{", "") and "}" not in told.replace("}}", "")


@given(st.text())
def test_a_path_is_a_uri_of_plain_characters(text: str) -> None:
    told = uri(text)
    assert told.isascii() and " " not in told and ":" not in told.removeprefix("file://")


def test_json_holds_the_text_itself_and_the_others_an_escape() -> None:
    nasty = HOSTILE["bidi"]
    report = poisoned(gated(story()), nasty)
    raw = [one for one in texts(json.loads(render(report, Format.json))) if nasty in one]
    assert raw
    assert "\\u202egnp.exe" in render(report, Format.csv)
    assert "\\u202egnp.exe" in render(report, Format.junit)


def test_the_poison_reaches_the_fields() -> None:
    """A test of the tests: what a log fills is really poisoned."""
    report = poisoned(gated(story()), "POISON")
    alert = report.alerts[0]
    for told in (alert.message, alert.title, alert.tenant, alert.rule, alert.verdict, alert.judged_on, report.gaps):
        assert told == () or "POISON" in told
    assert all(":POISON" in one for one in (*alert.entities, *alert.subject))
    assert all("POISON" in proof.origin.file and "POISON" in proof.role for proof in alert.evidence)
    assert f"{alert.evidence[0].origin.file}:{alert.evidence[0].origin.offset}" in report.quotes
    assert alert.rule in report.cards and "POISON" in report.inputs[0].path
    assert SCHEMA["properties"]["alerts"]
