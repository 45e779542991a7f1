"""The report as plain JSON values: the published contract (docs/report.schema.json)."""

from __future__ import annotations

from typing import Any

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import UNDATED, Evidence, Gap
from onesec_cli.model.finding import Alert
from onesec_cli.model.incident import Incident
from onesec_cli.model.level import Level
from onesec_cli.model.report import (
    SCHEMA_VERSION,
    Coverage,
    InputFile,
    Quote,
    Report,
    RulesUse,
    Suppressed,
    SuppressionUse,
)
from onesec_cli.reports.briefed import brief_data
from onesec_cli.reports.incident_data import incident_head
from onesec_cli.reports.scored import MOST_MEASURES, measure_data, radius_data, score_data
from onesec_cli.version import VERSION

TOOL = {"name": "onesec", "version": VERSION}
NOT_QUOTED = Quote(text="", intact=False)


def document(report: Report) -> dict[str, Any]:
    """The whole report, in the order of the contract; lists that can be long are made as they are read."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": TOOL,
        "verdict": verdict(report),
        "policy": policy(report),
        "baseline": baseline(report),
        "manifest": manifest(report),
        "counts": counts(report),
        "inputs": [input_file(file) for file in report.inputs],
        "coverage": coverage(report.coverage),
        "rules": rules(report.rules),
        "alerts": (alert(one, report) for one in report.alerts),
        "suppressed": (suppressed(one, report) for one in report.suppressed),
        "suppressions": [suppression(one) for one in report.suppressions],
        "incidents": (incident(one) for one in report.incidents),
        "gaps": (gap(one) for one in report.gaps),
        "gaps_total": report.gaps_total,
    }


def verdict(report: Report) -> dict[str, Any]:
    """Status, sentence, reasons."""
    told = report.verdict
    return {"status": told.status, "sentence": told.sentence, "reasons": list(told.reasons)}


def policy(report: Report) -> dict[str, Any] | None:
    """The policy file that was used, if any."""
    used = report.policy
    return None if used is None else {"path": used.path, "sha256": used.sha256}


def baseline(report: Report) -> dict[str, Any] | None:
    """The earlier report whose alerts are known, if any."""
    used = report.baseline
    return None if used is None else {"path": used.path, "sha256": used.sha256, "alerts": used.alerts}


def manifest(report: Report) -> dict[str, Any]:
    """What the report was made by."""
    made = report.manifest
    return {
        "detectors_sha256": made.detectors_sha256,
        "rules_sha256": made.rules_sha256,
        "own_rules_sha256": made.own_rules_sha256,
        "given_rules": [{"path": one.path, "sha256": one.sha256} for one in made.given_rules],
        "fail_on": None if report.fail_on is None else report.fail_on.name,
        "options": made.options,
    }


def counts(report: Report) -> dict[str, Any]:
    """Totals over all inputs, alerts by level."""
    return {
        "records": sum(file.records for file in report.inputs),
        "events": sum(file.events for file in report.inputs),
        "duplicates": sum(file.duplicates for file in report.inputs),
        "ignored": sum(file.ignored for file in report.inputs),
        "gaps": sum(file.gaps for file in report.inputs),
        "alerts": len(report.alerts),
        "by_level": {level.name: sum(1 for one in report.alerts if one.level is level) for level in reversed(Level)},
        "known": sum(1 for one in report.alerts if one.known),
        "suppressed": len(report.suppressed),
        "withheld": report.withheld,
    }


def input_file(file: InputFile) -> dict[str, Any]:
    """One input; its counts add up."""
    return {
        "path": file.path,
        "sha256": file.sha256,
        "bytes": file.bytes,
        "format": file.format,
        "records": file.records,
        "events": file.events,
        "duplicates": file.duplicates,
        "ignored": file.ignored,
        "gaps": file.gaps,
        "ignored_reasons": file.ignored_reasons,
    }


def coverage(seen: Coverage) -> dict[str, Any]:
    """What was seen and who could have spoken."""
    return {
        "first_event": None if seen.first_event is None else show_time(seen.first_event),
        "last_event": None if seen.last_event is None else show_time(seen.last_event),
        "tenants": list(seen.tenants),
        "families": [{"family": one.family, "events": one.events, "codes": one.codes} for one in seen.families],
        "detectors": [
            {
                "rule": one.rule,
                "status": one.status,
                "reads": list(one.reads),
                "shown": one.shown,
                "unroutable": one.unroutable,
            }
            for one in seen.detectors
        ],
        "notes": list(seen.notes),
    }


def rules(used: RulesUse) -> dict[str, Any]:
    """The Sigma rules: which took part, which could not be loaded, which could not match this trail."""
    return {
        name: [{"file": one.file, "line": one.line, "id": one.id, "reason": one.reason} for one in notes]
        for name, notes in (
            ("loaded", used.loaded),
            ("skipped", used.skipped),
            ("cannot_match", used.cannot_match),
        )
    }


def alert(one: Alert, report: Report) -> dict[str, Any]:
    """One alert with its quoted evidence and its rule's advice."""
    card = report.cards.get(one.rule)
    return {
        "id": one.id,
        "rule": one.rule,
        "level": one.level.name,
        "judged_level": None if one.judged is None else one.judged.name,
        "known": one.known,
        "title": one.title,
        "message": one.message,
        "verdict": one.verdict,
        "asi": list(one.asi),
        "attack": list(one.attack),
        "tenant": one.tenant,
        "tenant_adopted": one.adopted,
        "subject": list(one.subject),
        "entities": list(one.entities),
        "first_seen": _when(one.first_seen),
        "last_seen": _when(one.last_seen),
        "count": one.count,
        "evidence": [_evidence(proof, report) for proof in one.evidence],
        "evidence_total": one.evidence_total,
        "judged_on": one.judged_on,
        "facts": one.facts,
        "why": card.why if card else "",
        "next_steps": card.next_steps if card else "",
    }


def _when(moment: int) -> str | None:
    """A time; None where the log tells none."""
    return None if moment == UNDATED else show_time(moment)


def _evidence(proof: Evidence, report: Report) -> dict[str, Any]:
    origin = proof.origin
    quote = report.quotes.get(f"{origin.file}:{origin.offset}", NOT_QUOTED)
    return {
        "file": origin.file,
        "line": origin.line,
        "offset": origin.offset,
        "length": origin.length,
        "sha256": origin.sha256,
        "time": _when(proof.time),
        "role": proof.role,
        "quote": quote.text,
        "intact": quote.intact,
        "caveats": list(quote.caveats),
    }


def suppressed(one: Suppressed, report: Report) -> dict[str, Any]:
    """An alert that the policy silences, and who answers for that."""
    why = {"reason": one.reason, "owner": one.owner, "expires": show_time(one.expires)}
    return {**alert(one.alert, report), "suppression": why}


def suppression(one: SuppressionUse) -> dict[str, Any]:
    """What became of a suppression of the policy."""
    return {
        "rule": one.rule,
        "reason": one.reason,
        "owner": one.owner,
        "expires": show_time(one.expires),
        "status": one.status,
        "alerts": one.alerts,
    }


def incident(one: Incident) -> dict[str, Any]:
    """Alerts that one act explains, in causal order, and what each link rests on."""
    return {
        **incident_head(one),
        "brief": brief_data(one.brief),
        **score_data(one.score),
        "tenant": one.tenant,
        "first_seen": show_time(one.first_seen),
        "last_seen": show_time(one.last_seen),
        "entities": list(one.entities),
        "steps": [
            {
                "alert": step.alert,
                "rule": step.rule,
                "level": step.level.name,
                "title": step.title,
                "asi": step.asi,
                "time": show_time(step.time),
            }
            for step in one.steps
        ],
        "joins": [
            {
                "earlier": join.earlier,
                "later": join.later,
                "on": list(join.on),
                "grade": join.grade.value,
                "edge": join.grade.edge,
                "seconds": join.seconds,
            }
            for join in one.joins
        ],
        "blast_radius": radius_data(one.radius),
        "containment": [measure_data(each) for each in one.radius.measures[:MOST_MEASURES]],
        "containment_total": len(one.radius.measures),
    }


def gap(one: Gap) -> dict[str, Any]:
    """One place that could not be read."""
    return {"file": one.file, "line": one.line, "offset": one.offset, "reason": one.reason}
