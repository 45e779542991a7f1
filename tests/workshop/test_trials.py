"""`onesec rules test` runs cases through the pipeline: what passes, what fails, what is broken, and what is not there."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.run import onesec

RULE = """\
title: A refused exchange
id: 5f0c8a3e-1111-4222-8333-944445555666
status: test
logsource: {product: auth0}
detection:
  a: {data.type: feta}
  condition: a
level: high
"""
BASE = """\
title: One reuse
name: one
logsource: {product: auth0}
detection:
  a: {data.type: ferrt}
  condition: a
---
title: Many reuses
id: 5f0c8a3e-1111-4222-8333-944445555667
correlation:
  type: event_count
  rules: [one]
  group-by: [data.user_id]
  timespan: 1h
  condition: {gte: 3}
level: high
"""


def ran(tmp_path: Path, text: str, *options: str, sidecar: str = "") -> tuple[int, dict[str, list[str]]]:
    """Exit code, and the reasons of each case by its name; the status is the first of them."""
    path = tmp_path / "rule.yml"
    path.write_text(text)
    if sidecar:
        (tmp_path / "rule.test.yml").write_text(sidecar)
    code, out, err = onesec("rules", "test", path, "--format", "json", *options)
    assert not err
    return code, {one["name"]: [one["status"], *one["reasons"]] for one in json.loads(out)["cases"]}


def inline(cases: str, rule: str = RULE) -> str:
    return f"{rule}onesec-tests:\n  base: {{user_id: 'auth0|alice', client_id: app}}\n  cases:\n{cases}"


def test_a_case_passes_where_the_alerts_are_as_expected(tmp_path: Path) -> None:
    cases = """\
    - {name: fires, events: [{type: feta}], expect: {exactly: 1, level: high, subject: ['user:auth0|alice'], evidence: [1]}}
    - {name: silent, events: [{type: seta}], expect: {exactly: 0}}
    - {name: at least, events: [{type: feta}], expect: [{at_least: 1}, {at_most: 2, rule: A refused exchange}]}
"""
    assert ran(tmp_path, inline(cases)) == (0, {"fires": ["passed"], "silent": ["passed"], "at least": ["passed"]})


def test_a_case_fails_where_they_are_not_and_says_what_was_seen(tmp_path: Path) -> None:
    cases = """\
    - {name: too many, events: [{type: feta}], expect: {exactly: 0}}
    - {name: none, events: [{type: seta}], expect: {at_least: 1}}
    - {name: other level, events: [{type: feta}], expect: {exactly: 1, level: low}}
    - {name: other evidence, events: [{type: seta}, {type: feta}], expect: {exactly: 1, evidence: [1]}}
    - {name: other subject, events: [{type: feta}], expect: {exactly: 1, subject: ['user:auth0|bob']}}
"""
    code, told = ran(tmp_path, inline(cases))
    assert code == 1
    assert {reasons[0] for reasons in told.values()} == {"failed"}
    assert told["too many"][1].startswith("A refused exchange: expected exactly 0 alerts, got 1: high about ")
    assert told["none"][1] == "A refused exchange: expected at least 1 alert, got 0"
    assert "got 0 that fit, of 1: high about" in told["other level"][1]
    assert "citing 2" in told["other evidence"][1]


def test_a_correlation_is_tested_with_its_window(tmp_path: Path) -> None:
    cases = """\
    - name: three in an hour
      events:
        - {repeat: 3, every: 20m, event: {type: ferrt}}
      expect: {exactly: 1, evidence: [1, 3]}
    - name: three in more than an hour
      events:
        - {repeat: 3, every: 31m, event: {type: ferrt}}
      expect: {exactly: 0}
    - name: three users
      events:
        - {repeat: 3, event: {type: ferrt, user_id: 'auth0|u{n}'}}
      expect: {exactly: 0}
"""
    code, told = ran(tmp_path, inline(cases, BASE))
    assert (code, {reasons[0] for reasons in told.values()}) == (0, {"passed"}), told


def test_cases_may_stand_beside_the_rule(tmp_path: Path) -> None:
    sidecar = "cases:\n  - {name: fires, events: [{type: feta}], expect: {exactly: 1}}\n"
    assert ran(tmp_path, RULE, sidecar=sidecar) == (0, {"fires": ["passed"]})
    assert onesec("rules", "test", tmp_path / "rule.test.yml")[0] == 0
    assert onesec("rules", "test", tmp_path)[1].splitlines()[-1] == "CASES: 1 passed, 0 failed, 0 broken; 1 rule"


def test_logs_are_read_beside_the_events(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(
        '{"type":"feta","log_id":"a","date":"2026-03-01T09:00:00.000Z","user_id":"u"}\n'
    )
    cases = "    - {name: log, logs: [log.jsonl], events: [{type: seta}], expect: {exactly: 1, evidence: ['log.jsonl:1']}}\n"
    assert ran(tmp_path, inline(cases)) == (0, {"log": ["passed"]})


@pytest.mark.parametrize(
    ("cases", "reason"),
    [
        (
            "    - {name: x, events: [{type: feta, date: never, log_id: x}], expect: {exactly: 0}}\n",
            "event 1 cannot be read",
        ),
        ("    - {name: x, events: [{nothing: 1}], expect: {exactly: 0}}\n", "event 1 cannot be read"),
        ("    - {name: x, logs: [none.jsonl], expect: {exactly: 0}}\n", "there is no"),
        ("    - {name: x, logs: [/dev/null], expect: {exactly: 0}}\n", "no event could be read"),
        ("    - {name: x, events: [{type: feta}], expect: {exactly: 0, rule: other}}\n", "no rule of"),
        ("    - {name: x, events: [{type: feta}], expect: {exactly: 0, level: grave}}\n", "the level grave"),
        ("    - {name: x, events: [{event: {type: feta}, at: soon}], expect: {exactly: 0}}\n", "neither an ISO-8601"),
        ("    - {name: x, events: [{type: feta}], expect: {exactli: 0}}\n", "unknown field `exactli`"),
        ("    - {name: x, events: [{type: feta}]}\n", "missing required field `expect`"),
        ("    - {name: x, events: [], expect: {exactly: 0}}\n", "without events"),
    ],
)
def test_a_case_that_cannot_be_judged_is_broken_and_never_passed(tmp_path: Path, cases: str, reason: str) -> None:
    code, told = ran(tmp_path, inline(cases))
    assert code == 2
    assert [reasons[0] for reasons in told.values()] == ["broken"]
    assert reason in next(iter(told.values()))[1]


def test_a_broken_case_is_told_at_its_line_and_the_others_are_run(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(
        inline(
            "    - {name: good, events: [{type: feta}], expect: {exactly: 1}}\n"
            "    - name: bad\n      events:\n        - {type: feta}\n        - {event: {type: feta}, repeat: 0}\n      expect: {exactly: 0}\n"
        )
    )
    told = json.loads(onesec("rules", "test", path, "--format", "json")[1])["cases"]
    assert [(one["name"], one["status"], one["line"]) for one in told] == [
        ("good", "passed", 12),
        ("bad", "broken", 16),
    ]


def test_a_rule_that_cannot_be_loaded_breaks_its_cases(tmp_path: Path) -> None:
    cases = "    - {name: x, events: [{type: seta}], expect: {exactly: 0}}\n"
    code, told = ran(tmp_path, inline(cases, RULE.replace("condition: a", "condition: b")))
    assert code == 2
    assert told["loading"][0] == "broken"


def test_several_rules_must_be_named_and_quiet_ones_cannot_be(tmp_path: Path) -> None:
    two = (
        RULE
        + "---\n"
        + RULE.replace("title: A", "title: B")
        .replace("666", "668")
        .replace("a: {data.type: feta}", "a: {data.type: seta}")
    )
    sidecar = "cases:\n  - {name: x, events: [{type: feta}], expect: {exactly: 1}}\n"
    assert "several rules" in ran(tmp_path, two, sidecar=sidecar)[1]["x"][1]
    sidecar = "cases:\n  - {name: x, events: [{type: feta}], expect: [{exactly: 1, rule: A refused exchange}, {exactly: 0, rule: B refused exchange}]}\n"
    assert ran(tmp_path, two, sidecar=sidecar)[0] == 0
    sidecar = "cases:\n  - {name: x, events: [{type: ferrt}], expect: {exactly: 0, rule: one}}\n"
    assert "raises no alerts of its own" in ran(tmp_path, BASE, sidecar=sidecar)[1]["x"][1]


def test_both_a_case_that_fires_and_one_that_is_silent_can_be_required(tmp_path: Path) -> None:
    fires = "    - {name: fires, events: [{type: feta}], expect: {exactly: 1}}\n"
    silent = "    - {name: silent, events: [{type: seta}], expect: {exactly: 0}}\n"
    assert ran(tmp_path, inline(fires + silent), "--require-cases")[0] == 0
    code, told = ran(tmp_path, inline(fires), "--require-cases")
    assert (code, told["case in which it stays silent"][0]) == (1, "failed")
    code, told = ran(tmp_path, inline(silent), "--require-cases")
    assert (code, told["case in which it fires"][0]) == (1, "failed")
    assert ran(tmp_path, RULE, "--require-cases")[0] == 1


def test_a_narrow_expectation_of_none_is_no_case_of_silence(tmp_path: Path) -> None:
    cases = (
        "    - {name: fires, events: [{type: feta}], expect: {exactly: 1}}\n"
        "    - {name: not low, events: [{type: feta}], expect: {exactly: 0, level: low}}\n"
    )
    assert ran(tmp_path, inline(cases), "--require-cases")[0] == 1


def test_a_rule_that_cannot_be_loaded_is_told_without_cases_too(tmp_path: Path) -> None:
    (tmp_path / "bad.yml").write_text("title: T\nlogsource: {product: auth0}\n")
    (tmp_path / "rule.yml").write_text(RULE)
    code, out, _ = onesec("rules", "test", tmp_path, "--width", "400")
    assert f"not loaded {tmp_path / 'bad.yml'}:1 a rule without a detection" in out
    assert (code, out.splitlines()[-1]) == (3, "NO CASES in 1 rule, 1 not loaded: nothing was tested")
    told = json.loads(onesec("rules", "test", tmp_path, "-f", "json")[1])
    assert told["not_loaded"] == [f"{tmp_path / 'bad.yml'}:1 a rule without a detection"]


def test_without_any_case_nothing_is_said_to_pass(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    code, out, _ = onesec("rules", "test", tmp_path / "rule.yml")
    assert (code, out.splitlines()[-1]) == (3, "NO CASES in 1 rule: nothing was tested")
    assert onesec("rules", "test", tmp_path / "none.yml")[0] == 2


def test_cases_beside_no_rule_are_broken(tmp_path: Path) -> None:
    (tmp_path / "lost.test.yml").write_text("cases:\n  - {name: x, events: [{type: s}], expect: {exactly: 0}}\n")
    (tmp_path / "rule.yml").write_text(RULE)
    assert onesec("rules", "test", tmp_path)[0] == 2
    assert onesec("rules", "test", tmp_path / "lost.test.yml")[0] == 2


def test_placeholders_have_values_while_a_rule_is_tested(tmp_path: Path) -> None:
    rule = RULE.replace("a: {data.type: feta}", "a: {data.type: feta, data.client_id: '{trusted}'}")
    cases = "  cases:\n    - {name: x, events: [{type: feta, client_id: abc}], expect: {exactly: 1}}\n"
    code, told = ran(tmp_path, f"{rule}onesec-tests:\n{cases}")
    assert code == 1
    assert "placeholder trusted" in told["x"][2]
    assert ran(tmp_path, f"{rule}onesec-tests:\n  placeholders: {{trusted: [abc]}}\n{cases}")[0] == 0


def test_junit_counts_cases_by_file_and_is_well_formed(tmp_path: Path) -> None:
    cases = """\
    - {name: fires, events: [{type: feta}], expect: {exactly: 1}}
    - {name: 'wrong <&"> one', events: [{type: feta}], expect: {exactly: 0}}
    - {name: broken, events: [{nothing: 1}], expect: {exactly: 0}}
"""
    (tmp_path / "rule.yml").write_text(inline(cases))
    out = tmp_path / "junit.xml"
    assert onesec("rules", "test", tmp_path / "rule.yml", "--junit", out)[0] == 2
    suite = ElementTree.parse(out).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [case.get("name") for case in suite] == ["fires", 'wrong <&"> one', "broken"]
    assert onesec("rules", "test", tmp_path / "rule.yml", "--junit", out)[0] == 2
    assert onesec("rules", "test", tmp_path / "rule.yml", "--junit", tmp_path / "rule.yml", "--force")[0] == 2
    assert (tmp_path / "rule.yml").read_text() == inline(cases)


def test_the_same_cases_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(inline("    - {name: wrong, events: [{type: feta}], expect: {exactly: 0}}\n"))
    told = [onesec("rules", "test", tmp_path / "rule.yml", "--junit", tmp_path / f"{n}.xml")[1] for n in range(2)]
    assert told[0] == told[1]
    assert (tmp_path / "0.xml").read_bytes() == (tmp_path / "1.xml").read_bytes()


def test_hostile_case_and_log_text_reaches_no_terminal_raw(tmp_path: Path) -> None:
    hostile = "\\x1b[31mred\\u202e\\u200b\\nline two"
    cases = (
        f'    - {{name: "{hostile}", events: [{{type: feta, user_id: "{hostile}", client_id: "{hostile}"}}], expect: {{exactly: 0}}}}\n'
        f'    - {{name: "b{hostile}", events: [{{type: feta, "{hostile}": 1, date: "{hostile}"}}], expect: {{exactly: 0, rule: "{hostile}"}}}}\n'
    )
    (tmp_path / "rule.yml").write_text(inline(cases))
    for options in ((), ("--format", "json")):
        _, out, err = onesec(
            "rules", "test", tmp_path / "rule.yml", "-v", "--junit", tmp_path / "j.xml", "--force", *options
        )
        text = out + err + (tmp_path / "j.xml").read_text()
        assert not {"\x1b", "\u202e", "\u200b"} & set(text)
        assert "line two" in text
    ElementTree.parse(tmp_path / "j.xml")


def tried(*paths: Path) -> tuple[int, dict[str, str], list[str]]:
    code, out, err = onesec("rules", "test", *paths, "--json")
    assert not err
    told = json.loads(out)
    return code, {one["name"]: one["status"] for one in told["cases"]}, told["not_loaded"]


def test_a_correlation_finds_its_rule_in_another_file(tmp_path: Path) -> None:
    base, _, correlation = BASE.partition("---\n")
    (tmp_path / "base.yml").write_text(base)
    cases = (
        "onesec-tests:\n  cases:\n    - {name: three, expect: {exactly: 1}, "
        "events: [{repeat: 3, every: 1m, event: {type: ferrt, user_id: u}}]}\n"
    )
    (tmp_path / "many.yml").write_text(correlation + cases)
    assert tried(tmp_path) == (0, {"three": "passed"}, [])
    code, found, _ = tried(tmp_path / "many.yml")
    assert (code, found["loading"]) == (2, "broken")


def test_an_id_that_stands_in_two_files_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(RULE)
    (tmp_path / "b.yml").write_text(RULE.replace("A refused", "Another refused"))
    code, found, lost = tried(tmp_path)
    assert (code, found) == (3, {})
    assert lost == [f"{tmp_path / 'b.yml'}:1 the id is that of {tmp_path / 'a.yml'}:1"]
    cases = "onesec-tests:\n  cases:\n    - {name: one, events: [{type: feta}], expect: {exactly: 1}}\n"
    (tmp_path / "b.yml").write_text(RULE + cases)
    assert tried(tmp_path)[:2] == (2, {"loading beside others": "broken", "one": "passed"})
    assert tried(tmp_path / "b.yml")[0] == 0
    assert tried(tmp_path / "b.yml", tmp_path / "." / "b.yml", tmp_path / "b.yml")[1] == {"one": "passed"}


def test_a_filter_is_tested_on_the_rule_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "filter.yml").write_text(
        "title: Not ours\nlogsource: {product: auth0}\n"
        "filter: {rules: [5f0c8a3e-1111-4222-8333-944445555666], ours: {data.client_id: ours}, condition: not ours}\n"
        "onesec-tests:\n  cases:\n"
        "    - {name: ours, events: [{type: feta, client_id: ours}], expect: {exactly: 0}}\n"
        "    - {name: theirs, events: [{type: feta, client_id: theirs}], expect: {exactly: 1}}\n"
    )
    assert tried(tmp_path)[:2] == (0, {"ours": "passed", "theirs": "passed"})


def test_a_count_of_one_is_told_in_the_singular(tmp_path: Path) -> None:
    told = ran(tmp_path, inline("    - {name: a, events: [{type: s}], expect: {exactly: 1}}\n"))[1]["a"]
    assert told[1].startswith("A refused exchange: expected exactly 1 alert, got 0")
