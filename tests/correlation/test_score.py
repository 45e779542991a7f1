"""A score says what it rests on, and is the same wherever the incident is."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from onesec_cli.case import Case
from onesec_cli.correlation.incidents import correlate, shipped_chains
from onesec_cli.correlation.score import assessed, by_score
from onesec_cli.model.access import AccessRow
from onesec_cli.model.event import Event, Evidence, Origin
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.reachable import Held, Radius
from tests.correlation.test_incidents import HIJACK, NINE, ROGUE, WIDER, alert
from tests.run import SAMPLES, onesec, scan

NOTHING = Radius()
BY_ID = {chain.id: chain for chain in shipped_chains()}


def held(place: str = "google", open: bool = True, user: str = "user", scopes: tuple[str, ...] = ("x",)) -> Held:
    proof = Evidence(Origin("a", 7, 0, 1), NINE, "first")
    row = AccessRow(
        **dict.fromkeys(("tenant", "agent", "client"), "bot"),
        user=user,
        place=place,
        basis="token vault",
        scopes=scopes,
        status="active",
        since=NINE,
        last_used=NINE,
        uses=1,
        token_expires=None,
        ended=None,
        evidence=(proof,),
    )
    return Held(row=row, until=None, open=open)


def scored(alerts: list[Alert], radius: Radius = NOTHING, power: int = 6) -> Incident:
    (one,) = correlate(alerts)
    return assessed(one, BY_ID[one.chain], {each.id: each for each in alerts}, radius, lambda row: power)


def points(one: Incident) -> dict[str, int]:
    return {each.name: each.points for each in one.score.components}


def test_every_component_is_told_and_they_add_up() -> None:
    one = scored([HIJACK, WIDER, ROGUE], Radius(held=(held(),), at=NINE, ends=NINE))
    for part, total in (("impact", one.score.impact), ("confidence", one.score.confidence)):
        told = [each for each in one.score.components if each.counts == part]
        assert sum(each.most for each in told) == 100
        assert sum(each.points for each in told) == total
        assert all(0 <= each.points <= each.most and each.reason for each in told)
    assert one.score.risk == round(one.score.impact * one.score.confidence / 100)
    assert {each.name for each in one.score.components if each.evidence} >= {"severity", "progress", "power", "link"}


def test_each_component_answers_to_its_own_cause_alone() -> None:
    base = [HIJACK, WIDER]
    plain = points(scored(base))
    worse = points(scored([HIJACK, replace(WIDER, level=Level.critical)]))
    assert {name for name in plain if plain[name] != worse[name]} == {"severity"} and worse["severity"] == 40
    reach = Radius(held=(held(open=False),))
    some, admin = points(scored(base, reach, power=1)), points(scored(base, reach, power=6))
    assert some["power"] < admin["power"] == 20 and some["open"] == 0 < some["spread"]
    left = points(scored(base, Radius(held=(held(),)), power=1))
    assert {name for name in some if some[name] != left[name]} == {"open"}
    many = Radius(held=tuple(held(user=f"u{number}", open=False) for number in range(10)))
    assert points(scored(base, many, power=1))["spread"] == 10
    assert points(scored(base, Radius(held=(held(scopes=()),))))["power"] not in (0, 20)


def test_a_hard_link_more_rules_and_both_trails_make_it_surer() -> None:
    loose, tight = (
        alert("goal-hijack", 0, "session:s", "user:alice"),
        alert("goal-hijack", 0, "session:s1", "user:alice"),
    )
    hard = alert("scope-escalation", 4, "user:alice", "session:s1")
    fair, certain = scored([loose, WIDER]), scored([tight, hard])
    assert points(fair)["link"] < points(certain)["link"] == 50
    assert points(certain)["hard-links"] == 15 and points(fair)["hard-links"] == 0
    assert points(scored([HIJACK, WIDER, ROGUE]))["agreement"] > points(scored([HIJACK, WIDER]))["agreement"]
    assert points(fair)["trails"] == 20
    assert certain.score.confidence > fair.score.confidence


def test_time_alone_is_never_sure() -> None:
    one = scored([alert("goal-hijack", 0, "session:s1", "agent:main"), replace(WIDER, level=Level.critical)])
    assert one.score.confidence < 50 and points(one)["link"] == 10


def test_neither_order_nor_place_changes_a_score() -> None:
    alerts = [HIJACK, WIDER, ROGUE]
    first = scored(alerts)
    for seed in range(10):
        random.Random(seed).shuffle(alerts)
        assert scored(alerts).score == first.score


def test_incidents_are_sorted_by_risk() -> None:
    low = scored([alert("goal-hijack", 0, "session:s1", "agent:main"), WIDER])
    high = scored([HIJACK, WIDER, ROGUE])
    assert sorted([low, high], key=by_score) == [high, low]


@pytest.fixture(scope="module")
def incident() -> dict[str, object]:
    (told,) = scan(SAMPLES / "both_trails")["incidents"]
    return dict(told)


@pytest.mark.parametrize("format", ["console", "markdown"])
def test_people_read_the_score_and_every_reason(format: str, incident: dict[str, object]) -> None:
    _, out, _ = onesec("scan", "-q", "--format", format, "--width", "400", SAMPLES / "both_trails")
    assert f"{incident['risk_score']} of 100 = impact {incident['impact_score']}" in out
    for one in incident["score"]:  # type: ignore[attr-defined]  # JSON
        assert f"{one['points']} of {one['most']} {one['component']}: " in " ".join(out.split())
    assert "hard" in out and "inferred" in out


def test_explain_tells_the_same_score_and_reach(incident: dict[str, object]) -> None:
    _, out, _ = onesec("explain", "-q", "-f", "json", incident["id"], SAMPLES / "both_trails")
    told = json.loads(out)
    for name in ("risk_score", "impact_score", "confidence_score", "score"):
        assert told["incident"][name] == incident[name]
    assert told["blast_radius"] == incident["blast_radius"]
    assert told["containment"] == incident["containment"]


@pytest.mark.parametrize("form", ["gz", "zip", "cut"])
def test_neither_compression_nor_a_second_pass_changes_what_was_held(
    form: str, tmp_path: Path, incident: dict[str, object]
) -> None:
    shutil.copytree(SAMPLES / "both_trails", tmp_path / "trails")
    log = tmp_path / "trails" / "auth0.jsonl"
    data = log.read_bytes()
    if form == "gz":
        log.with_suffix(".jsonl.gz").write_bytes(gzip.compress(data))
    elif form == "zip":
        with zipfile.ZipFile(log.with_suffix(".zip"), "w") as archive:
            archive.writestr("auth0.jsonl", data)
    else:
        half = data.index(b"\n", len(data) // 2) + 1
        log.with_name("one.jsonl").write_bytes(data[half:])
        log.with_name("two.jsonl").write_bytes(data[:half])
    log.unlink()
    (told,) = scan(tmp_path / "trails")["incidents"]
    assert (told["id"], told["risk_score"]) == (incident["id"], incident["risk_score"])
    for name in ("agent", "user", "place", "basis", "scopes", "since", "held_until", "open"):
        assert [one[name] for one in told["blast_radius"]["held"]] == [
            one[name]
            for one in incident["blast_radius"]["held"]  # type: ignore[index]  # JSON
        ]


def test_what_comes_after_the_bound_of_a_run_is_not_held_against_it() -> None:
    until = "2026-06-10T09:40:00Z"
    (told,) = scan(SAMPLES / "both_trails", options=("--until", until))["incidents"]
    assert told["blast_radius"]["trail_ends"] <= until


def test_explain_goes_through_the_trails_twice_at_most(
    monkeypatch: pytest.MonkeyPatch, incident: dict[str, object]
) -> None:
    passes, events = [], Case.events

    def counted(self: Case, until: int | None = None) -> Iterator[Event]:
        passes.append(until)
        return events(self, until)

    monkeypatch.setattr(Case, "events", counted)
    for about in (incident["id"], incident["steps"][0]["alert"]):  # type: ignore[index]  # JSON
        passes.clear()
        assert onesec("explain", "-q", about, SAMPLES / "both_trails")[0] == 0
        assert len(passes) == 2
