"""`onesec rules explain` shows what an event holds where a rule looks, and what a correlation had counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.run import onesec
from tests.workshop.samples import RULES, event

TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULES)
    details = {"scope": f"mail.send {TOKEN}", "is_privileged_worker": "often"}
    lines = [
        event(0, "seta", client_id="agent", details=details),
        event(1, "seta", client_id="known", details={**details, "is_privileged_worker": True}),
        event(2, "ferrt"),
        event(3, "ferrt", user="auth0|bob"),
        event(4, "ferrt"),
        event(5, "ferrt"),
        event(6, "s"),
        '{"onesec":1,"time":"2026-03-01T10:00:00Z","kind":"tool.call","id":"t","tool":"Bash","fields":{"args":{"cmd":"cat id_rsa"}}}',
        event(8, "seta", client_id="agent", details={**details, "is_privileged_worker": True}),
    ]
    (tmp_path / "log.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


def explained(
    place: Path, rule: str, reference: str, *options: object, stdin: bytes | None = None
) -> tuple[int, dict[str, Any]]:
    code, out, err = onesec(
        "rules",
        "explain",
        rule,
        reference,
        "--no-default-rules",
        "--rules",
        place / "rules.yml",
        "-f",
        "json",
        *options,
        stdin=stdin,
    )
    return code, json.loads(out) if out else {"error": err}


def seen(told: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    return {clause["text"]: (clause["holds"], clause["seen"]) for clause in told["clauses"]}


def test_a_match_shows_every_part_and_value(place: Path) -> None:
    code, told = explained(place, "Wide vault scope", f"{place / 'log.jsonl'}:9")
    assert (code, told["matches"]) == (0, True)
    parts = seen(told)
    assert parts["data.type is seta"] == (True, '"seta"')
    assert parts["data.client_id is known"] == (False, '"agent"')
    assert parts["data.details.is_privileged_worker is true"] == (True, "true")


def test_secrets_are_masked(place: Path) -> None:
    told = explained(place, "Wide vault scope", f"{place / 'log.jsonl'}:9")[1]
    assert TOKEN not in json.dumps(told)
    assert "mail.send" in seen(told)["data.details.scope contains mail.send"][1]


def test_another_type_another_value_and_an_absent_field_are_told_apart(place: Path) -> None:
    code, told = explained(place, "Wide vault scope", f"{place / 'log.jsonl'}:1")
    assert (code, told["matches"]) == (1, False)
    assert seen(told)["data.details.is_privileged_worker is true"] == (False, '"often"; the rule asks for a boolean')
    assert [clause["text"] for clause in told["clauses"] if clause["decisive"] and clause["seen"]] == [
        "data.details.is_privileged_worker is true"
    ]
    told = explained(place, "Wide vault scope", f"{place / 'log.jsonl'}:2")[1]
    assert seen(told)["data.client_id is known"] == (True, '"known"')
    assert "data.client_id is known" in told["reason"]
    told = explained(place, "Wide vault scope", f"{place / 'log.jsonl'}:7")[1]
    assert seen(told)["data.details.scope contains mail.send"] == (False, "absent; the event has no details")


def test_neighbours_of_an_absent_field_are_named(place: Path) -> None:
    told = explained(place, "Agent reads keys", f"{place / 'log.jsonl'}:8")[1]
    assert seen(told)["args.command contains id_rsa"] == (False, "absent; args holds cmd")


def test_an_event_that_never_reaches_the_rule_is_told(place: Path) -> None:
    code, told = explained(place, "Agent reads keys", f"{place / 'log.jsonl'}:1")
    assert code == 1
    assert "the rule looks at tool.call" in told["reason"]
    assert (
        "the rule looks at tenant log events"
        in explained(place, "Wide vault scope", f"{place / 'log.jsonl'}:8")[1]["reason"]
    )


def test_an_event_is_found_by_its_id_and_on_stdin(place: Path) -> None:
    assert explained(place, "Wide vault scope", "id-8", "--logs", place / "log.jsonl")[1]["place"].endswith(
        "log.jsonl:9"
    )
    record = (place / "log.jsonl").read_text().splitlines()[8]
    given = json.dumps(json.loads(record), indent=2).encode()
    code, told = explained(place, "Wide vault scope", "-", stdin=given)
    assert (code, told["place"]) == (0, "standard input")


def test_a_correlation_shows_its_members_and_its_window(place: Path) -> None:
    code, told = explained(place, "Many reuses", f"{place / 'log.jsonl'}:6")
    assert (code, told["matches"]) == (0, True)
    places = [line.rpartition("log.jsonl:")[2].split()[0] for line in told["window"] if "log.jsonl:" in line]
    assert places == ["3", "5", "6"]
    assert "group: data.user_id = auth0|alice" in told["window"]
    code, told = explained(place, "Many reuses", f"{place / 'log.jsonl'}:5")
    assert (code, told["matches"]) == (1, False)
    assert told["reason"] == "its condition does not hold at this event"
    code, told = explained(place, "Many reuses", f"{place / 'log.jsonl'}:7")
    assert "none of its rules matches" in told["reason"]
    assert seen(told)["data.type is ferrt"] == (False, '"s"')


@pytest.mark.parametrize(
    ("rule", "reference", "reason"),
    [
        ("No such rule", "log.jsonl:1", "no rule is named"),
        ("tool-misuse", "log.jsonl:1", "tool-misuse is a detector, not a rule"),
        ("Wide vault scope", "log.jsonl:99", "no event that onesec reads"),
        ("Wide vault scope", "id-1", "without --logs"),
        ("Wide vault scope", "-", "no event that onesec reads"),
    ],
)
def test_what_is_not_there_is_an_error(place: Path, rule: str, reference: str, reason: str) -> None:
    name = reference.replace("log.jsonl", str(place / "log.jsonl"))
    code, told = explained(place, rule, name, stdin=b"not json")
    assert code == 2
    assert reason in told["error"]


def test_a_line_of_several_events_must_be_named_by_id(place: Path) -> None:
    lines = (place / "log.jsonl").read_text().splitlines()[:2]
    (place / "page.json").write_text(f"[{','.join(lines)}]")
    code, told = explained(place, "Wide vault scope", f"{place / 'page.json'}:1")
    assert code == 2
    assert "several events" in told["error"]
    assert explained(place, "Wide vault scope", "id-1", "--logs", place / "page.json")[0] == 1


def test_the_console_is_a_tree_with_the_outcome_as_its_last_line(place: Path) -> None:
    code, out, _ = onesec(
        "rules",
        "explain",
        "Wide vault scope",
        f"{place / 'log.jsonl'}:1",
        "--rules",
        place / "rules.yml",
        "--width",
        120,
    )
    assert code == 1
    assert '  ok     data.type is seta  ["seta"]' in out
    assert '  --     data.details.is_privileged_worker is true  ["often"; the rule asks for a boolean]  <-' in out
    assert out.splitlines()[-1].startswith("DOES NOT MATCH: the outcome rests on data.details.is_privileged_worker")


def test_hostile_text_reaches_no_terminal_raw(place: Path) -> None:
    hostile = "\x1b[31mred\u202e\u200b\nline two"
    (place / "bad.jsonl").write_text(event(0, "seta", client_id=hostile, details={"scope": hostile, hostile: 1}) + "\n")
    for format in ("console", "json"):
        code, out, err = onesec(
            "rules",
            "explain",
            "Wide vault scope",
            f"{place / 'bad.jsonl'}:1",
            "--rules",
            place / "rules.yml",
            "-f",
            format,
        )
        assert code == 1
        assert not {"\x1b", "\u202e", "\u200b"} & set(out + err)
        assert "line two" in out


def test_a_correlation_that_does_not_fire_says_so_in_its_own_word(place: Path) -> None:
    words = ("rules", "explain", "Many reuses", f"{place / 'log.jsonl'}:5", "--no-default-rules", "--rules", place)
    out = onesec(*words)[1]
    assert out.splitlines()[-1] == "DOES NOT FIRE: its condition does not hold at this event"
    assert onesec(*words[:3], f"{place / 'log.jsonl'}:6", *words[4:])[1].splitlines()[-1].startswith("FIRES: ")


def test_when_a_correlation_fired_before_is_told_with_its_window_of_then(place: Path) -> None:
    log = place / "log.jsonl"
    with log.open("a") as file:
        file.write(event(10, "ferrt") + "\n" + event(11, "ferrt", user="auth0|bob") + "\n")
        file.write(event(59, "s") + "\n")
    code, told = explained(place, "Many reuses", f"{log}:10")
    assert (code, told["kind"], told["matches"]) == (1, "correlation", False)
    assert told["reason"].startswith("its condition holds at this event, and it has fired before: it fired last at ")
    (fired,) = told["earlier"]
    assert (fired["time"], fired["group"]) == ("2026-03-01T09:05:00.000Z", {"data.user_id": "auth0|alice"})
    assert fired["place"] == f"{log}:6"
    held = [line.rpartition("log.jsonl:")[2].split()[0] for line in fired["window"] if "log.jsonl:" in line]
    assert held == ["3", "5", "6"]
    assert explained(place, "Many reuses", f"{log}:11")[1]["earlier"] == []
    told = explained(place, "Many reuses", f"{log}:12")[1]
    assert "none of its rules matches" in told["reason"]
    assert "it fired last at 2026-03-01T09:05:00.000Z" in told["reason"]
    assert told["reason"].endswith("for data.user_id = auth0|alice")


def test_a_correlation_of_correlations_tells_whether_those_hold(place: Path) -> None:
    with (place / "rules.yml").open("a") as file:
        file.write(
            "---\ntitle: Reuse, then a key\nid: 5f0c8a3e-1111-4222-8333-944445555609\n"
            "correlation: {type: event_count, rules: [5f0c8a3e-1111-4222-8333-944445555603], timespan: 1h,"
            " condition: {gte: 1}}\n"
        )
    told = explained(place, "Reuse, then a key", f"{place / 'log.jsonl'}:6")[1]
    assert (told["matches"], seen(told)["the correlation Many reuses"]) == (True, (True, ""))
    told = explained(place, "Reuse, then a key", f"{place / 'log.jsonl'}:5")[1]
    assert (told["matches"], seen(told)["the correlation Many reuses"]) == (False, (False, ""))
