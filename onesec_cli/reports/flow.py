"""Who handed what to whom in one incident: authority from users to agents to places, and data from what was read to where it went.

Authority is the access that was held while it happened; data are what its alerts observed. Nodes stand on a
grid, so that the same incident is drawn the same each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from onesec_cli.model.access import DELEGATION, AccessRow
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.reports.access_data import scopes_in_short
from onesec_cli.reports.grid import Edge, fitting

MOST_NODES: Final = 60
MOST_EDGES: Final = 120


def flow(incident: Incident, alerts: Mapping[str, Alert]) -> dict[str, Any]:
    """The graph of one incident as data: `nodes` with column and row, `edges`, and how many were `left` out."""
    rows = [held.row for held in incident.radius.held]
    alias = {row.client: row.agent for row in reversed(rows) if row.client and row.agent}
    mine = [alerts[step.alert] for step in incident.steps if step.alert in alerts]
    edges = list(dict.fromkeys([*_data(mine, alias), *_authority(rows, alias)]))
    drawn, places = fitting(edges, MOST_NODES, MOST_EDGES)
    return {
        "nodes": [{"id": name, "column": column, "row": row} for name, (column, row) in places.items()],
        "edges": [edges[one]._asdict() for one in sorted(drawn)],
        "left": len(edges) - len(drawn),
    }


def _authority(rows: Iterable[AccessRow], alias: Mapping[str, str]) -> Iterator[Edge]:
    for row in rows:
        agent = f"agent:{alias.get(row.agent, row.agent)}"
        where = tuple(f"{proof.origin.file}:{proof.origin.line}" for proof in row.evidence[:1])
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
        agent, level = f"agent:{alias.get(named, named)}", alert.level.name
        facts = {key: value for key, value in alert.facts.items() if isinstance(value, str) and value}
        if "source_tool" in facts:
            yield Edge(f"tool:{facts['source_tool']}", agent, "data", "was read", level, alert.id)
        if "destination" in facts:
            how = f"sent by {facts['tool']}" if "tool" in facts else "sent"
            yield Edge(agent, f"destination:{facts['destination']}", "data", how, level, alert.id)
        if "memory" in facts:
            memory = f"memory:{facts['memory']}"
            if "written_in" in facts:
                yield Edge(memory, agent, "data", "was recalled", level, alert.id)
            else:
                yield Edge(agent, memory, "data", "was written", level, alert.id)
