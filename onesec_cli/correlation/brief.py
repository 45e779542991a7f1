"""Who was hijacked, by which text, and what was taken: the alerts of an incident, asked what a responder asks first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from onesec_cli.model.brief import Answer, Brief
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import ASKED, INSTRUCTED, OBEYED, PLANTED, Alert

HIJACK: Final = "goal-hijack"
MEMORY: Final = "memory-poisoning"
TAKES: Final = frozenset(
    {
        *("exfiltration", "scope-escalation", "consent-phishing", "unauthorized-agent", "use-after-unlink"),
        *("rapid-exchange", "account-swap", "credential-binding-change", "session-impersonation"),
        *("refresh-token-reuse", "privileged-grant-change"),
    }
)
"""Rules whose claim is that somebody got hold of something."""
DELEGATED: Final = "delegation-chain"
_HANDED: Final = frozenset({"child-wider-than-parent", "expired-parent", "delegation-revoked", "parent-revoked"})
"""Verdicts of a delegation that gave power which nobody had to give."""
MOST: Final = 50
"""Answers to one question."""
_TEXT: Final = 400
_NOT_DONE: Final = frozenset({"refused", "failed"})
"""Outcomes of a call that took nothing."""


def brief_of(alerts: Sequence[Alert]) -> Brief:
    """`alerts` are those of an incident, in causal order."""
    turned = [one for one in alerts if one.rule == HIJACK]
    if not turned:  # nothing shows an agent obeying: what was planted in its memory is all there is
        turned = [one for one in alerts if one.rule == MEMORY]
    return Brief(
        hijacked=_once(_answer(one, _whom(one)) for one in turned),
        by_text=_once(_text(one) for one in turned),
        asked=_once(_answer(one, _said(one, "goal"), _proof(one, ASKED)) for one in turned),
        taken=_taken([one for one in alerts if _takes(one)], turned),
    )


def _once(answers: Iterable[Answer]) -> tuple[Answer, ...]:
    """Each answer once, as it was first given."""
    told: dict[str, Answer] = {}
    for one in answers:
        if one.text:
            told.setdefault(one.text, one)
    return tuple(told.values())[:MOST]


def _taken(alerts: Sequence[Alert], turned: Sequence[Alert]) -> tuple[Answer, ...]:
    """What was taken; of alerts on one act only the gravest. What an agent sent because a text said so, nobody else may tell."""
    acts: dict[object, Alert] = {}
    for one in alerts:
        act = (one.evidence[0].origin, one.evidence[0].time) if one.evidence else one.id
        known = acts.get(act)
        if known is None or one.level > known.level:
            acts[act] = one
    kept = {one.id for one in acts.values()}
    found = [_answer(one, _what(one)) for one in alerts if one.id in kept]
    for one in turned:
        found += [_answer(one, text, proof) for text, proof in _sent(one) if (proof.origin, proof.time) not in acts]
    return _once(sorted(found, key=lambda answer: answer.time))


def _takes(alert: Alert) -> bool:
    """Whether something was taken: what was tried and not let through took nothing."""
    if alert.verdict == "refused" or _said(alert, "outcome") in _NOT_DONE:
        return False
    return alert.rule in TAKES or (alert.rule == DELEGATED and alert.verdict in _HANDED)


def _what(alert: Alert) -> str:
    """Data by where it was read and where it went; all else in the words of the alert."""
    source, to, tool = (_said(alert, name) for name in ("source_tool", "destination", "tool"))
    text = f"data: what {source} had returned, sent to {to} through {tool}" if source and to and tool else alert.message
    if alert.count == 1:
        return text
    return f"{text.removesuffix('.')} ({alert.count:,} times, the last {show_time(alert.last_seen)})"


def _sent(alert: Alert) -> Iterator[tuple[str, Evidence]]:
    """What the calls of a hijack sent to a place that only the text had given."""
    calls = {show_time(one.time): one for one in alert.evidence if one.role == OBEYED}
    chain = alert.facts.get("chain")
    for step in chain if isinstance(chain, list) else ():
        proof = calls.get(step["time"]) if step.get("to") and step["outcome"] not in _NOT_DONE else None
        if proof is not None:
            yield f"data: what {step['tool']} carried, sent to {step['to']}", proof


def _whom(alert: Alert) -> str:
    """The agent that was turned, the user it acted for, and the conversation."""
    named: dict[str, str] = {}
    for one in alert.entities:
        kind, _, value = one.partition(":")
        named.setdefault(kind, value)
    agent = named.get("agent") or named.get("client") or "an agent that its log does not name"
    user = named.get("user") or "a user that its log does not name"
    return f"{agent}, acting for {user}" + (f", in session {named['session']}" if "session" in named else "")


def _text(alert: Alert) -> Answer:
    said = _said(alert, "instruction") or _said(alert, "sentence")
    tool, kind = _said(alert, "source_tool"), _said(alert, "source")
    place = "a memory" if kind == "memory" else f"a result of {tool}" if tool else ""
    short = said if len(said) <= _TEXT else said[: _TEXT - 3].rstrip() + "..."
    told = (f"{short!r}" + (f" ({place})" if place else "")) if said else ""
    return _answer(alert, told, _proof(alert, INSTRUCTED, PLANTED))


def _proof(alert: Alert, *roles: str) -> Evidence | None:
    return next((one for one in alert.evidence if one.role in roles), None)


def _said(alert: Alert, name: str) -> str:
    value = alert.facts.get(name)
    return value if isinstance(value, str) else ""


def _answer(alert: Alert, text: str, proof: Evidence | None = None) -> Answer:
    shown = proof or (alert.evidence[0] if alert.evidence else None)
    return Answer(
        time=shown.time if shown is not None else alert.first_seen,
        text=text,
        alert=alert.id,
        proof=f"{shown.origin.file}:{shown.origin.line}" if shown is not None else "",
    )
