"""SARIF 2.1.0: a result per alert at its line of the log, rules with their advice, gaps as notifications of the tool."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED, Gap
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.report import Report, Suppressed, told_together
from onesec_cli.reports.briefed import brief_data, revoke_now, still_open
from onesec_cli.reports.entities import split
from onesec_cli.reports.incident_data import incident_head
from onesec_cli.reports.markdown_text import inline
from onesec_cli.reports.neutralise import neutralise
from onesec_cli.reports.plain import filled, safe
from onesec_cli.reports.sarif_text import message, place, uri
from onesec_cli.reports.scored import Linked, bounds, linked
from onesec_cli.reports.stream import filled_list
from onesec_cli.version import VERSION

INCIDENTS: Final = 1000
"""Incidents told of a run; `incidentsTotal` counts them all."""
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL: Final = {
    Level.informational: ("note", "0.0"),
    Level.low: ("note", "3.0"),
    Level.medium: ("warning", "5.5"),
    Level.high: ("error", "8.0"),
    Level.critical: ("error", "9.5"),
}
"""SARIF's level, and the number that code-scanning services order by."""
_NOTICES: Final = {
    "unreadable-record": "A part of the evidence could not be read.",
    "blind-rule": "A rule was shown nothing it reads: its silence says nothing.",
    "trail-limit": "A limit of this trail that a reader of the verdict must know.",
    "inconclusive-run": "Nothing could be judged.",
    "rule-not-loaded": "A rule could not be loaded, or could not match this trail.",
    "suppression-lapsed": "A suppression of the policy that no longer holds.",
}


def pieces(report: Report) -> Iterator[str]:
    """One run. Results in the order of the report, then the suppressed ones."""
    files = {file.path: number for number, file in enumerate(report.inputs)}
    firsts = {alert.rule: alert for alert in reversed([*report.alerts, *(one.alert for one in report.suppressed)])}
    ids = sorted({*report.cards, *firsts})
    numbers = {rule: number for number, rule in enumerate(ids)}
    steps = linked(report)
    results = chain(
        (_result(alert, report, numbers, files, None, steps.get(alert.id, ())) for alert in report.alerts),
        (_result(one.alert, report, numbers, files, one) for one in report.suppressed),
    )
    run = {
        "tool": {
            "driver": {
                "name": "onesec",
                "version": VERSION,
                "semanticVersion": VERSION,
                "shortDescription": {"text": "Forensic analyzer of identity and agent trails"},
                "rules": [_rule(rule, report, firsts.get(rule)) for rule in ids],
                "notifications": [
                    {"id": name, "name": _pascal(name), "shortDescription": {"text": text}}
                    for name, text in _NOTICES.items()
                ],
            }
        },
        "automationDetails": {"id": "onesec/scan/"},
        "columnKind": "unicodeCodePoints",
        "artifacts": [
            filled(
                location={"uri": uri(file.path)},
                length=file.bytes,
                roles=["analysisTarget"],
                hashes={"sha-256": file.sha256} if file.sha256 else {},
                description=message(file.format) if file.format else {},
            )
            for file in report.inputs
        ],
        "invocations": [_invocation(report, files)],
        "properties": {
            "verdict": report.verdict.status,
            "sentence": neutralise(report.verdict.sentence),
            **_stories(report.incidents),
        },
        "results": [],
    }
    return filled_list({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, results)


def _stories(incidents: Sequence[Incident]) -> dict[str, Any]:
    """SARIF has no word for what several results tell together, so the run's properties hold it."""
    if not incidents:
        return {}
    return {"incidents": [safe(_story(one)) for one in incidents[:INCIDENTS]], "incidentsTotal": len(incidents)}


def _story(one: Incident) -> dict[str, Any]:
    return {
        **incident_head(one),
        "riskScore": one.score.risk,
        "brief": brief_data(one.brief),
        "stillOpen": still_open(one),
        "revokeNow": revoke_now(one),
        "leftOut": list(bounds(one.radius)),
        "alerts": [step.alert for step in one.steps],
        "links": [
            filled(earlier=join.earlier, later=join.later, on=join.on, grade=join.grade.value, edge=join.grade.edge)
            for join in one.joins
        ],
    }


def _pascal(words: str) -> str:
    """A name as SARIF likes it: the letters and digits of the words, each word capitalised."""
    return "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", words))


def _rule(rule: str, report: Report, first: Alert | None) -> dict[str, Any]:
    card = report.cards.get(rule)
    level = card.level if card else None
    if level is None:
        level = first.level if first else Level.medium
    tags = ["security", *((*first.asi, *first.attack) if first else ())]
    told = {
        "id": neutralise(rule),
        "defaultConfiguration": {"level": _LEVEL[level][0]},
        "properties": {"tags": safe(tags), "security-severity": _LEVEL[level][1]},
    }
    if card:
        told |= {
            "name": _pascal(card.title) or "Rule",
            "shortDescription": message(card.title),
            "fullDescription": message(" ".join(card.summary.split()) or card.title),
        }
        parts = {"Why it matters": card.why, "What it misses": card.misses, "What to do": card.next_steps}
        said = [(head, " ".join(text.split())) for head, text in parts.items() if text]
        if said:
            told["help"] = {
                **message(" ".join(f"{head}: {text}" for head, text in said)),
                "markdown": "\n\n".join(f"**{head}.** {inline(text)}" for head, text in said),
            }
    return told


def _result(
    alert: Alert,
    report: Report,
    numbers: dict[str, int],
    files: dict[str, int],
    silenced: Suppressed | None,
    incidents: Sequence[Linked] = (),
) -> dict[str, Any]:
    level, severity = _LEVEL[alert.level]
    places = _locations(alert, report, files)
    told: dict[str, Any] = {
        "ruleId": neutralise(alert.rule),
        "ruleIndex": numbers[alert.rule],
        "level": level,
        "message": message(alert.message),
        "locations": places[:1],
        "relatedLocations": [{"id": number, **one} for number, one in enumerate(places[1:], 1)],
        "partialFingerprints": {"onesecAlert/v1": alert.id, "onesecClaim/v1": alert.claim},
        "occurrenceCount": alert.count,
        "properties": safe(_properties(alert, severity, incidents)),
    }
    if incidents:
        told["rank"] = float(max(one.risk for one in incidents))
    if report.baseline:
        told["baselineState"] = "unchanged" if alert.known else "new"
    if report.suppressions:  # either all results of a run say whether they are suppressed, or none
        told["suppressions"] = [_suppression(silenced)] if silenced else []
    return told


def _suppression(one: Suppressed) -> dict[str, Any]:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": neutralise(one.reason),
        "properties": {"owner": neutralise(one.owner), "expires": show_time(one.expires)},
    }


def _locations(alert: Alert, report: Report, files: dict[str, int]) -> list[dict[str, Any]]:
    """The evidence, trigger first: where it is, what part it plays; of the trigger also what it says, secrets masked."""
    told: list[dict[str, Any]] = []
    for proof in alert.evidence:
        quote = None if told else report.quotes.get(f"{proof.origin.file}:{proof.origin.offset}")
        told.append(
            {
                "physicalLocation": place(proof.origin, files),
                "message": message(proof.role),
                "properties": filled(
                    sha256=proof.origin.sha256,
                    record=neutralise(quote.text) if quote else "",
                    time=None if proof.time == UNDATED else show_time(proof.time),
                ),
            }
        )
    if told:
        names = [(neutralise(kind), neutralise(value)) for kind, value in map(split, alert.subject)]
        told[0]["logicalLocations"] = [
            {"name": value, "fullyQualifiedName": f"{kind}:{value}", "kind": kind} for kind, value in names if value
        ]
    return told


def _properties(alert: Alert, severity: str, incidents: Sequence[Linked]) -> dict[str, Any]:
    dated = alert.first_seen != UNDATED
    return filled(
        title=alert.title,
        level=alert.level.name,
        judgedLevel=alert.judged.name if alert.judged is not None else "",
        tags=[*alert.asi, *alert.attack],
        tenant=alert.tenant,
        entities=alert.entities,
        firstSeen=show_time(alert.first_seen) if dated else "",
        lastSeen=show_time(alert.last_seen) if dated else "",
        evidenceTotal=alert.evidence_total,
        judgedOn=alert.judged_on,
        verdict=alert.verdict,
        incidents=[{"id": one.incident, "riskScore": one.risk, "link": one.link} for one in incidents],
        **{"security-severity": severity},
    )


def _invocation(report: Report, files: dict[str, int]) -> dict[str, Any]:
    notices = [_gap(gap, files) for gap in report.gaps]
    if report.gaps_total > len(report.gaps):
        notices.append(_notice("unreadable-record", "warning", f"and {report.gaps_total - len(report.gaps):,} more"))
    for judge in report.coverage.detectors:
        if judge.status == "blind":
            notices.append(_notice("blind-rule", "note", f"{judge.rule} was shown nothing of {', '.join(judge.reads)}"))
    notices += [_notice("trail-limit", "note", note) for note in report.coverage.notes]
    if report.verdict.status == "inconclusive":
        notices.append(_notice("inconclusive-run", "error", report.verdict.sentence))
    settings = [
        _notice("rule-not-loaded", "warning", f"{one.file}:{one.line}: {one.id} {one.reason}")
        for one in report.rules.skipped
    ]
    settings += [
        _notice(
            "rule-not-loaded",
            "warning" if len(notes) == 1 and not notes[0].shipped else "note",
            f"{notes[0].file}:{notes[0].line}: {notes[0].id} {why}"
            if len(notes) == 1
            else f"{len(notes):,} rules that come with onesec could not match: {why}",
        )
        for why, notes in told_together(report.rules.cannot_match)
    ]
    settings += [
        _notice(
            "suppression-lapsed",
            "warning",
            f"the suppression of {one.rule} by {one.owner} does not hold ({one.status}, until {show_time(one.expires)})",
        )
        for one in report.suppressions
        if one.status in ("expired", "undated")
    ]
    return filled(
        executionSuccessful=report.verdict.status != "inconclusive",
        toolExecutionNotifications=notices,
        toolConfigurationNotifications=settings,
    )


def _gap(gap: Gap, files: dict[str, int]) -> dict[str, Any]:
    artifact: dict[str, Any] = {"uri": uri(gap.file)}
    if gap.file in files:
        artifact["index"] = files[gap.file]
    region = {"startLine": max(1, gap.line), "byteOffset": gap.offset}
    where = [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    return {**_notice("unreadable-record", "warning", gap.reason), "locations": where}


def _notice(name: str, level: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": name}, "level": level, "message": message(text)}
