"""Findings fold into alerts: one claim on one subject is read once, however often it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from onesec_cli.model.clock import DAY
from onesec_cli.model.detector import Rule
from onesec_cli.model.event import Evidence
from onesec_cli.model.finding import Alert, Finding

QUIET: Final = DAY
"""A claim that is silent for longer than this starts a new alert when it comes back."""
MAX_EVIDENCE: Final = 20
"""Records listed per alert; `evidence_total` counts them all."""


def fold(findings: Iterable[Finding], rules: Mapping[str, Rule]) -> list[Alert]:
    """Alerts by level (worst first), time, rule and id. The order of the findings does not matter."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.tenant, finding.rule, finding.verdict, finding.subject), []).append(finding)
    alerts: list[Alert] = []
    for members in groups.values():
        members.sort(key=lambda one: (one.time, one.event_id, -one.level, one.message))
        run = [members[0]]
        until = max(members[0].until, members[0].time)
        for finding in members[1:]:
            if finding.time - until > QUIET:
                alerts.append(_alert(run, rules[finding.rule]))
                run = []
            run.append(finding)
            until = max(until, finding.until, finding.time)
        alerts.append(_alert(run, rules[run[0].rule]))
    return sorted(alerts, key=lambda alert: (-alert.level, alert.first_seen, alert.rule, alert.id))


def _alert(run: list[Finding], rule: Rule) -> Alert:
    first = run[0]
    worst = max(run, key=lambda finding: finding.level)
    proofs = _proofs(run, worst)
    name = "\0".join((first.tenant, first.rule, first.verdict, *first.subject, first.event_id))
    return Alert(
        id=hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        rule=first.rule,
        level=worst.level,
        title=worst.title or rule.title,
        message=worst.message,
        verdict=first.verdict,
        asi=rule.asi,
        attack=rule.attack,
        tenant=first.tenant,
        subject=first.subject,
        entities=tuple(sorted({entity for finding in run for entity in finding.entities})),
        first_seen=min((first.time, *(proof.time for proof in first.evidence[:1]))),
        last_seen=max(max(finding.until, finding.time) for finding in run),
        count=len(run),
        evidence=tuple(proofs[:MAX_EVIDENCE]),
        evidence_total=len(proofs),
        judged_on=worst.judged_on,
        facts=worst.facts,
    )


def _proofs(run: list[Finding], worst: Finding) -> list[Evidence]:
    """Distinct records: those of the worst finding first, as it told them, then the others by time."""
    told: dict[tuple[str, int, int], Evidence] = {}
    for proof in worst.evidence:
        told.setdefault((proof.origin.file, proof.origin.offset, proof.origin.length), proof)
    others = [proof for finding in run if finding is not worst for proof in finding.evidence]
    for proof in sorted(others, key=lambda one: (one.time, one.origin.file, one.origin.offset)):
        told.setdefault((proof.origin.file, proof.origin.offset, proof.origin.length), proof)
    return list(told.values())
