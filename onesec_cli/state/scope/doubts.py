"""Whether wider tokens of an agent are an escalation or the next of its tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from onesec_cli.model.event import EMPTY, Event
from onesec_cli.model.finding import Finding
from onesec_cli.model.level import Level
from onesec_cli.state.scope.claims import Claim, telling
from onesec_cli.state.scope.holders import MANY_SETS, Doubt, Held, Place, learn
from onesec_cli.state.scope.scopes import ADMIN, gained

_YOUNG: Final = 10
"""Tokens without anything new after which a holder is settled."""
_SETTLED: Final = 50
"""The same for one whose tokens differ from task to task."""
_VARIED: Final = 3
_USUAL: Final = 3
"""Users who hold a scope, from which on it belongs to what the application does."""
_MOST_DOUBTS: Final = 16
_WAIT: Final = 60
"""Tokens after which a doubt is told if the scope did not come and go."""


def is_doubtful(held: Held, claim: Claim) -> bool:
    """Whether growth may be the next task of an agent that asks for what each task needs."""
    limit = _SETTLED if held.switches >= _VARIED else _YOUNG
    return (
        claim.verdict == "grew-without-reconnect"
        and claim.power < ADMIN
        and held.steady <= limit
        and len(held.doubts) < _MOST_DOUBTS
    )


def is_usual(place: Place, held: Held, now: frozenset[str], provider: str, claim: Claim) -> bool:
    """Whether a young user of the application, or one who was asked again, got what several others have."""
    if claim.verdict != "reconsented-wider" and (held.seen > _YOUNG or claim.verdict != "grew-without-reconnect"):
        return False
    usual = frozenset(scope for scope, users in place.common.items() if users >= _USUAL)
    return not telling(gained(held.scopes | usual, now, provider), provider)


def doubted(held: Held) -> frozenset[str]:
    """What was gained and is in doubt."""
    return EMPTY.union(*(doubt.gain for doubt in held.doubts)) if held.doubts else EMPTY


def follow(held: Held, place: Place | None, event: Event, now: frozenset[str]) -> Iterator[Finding]:
    """One more token after those that are in doubt."""
    doubts, held.doubts = held.doubts, []
    for doubt in doubts:
        if doubt.follow(event, now, len(held.sets) >= MANY_SETS):
            learn(held, event, doubt.gain, place)
            yield replace(
                doubt.finding,
                level=Level.informational,
                verdict="comes-and-goes",
                title="Scope that comes and goes",
                message=f"{doubt.finding.message.removesuffix('.')}; since then it came and went again.",
                until=event.time,
            )
        elif doubt.tokens >= _WAIT:
            yield told(held, doubt)
        else:
            held.doubts.append(doubt)


def told(held: Held, doubt: Doubt) -> Finding:
    """A doubt that nothing has cleared up; less sure of an agent whose tokens keep changing."""
    found = doubt.finding
    if len(held.sets) >= MANY_SETS:
        found = replace(found, level=found.level.raised(-1))
    if doubt.again is None:
        return found
    return replace(found, evidence=(*found.evidence, doubt.again), until=doubt.again.time)
