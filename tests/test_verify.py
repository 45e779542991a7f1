"""`onesec verify`: any one changed, moved or missing line of evidence is caught, and what is intact is called so."""

from __future__ import annotations

import copy
import gzip
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onesec_cli.model.errors import InputError
from onesec_cli.model.verification import State
from onesec_cli.reports import verification as telling
from onesec_cli.verification import verify
from tests.run import SAMPLES, onesec

STORY = [
    *(SAMPLES / "full_story" / "identity.jsonl").read_bytes().splitlines(),
    *(SAMPLES / "full_story" / "agents.jsonl").read_bytes().splitlines(),
]
TEXT = b"\n".join(STORY) + b"\n"


def array(indent: int | None) -> bytes:
    return json.dumps([json.loads(line)["data"] for line in STORY if b'"data"' in line], indent=indent).encode()


SHAPES: dict[str, bytes] = {
    "lines.jsonl": TEXT,
    "no-end.jsonl": TEXT[:-1],
    "windows.jsonl": TEXT.replace(b"\n", b"\r\n"),
    "blank-lines.jsonl": TEXT.replace(b"\n", b"\n\n  \n"),
    "array.json": array(None),
    "pretty.json": array(2),
    "packed.gz": gzip.compress(TEXT),
    "packed.zst": zstandard.ZstdCompressor().compress(TEXT),
}


def scanned(folder: Path, *options: str) -> Path:
    report = folder.parent / f"{folder.name}.report"
    onesec("scan", folder, "-f", "json", "-o", report, "--force", *options)
    assert json.loads(report.read_text())["alerts"]
    return report


def cited(report: Path) -> list[dict[str, Any]]:
    """The records that a report cites, each once, in order of place."""
    told = json.loads(report.read_text())
    found = {(one["file"], one["offset"]): one for alert in told["alerts"] for one in alert["evidence"]}
    return [found[key] for key in sorted(found)]


def states(report: Path) -> dict[tuple[str, int], State]:
    return {(one.file, one.offset): one.state for one in verify(str(report)).checks}


@pytest.mark.parametrize("name", SHAPES)
def test_what_was_just_scanned_is_intact_in_every_shape(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(SHAPES[name])
    report = scanned(tmp_path / "in")
    code, out, err = onesec("verify", report)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1].startswith("INTACT: 1 input and ")


def test_all_samples_are_intact_and_so_are_members_of_archives(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(tmp_path / "in" / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("in!ner.jsonl", TEXT)
        archive.writestr("deep/one.jsonl.gz", gzip.compress((SAMPLES / "goal-hijack" / "attack.jsonl").read_bytes()))
        archive.write(SAMPLES / "scope-escalation" / "attack.jsonl", "two.jsonl")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.write(SAMPLES / "rogue-agent" / "attack.jsonl", "two.jsonl")
    (tmp_path / "in" / "odd!name.jsonl").write_bytes((SAMPLES / "exfiltration" / "attack.jsonl").read_bytes())
    report = scanned(tmp_path / "in")
    assert {one["file"].rpartition("/")[2] for one in cited(report)} >= {"a.zip!in!ner.jsonl", "odd!name.jsonl"}
    assert len({one["file"] for one in cited(report)}) == 5
    assert verify(str(report)).intact
    every = tmp_path / "samples.json"
    onesec("scan", SAMPLES, "-f", "json", "-o", every)
    assert verify(str(every)).intact


def test_a_report_as_json_lines_with_a_suppressed_alert_is_verified_too(tmp_path: Path) -> None:
    trail, policy, report = tmp_path / "t.jsonl", tmp_path / "p.yaml", tmp_path / "r.jsonl"
    trail.write_bytes(TEXT)
    policy.write_text(
        "suppressions:\n  - {rule: use-after-unlink, reason: r, owner: o, expires: 2027-01-01T00:00:00Z}\n"
    )
    onesec("scan", trail, "--policy", policy, "-f", "jsonl", "-o", report)
    told = verify(str(report))
    assert told.intact and "use-after-unlink" in {check.rule for check in told.checks}
    policy.write_text(policy.read_text() + "\n")
    told = verify(str(report))
    assert told.intact and told.notes == (f"the policy {policy} is not the one that the report was made with",)


LINES = st.integers(0, len(STORY) - 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_one_changed_byte_of_any_cited_record_is_caught(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    name = data.draw(st.sampled_from(["lines.jsonl", "pretty.json"]))
    shutil.rmtree(folder)
    folder.mkdir()
    trail = folder / name
    trail.write_bytes(SHAPES[name])
    report = scanned(folder)
    record = data.draw(st.sampled_from(cited(report)))
    at = record["offset"] + data.draw(st.integers(0, record["length"] - 1))
    text = bytearray(SHAPES[name])
    text[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    trail.write_bytes(text)
    assert states(report)[record["file"], record["offset"]] is not State.intact
    assert onesec("verify", report)[0] == 1


def lines_after(change: str, at: int, other: int) -> list[bytes]:
    lines = list(STORY)
    if change == "removed":
        del lines[at]
    elif change == "moved":
        lines.insert(other, lines.pop(at))
    elif change == "pushed down":
        lines.insert(0, b'{"note":"nothing"}')
    elif change == "cut off":
        del lines[at:]
    elif change == "blank before":
        lines.insert(0, b"")
    elif change == "replaced":
        lines[at] = lines[other]
    return lines


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_one_moved_removed_or_replaced_line_of_evidence_is_caught(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    trail = folder / "t.jsonl"
    trail.write_bytes(TEXT)
    report = scanned(folder)
    record = data.draw(st.sampled_from(cited(report)))
    at = record["line"] - 1
    change = data.draw(st.sampled_from(["removed", "moved", "pushed down", "cut off", "blank before", "replaced"]))
    other = data.draw(LINES.filter(lambda number: number != at))
    lines = lines_after(change, at, other)
    trail.write_bytes(b"\n".join(lines) + b"\n")
    told = verify(str(report))
    mine = [one for one in told.checks if (one.file, one.offset) == (record["file"], record["offset"])]
    assert mine and all(one.state is not State.intact for one in mine)
    assert not told.intact and told.files[0].state is State.changed
    if change in ("moved", "pushed down", "blank before"):
        assert {one.state for one in mine} == {State.moved}
        assert {lines[one.now_at - 1] for one in mine} == {STORY[at]}
    if change == "cut off":
        assert {one.state for one in mine} == {State.missing}


def test_what_is_added_behind_changes_the_input_and_no_record(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.jsonl").write_bytes(TEXT)
    report = scanned(tmp_path / "in")
    with (tmp_path / "in" / "t.jsonl").open("ab") as file:
        file.write(b"\n")
    code, out, _ = onesec("verify", report)
    assert code == 1
    assert out.splitlines()[-1].startswith("NOT INTACT: 0 of ")
    assert out.splitlines()[-1].endswith("and 1 of 1 input are not what the report says")


def test_a_file_that_is_gone_a_folder_a_pipe_or_broken_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / "t.gz"
    for change in ("gone", "folder", "pipe", "broken"):
        path.write_bytes(gzip.compress(TEXT))
        report = scanned(folder)
        path.unlink()
        if change == "folder":
            path.mkdir()
        elif change == "pipe":
            os.mkfifo(path)
        elif change == "broken":
            path.write_bytes(gzip.compress(TEXT)[:40])
        told = verify(str(report))
        assert {one.state for one in told.checks} == {State.missing}, change
        assert told.files[0].state is (State.changed if change == "broken" else State.missing)
        shutil.rmtree(path) if change == "folder" else path.unlink(missing_ok=True)


def test_another_root_and_a_report_of_a_changed_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.jsonl").write_bytes(TEXT)
    monkeypatch.chdir(tmp_path)
    onesec("scan", "in", "-f", "json", "-o", "r.json")
    shutil.copytree("in", "copy/in")
    shutil.rmtree("in")
    assert onesec("verify", "r.json")[0] == 1
    assert onesec("verify", "r.json", "--root", "copy")[0] == 0
    told = json.loads(Path("r.json").read_text())
    told["alerts"][0]["evidence"][0]["sha256"] = ""
    Path("r.json").write_text(json.dumps(told))
    code, out, _ = onesec("verify", "r.json", "--root", "copy")
    assert code == 1 and "(1 unsealed)" in out and "unsealed: the report has no digest" in out
    assert onesec("verify", "r.json", "--root", "nowhere")[0] == 2


def test_a_report_that_names_another_line_is_told_where_the_record_stands(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.jsonl").write_bytes(TEXT)
    report = scanned(tmp_path / "in")
    told = json.loads(report.read_text())
    proof = told["alerts"][0]["evidence"][0]
    right, proof["line"] = proof["line"], proof["line"] + 1
    report.write_text(json.dumps(told))
    (wrong,) = [one for one in verify(str(report)).checks if one.state is not State.intact]
    assert (wrong.state, wrong.line, wrong.now_at) == (State.moved, right + 1, right)
    assert f"moved: the record is now on line {right}" in onesec("verify", report)[1]


def test_the_outcome_as_json(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.jsonl").write_bytes(TEXT)
    report = scanned(tmp_path / "in")
    code, out, _ = onesec("verify", report, "-f", "json")
    told = json.loads(out)
    assert (code, told["intact"], {one["state"] for one in told["evidence"]}) == (0, True, {"intact"})
    assert onesec("verify", report, "-f", "json", "-o", report, "--force")[0] == 2
    assert onesec("verify", report, "-f", "json", "-o", tmp_path / "in" / "t.jsonl", "--force")[0] == 2
    assert onesec("verify", report, "-o", tmp_path / "v.txt")[0] == 0
    assert (tmp_path / "v.txt").read_text().splitlines()[-1].startswith("INTACT")


def hostile(**evidence: Any) -> dict[str, Any]:
    proof = {"file": "t.jsonl", "line": 1, "offset": 0, "length": 3, "sha256": "0" * 64, "role": "\x1b[31m", **evidence}
    alert = {
        "id": "a",
        "rule": "\u202er",
        "level": "high",
        "tenant": "",
        "verdict": "",
        "subject": [],
        "message": "<b>",
    }
    return {
        "schema_version": "1.0",
        "inputs": [{"path": proof["file"], "sha256": "0" * 64, "bytes": 1}],
        "alerts": [{**alert, "first_seen": None, "last_seen": None, "evidence": [proof]}],
    }


@pytest.mark.parametrize(
    ("evidence", "code"),
    [
        ({}, 1),
        ({"file": "/dev/zero"}, 1),
        ({"file": "/dev/zero!x"}, 1),
        ({"file": "../" * 50 + "dev/zero"}, 1),
        ({"file": "."}, 1),
        ({"file": ""}, 1),
        ({"file": "a\x00b"}, 1),
        ({"file": "x" * 100_000}, 1),
        ({"file": "!" * 5000}, 1),
        ({"file": "t.jsonl!none"}, 1),
        ({"file": "t.jsonl#2"}, 1),
        ({"line": 0}, 1),
        ({"line": 2**40}, 1),
        ({"offset": 2**61}, 1),
        ({"length": 2**61}, 1),
        ({"length": 0}, 1),
        ({"offset": -1}, 2),
        ({"length": -5}, 2),
        ({"sha256": "short"}, 2),
        ({"offset": "0"}, 2),
        ({"file": 7}, 2),
        ({"line": 2**80}, 2),
    ],
)
def test_a_hostile_report_harms_nothing(tmp_path: Path, evidence: dict[str, Any], code: int) -> None:
    (tmp_path / "t.jsonl").write_bytes(TEXT)
    (tmp_path / "r.json").write_text(json.dumps(hostile(**evidence)))
    told, out, err = onesec("verify", tmp_path / "r.json", "--root", tmp_path)
    assert told == code
    assert "\x1b" not in out + err and "\u202e" not in out + err
    assert "auth0|65f1" not in out  # what is read is never shown


def test_records_that_all_overlap_are_refused_and_many_apart_are_not(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b"x" * 100_000)
    report = hostile()
    proof = report["alerts"][0]["evidence"][0]
    report["alerts"][0]["evidence"] = [{**proof, "offset": at, "length": 50_000} for at in range(1500)]
    (tmp_path / "r.json").write_text(json.dumps(report))
    code, _, err = onesec("verify", tmp_path / "r.json", "--root", tmp_path)
    assert code == 2 and "cites more than 100 records that overlap at byte 100" in err
    report["alerts"][0]["evidence"] = [{**proof, "offset": at, "length": 1} for at in range(5000)]
    (tmp_path / "r.json").write_text(json.dumps(report))
    assert onesec("verify", tmp_path / "r.json", "--root", tmp_path)[0] == 1


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"schema_version": "2.0", "inputs": [], "alerts": []}'])
def test_what_is_no_report_cannot_be_verified(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)
    assert onesec("verify", tmp_path / "r.json")[0] == 2
    assert onesec("verify", tmp_path / "none.json")[0] == 2


def test_a_report_without_alerts_says_that_there_was_no_claim(tmp_path: Path) -> None:
    trail = SAMPLES / "goal-hijack" / "benign.jsonl"
    onesec("scan", trail, "-m", "low", "-f", "json", "-o", tmp_path / "r.json")
    code, out, _ = onesec("verify", tmp_path / "r.json")
    assert code == 0 and "no claim to verify" in out


def test_a_file_whose_name_is_not_utf_8_is_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / os.fsdecode(b"\xff\xfe.jsonl")
    try:
        path.write_bytes(TEXT)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    report = scanned(folder)
    assert verify(str(report)).intact
    path.write_bytes(TEXT.replace(b"gmail.send", b"gmail.sent"))
    assert not verify(str(report)).intact


Change = Callable[[dict[str, Any]], object]
CONTRADICTIONS: dict[str, tuple[Change, str]] = {
    "an alert is taken out": (lambda told: told["alerts"].pop(0), "it counts 18 alerts"),
    "all are": (lambda told: told["alerts"].clear(), "it counts 18 alerts"),
    "one is hidden as suppressed": (
        lambda told: told["suppressed"].append(told["alerts"].pop()),
        "it counts 18 alerts",
    ),
    "an alert is made low": (lambda told: told["alerts"][0].update(level="low"), "other alerts by level"),
    "an alert is told twice": (lambda told: told["alerts"].append(told["alerts"][0]), "have one id"),
    "an alert proves nothing": (lambda told: told["alerts"][0].update(evidence=[]), "without any evidence"),
    "counts are taken out": (lambda told: told.pop("counts"), "it has no counts"),
    "an input is taken out": (lambda told: told["inputs"].clear(), "files that are no inputs"),
    "a step of an incident is renamed": (
        lambda told: told["incidents"][0]["steps"][0].update(alert="x"),
        "made of alerts that it does not tell: x",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_a_report_that_contradicts_itself_is_not_intact(tmp_path: Path, name: str, format: str) -> None:
    change, said = CONTRADICTIONS[name]
    report = tmp_path / "r"
    onesec("scan", SAMPLES / "full_story", "-f", "json", "-o", report)
    told = json.loads(report.read_text())
    assert verify(str(report)).intact
    change(told)
    if format == "jsonl":
        rows = [{"type": "run", **{key: told[key] for key in ("schema_version", "counts", "manifest") if key in told}}]
        for kind, many in (("input", "inputs"), ("alert", "alerts"), ("suppressed",) * 2, ("incident", "incidents")):
            rows += [{"type": kind, **one} for one in told[many]]
        report.write_text("".join(json.dumps(row) + "\n" for row in [*rows, {"type": "verdict"}]))
    else:
        report.write_text(json.dumps(told))
    assert any(said in fault for fault in verify(str(report)).faults)
    code, out, _ = onesec("verify", report)
    assert code == 1
    assert "\nreport: " in out and "; the report contradicts itself " in out.splitlines()[-1]
    assert json.loads(onesec("verify", report, "-f", "json")[1])["faults"]


def test_a_report_that_names_nothing_is_not_called_intact(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"schema_version": "1.0", "inputs": [], "alerts": []}')
    code, out, err = onesec("verify", tmp_path / "r.json")
    assert (code, out) == (2, "") and "there is nothing to verify" in err


def test_a_file_of_another_size_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with path.open("wb") as file:
        file.truncate(2**40)
    (tmp_path / "r.json").write_text(json.dumps({**hostile(), "alerts": []}))
    (told,) = verify(str(tmp_path / "r.json"), str(tmp_path)).files
    assert told.state is State.changed


HOSTILE: list[Any] = [
    None, True, -1, 2**64, float("nan"), "", "\0", "\ud800", "\x1b[2J", "/dev/zero", "../../../etc/passwd", "0" * 64, [], [[]], {},
]  # fmt: skip


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    items = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, (*above, key))


def test_whatever_stands_in_a_report_verify_answers_and_never_says_intact_of_another_place(tmp_path: Path) -> None:
    report, forged = tmp_path / "r", tmp_path / "f"
    onesec("scan", SAMPLES / "full_story" / "identity.jsonl", "-f", "json", "-o", report)
    whole = json.loads(report.read_text())
    read = ("schema_version", "inputs", "alerts", "suppressed", "incidents", "counts", "policy", "baseline", "manifest")
    told = {name: whole[name] for name in read}
    alert = told["alerts"][0]
    alert["evidence"] = alert["evidence"][:1]
    levels = {alert["level"]: 1}
    told |= {
        "alerts": [alert],
        "incidents": [],
        "counts": {"alerts": 1, "suppressed": 0, "withheld": 0, "by_level": levels},
    }
    sealed = {"file", "line", "offset", "length", "sha256", "bytes", "inputs", "alerts", "level", "counts"}
    for place in list(places(told))[1:]:
        for value in HOSTILE:
            one = copy.deepcopy(told)
            inner: Any = one
            for key in place[:-1]:
                inner = inner[key]
            was, inner[place[-1]] = inner[place[-1]], value
            forged.write_text(json.dumps(one))
            try:
                outcome = verify(str(forged))
            except InputError:
                continue
            assert not (outcome.intact and place[-1] in sealed and was != value), (place, value)
            json.loads(telling.json(outcome))
            assert "\x1b" not in telling.text(outcome, verbose=True)


def test_a_report_read_from_another_folder_says_where_to_look(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert onesec("scan", "-q", SAMPLES / "rapid-exchange" / "benign.jsonl", "-f", "json", "-o", report)[0] == 0
    told = report.read_text(encoding="utf-8")
    path = json.loads(told)["inputs"][0]["path"]
    report.write_text(told.replace(json.dumps(path), json.dumps("elsewhere.jsonl")), encoding="utf-8")
    code, out, _ = onesec("verify", report)
    assert code == 1 and "name that folder with --root" in out


RULE = """\
title: x
id: 00000000-0000-4000-8000-000000000001
logsource: {product: auth0}
detection:
  a: {type: seta}
  condition: a
"""


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_rules_and_words_of_the_report_are_the_same_changed_or_not_here(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, words, report = tmp_path / "r.yml", tmp_path / "w.yml", tmp_path / "report"
    rule.write_text(RULE)
    words.write_text("kind: lexicon\nname: hosts\nlists: {drops: [paste.acme.example]}\n")
    onesec("scan", SAMPLES / "full_story", "--rules", rule, "--rules", words, "-f", format, "-o", report)

    def standing() -> dict[str, str]:
        told = verify(str(report))
        assert told.intact
        return {one.path: one.state.value for one in told.rules}

    assert standing() == {"": "same", str(rule): "same", str(words): "same"}
    assert "same" not in onesec("verify", report)[1]
    assert f"rules {words}: same" in onesec("verify", report, "-v")[1]
    words.write_text(words.read_text().replace("paste", "pasta"))
    rule.unlink()
    assert standing() == {"": "same", str(rule): "not here", str(words): "changed"}
    code, out, _ = onesec("verify", report)
    assert code == 0 and f"rules {words}: changed\n" in out and f"rules {rule}: not here\n" in out
    assert out.splitlines()[-1].startswith("INTACT")
    told = json.loads(onesec("verify", report, "-f", "json")[1])["rules"]
    assert told[0] == {"path": None, "state": "same"} and {"path": str(rule), "state": "not here"} in told
    monkeypatch.setattr("onesec_cli.verification.own_rules_digest", lambda: "0" * 64)
    assert standing()[""] == "changed"
    assert "onesec's own rules: changed\n" in onesec("verify", report)[1]


def test_a_report_without_rules_has_none_to_hold_against_anything(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    onesec("scan", SAMPLES / "full_story", "--no-default-rules", "-f", "json", "-o", report)
    assert json.loads(report.read_text())["manifest"]["given_rules"] == []
    assert verify(str(report)).rules == ()
