"""Each remark is made where it must be, at its line, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.lint.run import lint
from onesec_cli.sigma.lint.worlds import Worlds
from onesec_cli.sigma.rule import All, Atom, Not, Some
from onesec_cli.sigma.values import MANY, Text
from tests.run import DATA, SAMPLES, onesec

HEAD = """\
title: A rule
id: 5f0c8a3e-1111-4222-8333-944445555666
status: test
description: about
logsource: {product: auth0, service: tenant-logs}
"""
TAIL = """\
falsepositives: [none known]
level: low
tags: [attack.t1528, asi03]
onesec-tests:
  cases:
    - {name: a, events: [{type: s}], expect: {at_least: 1}}
    - {name: b, events: [{type: f}], expect: {exactly: 0}}
"""


def remarks(path: Path, *options: str) -> list[tuple[int, str]]:
    """(line, code) of each remark."""
    code, out, err = onesec("rules", "lint", path, "--format", "json", *options)
    assert code in (0, 1, 2), err
    return [(one["line"], one["code"]) for one in json.loads(out)["remarks"]]


def linted(tmp_path: Path, detection: str, head: str = HEAD, tail: str = TAIL) -> list[tuple[int, str]]:
    """Remarks on a rule with some detection, whose lines are counted from 1."""
    path = tmp_path / "rule.yml"
    path.write_text(f"{head}detection:\n{detection}{tail}")
    before = head.count("\n") + 1
    return [(line - before, code) for line, code in remarks(path)]


CLEAN = """\
  selection:
    data.type: s
    data.client_id: x
  condition: selection
"""


def test_a_rule_that_says_all_gets_no_remark(tmp_path: Path) -> None:
    assert linted(tmp_path, CLEAN) == []


@pytest.mark.parametrize(
    ("detection", "found"),
    [
        ("  a: {data.type: s, data.user_idd: x}\n  condition: a\n", [(1, "unknown-field")]),
        (
            "  a:\n    data.type: ferrt\n    data.details.request.channel: x\n  condition: a\n",
            [(3, "field-not-in-type")],
        ),
        ("  a:\n    data.type: ferrt\n    data.details.familyID: x\n  condition: a\n", [(3, "unknown-field")]),
        ("  a:\n    data.type:\n      - s\n      - sss\n  condition: a\n", [(4, "unknown-log-type")]),
        (
            "  a:\n    data.type: seta\n    data.details.is_privileged_worker: often\n  condition: a\n",
            [(3, "value-cannot-match")],
        ),
        ("  a: {data.type: s}\n  b: {data.client_id: x}\n  condition: a\n", [(2, "unused-selection")]),
        ("  a: {data.type: s}\n  b: {data.type: f}\n  condition: a and b\n", [(3, "never-true")]),
        ("  a: {data.type: s}\n  filter: {data.type: [s, f]}\n  condition: a and not filter\n", [(3, "never-true")]),
        ("  a: {data.type: s}\n  condition: a or not a\n", [(2, "always-true"), (2, "reads-everything")]),
        ("  a: {data.type: s}\n  filter: {data.type: f}\n  condition: a and not filter\n", [(2, "dead-filter")]),
        (
            "  a: {data.type: s, data.client_id: x}\n  b: {data.type: [s], type: f}\n  condition: a or b\n",
            [(2, "dead-part"), (2, "unknown-field")][:1],
        ),
        ("  a: {data.client_id: x}\n  condition: not a\n", [(2, "negative-only"), (2, "reads-everything")]),
        ("  a: {data.client_id: x}\n  condition: a\n", [(2, "reads-everything")]),
        (
            "  a:\n    data.user_name|contains: x\n  condition: a\n",
            [(2, "leading-wildcard"), (3, "reads-everything")],
        ),
        ("  a: {data.type: s}\n  b: [word]\n  condition: a and b\n", [(2, "keywords")]),
        ("  a: {data.type: s, data.description: x}\n  condition: a\n", [(1, "drifting-text")]),
        ("  a: {data.type: s, data.client_id: '{mine}'}\n  condition: a\n", [(1, "empty-placeholder")]),
        ("  a: {data.type: s, data.hostname: login.example.com}\n  condition: a\n", [(1, "tenant-specific")]),
        (
            "  a: {data.type: s}\n  filter_one: {data.client_id: x}\n  condition: a or filter_one\n",
            [(2, "filter-kept"), (3, "reads-everything")],
        ),
        (
            "  a:\n    data.type:\n  condition: a\n",
            [(2, "value-cannot-match"), (3, "never-true"), (3, "reads-everything")],
        ),
    ],
)
def test_what_is_wrong_with_a_detection(tmp_path: Path, detection: str, found: list[tuple[int, str]]) -> None:
    assert linted(tmp_path, detection) == found


@pytest.mark.parametrize(
    "detection",
    [
        "  a:\n    data.type: sapi\n    data.details.request.body.anything{}.at.all: x\n  condition: a\n",
        "  a:\n    data.type: s\n    data.details.prompts{}.name: consent\n  condition: a\n",
        "  a: {data.type: s, data.location_info.country_code: DE}\n  condition: a\n",
        "  a: {data.type: seta, data.details.is_privileged_worker: 'TRUE'}\n  condition: a\n",
        "  a: {data.type: s}\n  filter: {data.client_id: x}\n  condition: a and not filter\n",
        "  a: {data.type: s}\n  b: {data.client_id: [x, y]}\n  c: {data.client_id|startswith: x}\n  condition: a and b and not c\n",
        "  a: {data.type: [s, f]}\n  b: {data.type: s}\n  condition: a and not b\n",
        "  a: {data.type: fapi, data.whatever: x}\n  condition: a\n",
        "  a: {data.type: s, data.client_id: null}\n  condition: a\n",
        "  a: {data.type: sapi, data.details.request.body.scope: x}\n"
        "  b: {data.details.request.body.scope: y}\n  condition: a and b\n",
        "  a_1: {data.type: s}\n  a_2: {data.type: f}\n  condition: 1 of a_*\n",
        "  a: {data.type: s}\n  b: {data.ip|cidr: 10.0.0.0/8}\n  condition: all of them\n",
    ],
)
def test_what_is_right_gets_no_remark(tmp_path: Path, detection: str) -> None:
    assert linted(tmp_path, detection) == []


@pytest.mark.parametrize(
    ("head", "tail", "found"),
    [
        (HEAD.replace("id: 5f0c8a3e", "id: 5f0c8a3"), TAIL, "bad-id"),
        ("".join(line for line in HEAD.splitlines(True) if not line.startswith("id")), TAIL, "missing-id"),
        (HEAD, TAIL.replace("level: low\n", ""), "missing-level"),
        (HEAD, TAIL.replace("level: low", "level: grave"), "bad-level"),
        (HEAD, TAIL.replace("falsepositives: [none known]\n", ""), "missing-falsepositives"),
        (HEAD, TAIL.replace("falsepositives:", "falsepositive:"), "unknown-key"),
        (HEAD, TAIL.replace("tags: [attack.t1528, asi03]\n", ""), "missing-tags"),
        (HEAD, TAIL.replace("asi03", "asi44"), "unknown-tag"),
        (HEAD, TAIL.replace("attack.t1528", "attack.t15"), "unknown-tag"),
        (HEAD, TAIL[: TAIL.index("    - {name: b")], "missing-cases"),
        (HEAD, TAIL.replace("exactly: 0", "exactli: 0"), "broken-cases"),
        (HEAD.replace("product: auth0", "product: windows"), TAIL, "not-loaded"),
    ],
)
def test_what_is_wrong_with_what_a_rule_says_of_itself(tmp_path: Path, head: str, tail: str, found: str) -> None:
    assert found in {code for _, code in linted(tmp_path, CLEAN, head, tail)}


def correlation(tmp_path: Path, body: str, member: str = "data.type: ferrt") -> list[str]:
    path = tmp_path / "rule.yml"
    base = HEAD.replace("title: A rule", "title: Base\nname: base")
    path.write_text(
        f"{base}detection:\n  a: {{{member}}}\n  condition: a\n---\ntitle: Many\nid: 5f0c8a3e-1111-4222-8333-944445555667\n"
        f"correlation:\n  rules: [base]\n  timespan: 1h\n{body}{TAIL}"
    )
    return [code for _, code in remarks(path)]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("  type: event_count\n  group-by: [data.user_id]\n  condition: {gte: 5}\n", []),
        ("  type: event_count\n  group-by: [data.user_id]\n  condition: {gte: 1}\n", ["degenerate-threshold"]),
        ("  type: event_count\n  group-by: [data.user_id]\n  condition: {gt: 0}\n", ["degenerate-threshold"]),
        ("  type: event_count\n  group-by: [data.user_id]\n  condition: {lt: 1}\n", ["degenerate-threshold"]),
        ("  type: value_count\n  group-by: [data.user_id]\n  condition: {gte: 3, field: data.ip}\n", []),
        (
            "  type: value_count\n  group-by: [data.user_id]\n  condition: {gte: 3, field: data.tenants}\n",
            ["never-grouped"],
        ),
        ("  type: event_count\n  group-by: [data.connection_i]\n  condition: {gte: 5}\n", ["never-grouped"]),
        ("  type: temporal\n  group-by: [data.user_id]\n", ["degenerate-threshold"]),
    ],
)
def test_what_is_wrong_with_a_correlation(tmp_path: Path, body: str, found: list[str]) -> None:
    assert correlation(tmp_path, body) == found


def test_a_correlation_of_what_can_never_be_true_never_is(tmp_path: Path) -> None:
    body = "  type: event_count\n  group-by: [data.user_id]\n  condition: {gte: 5}\n"
    assert correlation(tmp_path, body, "data.type: ferrt, type: s").count("never-true") == 2


def test_two_rules_with_one_id_or_one_name_are_told(tmp_path: Path) -> None:
    text = f"{HEAD.replace('title: A rule', 'title: A rule' + chr(10) + 'name: same')}detection:\n{CLEAN}{TAIL}"
    (tmp_path / "rule.yml").write_text(f"{text}---\n{text}")
    found = remarks(tmp_path / "rule.yml")
    assert {"duplicate-id", "duplicate-name"} <= {code for _, code in found}


def test_what_keeps_a_rule_from_loading_is_one_error(tmp_path: Path) -> None:
    grave = linted(tmp_path, CLEAN, HEAD, TAIL.replace("level: low", "level: grave"))
    assert [code for _, code in grave] == ["bad-level"]
    text = f"{HEAD}detection:\n{CLEAN}{TAIL}"
    (tmp_path / "rule.yml").write_text(f"{text}---\n{text}")
    assert [code for _, code in remarks(tmp_path / "rule.yml")].count("not-loaded") == 0


@pytest.mark.parametrize("test", ["data.type: '*'", "data.type|exists: true", "type|startswith: ''"])
def test_any_type_at_all_is_no_condition(tmp_path: Path, test: str) -> None:
    found = {code for _, code in linted(tmp_path, f"  a: {{{test}}}\n  condition: a\n")}
    assert {"always-true", "reads-everything"} <= found


def test_a_file_with_nothing_in_it_has_a_line(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text("")
    assert remarks(tmp_path / "rule.yml") == [(1, "not-loaded")]


def test_canonical_fields_are_known(tmp_path: Path) -> None:
    head = HEAD.replace("product: auth0, service: tenant-logs", "product: agent, category: tool.call")
    assert linted(tmp_path, "  a: {tool: Bash, args.command|contains: rm}\n  condition: a\n", head) == []
    assert linted(tmp_path, "  a: {tol: Bash}\n  condition: a\n", head) == [(1, "unknown-field")]
    assert linted(tmp_path, "  a: {kind: tool.cal}\n  condition: a\n", head) == [(1, "value-cannot-match")]


def test_exit_codes_and_severities(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(f"{HEAD}detection:\n{CLEAN}{TAIL}")
    assert onesec("rules", "lint", path)[0] == 0
    path.write_text(f"{HEAD}detection:\n  a: {{data.client_id: x}}\n  condition: a\n{TAIL}")
    assert onesec("rules", "lint", path)[0] == 0
    assert onesec("rules", "lint", path, "--strict")[0] == 1
    assert onesec("rules", "lint", path, "--strict", "-m", "error")[0] == 1
    assert remarks(path, "-m", "error") == []
    told = onesec("rules", "lint", path, "-m", "error")[1]
    assert told == "LINT: 0 errors, 1 warning, 0 info in 1 rule; 1 of them not shown\n"
    counts = json.loads(onesec("rules", "lint", path, "-m", "error", "-f", "json")[1])["counts"]
    assert counts == {"error": 0, "warning": 1, "info": 0}
    path.write_text(f"{HEAD}detection:\n  a: {{data.type: s}}\n  condition: b\n{TAIL}")
    code, out, _ = onesec("rules", "lint", path)
    assert code == 2
    assert out.splitlines()[-1] == "LINT: 1 error, 0 warnings, 0 info in 1 rule"
    assert onesec("rules", "lint", tmp_path / "none.yml")[0] == 2


def test_sarif_names_every_rule_and_place(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(f"{HEAD}detection:\n  a: {{data.client_id: x}}\n  condition: a\n{TAIL}")
    run = json.loads(onesec("rules", "lint", path, "--format", "sarif")[1])["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == list(CODES)
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (f"file://{path}", 8)


HOSTILE = "\\x1b[31mred\\u202e\\u200b\\nline two"


def test_hostile_rule_text_reaches_no_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    title = f'title: "{HOSTILE}"'
    path.write_text(
        f'{HEAD.replace("title: A rule", title)}detection:\n  "a": {{"data.{HOSTILE}": "{HOSTILE}"}}\n  condition: a\n'
        f'"{HOSTILE}": 1\nlevel: "{HOSTILE}"\ntags: ["asi99{HOSTILE}"]\n'
    )
    for format in ("console", "json", "sarif"):
        code, out, err = onesec("rules", "lint", path, "--format", format)
        assert code == 2
        text = out + err
        assert not {"\x1b", "\u202e", "\u200b"} & set(text)
        assert "line two" in text


def test_files_that_are_no_rules_are_told_and_hide_no_others(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(f"{HEAD}detection:\n{CLEAN}{TAIL}")
    (tmp_path / "b.yml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.yml").write_text("a: [1,\n")
    (tmp_path / "d.yml").write_text("[" * 10_000)
    (tmp_path / "e.yml").write_text("just text\n")
    code, out, _ = onesec("rules", "lint", tmp_path, "--format", "json")
    assert code == 2
    told: dict[str, Any] = json.loads(out)
    assert told["rules"] == 1
    assert {Path(one["file"]).name for one in told["remarks"]} == {"b.yml", "c.yml", "d.yml", "e.yml"}
    assert {one["code"] for one in told["remarks"]} == {"not-loaded"}


def test_a_rule_of_very_many_tests_is_linted_at_once(tmp_path: Path) -> None:
    many = "".join(f"  s{n}: {{data.client_id|contains: c{n}, data.user_id|endswith: u{n}}}\n" for n in range(300))
    detection = f"  a: {{data.type: s}}\n{many}  condition: a and not 1 of s*\n"
    assert linted(tmp_path, detection) == []


def test_the_vendor_catalog_gets_the_remarks_that_its_known_faults_deserve() -> None:
    catalog = DATA / "auth0-detection-catalog"
    if not catalog.is_dir():
        pytest.skip(f"Auth0's detection catalog is not here ({catalog})")
    found: dict[str, set[str]] = {}
    for one in json.loads(onesec("rules", "lint", catalog, "--format", "json")[1])["remarks"]:
        found.setdefault(one["code"], set()).add(Path(one["file"]).stem)
    assert "unrecognized_ip_in_allowlist" in found["unknown-field"]
    assert "suspicious_ip_throttling_critical_settings_manipulated" in found["filter-kept"]
    assert "suspicious_ip_throttling_critical_settings_manipulated" in found["reads-everything"]
    assert "logins_or_signups_from_suspicious_ips" in found["value-cannot-match"]
    assert len(found["degenerate-threshold"]) == 6
    assert found["partly-grouped"] == {
        "refresh_token_from_multiple_user_agent",
        "refresh_token_from_too_many_locations",
    }
    assert len(found["empty-placeholder"]) == 4


def test_a_condition_that_is_hard_to_search_is_given_up_within_its_bound() -> None:
    """Nine values for eight places: no assignment fits, and a search without a bound would try them all."""
    at = {
        (one, hole): Atom("data.user_agent", Text((MANY, f"p{one}h{hole}", MANY)))
        for one in range(9)
        for hole in range(8)
    }
    each = tuple(Some(tuple(at[one, hole] for hole in range(8))) for one in range(9))
    pairs = tuple(
        Not(All((at[one, hole], at[two, hole]))) for hole in range(8) for one in range(9) for two in range(one)
    )
    whole = All((*each, *pairs))
    worlds = Worlds(whole, lambda field: False)
    assert worlds.possible(whole)
    small = Worlds(at[0, 0], lambda field: False)
    assert not small.possible(All((at[0, 0], Not(at[0, 0]))))


def test_of_a_rule_that_is_not_loaded_only_the_reason_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(
        "title: a\nid: no-uuid\ntags: [attack.t1]\nlogsource: {product: windows}\ndetection: {a: {x: 1}, condition: a}\n"
    )
    assert remarks(path) == [(1, "not-loaded")]
    path.write_text("title: a\nlogsource: {product: auth0}\ndetectoin: {a: {x: 1}, condition: a}\n")
    assert remarks(path) == [(1, "not-loaded"), (3, "unknown-key")]


OPEN = """\
  a:
    data.type: sapi
    data.details.request.nosuchthing.at: x
  condition: a
"""


def test_fields_below_what_no_schema_says_are_told_until_a_case_shows_them(tmp_path: Path) -> None:
    tail = TAIL.partition("onesec-tests")[0]
    assert (4, "unchecked-field") in [(line + 1, code) for line, code in linted(tmp_path, OPEN, tail=tail)]
    case = "{name: a, events: [{type: sapi, details: {request: {nosuchthing: {at: x}}}}], expect: {exactly: 1}}"
    found = linted(tmp_path, OPEN, tail=f"{tail}onesec-tests:\n  cases:\n    - {case}\n")
    assert "unchecked-field" not in [code for _, code in found]
    assert "unchecked-field" not in [code for _, code in linted(tmp_path, CLEAN, tail=tail)]


@pytest.mark.parametrize("indent", [None, 2, "\t"])
def test_rules_in_json_are_read_whatever_json_writes(tmp_path: Path, indent: int | str | None) -> None:
    path = tmp_path / "rule.json"
    rule = {
        "title": "Key \U0001f511 and \\ud83d\\ude00",
        "id": "5f0c8a3e-1111-4222-8333-944445555666",
        "logsource": {"product": "auth0"},
        "detection": {"a": {"data.type": "s", "data.client_name": "\U0001f600/\u00e4"}, "condition": "a"},
        "level": "lw",
    }
    path.write_text(json.dumps(rule, indent=indent))
    lines = path.read_text().splitlines()
    assert remarks(path) == [(next(n for n, line in enumerate(lines, 1) if '"level"' in line), "bad-level")]
    path.write_text(json.dumps({**rule, "level": "low"}, indent=indent))
    shown = json.loads(onesec("rules", "show", rule["id"], "--no-default-rules", "--rules", path, "--json")[1])
    assert shown["title"] == rule["title"]
    assert any("\U0001f600/\u00e4" in line for line in shown["looks_for"])
    path.write_text('{"title": "\\ud83d", "detection": {}}')
    assert remarks(path) == [(1, "not-loaded")]


CHAIN = """\
kind: chains
version: 1
chains:
  - id: mine
    title: Mine
    start:
      rules: {goal-hijack: ASI01, goal-hijck: ASI01}
    steps:
      - rules:
          5f0c8a3e-1111-4222-8333-944445555666: ASI03
          5f0c8a3e-1111-4222-8333-944445555000: ASI03
"""


def test_rules_that_a_chain_names_and_nobody_has_are_told(tmp_path: Path) -> None:
    (tmp_path / "chain.yml").write_text(CHAIN)
    rule = HEAD
    (tmp_path / "rule.yml").write_text(f"{rule}detection:\n{CLEAN}{TAIL}")
    assert remarks(tmp_path) == [(7, "unknown-rule"), (11, "unknown-rule")]
    told = onesec("rules", "lint", tmp_path)[1]
    assert "did you mean goal-hijack?" in " ".join(told.split())
    err = onesec("scan", SAMPLES / "full_story", "--rules", tmp_path, "-q")[2]
    assert f"onesec: {tmp_path / 'chain.yml'}:7: the chain mine names the rule goal-hijck, which is neither" in err
    assert f"onesec: {tmp_path / 'chain.yml'}:11: " in err
    assert "944445555666" not in err


def test_a_filter_that_selects_is_told_and_one_that_leaves_out_is_not(tmp_path: Path) -> None:
    rule = (
        "title: R\nname: r\nlogsource: {product: auth0}\ndetection:\n  s: {type: f}\n  condition: s\nlevel: low\n---\n"
    )
    for condition, told in (("robot", True), ("not robot", False), ("not(robot)", False)):
        text = f"title: F\nlogsource: {{product: auth0}}\nfilter:\n  rules: [r]\n  robot: {{user_agent: x}}\n  condition: {condition}\n"
        (tmp_path / "r.yml").write_text(rule + text)
        assert ("filter-selects" in {one.code for one in lint([str(tmp_path)], {})[0]}) is told
