"""Pictures of who acts for whom and of what went where: parties in columns, the gravest ties first, the same each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct, field

from onesec_cli.model.access import AccessRow
from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report
from onesec_cli.model.ties import AUTHORITY, FLOW, Tie
from onesec_cli.reports.access_data import moment_data, scopes_in_short
from onesec_cli.reports.grid import Edge, fitting

NODES: Final = 30
"""Parties that a picture has room for."""
ARROWS: Final = 70
LISTED: Final = 2_000
"""Ties that the table beside a picture lists."""
PAIRS: Final = 400
"""Pairs of entities that one alert can speak of."""
NAMED: Final = 3
"""Alerts that one tie names."""
MAY: Final = "could use it"
LETS: Final = "had it act"

Names = Mapping[str, Sequence[str]]
"""An agent's key to its other names."""
_Place = tuple[str, int, int]
_Party = tuple[str, str]
"""Tenant and `type:value`."""


class Marks(Struct):
    """What alerts say of parties and ties."""

    parties: dict[tuple[str, str], Level] = field(default_factory=dict)
    """By tenant and `type:value`."""
    places: dict[_Place, list[Alert]] = field(default_factory=dict)
    pairs: dict[tuple[str, str, str], list[Alert]] = field(default_factory=dict)
    """By tenant and two parties that one alert names."""


def marks(alerts: Iterable[Alert]) -> Marks:
    """What alerts say, worst first: the order of a report."""
    found = Marks()
    for alert in alerts:
        named = dict.fromkeys((*alert.subject, *alert.entities))
        for one in named:
            found.parties.setdefault((alert.tenant, one), alert.level)
        for proof in alert.evidence:
            _note(found.places.setdefault((proof.origin.file, proof.origin.offset, proof.time), []), alert)
        for left, right in list(_pairs(list(named)))[:PAIRS]:
            _note(found.pairs.setdefault((alert.tenant, left, right), []), alert)
    return found


def _pairs(named: Sequence[str]) -> Iterator[tuple[str, str]]:
    agents = [one for one in named if one.startswith(("agent:", "client:"))][:PAIRS]
    for agent in agents:
        name = agent.partition(":")[2]
        for other in named:
            if other.startswith("user:"):
                yield other, name
            elif other.startswith("connection:"):
                yield name, other


def _note(alerts: list[Alert], alert: Alert) -> None:
    if len(alerts) < NAMED and alert not in alerts:
        alerts.append(alert)


class Arrow(Struct):
    """One line of a picture, and one row of its table."""

    tenant: str
    giver: str
    taker: str
    what: str
    via: str
    scopes: tuple[str, ...]
    times: int
    first: int
    last: int
    until: int | None
    evidence: tuple[Evidence, ...]
    alerts: list[Alert]
    """Worst first."""

    def rank(self) -> tuple[Any, ...]:
        """What alerts speak of first, then what happened most."""
        worst = int(self.alerts[0].level) if self.alerts else -1
        return (-worst, -self.times, self.tenant, self.giver, self.taker, self.what, self.via)


def pictures(report: Report) -> dict[str, Any] | None:
    """Both pictures of a run, and how many ties they lack; None where the run was not asked for them."""
    if report.ties is None:
        return None
    seen, names = marks(report.alerts), report.ties.names
    told = [_of_tie(tie, seen) for tie in report.ties.known]
    acts = [arrow for arrow in told if arrow.what in AUTHORITY]
    return {
        "authority": _picture([*acts, *_of_access(report.access, names, seen)], names, seen),
        "flow": _picture([arrow for arrow in told if arrow.what in FLOW], names, seen),
        "lost": report.ties.lost,
    }


def _of_tie(tie: Tie, seen: Marks) -> Arrow:
    alerts: list[Alert] = []
    for place in sorted(tie.places):
        for alert in seen.places.get(place, ()):
            _note(alerts, alert)
    alerts.sort(key=lambda one: (-one.level, one.id))
    told = (tie.scopes, tie.times, tie.first, tie.last, tie.until, tie.evidence)
    return Arrow(tie.tenant, tie.giver, tie.taker, tie.what, tie.via, *told, alerts)


def _of_access(rows: Iterable[AccessRow], names: Names, seen: Marks) -> list[Arrow]:
    """From a user to an agent and from an agent to a place; delegations are ties already."""
    found: dict[tuple[str, str, str], Arrow] = {}
    for row in rows:
        agent = row.agent or row.client
        steps = [(f"user:{row.user}", f"agent:{agent}", LETS)] if row.user and row.basis != "delegation" else []
        if row.place:
            steps.append((f"agent:{agent}", f"connection:{row.place}", MAY))
        for giver, taker, what in steps if agent else ():
            key = (row.tenant, giver, taker)
            if key not in found:
                about = _about(row, giver, taker, names, seen)
                found[key] = Arrow(*key, what, "", (), 0, row.since, row.last_used, None, row.evidence, about)
            _widen(found[key], row)
    return list(found.values())


def _widen(arrow: Arrow, row: AccessRow) -> None:
    arrow.scopes = arrow.scopes if set(row.scopes) <= set(arrow.scopes) else tuple(sorted({*arrow.scopes, *row.scopes}))
    arrow.times += row.uses
    arrow.first, arrow.last = min(arrow.first, row.since), max(arrow.last, row.last_used)


def _about(row: AccessRow, giver: str, taker: str, names: Names, seen: Marks) -> list[Alert]:
    found: list[Alert] = []
    for name in dict.fromkeys((row.agent, row.client, *names.get(row.agent, ()))):
        pair = (giver, name) if giver.startswith("user:") else (name, taker)
        for alert in seen.pairs.get((row.tenant, *pair), ()):
            _note(found, alert)
    return sorted(found, key=lambda one: (-one.level, one.id))


def _picture(arrows: list[Arrow], names: Names, seen: Marks) -> dict[str, Any]:
    """As the graph of an incident is told; `more` is what only the table lists."""
    arrows.sort(key=Arrow.rank)
    listed = arrows[:LISTED]
    several = len({one.tenant for one in listed}) > 1
    edges = [_edge(one, several) for one in listed]
    drawn, places = fitting(edges, NODES, ARROWS)
    parties = {_name(one.tenant, end, several): (one.tenant, end) for one in listed for end in (one.giver, one.taker)}
    told = [(number in drawn, edge._asdict()) for number, edge in enumerate(edges)]
    return {
        "nodes": [_node(name, place, parties[name], names, seen) for name, place in places.items()],
        "edges": [edge for shown, edge in told if shown],
        "more": [edge for shown, edge in told if not shown],
        "left": len(arrows) - len(listed),
    }


def _name(tenant: str, party: str, several: bool) -> str:
    return f"{party} ({tenant or 'no tenant'})" if several else party


def _node(shown: str, place: tuple[int, int], party: _Party, names: Names, seen: Marks) -> dict[str, Any]:
    tenant, name = party
    kind, _, value = name.partition(":")
    also = names.get(value, ()) if kind == "agent" else ()
    mine = [name, *(f"{kind}:{one}" for one in also), *(f"client:{one}" for one in (value, *also) if kind == "agent")]
    levels = [level for level in (seen.parties.get((tenant, one)) for one in mine) if level is not None]
    level = max(levels).name if levels else None
    return {"id": shown, "column": place[0], "row": place[1], "also": list(also), "level": level}


def _edge(one: Arrow, several: bool) -> Edge:
    worst = one.alerts[0] if one.alerts else None
    return Edge(
        source=_name(one.tenant, one.giver, several),
        target=_name(one.tenant, one.taker, several),
        what="data" if one.what in FLOW else "access" if one.what in (MAY, LETS) else "delegation",
        label=_label(one),
        level=worst.level.name if worst else None,
        alert=worst.id if worst else "",
        evidence=tuple(dict.fromkeys(f"{proof.origin.file}:{proof.origin.line}" for proof in one.evidence)),
    )


def _label(one: Arrow) -> str:
    """How, with what scopes, how often and when."""
    parts = [f"{one.what} by {one.via}" if one.via else one.what]
    if one.scopes:
        parts.append(f"scopes {scopes_in_short(one.scopes)}")
    first, last = moment_data(one.first), moment_data(one.last)
    if first and one.times > 1:
        parts.append(f"{one.times:,} times from {first} to {last}")
    elif first:
        parts.append(f"at {first}")
    if one.until is not None:
        parts.append(f"until {moment_data(one.until)}")
    return "; ".join(parts)
