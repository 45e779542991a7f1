"""The pictures of a run: bounded, the gravest first, the same each time, and marked by what alerts cite."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from onesec_cli.model.report import Report
from onesec_cli.model.ties import SENT, Tie, Ties
from onesec_cli.pipeline import Options, analyze
from onesec_cli.reports.picture import ARROWS, LISTED, NODES, pictures
from tests.run import SAMPLES


def report(name: str) -> Report:
    return analyze([str(SAMPLES / name)], Options(access=True))


def drawn(told: Report) -> dict[str, Any]:
    found = pictures(told)
    assert found is not None
    return found


def tie(giver: str, taker: str, tenant: str = "t", what: str = SENT, times: int = 1) -> Tie:
    return Tie(
        tenant=tenant,
        what=what,
        giver=giver,
        taker=taker,
        via="",
        scopes=(),
        times=times,
        first=0,
        last=0,
        until=None,
        evidence=(),
        places=frozenset(),
    )


def of_ties(*ties: Tie) -> dict[str, Any]:
    alone = replace(report("full_story"), alerts=(), access=(), ties=Ties(known=ties, names={}, lost=0))
    return drawn(alone)


def test_a_report_that_was_not_asked_for_access_has_no_pictures() -> None:
    assert pictures(analyze([str(SAMPLES / "full_story")])) is None


def test_the_chain_of_delegations_is_drawn_from_the_person_to_the_last_worker() -> None:
    told = drawn(report("full_story"))["authority"]
    column = {node["id"]: node["column"] for node in told["nodes"]}
    user, planner = "user:auth0|65f1c0ffee0000000000a11c", "agent:calAgent00000000000000000000aaaa"
    assert column[user] < column[planner] < column["agent:export-worker"] < column["agent:archive-sync"]
    assert column["agent:archive-sync"] < column["connection:google-oauth2"]
    way = {(edge["source"], edge["target"]): edge for edge in told["edges"]}
    assert "delegated to by google-oauth2" in way["agent:export-worker", "agent:archive-sync"]["label"]


def test_what_an_alert_cites_is_marked_and_leads_to_it() -> None:
    told = report("both_trails")
    edges = {(one["source"].partition(":")[0], one["target"]): one for one in drawn(told)["flow"]["edges"]}
    sent = edges["agent", "destination:intake@parcels-archive.example"]
    assert sent["level"] == "high" and sent["alert"] in {alert.id for alert in told.alerts}
    assert sent["evidence"][0].endswith("desk-agent.otlp.json:1")
    assert edges["tool", "session:chat-77"]["level"] is None


def test_an_agent_is_one_party_by_all_its_names() -> None:
    nodes = drawn(report("both_trails"))["authority"]["nodes"]
    (agent,) = [node for node in nodes if node["id"].startswith("agent:")]
    assert agent["also"] == ["agt_desk01"] and agent["level"] == "critical"


def test_a_picture_is_bounded_and_says_what_it_leaves_out() -> None:
    told = of_ties(*(tie(f"tool:{n:04}", f"agent:{n % 700:04}", times=n) for n in range(3_000)))["flow"]
    assert len(told["nodes"]) <= NODES and len(told["edges"]) <= ARROWS
    assert len(told["edges"]) + len(told["more"]) == LISTED and told["left"] == 3_000 - LISTED
    assert told["edges"][0]["source"] == "tool:2999"
    assert len({(node["column"], node["row"]) for node in told["nodes"]}) == len(told["nodes"])


def test_a_circle_is_drawn_and_ends() -> None:
    told = of_ties(tie("agent:a", "agent:b"), tie("agent:b", "agent:c"), tie("agent:c", "agent:a"))["flow"]
    assert {node["id"]: node["column"] for node in told["nodes"]} == {"agent:a": 0, "agent:b": 1, "agent:c": 2}


def test_parties_of_two_tenants_are_told_apart() -> None:
    told = of_ties(tie("agent:a", "agent:b", "one"), tie("agent:a", "agent:b", "two"))["flow"]
    assert {node["id"] for node in told["nodes"]} == {
        *("agent:a (one)", "agent:b (one)", "agent:a (two)", "agent:b (two)"),
    }


def test_a_party_that_only_the_table_names_is_told_apart_too() -> None:
    many = [tie(f"tool:{n:04}", "agent:a", "one", times=9) for n in range(NODES)]
    told = of_ties(*many, tie("tool:0000", "agent:a", "two"))["flow"]
    assert ("tool:0000 (two)", "agent:a (two)") in {(edge["source"], edge["target"]) for edge in told["more"]}
    assert {node["id"] for node in told["nodes"]} >= {"tool:0000 (one)", "agent:a (one)"}


def test_the_same_run_is_drawn_the_same() -> None:
    assert drawn(report("both_trails")) == drawn(report("both_trails"))
