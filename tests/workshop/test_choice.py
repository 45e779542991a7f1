"""`onesec rules list` and `show` tell what is chosen by level, product, tag, status, file and text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.run import onesec
from tests.workshop.samples import RULES

TAGGED = """\
title: Guessing of passwords
id: 5f0c8a3e-1111-4222-8333-944445555605
status: stable
logsource: {product: auth0}
detection: {a: {data.type: fp}, condition: a}
level: low
tags: [attack.t1110.001, owasp.asi03]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "many.yml").write_text(RULES)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "guess.yml").write_text(TAGGED)
    return tmp_path


def chosen(folder: Path, *options: str) -> set[str]:
    code, out, err = onesec("rules", "list", "--no-default-rules", "--rules", folder, "--json", *options)
    assert code == 0, err
    return {one["title"] for one in json.loads(out)["entries"] if one["kind"] != "detector"}


ALL = {"Wide vault scope", "One reuse", "Many reuses", "Agent reads keys", "Guessing of passwords"}


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        ((), ALL),
        (("--kind", "correlation"), {"Many reuses"}),
        (("--level", "low", "--level", "medium"), {"One reuse", "Guessing of passwords"}),
        (("-m", "high"), {"Wide vault scope", "Many reuses", "Agent reads keys"}),
        (("--product", "agent"), {"Agent reads keys"}),
        (("--product", "auth0"), ALL - {"Agent reads keys"}),
        (("--tag", "T1110"), {"Guessing of passwords"}),
        (("--tag", "attack.t1110.001"), {"Guessing of passwords"}),
        (("--tag", "t11"), set()),
        (("--asi", "3"), {"Guessing of passwords"}),
        (("--asi", "ASI01"), set()),
        (("--status", "Stable"), {"Guessing of passwords"}),
        (("--file", "deep/*"), {"Guessing of passwords"}),
        (("--file", "many.yml"), ALL - {"Guessing of passwords"}),
        (("--text", "REUSE"), {"One reuse", "Many reuses"}),
        (("--text", "reuse", "--text", "keys"), {"One reuse", "Many reuses", "Agent reads keys"}),
        (("--text", "reuse", "--level", "high"), {"Many reuses"}),
    ],
)
def test_what_is_chosen(folder: Path, options: tuple[str, ...], titles: set[str]) -> None:
    assert chosen(folder, *options) == titles


def test_what_is_left_out_is_counted(folder: Path) -> None:
    out = onesec("rules", "list", "--no-default-rules", "--rules", folder, "--tag", "t1110")[1]
    last = out.splitlines()[-1]
    assert last.startswith("CAN FIRE: 1 rule, 0 correlations, ")
    assert "left out" in last


@pytest.mark.parametrize("options", [("--asi", "11"), ("--level", "low", "-m", "high"), ("--level", "grave")])
def test_what_nothing_can_meet_is_an_error(folder: Path, options: tuple[str, ...]) -> None:
    assert onesec("rules", "list", "--rules", folder, *options)[0] == 2


def test_detectors_are_chosen_by_what_they_read() -> None:
    out = onesec("rules", "list", "--no-default-rules", "--json", "--product", "agent")[1]
    ids = {one["id"] for one in json.loads(out)["entries"]}
    assert "goal-hijack" in ids
    assert "refresh-token-reuse" not in ids


def show(folder: Path, *words: str) -> tuple[int, str]:
    code, out, _ = onesec("rules", "show", "--no-default-rules", "--rules", folder, *words)
    return code, out


def test_show_tells_several(folder: Path) -> None:
    code, out = show(folder, "One reuse", "Agent reads keys", "--json")
    assert code == 0
    assert [one["title"] for one in json.loads(out)["entries"]] == ["One reuse", "Agent reads keys"]
    code, out = show(folder, "--tag", "t1110", "--kind", "rule", "--json")
    assert [one["status"] for one in json.loads(out)["entries"]] == ["stable"]
    assert json.loads(show(folder, "One reuse", "--json")[1])["title"] == "One reuse"
    assert show(folder, "--tag", "t9999")[0] == 2
    assert show(folder)[0] == 2


def test_an_id_is_stronger_than_a_name(folder: Path) -> None:
    (folder / "named.yml").write_text(TAGGED.replace("title: G", "name: goal-hijack\ntitle: G").replace("605", "606"))
    assert show(folder, "goal-hijack")[1].endswith("DETECTOR: goal-hijack\n")
    assert show(folder, "5f0c8a3e-1111-4222-8333-944445555606")[0] == 0
