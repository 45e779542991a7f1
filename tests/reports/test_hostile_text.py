"""Nothing from a log reaches a terminal unescaped, and secrets are masked by their shape."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onesec_cli.model.mask import mask
from onesec_cli.reports.neutralise import neutralise
from tests.run import SAMPLES, onesec

NASTY = (
    "\x1b[31mred\x1b]0;title\x07\u202egnp.exe\u200b\u2066<script>alert(1)</script>[bold]=cmd|' /C calc'!A0\r\n\x9b31m"
)


@given(st.text())
def test_no_text_keeps_a_control_bidi_or_zero_width_character(text: str) -> None:
    shown = neutralise(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def test_hostile_names_are_shown_and_not_obeyed_on_the_console(tmp_path: Path) -> None:
    rows = []
    for number, scope in enumerate(("calendar.readonly", f"admin.directory.user {NASTY}")):
        event = {
            "date": f"2026-03-01T09:0{number}:00.000Z",
            "type": "seta",
            "log_id": f"90020260301090{number}00500{number:036d}",
            "tenant_name": NASTY,
            "user_id": f"auth0|{NASTY}",
            "client_id": NASTY,
            "connection": "google-oauth2",
            "ip": NASTY,
            "details": {"scope": scope},
        }
        rows.append(json.dumps({"log_id": event["log_id"], "data": event}))
    path = tmp_path / "trail.jsonl"
    path.write_text("\n".join(rows) + "\n")
    for width in ("40", "80", "200"):
        code, out, _ = onesec("scan", path, "--width", width)
        assert code == 0
        assert "scope-escalation" in out
        assert not any(char != "\n" and unicodedata.category(char) in ("Cc", "Cf") for char in out)
        assert "[bold]" in out
    report = json.loads(onesec("scan", path, "-f", "json")[1])
    assert report["alerts"][0]["level"] == "critical"
    assert any(NASTY in entity for entity in report["alerts"][0]["entities"])


def test_eighty_columns_hold() -> None:
    out = onesec("scan", SAMPLES / "full_story")[1]
    assert max(len(line) for line in out.splitlines()[:-1]) <= 80


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "xoxb-123456789012-abcdefghijkl",
        "ya29.a0AfH6SMBabcdefghijklmnopqrstuv",
        "AKIAIOSFODNN7EXAMPLE",
        "Bearer abcdef1234567890abcdef",
        "a3f1" * 16,
    ],
)
def test_a_secret_is_masked_wherever_it_stands(secret: str) -> None:
    told = mask(f'{{"note":"see {secret}"}}')
    assert secret not in told
    assert "masked" in told


@pytest.mark.parametrize(
    "text",
    [
        "90020260301090000123000000000000000001223372036854775807",
        "auth0|65f1c0ffee0000000000a11c",
        "calAgent00000000000000000000aaaa",
        "urn:ietf:params:oauth:token-type:refresh_token",
        "http://auth0.com/oauth/token-type/federated-connection-access-token",
        "2026-03-01T09:00:00.000Z",
        "https://www.googleapis.com/auth/admin.directory.user.readonly",
    ],
)
def test_ids_and_names_that_alerts_need_stay(text: str) -> None:
    assert mask(text) == text
