"""Alerts to incidents: what began in a conversation and went on in the identity trail is one story.

Agent logs carry no token and no scope, so the trails are joined on what both name: user, agent or client, session. The
join is named and graded. Where an agent log names nobody whom the identity trail knows, time alone is left, and said.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from itertools import islice
from typing import Final

from msgspec import Struct

from onesec_cli.correlation.chains import CHAINS, FOLLOWS, IDENTITY, MAX_GAP, MAX_GAP_UNNAMED, STARTS, Chain
from onesec_cli.model.clock import SECOND, show_span
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import INSTRUCTED, Alert
from onesec_cli.model.incident import Grade, Incident, Join, Step
from onesec_cli.model.level import Level

MAX_STEPS: Final = 100
"""Alerts of one incident."""
MAX_LOOKED_AT: Final = 2_000
"""Alerts that are considered for one incident."""
MAX_NEAR: Final = 8
"""Acts, besides the first, that a later one is linked to."""
ANYBODY: Final = ""
"""The key of every alert of the identity trail."""
_SURE: Final = ("token", "account", "session")
_GRADES: Final = tuple(Grade)


class _Act(Struct, frozen=True):
    """An alert at the moment it plays its part."""

    time: int
    alert: Alert
    why: Join | None = None

    @property
    def asi(self) -> str:
        """The OWASP code that the alert stands for in a chain."""
        return FOLLOWS.get(self.alert.rule) or STARTS[self.alert.rule]


def correlate(alerts: Iterable[Alert]) -> tuple[Incident, ...]:
    """Incidents by level (worst first), time and id. The order of the alerts does not matter."""
    dated = sorted((alert for alert in alerts if alert.first_seen != UNDATED), key=lambda one: (one.first_seen, one.id))
    known = {name for alert in dated if alert.rule in IDENTITY for name in _names(alert)}
    candidates = _Candidates(alert for alert in dated if alert.level >= _least(alert.rule))
    stories: list[list[_Act]] = []
    told: set[str] = set()
    for alert in dated:
        if alert.rule in STARTS and alert.level >= _least(alert.rule) and alert.id not in told:
            story = _follow(_Act(_began(alert), alert), candidates, known)
            told.update(act.alert.id for act in story)
            if any(act.alert.rule in IDENTITY for act in story):
                stories.append(story)
    found = [_incident(story) for story in _merged(stories)]
    return tuple(sorted(found, key=lambda one: (-one.level, one.first_seen, one.id)))


def _began(alert: Alert) -> int:
    """When a first act began: where the instruction was read, if that is proven, else where it was first seen."""
    return min((proof.time for proof in alert.evidence if proof.role == INSTRUCTED), default=alert.first_seen)


def _least(rule: str) -> int:
    """The level from which an alert of a rule is a part of an incident; above every level if it never is."""
    return Level.medium if rule in STARTS else Level.low if rule in FOLLOWS else len(Level)


class _Candidates:
    """Alerts that may be a part of a story, by what they name, each at every moment it plays a part."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self.by_key: dict[str, list[tuple[int, str]]] = {}
        self.alerts: dict[str, Alert] = {}
        for alert in alerts:
            self.alerts[alert.id] = alert
            moments = {alert.first_seen, alert.last_seen, *(proof.time for proof in alert.evidence[:1])}
            for key in _keys(alert) | ({ANYBODY} if alert.rule in IDENTITY else set()):
                self.by_key.setdefault(key, []).extend((moment, alert.id) for moment in moments)
        for told in self.by_key.values():
            told.sort()


class _Ahead:
    """The candidates that come after the acts of one story, in order of time."""

    def __init__(self, candidates: _Candidates) -> None:
        self._candidates = candidates
        self._heap: list[tuple[int, str, str, int]] = []
        self._until: dict[str, int] = {}

    def open(self, keys: Iterable[str], time: int, span: int) -> None:
        """Look for what names these keys for a while from `time` on."""
        for key in keys:
            if key not in self._until:
                told = self._candidates.by_key.get(key, [])
                self._push(key, bisect_left(told, (time, "")))
            self._until[key] = time + span

    def _push(self, key: str, at: int) -> None:
        told = self._candidates.by_key.get(key, [])
        if at < len(told):
            heappush(self._heap, (*told[at], key, at))

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while self._heap:
            moment, name, key, at = heappop(self._heap)
            if moment <= self._until[key]:
                self._push(key, at + 1)
                yield moment, name
            else:
                del self._until[key]  # a later act may open it again


def _follow(start: _Act, candidates: _Candidates, known: set[str]) -> list[_Act]:
    """The first act and everything that follows from it, in order of time."""
    story = [start]
    unnamed = not (_names(start.alert) & known)
    taken = {start.alert.id}
    ahead = _Ahead(candidates)
    ahead.open(_keys(start.alert), start.time, MAX_GAP)
    if unnamed:
        ahead.open([ANYBODY], start.time, MAX_GAP_UNNAMED)
    for moment, name in islice(ahead, MAX_LOOKED_AT):
        alert = candidates.alerts[name]
        join = None if name in taken else _best(story, alert, moment, unnamed)
        if join is not None:
            taken.add(name)
            story.append(_Act(moment, alert, join))
            ahead.open(_keys(alert), moment, MAX_GAP)
        if len(story) >= MAX_STEPS:
            break
    return story


def _best(story: Sequence[_Act], alert: Alert, moment: int, unnamed: bool) -> Join | None:
    """The surest link to an earlier act, the latest of equals."""
    near = story if len(story) <= MAX_NEAR else [story[0], *story[-MAX_NEAR:]]
    joins = [join for act in near if (join := _join(act, alert, moment, unnamed)) is not None]
    return min(joins, key=lambda join: (_GRADES.index(join.grade), join.seconds), default=None)


def _join(act: _Act, alert: Alert, moment: int, unnamed: bool) -> Join | None:
    earlier = act.alert
    gap = moment - act.time
    if earlier.tenant and alert.tenant and earlier.tenant != alert.tenant:
        return None
    on = tuple(sorted(_keys(earlier) & _keys(alert)))
    kinds = {one.partition(":")[0] for one in on}
    if kinds & set(_SURE):
        grade = Grade.certain
    elif "user" in kinds and len(kinds) > 1:
        grade = Grade.strong
    elif on:
        grade = Grade.fair
    elif unnamed and act.why is None and alert.rule in IDENTITY and gap <= MAX_GAP_UNNAMED:
        grade = Grade.weak
    else:
        return None
    if gap > MAX_GAP:
        return None
    return Join(earlier=earlier.id, later=alert.id, on=on, grade=grade, seconds=gap // SECOND)


def _keys(alert: Alert) -> frozenset[str]:
    """What alerts are joined on: tokens, accounts, sessions, and names."""
    return _keys_of(alert.entities)


@lru_cache(maxsize=10_000)
def _keys_of(entities: tuple[str, ...]) -> frozenset[str]:
    return frozenset(one for one in entities if one.partition(":")[0] in _SURE) | _names_of(entities)


def _names(alert: Alert) -> frozenset[str]:
    """Users, and agents or clients under one word: what one trail calls a client the other may call an agent."""
    return _names_of(alert.entities)


@lru_cache(maxsize=10_000)
def _names_of(entities: tuple[str, ...]) -> frozenset[str]:
    found = set()
    for entity in entities:
        kind, _, name = entity.partition(":")
        if kind == "user":
            found.add(entity)
        elif kind in ("agent", "client"):
            found.add(f"agent:{name}")
    return frozenset(found)


def _merged(stories: Sequence[list[_Act]]) -> list[list[_Act]]:
    """Stories that share an alert are one."""
    home = list(range(len(stories)))

    def find(number: int) -> int:
        while home[number] != number:
            home[number] = number = home[home[number]]
        return number

    owner: dict[str, int] = {}
    for number, story in enumerate(stories):
        for act in story:
            home[find(number)] = find(owner.setdefault(act.alert.id, number))
    merged: dict[int, dict[str, _Act]] = {}
    for number, story in enumerate(stories):
        acts = merged.setdefault(find(number), {})
        for act in story:
            acts[act.alert.id] = _surer(act, acts.get(act.alert.id))
    return [sorted(acts.values(), key=lambda act: (act.time, act.alert.id)) for acts in merged.values()]


def _surer(one: _Act, other: _Act | None) -> _Act:
    if other is None or other.why is None or one.why is None:
        return one if other is None or one.why is not None else other
    return min(one, other, key=lambda act: (_GRADES.index(act.why.grade) if act.why else 0, act.time))


def _incident(story: list[_Act]) -> Incident:
    rules = {act.alert.rule for act in story}
    chain = next(chain for chain in CHAINS if chain.starts.keys() & rules)
    joins = tuple(act.why for act in story if act.why is not None)
    grade = max((join.grade for join in joins), key=_GRADES.index)
    level = max(act.alert.level for act in story)
    path = " -> ".join(dict.fromkeys(act.asi for act in story))
    ids = [act.alert.id for act in story]
    return Incident(
        id=hashlib.sha256(json.dumps([chain.id, ids]).encode()).hexdigest()[:16],
        chain=chain.id,
        title=chain.title if grade is not Grade.weak else f"{chain.title} (linked by time alone)",
        level=level.raised(-1) if grade is Grade.weak else level,
        message=_sentence(story, chain, grade),
        path=path,
        grade=grade,
        tenant=next((act.alert.tenant for act in story if act.alert.tenant), ""),
        first_seen=story[0].time,
        last_seen=max(act.alert.last_seen for act in story),
        entities=tuple(sorted({entity for act in story for entity in act.alert.entities})),
        steps=tuple(_step(act) for act in story),
        joins=joins,
    )


def _step(act: _Act) -> Step:
    alert = act.alert
    return Step(alert=alert.id, rule=alert.rule, level=alert.level, title=alert.title, asi=act.asi, time=act.time)


def _sentence(story: list[_Act], chain: Chain, grade: Grade) -> str:
    """What happened, in one sentence."""
    crossing = next(act for act in story if act.alert.rule in IDENTITY)
    on = ", ".join(crossing.why.on) if crossing.why and crossing.why.on else "nothing but time"
    more = f"; {len(story) - 2} more alerts belong to it" if len(story) > 2 else ""
    span = show_span(crossing.time - story[0].time)
    return (
        f"{chain.title}: {_named(story[0])}, and {span} later {_named(crossing)} "
        f"(joined on {on}: a {grade.value} link){more}."
    )


def _named(act: _Act) -> str:
    """An act in words, with its rule."""
    title = act.alert.title
    return f"{title[:1].lower()}{title[1:]} ({act.alert.rule})"
