"""Alerts to incidents: what began in a conversation and went on in the identity trail is one story.

Agent logs carry no token and no scope, so the trails are joined on what both name: user, agent or client, session. The
join is named and graded. Where an agent log names nobody whom the identity trail knows, time alone is left, and said.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from heapq import heappop, heappush
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from onesec_cli.correlation.brief import brief_of
from onesec_cli.knowledge.chains import Act as ChainStep
from onesec_cli.knowledge.chains import Chain, chains_of
from onesec_cli.model.clock import SECOND, show_span
from onesec_cli.model.event import UNDATED
from onesec_cli.model.finding import INSTRUCTED, Alert
from onesec_cli.model.incident import Grade, Incident, Join, Step

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
    asi: str
    """The OWASP code that the alert stands for in the chain."""
    step: ChainStep
    """The part that it plays."""
    why: Join | None = None

    @property
    def crosses(self) -> bool:
        """Whether the identity trail tells it."""
        return self.step.trail == "identity"


class _Story(Struct):
    """What a chain made of some alerts, in order of time."""

    chain: Chain
    acts: list[_Act]


@cache
def shipped_chains() -> tuple[Chain, ...]:
    """The chains that come with onesec."""
    return chains_of()


def correlate(alerts: Iterable[Alert], chains: Sequence[Chain] | None = None) -> tuple[Incident, ...]:
    """Incidents by level (worst first), time and id. The order of the alerts does not matter."""
    dated = sorted((alert for alert in alerts if alert.first_seen != UNDATED), key=lambda one: (one.first_seen, one.id))
    chains = shipped_chains() if chains is None else chains
    identity = frozenset(rule for chain in chains for rule in chain.identity)
    known = {name for alert in dated if alert.rule in identity for name in _names(alert)}
    candidates = _Candidates((alert for alert in dated if _plays(alert, chains)), identity)
    stories: list[_Story] = []
    told: set[str] = set()
    tried: set[tuple[str, str]] = set()
    for alert in dated:
        untried = [] if alert.id in told else [chain for chain in chains if (chain.id, alert.id) not in tried]
        for story in _begun(alert, untried, candidates, known):
            if _complete(story):
                stories.append(story)
                told.update(act.alert.id for act in story.acts)
                break
            tried.update((story.chain.id, act.alert.id) for act in story.acts)  # what goes on from these is seen
    order = {chain.id: number for number, chain in enumerate(chains)}
    found = [_incident(story) for story in _merged(stories, order)]
    return tuple(sorted(found, key=lambda one: (-one.level, one.first_seen, one.id)))


def _plays(alert: Alert, chains: Sequence[Chain]) -> bool:
    """Whether an alert can be a step of any chain."""
    return any(chain.step_of(alert.rule, alert.level, alert.verdict) is not None for chain in chains)


def _complete(story: _Story) -> bool:
    return story.chain.told_by([act.step for act in story.acts[1:]])


def _begun(alert: Alert, chains: Sequence[Chain], candidates: _Candidates, known: set[str]) -> Iterator[_Story]:
    """The stories that begin with an alert, one for each chain it can begin, complete or not."""
    for chain in chains:
        if chain.start.plays(alert.rule, alert.level, alert.verdict):
            start = _Act(_began(alert), alert, chain.start.rules[alert.rule], chain.start)
            yield _follow(start, chain, candidates, known)


def _began(alert: Alert) -> int:
    """When a first act began: where the instruction was read, if that is proven, else where it was first seen."""
    return min((proof.time for proof in alert.evidence if proof.role == INSTRUCTED), default=alert.first_seen)


class _Candidates:
    """Alerts that may be a part of a story, by what they name, each at every moment it plays a part."""

    def __init__(self, alerts: Iterable[Alert], identity: frozenset[str]) -> None:
        self.by_key: dict[str, list[tuple[int, str]]] = {}
        self.alerts: dict[str, Alert] = {}
        for alert in alerts:
            self.alerts[alert.id] = alert
            moments = {alert.first_seen, alert.last_seen, *(proof.time for proof in alert.evidence[:1])}
            for key in _keys(alert) | ({ANYBODY} if alert.rule in identity else set()):
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


def _follow(start: _Act, chain: Chain, candidates: _Candidates, known: set[str]) -> _Story:
    """The first act and everything that follows from it in a chain, in order of time."""
    story = [start]
    unnamed = bool(chain.max_gap_unnamed) and not (_names(start.alert) & known)
    taken = {start.alert.id}
    ahead = _Ahead(candidates)
    ahead.open(_keys(start.alert), start.time, chain.reach)
    if unnamed:
        ahead.open([ANYBODY], start.time, chain.max_gap_unnamed)
    for moment, name in islice(ahead, MAX_LOOKED_AT):
        alert = candidates.alerts[name]
        step = None if name in taken else chain.step_of(alert.rule, alert.level, alert.verdict)
        if step is None:
            continue
        act = _Act(moment, alert, step.rules[alert.rule], step)
        alone = unnamed and act.crosses and not step.optional  # what a story can do without proves nothing
        join = _best(story, act, chain, alone)
        if join is not None:
            taken.add(name)
            story.append(replace(act, why=join))
            ahead.open(_keys(alert), moment, chain.reach)
        if len(story) >= MAX_STEPS:
            break
    return _Story(chain, story)


def _best(story: Sequence[_Act], act: _Act, chain: Chain, unnamed: bool) -> Join | None:
    """The surest link to an earlier act, the latest of equals."""
    tenant = act.alert.tenant
    if tenant and any(one.alert.tenant not in ("", tenant) for one in story):
        return None  # of another tenant, though the first act may name none
    near = story if len(story) <= MAX_NEAR else [story[0], *story[-MAX_NEAR:]]
    joins = [join for one in near if (join := _join(one, act, chain, unnamed)) is not None]
    return min(joins, key=lambda join: (_GRADES.index(join.grade), join.seconds), default=None)


def _join(before: _Act, act: _Act, chain: Chain, unnamed: bool) -> Join | None:
    """The link between two acts; by time alone only to the first act, where `unnamed` allows it.

    What a step asks for must be shared; what else is shared makes the link surer.
    """
    gap = act.time - before.time
    asked = chain.joins_of(act.step)
    shared = _keys(before.alert) & _keys(act.alert)
    on = tuple(sorted(one for one in shared if one.partition(":")[0] in (*asked, *chain.joined_on)))
    kinds = {one.partition(":")[0] for one in on}
    if not kinds & set(asked):
        on, kinds = (), set()
    if kinds & set(_SURE):
        grade = Grade.certain
    elif "user" in kinds and len(kinds) > 1:
        grade = Grade.strong
    elif on:
        grade = Grade.fair
    elif unnamed and before.why is None and gap <= chain.max_gap_unnamed:
        grade = Grade.weak
    else:
        return None
    if gap > chain.gap_of(act.step):
        return None
    return Join(earlier=before.alert.id, later=act.alert.id, on=on, grade=grade, seconds=gap // SECOND)


def _keys(alert: Alert) -> frozenset[str]:
    """What alerts are joined on: tokens, accounts, sessions, names, and the memory that a claim is about."""
    return _keys_of((*alert.entities, *(one for one in alert.subject if one.startswith("memory:"))))


@lru_cache(maxsize=10_000)
def _keys_of(entities: tuple[str, ...]) -> frozenset[str]:
    return frozenset(one for one in entities if one.partition(":")[0] in (*_SURE, "memory")) | _names_of(entities)


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


def _merged(stories: Sequence[_Story], order: dict[str, int]) -> list[_Story]:
    """Stories that share an alert are one, told under the first of their chains."""
    home = list(range(len(stories)))

    def find(number: int) -> int:
        while home[number] != number:
            home[number] = number = home[home[number]]
        return number

    owner: dict[str, int] = {}
    for number, story in enumerate(stories):
        for act in story.acts:
            home[find(number)] = find(owner.setdefault(act.alert.id, number))
    merged: dict[int, dict[str, _Act]] = {}
    chains: dict[int, Chain] = {}
    for number, story in enumerate(stories):
        whole = find(number)
        chains[whole] = min(chains.get(whole, story.chain), story.chain, key=lambda chain: order[chain.id])
        acts = merged.setdefault(whole, {})
        for act in story.acts:
            acts[act.alert.id] = _surer(act, acts.get(act.alert.id))
    return [
        # of one moment what began it first, then as each was found to follow
        _Story(chains[whole], sorted(acts.values(), key=lambda act: (act.time, act.why is not None)))
        for whole, acts in merged.items()
    ]


def _surer(one: _Act, other: _Act | None) -> _Act:
    if other is None or other.why is None or one.why is None:
        return one if other is None or one.why is not None else other
    return min(one, other, key=lambda act: (_GRADES.index(act.why.grade) if act.why else 0, act.time))


def _incident(told: _Story) -> Incident:
    chain, story = told.chain, told.acts
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
        brief=brief_of([act.alert for act in story]),
    )


def _step(act: _Act) -> Step:
    alert = act.alert
    return Step(alert=alert.id, rule=alert.rule, level=alert.level, title=alert.title, asi=act.asi, time=act.time)


def _sentence(story: list[_Act], chain: Chain, grade: Grade) -> str:
    """What happened, in one sentence."""
    first = story[0]
    crossing = next((act for act in story[1:] if act.crosses != first.crosses), story[1])
    on = ", ".join(crossing.why.on) if crossing.why and crossing.why.on else "nothing but time"
    link = crossing.why.grade if crossing.why else grade
    rest = len(story) - 2
    more = f"; {rest} more alert{'s belong' if rest > 1 else ' belongs'} to it" if rest else ""
    least = f", the least sure by a {grade.value} link" if link is not grade else ""
    span = show_span(crossing.time - first.time)
    return (
        f"{chain.title}: {_named(first)}, and {span} later {_named(crossing)} "
        f"(joined on {on}: a {link.value} link){more}{least}."
    )


def _named(act: _Act) -> str:
    """An act in words, with its rule."""
    title = act.alert.title
    return f"{title[:1].lower()}{title[1:]} ({act.alert.rule})"
