"""Who handed what to whom in one incident: authority from users to agents to places, and data from what was read to where it went.

Authority is the access that was held while it happened; data are what its alerts observed. Nodes stand on a
grid, so that the same incident is drawn the same each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from onesec_cli.model.access import DELEGATION, AccessRow
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.reports.access_data import scopes_in_short
from onesec_cli.reports.grid import placed

MOST_NODES: Final = 60
MOST_EDGES: Final = 120


class Edge(NamedTuple):
    """One thing handed on. Ends are `type:name`."""

    source: str
    target: str
    what: str
    """`access`, `delegation` or `data`."""
    label: str
    alert: str = ""
    """The alert that tells of it, if it is data."""
    evidence: str = ""
    """`file:line` of where it was first seen, if it is authority."""


def flow(incident: Incident, alerts: Mapping[str, Alert]) -> dict[str, Any]:
    """The graph of one incident as data: `nodes` with column and row, `edges`, and how many were `left` out."""
    rows = [held.row for held in incident.radius.held]
    alias = {row.client: row.agent for row in reversed(rows) if row.client and row.agent}
    mine = [alerts[step.alert] for step in incident.steps if step.alert in alerts]
    edges = list(dict.fromkeys([*_data(mine, alias), *_authority(rows, alias)]))
    kept: list[Edge] = []
    names: dict[str, None] = {}
    for edge in edges:
        if len(kept) < MOST_EDGES and len(names.keys() | {edge.source, edge.target}) <= MOST_NODES:
            kept.append(edge)
            names.update({edge.source: None, edge.target: None})
    places = placed(list(names), [(edge.source, edge.target) for edge in kept])
    return {
        "nodes": [{"id": name, "column": places[name][0], "row": places[name][1]} for name in sorted(names)],
        "edges": [edge._asdict() for edge in kept],
        "left": len(edges) - len(kept),
    }


def _authority(rows: Iterable[AccessRow], alias: Mapping[str, str]) -> Iterator[Edge]:
    for row in rows:
        agent = f"agent:{alias.get(row.agent, row.agent)}"
        proof = row.evidence[0].origin if row.evidence else None
        where = f"{proof.file}:{proof.line}" if proof is not None else ""
        told = f"{row.basis}: {scopes_in_short(row.scopes)}" if row.scopes else row.basis
        if row.basis == DELEGATION and row.giver and row.giver.removeprefix("user:") != row.user:
            yield Edge(f"agent:{alias.get(row.giver, row.giver)}", agent, "delegation", told, evidence=where)
        elif row.user:
            what = "delegation" if row.basis == DELEGATION else "access"
            yield Edge(f"user:{row.user}", agent, what, told, evidence=where)
        if row.place:
            yield Edge(agent, f"place:{row.place}", "access", told, evidence=where)


def _data(alerts: Iterable[Alert], alias: Mapping[str, str]) -> Iterator[Edge]:
    """What detectors observed of data, by the names that their facts share."""
    for alert in alerts:
        named = next((one.partition(":")[2] for one in alert.entities if one.startswith("agent:")), "")
        if not named:
            continue
        agent = f"agent:{alias.get(named, named)}"
        facts = {key: value for key, value in alert.facts.items() if isinstance(value, str) and value}
        if "source_tool" in facts:
            yield Edge(f"tool:{facts['source_tool']}", agent, "data", "was read", alert.id)
        if "destination" in facts:
            how = f"sent by {facts['tool']}" if "tool" in facts else "sent"
            yield Edge(agent, f"destination:{facts['destination']}", "data", how, alert.id)
        if "memory" in facts:
            memory = f"memory:{facts['memory']}"
            if "written_in" in facts:
                yield Edge(memory, agent, "data", "was recalled", alert.id)
            else:
                yield Edge(agent, memory, "data", "was written", alert.id)
