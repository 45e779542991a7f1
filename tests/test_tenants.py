"""The log of another tenant in the same run changes nothing of what is told of this one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onesec_cli.detectors import DETECTORS
from onesec_cli.model.kinds import BEHAVIOUR
from onesec_cli.sources.tenants import NAMING
from tests.run import SAMPLES, onesec, scan

SINGLE = sorted(SAMPLES.glob("*/attack.jsonl"))
TRAILS = [SAMPLES / "full_story", SAMPLES / "both_trails", *SINGLE]


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of a tenant that has nobody in common with any other trail here."""
    path = tmp_path_factory.mktemp("stranger") / "stranger.jsonl"
    text = (SAMPLES / "unlink-cascade" / "attack.jsonl").read_text(encoding="utf-8")
    for name in ("acme-unlink-cascade", "auth0|", "agenda", "planner", "exporter", "cac_", "dl-", "9002026"):
        text = text.replace(name, f"{name[:4]}9" if name.isdigit() else f"{name}zz")
    path.write_text(text, encoding="utf-8")
    return path


def told(report: dict[str, Any], but: Path) -> dict[str, tuple[str, ...]]:
    """What is told, by alert id, less what rests on a file."""
    return {
        alert["id"]: (alert["level"], alert["message"])
        for alert in report["alerts"]
        if not any(proof["file"] == str(but) for proof in alert["evidence"])
    }


def ids(report: dict[str, Any]) -> set[str]:
    return {incident["id"] for incident in report["incidents"]}


def nameless(path: Path, folder: Path) -> Path:
    """A copy of a trail of canonical records whose agents' acts name no tenant, as agent logs never do."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("kind") in BEHAVIOUR:
            record.pop("tenant", None)
        lines.append(json.dumps(record))
    copy = folder / f"{path.parent.name}.jsonl"
    copy.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return copy


def test_what_shows_whom_a_tenant_knows_is_read_in_every_run() -> None:
    read = {kind for detector in DETECTORS for kind in detector.reads}
    assert read >= NAMING


@given(st.sampled_from(TRAILS))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_alerts_and_incidents_keep_their_ids_beside_the_log_of_another_tenant(stranger: Path, trail: Path) -> None:
    alone, beside = scan(trail), scan(trail, stranger)
    assert told(alone, stranger) == told(beside, stranger)
    assert ids(alone) <= ids(beside)


@given(st.sampled_from(SINGLE))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_so_do_those_of_a_log_that_names_no_tenant(tmp_path: Path, stranger: Path, trail: Path) -> None:
    copy = nameless(trail, tmp_path)
    alone, beside = scan(copy), scan(copy, stranger)
    assert told(alone, stranger) == told(beside, stranger)
    assert ids(alone) <= ids(beside)


LINK = {"kind": "account.link", "user": "ada", "client": "bot", "connection": "google", "account": "cac_1"}
TAKEN = {"kind": "token.exchange", "user": "ada", "client": "bot", "connection": "google", "flow": "vault"}
UNLINK = {"kind": "account.unlink", "user": "ada", "connection": "google", "account": "cac_1"}
CALL = {
    "kind": "tool.call",
    "user": "ada",
    "client": "bot",
    "connection": "google",
    "session": "s",
    "tool": "mail_send",
}


def written(folder: Path, name: str, records: list[dict[str, Any]], **more: Any) -> Path:
    lines = [
        json.dumps({"onesec": 1, "time": f"2026-03-01T09:{5 * at:02}:00Z", **one, **more})
        for at, one in enumerate(records)
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_a_conversation_belongs_to_the_tenant_that_knows_its_user(tmp_path: Path) -> None:
    own = written(tmp_path, "own", [LINK, TAKEN, CALL, UNLINK, CALL], tenant="acme")
    lines = [json.loads(line) for line in own.read_text().splitlines()]
    for line in lines:
        if line["kind"] == "tool.call":
            del line["tenant"]
    own.write_text("".join(json.dumps(line) + "\n" for line in lines))
    other = written(tmp_path, "other", [{**LINK, "user": "bob", "client": "elf", "account": "cac_9"}], tenant="zeta")
    alone, beside = scan(own), scan(own, other)
    used = [one for one in alone["alerts"] if one["rule"] == "use-after-unlink"]
    assert [(one["tenant"], one["tenant_adopted"]) for one in used] == [("acme", True)]
    assert told(alone, other) == told(beside, other)
    assert {one["tenant"] for one in beside["alerts"] if one["rule"] == "use-after-unlink"} == {"acme"}


def test_baselines_and_suppressions_hold_beside_the_log_of_another_tenant(tmp_path: Path, stranger: Path) -> None:
    trail = SAMPLES / "goal-hijack" / "attack.jsonl"
    assert scan(trail)["coverage"]["tenants"] == []
    baseline, policy = tmp_path / "before.json", tmp_path / "onesec.yaml"
    baseline.write_text(onesec("scan", "--format", "json", trail)[1])
    after = scan(trail, stranger, options=("--baseline", str(baseline)))
    assert all(one["known"] for one in after["alerts"] if one["id"] in told(after, stranger))
    (hijack, *_) = [one for one in after["alerts"] if one["rule"] == "goal-hijack"]
    _, text, _ = onesec("explain", "-q", "-f", "json", hijack["id"], trail, stranger)
    line = json.loads(text)["alerts"][0]["silenced_by"][-1]["policy"]
    policy.write_text(re.sub("expires: .*", "expires: 2099-01-01T00:00:00Z", line))
    for paths in ([trail], [trail, stranger]):
        assert hijack["id"] not in {one["id"] for one in scan(*paths, options=("--policy", str(policy)))["alerts"]}


@pytest.mark.parametrize("names", [("a.jsonl", "b.jsonl"), ("b.jsonl", "a.jsonl")])
def test_a_tenant_that_only_a_copy_of_a_record_names_is_named(tmp_path: Path, names: tuple[str, str]) -> None:
    trail = SAMPLES / "account-swap" / "attack.jsonl"
    records = [json.loads(line) for line in trail.read_text().splitlines()]
    bare = [{k: v for k, v in one.get("data", one).items() if k != "tenant_name"} for one in records]
    (tmp_path / names[0]).write_text(trail.read_text())
    (tmp_path / names[1]).write_text("".join(json.dumps(one) + "\n" for one in bare))
    report = scan(tmp_path)
    assert {one["id"] for one in report["alerts"]} == {one["id"] for one in scan(trail)["alerts"]}
    assert not any(one["tenant_adopted"] for one in report["alerts"])


def test_a_tenant_made_up_for_every_record_is_never_clean_and_is_told(tmp_path: Path) -> None:
    rows = [json.loads(line) for line in (SAMPLES / "full_story" / "identity.jsonl").read_text().splitlines()]
    for number, row in enumerate(rows):
        row["data"]["tenant_name"] = f"northwind{number}"
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = scan(tmp_path / "t.jsonl", options=("--until", "2026-05-15T09:00:00Z"))
    assert report["verdict"]["status"] == "inconclusive"
    assert f"{len(rows)} tenants have one event each" in report["verdict"]["sentence"]
    assert any("made up record by record" in note for note in report["coverage"]["notes"])
    for row in rows:
        row["data"]["tenant_name"] = "northwind"
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert (
        scan(tmp_path / "t.jsonl", options=("--until", "2026-05-15T09:00:00Z"))["verdict"]["status"] != "inconclusive"
    )
