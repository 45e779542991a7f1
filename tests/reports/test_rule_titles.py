"""A Sigma rule is called by its title beside its id, wherever only the id, mostly a UUID, would stand."""

from __future__ import annotations

from pathlib import Path

from tests.run import onesec

RULE = """title: Nobody 🜁 <logs> in
id: 0f3f0c1e-3b1c-4e0f-9c1c-0b5b5b2e7b01
logsource: {product: auth0}
detection:
  sel: {type: fp}
  condition: sel
level: low
"""
EVENT = '{"log_id":"1","data":{"date":"2026-03-01T09:00:00Z","type":"s","user_id":"a","ip":"203.0.113.9"}}\n'


def told(tmp_path: Path, *options: str) -> tuple[str, str]:
    (tmp_path / "r.yml").write_text(RULE)
    (tmp_path / "log.jsonl").write_text(EVENT)
    _, out, err = onesec(
        "scan", "--no-default-rules", "--rules", str(tmp_path / "r.yml"), *options, str(tmp_path / "log.jsonl")
    )
    return out, err


def test_junit_names_the_suite_of_a_rule_by_id_and_title_and_its_classes_by_id(tmp_path: Path) -> None:
    xml, _ = told(tmp_path, "--format", "junit")
    named = "0f3f0c1e-3b1c-4e0f-9c1c-0b5b5b2e7b01 (Nobody"
    assert f'<testsuite name="onesec.{named}' in xml
    assert "&lt;logs&gt; in)" in xml
    assert 'classname="onesec.0f3f0c1e-3b1c-4e0f-9c1c-0b5b5b2e7b01"' in xml


def test_verbose_names_a_rule_that_cannot_match_by_its_title(tmp_path: Path) -> None:
    assert "0f3f0c1e-3b1c-4e0f-9c1c-0b5b5b2e7b01 (Nobody" in told(tmp_path, "-v")[1]
