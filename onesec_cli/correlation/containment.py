"""What to take away after an alert or an incident: from the access that was held, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from onesec_cli.model.access import DELEGATION, TOOL_CALL, AccessRow
from onesec_cli.model.clock import show_time
from onesec_cli.model.finding import Alert
from onesec_cli.model.level import Level
from onesec_cli.model.reachable import Measure

_ACTION: Final = {
    "token vault": "unlink-account",
    TOOL_CALL: "unlink-account",
    DELEGATION: "revoke-delegation",
    "consent": "revoke-grant",
    "on behalf of": "revoke-grant",
    "sign-in": "revoke-refresh-tokens",
    "client credentials": "rotate-client-secret",
    "session of another user": "end-session",
}
_HIJACKED: Final = frozenset({"refresh-token-reuse", "session-impersonation"})
"""Rules whose claim is that somebody else is in the user's place."""
_ROGUE: Final = frozenset({"planted-task", "unspawned", "unknown-parent", "acts-after-end", "outlives-parent"})
"""Verdicts of rogue-agent whose subject is the agent that should not be there."""
_ORDER: Final = (
    *("revoke-at-provider", "end-session", "revoke-delegation", "revoke-grant", "unlink-account"),
    *("revoke-refresh-tokens", "rotate-client-secret", "stop-agent", "clean-memory", "block-user", "block-destination"),
)


def measures(rows: Sequence[AccessRow], alerts: Sequence[Alert], at: int, others: int = 0) -> tuple[Measure, ...]:
    """What to do, each thing once, what ends most at once first. `at` is the end of the trail, which the rows tell of.

    `others` is for how many users whom nobody names the same agents held access too.
    """
    found: dict[tuple[str, tuple[str, ...]], list[Measure]] = {}
    survived = _survived(alerts)
    ends = {one.target for one in survived}
    used = {_whose(row): row for row in rows if row.basis == TOOL_CALL}
    dead = [row for row in rows if row.basis == DELEGATION and _outlived(row, used)]
    shown = {_whose(row) for row in dead}
    held = [
        row
        for row in rows
        if row.basis != TOOL_CALL
        or ((f"user:{row.user}", f"connection:{row.place}") not in ends and _whose(row) not in shown)
    ]
    lasting = [_lasting(row, used[_whose(row)]) for row in dead]
    told = (*survived, *lasting, *(_of(row, at) for row in held), *_rotations(rows), *_blocks(rows, alerts, others))
    for one in told:
        found.setdefault((one.action, one.target), []).append(one)
    merged = [_merged(ones) for ones in found.values()]
    return tuple(sorted(merged, key=lambda one: (_ORDER.index(one.action), not one.open, one.target)))


def _whose(row: AccessRow) -> tuple[str, ...]:
    """Who acts for whom where, whatever it rests on."""
    return (row.tenant, row.agent, row.user, row.place)


def _outlived(row: AccessRow, used: Mapping[tuple[str, ...], AccessRow]) -> bool:
    """Whether the holder of a delegation went on after it had ended: then nobody took from it what it acts with."""
    use = used.get(_whose(row))
    return row.ended is not None and use is not None and use.ended is None and use.last_used > row.ended


def _lasting(row: AccessRow, use: AccessRow) -> Measure:
    """A delegation that is over in the books alone."""
    assert row.ended is not None
    return Measure(
        action=_ACTION[DELEGATION],
        target=_target(row),
        open=True,
        reason=f"it was ended {show_time(row.ended)}, and {row.agent} acted {show_time(use.last_used)} all the same: "
        "take back what was issued with it",
        proofs=tuple(dict.fromkeys(f"{one.origin.file}:{one.origin.line}" for one in (*row.evidence, *use.evidence))),
    )


def _target(row: AccessRow) -> tuple[str, ...]:
    agent = f"agent:{row.agent}" if row.agent else f"client:{row.client}"
    told = (f"user:{row.user}", agent, f"connection:{row.place}")
    return tuple(one for one in told if not one.endswith(":"))


def _of(row: AccessRow, at: int) -> Measure:
    place = f"connection:{row.place}"
    user = f"user:{row.user}"
    action = _ACTION.get(row.basis, "revoke-grant")
    target = {
        "unlink-account": (user, place),
        "rotate-client-secret": (f"client:{row.client or row.agent}",),
        "revoke-refresh-tokens": (user, f"client:{row.client or row.agent}"),
    }.get(action, _target(row))
    if row.ended is None and row.status != "active" and row.token_expires is not None:
        reason = f"it ran out {show_time(row.token_expires)}"
    elif row.ended is None:
        reason = f"{row.agent or row.client or 'somebody'} had it by {row.basis} and nothing in the trail ended it"
    else:
        reason = f"it was ended {show_time(row.ended)}"
    if row.status != "active" and row.lives(at) and row.token_expires is not None:
        reason += f"; a token lives until {show_time(row.token_expires)}: revoke it at the provider"
    return Measure(
        action=action,
        target=tuple(one for one in target if not one.endswith(":")),
        open=row.open(at),
        reason=reason,
        proofs=tuple(dict.fromkeys(f"{one.origin.file}:{one.origin.line}" for one in row.evidence)),
    )


def _survived(alerts: Sequence[Alert]) -> list[Measure]:
    """What was used although it had been unlinked: unlinking it once more ends nothing."""
    found = []
    for alert in alerts:
        names = {one.partition(":")[0]: one for one in alert.subject}
        if alert.rule == "use-after-unlink" and alert.verdict != "refused" and {"user", "connection"} <= names.keys():
            measure = Measure(
                action="revoke-at-provider",
                target=(names["user"], names["connection"]),
                open=True,
                reason="it was used after it had been unlinked: a copy of the access lives on at the provider",
                proofs=tuple(f"{one.origin.file}:{one.origin.line}" for one in alert.evidence[:2]),
            )
            found.append(measure)
    return found


def _rotations(rows: Sequence[AccessRow]) -> list[Measure]:
    """A client that was turned against its users keeps its secret, whatever else is taken from it."""
    return [
        Measure(
            action="rotate-client-secret",
            target=(f"client:{row.client}",),
            open=True,
            reason="whoever has its secret can ask for tokens again",
            proofs=(f"{row.evidence[0].origin.file}:{row.evidence[0].origin.line}",) if row.evidence else (),
        )
        for row in rows
        if row.client
    ]


def _blocks(rows: Sequence[AccessRow], alerts: Sequence[Alert], others: int) -> list[Measure]:
    """What is no access and must be ended all the same: places, people, agents and memories that the alerts name."""
    found = []
    for alert in alerts:
        proofs = tuple(f"{one.origin.file}:{one.origin.line}" for one in alert.evidence[:1])
        for kind, action, reason in _ends(alert):
            names = dict.fromkeys(one for one in (*alert.subject, *alert.entities) if one.startswith(f"{kind}:"))
            if kind == "agent":  # the others that it names are those it came from
                names = dict.fromkeys(list(names)[:1])
            for one in names:
                left = _left(action, one, rows, others)
                told = f"{reason}; {left.text}" if left.text else reason
                found.append(Measure(action=action, target=(one,), open=left.open, reason=told, proofs=proofs))
    return found


class _Left(NamedTuple):
    """What the trail shows of the end of something that is no access."""

    open: bool
    text: str = ""


def _left(action: str, target: str, rows: Sequence[AccessRow], others: int) -> _Left:
    """An agent is stopped where each access that it was seen to hold was taken away; of all else the trail shows no end."""
    if action == "clean-memory":
        return _Left(True, "whether it was cleaned since is not seen in the trail")
    if action != "stop-agent":
        return _Left(True)
    name = target.partition(":")[2]
    ended = [row.ended for row in rows if name in (row.agent, row.client)]
    if ended and not others and None not in ended:
        last = max(one for one in ended if one is not None)
        return _Left(False, f"each access that it was seen to hold was taken away, the last {show_time(last)}")
    return _Left(True, "whether it was stopped is not seen in the trail")


def _ends(alert: Alert) -> list[tuple[str, str, str]]:
    """Kind of entity, what to do to it, and why."""
    ends = [("destination", "block-destination", "what was taken went there")]
    if alert.rule == "goal-hijack" and alert.level >= Level.high:
        ends.append(("agent", "stop-agent", "it obeyed a text that it read, and may read it again"))
    if alert.rule in _HIJACKED:
        ends.append(("user", "block-user", "somebody else is in the user's place, until their credentials are new"))
    if alert.rule == "rogue-agent" and alert.verdict in _ROGUE:
        ends.append(("agent", "stop-agent", f"{alert.title[:1].lower()}{alert.title[1:]}"))
    if alert.rule == "memory-poisoning" and alert.level >= Level.medium:
        ends.append(("memory", "clean-memory", "what was planted there tells every later conversation what to do"))
    return ends


def _merged(ones: Sequence[Measure]) -> Measure:
    first = next((one for one in ones if one.open), ones[0])
    return Measure(
        action=first.action,
        target=first.target,
        open=first.open,
        reason=first.reason,
        proofs=tuple(dict.fromkeys(proof for one in ones for proof in one.proofs)),
    )
