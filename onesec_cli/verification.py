"""A report held against its evidence: the part of the public API that needs no detector."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from onesec_cli.manifest import detectors_digest, own_rules_digest
from onesec_cli.model.errors import InputError
from onesec_cli.model.verification import Check, FileCheck, RulesCheck, Standing, State, Verification
from onesec_cli.sources.earlier import Written, WrittenAlert, WrittenEvidence, WrittenInput, load_written
from onesec_cli.sources.second_look import Cited, Found, Look


def verify(path: str, root: str = ".") -> Verification:
    """Look again at every input and every record that a JSON or JSON Lines report names; relative paths are under `root`.

    Raises InputError where the report cannot be used.
    """
    report, digest = load_written(path)
    look = Look(root)
    if not report.inputs and not report.alerts and not report.suppressed:
        raise InputError(f"{path}: names no input and tells no alert; there is nothing to verify")
    claims = [(alert, proof) for alert in (*report.alerts, *report.suppressed) for proof in alert.evidence]
    by_file: dict[str, dict[Cited, None]] = {}
    for _, proof in claims:
        by_file.setdefault(proof.file, {})[_cited(proof)] = None
    found = {name: look.records(name, cited) for name, cited in by_file.items()}
    return Verification(
        report=path,
        sha256=digest,
        files=tuple(FileCheck(path=one.path, state=_state(one, look)) for one in report.inputs),
        checks=tuple(_check(alert, proof, found[proof.file][_cited(proof)]) for alert, proof in claims),
        rules=tuple(_rules(report, look)),
        faults=tuple(_faults(report)),
        notes=tuple(_notes(report, look)),
    )


def _cited(proof: WrittenEvidence) -> Cited:
    return Cited(proof.line, proof.offset, proof.length, proof.sha256)


def _state(told: WrittenInput, look: Look) -> State:
    """A file of another size is not read."""
    size = look.size(told.path)
    if not told.sha256:
        return State.unsealed
    if size is None or size != told.bytes:
        return State.missing if size is None else State.changed
    now = look.digest(told.path)
    return State.missing if not now else State.intact if now == told.sha256 else State.changed


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


def _faults(report: Written) -> Iterator[str]:
    """What no report says that is as it was written: an alert taken out or put in by hand leaves such traces."""
    told = report.counts
    if told is None:
        yield "it has no counts"
    elif (told.alerts, told.suppressed) != (len(report.alerts), len(report.suppressed)):
        yield (
            f"it counts {told.alerts:,} alerts and {told.suppressed:,} suppressed ones, "
            f"and tells {len(report.alerts):,} and {len(report.suppressed):,}"
        )
    elif +Counter(told.by_level) != Counter(one.level for one in report.alerts):
        yield "it counts other alerts by level than it tells"
    bare = [one.id for one in (*report.alerts, *report.suppressed) if not one.evidence]
    if bare:
        yield f"alerts without any evidence: {_some(bare)}"
    ids = Counter(one.id for one in (*report.alerts, *report.suppressed))
    if len(ids) < ids.total():
        yield f"several alerts have one id: {_some(sorted(one for one, count in ids.items() if count > 1))}"
    strange = [] if _one_of_a_row(report) else _strange(report)
    if strange:
        yield f"it cites files that are no inputs of it: {_some(strange)}"
    if told is not None and not told.withheld:
        lost = dict.fromkeys(step.alert for one in report.incidents for step in one.steps if step.alert not in ids)
        if lost:
            yield f"its incidents are made of alerts that it does not tell: {_some(list(lost))}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def _rules(report: Written, look: Look) -> Iterator[RulesCheck]:
    """The rules that come with onesec, then each file that was given."""
    own = report.manifest.own_rules_sha256
    if own:
        yield RulesCheck(path="", state=_standing(own, own_rules_digest()))
    for one in report.manifest.given_rules:
        yield RulesCheck(path=one.path, state=_standing(one.sha256, look.digest(one.path)))


def _standing(told: str, now: str) -> Standing:
    return Standing.absent if not now else Standing.same if now == told else Standing.changed


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
    if _one_of_a_row(report):
        notes += [
            f"{name} is cited as evidence of an earlier night and is no input of the report"
            for name in _strange(report)
        ]
    return notes


def _strange(report: Written) -> list[str]:
    """Files that are cited and are no inputs."""
    known = {one.path for one in report.inputs}
    alerts = (*report.alerts, *report.suppressed)
    return sorted({proof.file for alert in alerts for proof in alert.evidence} - known)


def _one_of_a_row(report: Written) -> bool:
    """Whether it may cite evidence of the nights before it."""
    return report.manifest.options.get("state") is not None
