"""Findings fold into alerts: one claim on one subject is read once, however often it was made."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from onesec_cli.model.clock import DAY
from onesec_cli.model.detector import Rule
from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import Alert, Finding, known_by
from onesec_cli.model.mask import mask_facts, mask_name

QUIET: Final = DAY
"""A claim that is silent for longer than this starts a new alert when it comes back."""
MAX_EVIDENCE: Final = 20
"""Records listed per alert; `evidence_total` counts them all."""


def nobody(event_id: str) -> bool:
    """No event was given a tenant that it does not name."""
    return False


def fold(
    findings: Iterable[Finding], rules: Mapping[str, Rule], adopted: Callable[[str], bool] = nobody
) -> list[Alert]:
    """Alerts by level (worst first), time, rule and id. The order of the findings does not matter.

    `adopted` knows the events whose tenant is not told by their record but by what else is in the run: such a tenant is
    told of an alert, and is no part of what the alert is known by.
    """
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.tenant, finding.rule, finding.verdict, finding.subject), []).append(finding)
    alerts: list[Alert] = []
    for members in groups.values():
        begun: Counter[str] = Counter()
        for run in _runs(sorted(members, key=_order) if len(members) > 1 else members):
            trigger = run[0].event_id
            alerts.append(_alert(run, rules[run[0].rule], begun[trigger], adopted(trigger)))
            begun[trigger] += 1
    return sorted(alerts, key=lambda alert: (-alert.level, alert.first_seen, alert.rule, alert.id))


def _order(one: Finding) -> tuple[int, str, int, str]:
    """By time; of one moment by id, the worse one first. The last part leaves nothing to the order of arrival."""
    return (one.time, one.event_id, -one.level, repr(one))


def _end(finding: Finding) -> int:
    return max(finding.until, finding.time)


def _runs(members: list[Finding]) -> list[list[Finding]]:
    """Members in order, cut where the claim was silent for longer than `QUIET`."""
    runs = [[members[0]]]
    until = _end(members[0])
    for finding in members[1:]:
        if finding.time - until > QUIET:
            runs.append([])
        runs[-1].append(finding)
        until = max(until, _end(finding))
    return runs


def _id(first: Finding, nth: int, adopted: bool) -> str:
    """Of the claim and its first trigger, never of a place in a file or of what else is in the run.

    `nth` tells apart alerts of one claim that begin with the same event id, which a trail may use twice.
    """
    tenant, subject = known_by("" if adopted else first.tenant, first.subject)
    parts = [tenant, first.rule, first.verdict, subject, first.event_id, *([nth] if nth else [])]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _alert(run: list[Finding], rule: Rule, nth: int, adopted: bool) -> Alert:
    """Its id is made of what the log says; what is told of it is masked here, once for every reader of alerts."""
    first = run[0]
    worst = max(run, key=lambda finding: finding.level)
    proofs = _proofs(run, worst)
    return Alert(
        id=_id(first, nth, adopted),
        rule=first.rule,
        level=worst.level,
        title=mask_name(worst.title or rule.title),
        message=mask_name(worst.message),
        verdict=first.verdict,
        asi=rule.asi,
        attack=rule.attack,
        tenant=mask_name(first.tenant),
        adopted=adopted,
        subject=tuple(mask_name(entity) for entity in first.subject),
        entities=tuple(sorted({mask_name(one) for finding in run for one in finding.entities if _names(one)})),
        first_seen=min((first.time, *(proof.time for proof in first.evidence[:1]))),
        last_seen=max(_end(finding) for finding in run),
        count=len(run),
        evidence=tuple(proofs[:MAX_EVIDENCE]),
        evidence_total=len(proofs),
        judged_on=mask_name(worst.judged_on),
        facts=mask_facts(worst.facts),
    )


def _names(entity: str) -> bool:
    """Whether an entity has a value behind its type; a trail may name no tenant."""
    return not entity.endswith(":")


def _proofs(run: list[Finding], worst: Finding) -> list[Evidence]:
    """Distinct proofs: those of the worst finding first, as it told them, then the others by time.

    One record may hold many events (a whole conversation, a batch of spans), so a proof is a record, a moment and, in
    the worst finding, the part it plays.
    """
    told = list(dict.fromkeys(worst.evidence))
    known = {_spot(proof) for proof in told}
    others = [proof for finding in run if finding is not worst for proof in finding.evidence]
    for proof in sorted(others, key=lambda one: one.time):  # at one time as they were told: never by their place
        if _spot(proof) not in known:
            known.add(_spot(proof))
            told.append(proof)
    return told


def _spot(proof: Evidence) -> tuple[str, int, int, int]:
    return (proof.origin.file, proof.origin.offset, proof.origin.length, proof.time)
