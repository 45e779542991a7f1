"""Evidence as it is quoted: short, masked, and honest about files that changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.sources.open_trail import Trail
from onesec_cli.sources.quotes import MAX_QUOTE
from tests.run import SAMPLES, onesec, scan

ATTACK = SAMPLES / "scope-escalation" / "attack.jsonl"
SECRET = "ghp_" + "abcDEF0123456789" * 2


def escalation(tmp_path: Path, **more: Any) -> Path:
    """A trail of one escalation, whose second event carries something more."""
    lines = []
    for number, scope in enumerate(("calendar.readonly", "admin.directory.user")):
        event = {
            "date": f"2026-03-01T09:0{number}:00.000Z",
            "type": "seta",
            "log_id": f"90020260301090{number}00500{number:036d}",
            "tenant_name": "acme",
            "user_id": "auth0|ada",
            "client_id": "bot",
            "connection": "google-oauth2",
            "details": {"scope": scope},
        }
        lines.append(json.dumps(event | (more if number else {})))
    path = tmp_path / "trail.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def proofs(report: dict[str, Any]) -> list[dict[str, Any]]:
    told = [proof for alert in report["alerts"] for proof in alert["evidence"]]
    assert told
    return told


def test_a_huge_record_is_quoted_short_and_a_secret_at_an_edge_is_masked(tmp_path: Path) -> None:
    for length in range(100, 600, 24):
        path = escalation(tmp_path, user_agent="x " * (length // 2), note=f" {SECRET} ", rest="y " * 200_000)
        quote = max((proof["quote"] for proof in proofs(scan(path))), key=len)
        assert 300 < len(quote) <= MAX_QUOTE
        assert "characters, shortened)" in quote
        assert SECRET[:9] not in quote


def test_of_a_long_record_the_places_that_an_alert_names_are_quoted(tmp_path: Path) -> None:
    path = escalation(tmp_path, aaa="x " * 4000)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[1] = {"padding": "y " * 4000, **lines[1]}
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    report = scan(path)
    assert any("admin.directory.user" in proof["quote"] for proof in proofs(report))
    assert "admin.directory.user" in onesec("scan", path)[1].split("evidence", 1)[1]


def test_a_key_that_stands_twice_in_evidence_is_told(tmp_path: Path) -> None:
    path = escalation(tmp_path)
    assert not any(proof["caveats"] for proof in proofs(scan(path)))
    path.write_text(path.read_text().replace('"client_id": "bot"', '"client_id": "honest", "client_id": "bot"'))
    told = proofs(scan(path))
    assert all(
        proof["caveats"] == ["key 'client_id' stands twice in one object; the last was judged"] for proof in told
    )
    assert "doubtful: key 'client_id' stands twice" in onesec("scan", path, "--width", "200")[1]


@pytest.mark.parametrize(
    ("change", "intact"),
    [
        (lambda path: None, True),
        (lambda path: path.write_bytes(path.read_bytes() + b"{}\n"), True),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"admin", b"adMIN")), False),
        (lambda path: path.unlink(), False),
    ],
    ids=["as it was", "longer", "edited", "gone"],
)
def test_what_changed_since_it_was_judged_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], intact: bool
) -> None:
    path = escalation(tmp_path)
    fetch = Trail.fetch
    changed = []

    def after_a_change(self: Trail, *args: Any) -> Any:
        if not changed:
            changed.append(change(path))
        return fetch(self, *args)

    monkeypatch.setattr(Trail, "fetch", after_a_change)
    told = proofs(scan(path))
    assert changed
    assert {proof["intact"] for proof in told} == {intact}
    for proof in told:
        assert bool(proof["quote"]) is intact
        assert bool(proof["sha256"]) is intact
