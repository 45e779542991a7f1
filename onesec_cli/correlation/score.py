"""How much an incident matters: what it did and could do (impact), how sure it is (confidence), and the risk of both.

Every component says what it rests on. Nothing is learned or tuned to a trail: the same incident has the same score anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from onesec_cli.knowledge.chains import Act, Chain
from onesec_cli.knowledge.scopes import RISK
from onesec_cli.model.access import AccessRow
from onesec_cli.model.clock import show_time
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Grade, Incident, Join
from onesec_cli.model.level import Level
from onesec_cli.model.reachable import Held, Radius
from onesec_cli.model.score import Component, Score

SEVERITY: Final = {Level.informational: 0, Level.low: 10, Level.medium: 20, Level.high: 30, Level.critical: 40}
PROGRESS: Final = 20
POWER: Final = {RISK["admin"]: 20, RISK["write"]: 14, RISK["read"]: 8, RISK["basic"]: 4}
"""By the strongest class of scope among what was held; `NO_SCOPE` where the trail names none."""
NO_SCOPE: Final = 6
OPEN: Final = 10
SPREAD: Final = ((10, 10), (2, 6), (1, 3))
"""Users or places within reach, at least so many, to points."""
LINK: Final = {Grade.certain: 50, Grade.strong: 40, Grade.fair: 25, Grade.weak: 10}
TRAILS: Final = 20
HARD: Final = 15
AGREE: Final = ((4, 15), (3, 10), (2, 5))
"""Rules that speak of it, at least so many, to points."""
_GRADES: Final = tuple(Grade)
_CLASS: Final = {number: name for name, number in RISK.items()}
_CAN: Final = {"admin": "administer", "write": "change things", "read": "read", "basic": "learn who the user is"}

Power = Callable[[AccessRow], int]
"""The strongest risk class of an access's scopes."""


def assessed(
    incident: Incident, chain: Chain | None, alerts: Mapping[str, Alert], radius: Radius, power: Power
) -> Incident:
    """The incident with its blast radius and its score; `alerts` holds those of its steps."""
    steps = [alerts[step.alert] for step in incident.steps if step.alert in alerts]
    impact = [
        _severity(steps),
        _progress(incident, chain, alerts),
        _power(radius.held, power),
        _open(radius),
        _spread(radius),
    ]
    confidence = [_link(incident), _trails(incident, chain), _hard(incident.joins), _agree(incident)]
    sums = [min(100, sum(one.points for one in part)) for part in (impact, confidence)]
    score = Score(
        risk=(sums[0] * sums[1] + 50) // 100,
        impact=sums[0],
        confidence=sums[1],
        components=(*impact, *confidence),
    )
    return replace(incident, radius=radius, score=score)


def by_score(incident: Incident) -> tuple[int, int, int, str]:
    """The order of incidents in every report: by risk, then level (worst first), time and id."""
    return (-incident.score.risk, -incident.level, incident.first_seen, incident.id)


def _severity(steps: Sequence[Alert]) -> Component:
    worst = max(steps, key=lambda alert: alert.level)
    return Component(
        name="severity",
        counts="impact",
        points=SEVERITY[worst.level],
        most=max(SEVERITY.values()),
        reason=f"the worst of its alerts, {worst.rule}, is {worst.level.name}",
        evidence=(worst.id,),
    )


def _progress(incident: Incident, chain: Chain | None, alerts: Mapping[str, Alert]) -> Component:
    """How far the chain went: its first act and each of its steps count alike."""
    parts: list[Act] = [chain.start, *chain.steps] if chain else []
    later = [alerts[step.alert] for step in incident.steps[1:] if step.alert in alerts]
    played = {id(chain.step_of(one.rule, one.level, one.verdict)) for one in later} if chain else set()
    reached = 1 + sum(id(part) in played for part in parts[1:])
    return Component(
        name="progress",
        counts="impact",
        points=PROGRESS * reached // max(1, len(parts)),
        most=PROGRESS,
        reason=f"{reached} of the {len(parts)} parts of its chain were reached: {incident.path}",
        evidence=tuple(step.alert for step in incident.steps[:10]),
    )


def _power(held: Sequence[Held], power: Power) -> Component:
    """What the strongest access allowed."""
    told = [(power(one.row) if one.row.scopes else -1, one.row) for one in held]
    if not told:
        return _reached("power", 0, max(POWER.values()), "no access of those it names stands in the trails")
    strongest, row = max(told, key=lambda one: POWER.get(one[0], NO_SCOPE))
    name = row.agent or row.client or "somebody"
    of = (f" for {row.user}" if row.user else "") + (f" on {row.place}" if row.place else "")
    if strongest < 0:
        reason = f"{name} held access{of} by {row.basis}, of which the trail names no scope"
    else:
        reason = f"{name} could {_CAN[_CLASS[strongest]]}{of}, by the scopes of its {row.basis}"
    return _reached("power", POWER.get(strongest, NO_SCOPE), max(POWER.values()), reason, _places(row))


def _open(radius: Radius) -> Component:
    left = [one for one in radius.held if one.open]
    when = show_time(radius.ends)
    if not radius.held:
        return _reached("open", 0, OPEN, "nothing was held that could still be open")
    if not left:
        return _reached("open", 0, OPEN, f"all of what was held had ended at the end of the trail, {when}")
    many = f"{len(left):,} of {len(radius.held):,}" if len(radius.held) > 1 else "the one"
    held = "accesses that were held were" if len(radius.held) > 1 else "access that was held was"
    return _reached(
        "open", OPEN, OPEN, f"{many} {held} still open at the end of the trail, {when}", _places(left[0].row)
    )


def _spread(radius: Radius) -> Component:
    users = len({one.row.user for one in radius.held if one.row.user})
    places = len({(one.row.user, one.row.place) for one in radius.held if one.row.place})
    points = next((given for least, given in SPREAD if max(users, places) >= least), 0)
    reason = f"{_many(users, 'user')} and {_many(places, 'place')} of theirs lay within reach"
    return _reached("spread", points, SPREAD[0][1], reason)


def _link(incident: Incident) -> Component:
    least = max(incident.joins, key=lambda join: _GRADES.index(join.grade))
    on = ", ".join(least.on) or "time alone"
    return Component(
        name="link",
        counts="confidence",
        points=LINK[least.grade],
        most=max(LINK.values()),
        reason=f"its least sure link is {least.grade.value}: {on}",
        evidence=(least.earlier, least.later),
    )


def _trails(incident: Incident, chain: Chain | None) -> Component:
    identity = {step.alert for step in incident.steps if chain and step.rule in chain.identity}
    both = bool(identity) and len(identity) < len(incident.steps)
    reason = "the identity trail and the agents' own logs both tell of it"
    one = "the identity trail" if identity else "the agents' own logs"
    return Component(
        name="trails",
        counts="confidence",
        points=TRAILS if both else 0,
        most=TRAILS,
        reason=reason if both else f"{one} alone tells of it" if identity else f"{one} alone tell of it",
    )


def _hard(joins: Sequence[Join]) -> Component:
    hard = [join for join in joins if join.grade is Grade.certain]
    rests = "rests" if len(hard) == 1 else "rest"
    return Component(
        name="hard-links",
        counts="confidence",
        points=HARD * len(hard) // len(joins),
        most=HARD,
        reason=f"{len(hard)} of {_many(len(joins), 'link')} {rests} on an id that stands in both alerts",
        evidence=tuple(join.later for join in hard[:10]),
    )


def _agree(incident: Incident) -> Component:
    rules = list(dict.fromkeys(step.rule for step in incident.steps))
    points = next((given for least, given in AGREE if len(rules) >= least), 0)
    return Component(
        name="agreement",
        counts="confidence",
        points=points,
        most=AGREE[0][1],
        reason=f"{_many(len(rules), 'rule')} {'speaks' if len(rules) == 1 else 'speak'} of it: {', '.join(rules[:6])}",
    )


def _reached(name: str, points: int, most: int, reason: str, evidence: tuple[str, ...] = ()) -> Component:
    return Component(name=name, counts="impact", points=points, most=most, reason=reason, evidence=evidence)


def _places(row: AccessRow) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{one.origin.file}:{one.origin.line}" for one in row.evidence))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
