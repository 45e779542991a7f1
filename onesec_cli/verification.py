"""A report held against its evidence: the part of the public API that needs no detector."""

from __future__ import annotations

from onesec_cli.manifest import detectors_digest
from onesec_cli.model.verification import Check, FileCheck, State, Verification
from onesec_cli.sources.earlier import Written, WrittenAlert, WrittenEvidence, load_written
from onesec_cli.sources.second_look import Cited, Found, Look


def verify(path: str, root: str = ".") -> Verification:
    """Look again at every input and every record that a JSON or JSON Lines report names; relative paths are under `root`.

    Raises InputError where the report cannot be used.
    """
    report, digest = load_written(path)
    look = Look(root)
    claims = [(alert, proof) for alert in (*report.alerts, *report.suppressed) for proof in alert.evidence]
    by_file: dict[str, dict[Cited, None]] = {}
    for _, proof in claims:
        by_file.setdefault(proof.file, {})[_cited(proof)] = None
    found = {name: look.records(name, cited) for name, cited in by_file.items()}
    return Verification(
        report=path,
        sha256=digest,
        files=tuple(FileCheck(path=one.path, state=_state(one.sha256, look.digest(one.path))) for one in report.inputs),
        checks=tuple(_check(alert, proof, found[proof.file][_cited(proof)]) for alert, proof in claims),
        notes=tuple(_notes(report, look)),
    )


def _cited(proof: WrittenEvidence) -> Cited:
    return Cited(proof.line, proof.offset, proof.length, proof.sha256)


def _state(told: str, now: str) -> State:
    if not told:
        return State.unsealed
    return State.missing if not now else State.intact if now == told else State.changed


def _check(alert: WrittenAlert, proof: WrittenEvidence, found: Found) -> Check:
    return Check(
        alert=alert.id,
        rule=alert.rule,
        message=alert.message,
        file=proof.file,
        line=proof.line,
        offset=proof.offset,
        role=proof.role,
        state=found.state,
        now_at=found.now_at,
    )


def _notes(report: Written, look: Look) -> list[str]:
    """What does not make evidence less intact, but a run again another one."""
    notes = []
    if report.manifest.detectors_sha256 not in ("", detectors_digest()):
        notes.append("the report was made by other detectors than this onesec has")
    for what, used in (("policy", report.policy), ("baseline", report.baseline)):
        if used is not None and look.digest(used.path) != used.sha256:
            notes.append(f"the {what} {used.path} is not the one that the report was made with")
    if not report.alerts and not report.suppressed:
        notes.append("the report tells no alert, so that there is no claim to verify; the inputs were")
    known = {one.path for one in report.inputs}
    strange = sorted({proof.file for alert in report.alerts for proof in alert.evidence} - known)
    notes += [f"{name} is cited as evidence but is no input of the report" for name in strange]
    return notes
