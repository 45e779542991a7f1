"""The graph of an incident: who handed what to whom, drawn the same each time and bounded."""

from __future__ import annotations

from msgspec.structs import replace

from onesec_cli.model.access import AccessRow
from onesec_cli.model.event import Evidence, Origin
from onesec_cli.model.reachable import Held, Radius
from onesec_cli.pipeline import analyze
from onesec_cli.reports.flow import MOST_EDGES, MOST_NODES, flow
from tests.run import SAMPLES

PROOF = (Evidence(role="the access was first seen", origin=Origin("a.jsonl", 1, 0, 1), time=0),)


def row(agent: str, basis: str = "token vault", giver: str = "", client: str = "") -> Held:
    access = AccessRow(
        tenant="t",
        agent=agent,
        client=client,
        user="alice",
        place="google-oauth2",
        basis=basis,
        giver=giver,
        scopes=("a", "b", "c", "d", "e", "f"),
        status="active",
        since=0,
        last_used=0,
        uses=1,
        token_expires=None,
        ended=None,
        evidence=PROOF,
    )
    return Held(row=access, until=None, open=True)


def drawn(*held: Held):  # type: ignore[no-untyped-def]  # plain JSON values
    report = analyze([str(SAMPLES / "both_trails")])
    (incident,) = report.incidents
    alone = replace(incident, radius=Radius(held=held))
    return flow(alone, {alert.id: alert for alert in report.alerts})


def test_data_goes_from_what_was_read_through_the_agent_to_where_it_went() -> None:
    told = drawn()
    ways = {(edge["source"].partition(":")[0], edge["target"].partition(":")[0]) for edge in told["edges"]}
    assert {("tool", "agent"), ("agent", "destination")} <= ways
    assert {edge["what"] for edge in told["edges"]} == {"data"}
    assert any(edge["target"] == "destination:intake@parcels-archive.example" for edge in told["edges"])
    alerts = {alert.id: alert.level.name for alert in analyze([str(SAMPLES / "both_trails")]).alerts}
    assert all(alerts[edge["alert"]] == edge["level"] for edge in told["edges"])
    columns = {node["id"]: node["column"] for node in told["nodes"]}
    assert all(columns[edge["source"]] < columns[edge["target"]] for edge in told["edges"])


def test_authority_goes_from_the_user_down_the_chain_to_the_place() -> None:
    told = drawn(row("planner", "delegation", "alice"), row("worker", "delegation", "planner"), row("direct"))
    edges = {(edge["source"], edge["target"]): edge for edge in told["edges"]}
    assert edges["user:alice", "agent:planner"]["what"] == "delegation"
    assert edges["agent:planner", "agent:worker"]["what"] == "delegation"
    assert edges["user:alice", "agent:direct"]["label"] == "token vault: a, b, c, d and 2 more"
    assert edges["agent:worker", "place:google-oauth2"]["evidence"] == ("a.jsonl:1",)
    columns = {node["id"]: node["column"] for node in told["nodes"]}
    assert columns["agent:planner"] < columns["agent:worker"] < columns["place:google-oauth2"]


def test_a_client_and_its_agent_are_one_party() -> None:
    told = drawn(row("agt_1", client="client_1"), row("client_1", "consent"))
    assert {node["id"] for node in told["nodes"] if node["id"].endswith("_1")} == {"agent:agt_1"}


def test_a_chain_in_a_circle_ends_and_a_wide_one_is_bounded() -> None:
    told = drawn(row("a", "delegation", "b"), row("b", "delegation", "a"))
    assert max(node["column"] for node in told["nodes"]) < len(told["nodes"])
    many = drawn(*(row(f"agent{n}", "delegation", f"agent{n + 1}") for n in range(500)))
    assert len(many["nodes"]) <= MOST_NODES and len(many["edges"]) <= MOST_EDGES
    assert many["left"] > 0
    assert len({(node["column"], node["row"]) for node in many["nodes"]}) == len(many["nodes"])


def test_the_same_incident_is_drawn_the_same() -> None:
    held = [row("planner", "delegation", "alice"), row("worker", "delegation", "planner")]
    assert drawn(*held) == drawn(*held)
