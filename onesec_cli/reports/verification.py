"""What `onesec verify` says: for a person, or as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from onesec_cli.model.verification import Check, RulesCheck, Standing, State, Verification
from onesec_cli.reports.encode import encode
from onesec_cli.reports.neutralise import neutralise

_WORDS = {
    State.intact: "intact",
    State.moved: "moved: the record is now on line {line}",
    State.changed: "changed: something else stands there, and the record is on no other line",
    State.missing: "missing: the file is gone, cannot be read, or ends before",
    State.unsealed: "unsealed: the report has no digest, as the file had changed when it was made",
}


def sentence(told: Verification) -> str:
    """The last line: is everything what it was?"""
    files, records = len(told.files), len(told.checks)
    if told.intact:
        return f"INTACT: {_many(files, 'input')} and {_many(records, 'record')} of evidence are what the report says"
    broken = Counter(one.state for one in told.checks if one.state is not State.intact)
    parts = [f"{count:,} {state.value}" for state, count in sorted(broken.items())]
    inputs = sum(one.state is not State.intact for one in told.files)
    said = f"{sum(broken.values()):,} of {_many(records, 'record')} of evidence"
    said += f" ({', '.join(parts)})" if parts else ""
    also = f"; the report contradicts itself {_many(len(told.faults), 'time')}" if told.faults else ""
    return f"NOT INTACT: {said} and {inputs:,} of {_many(files, 'input')} are not what the report says{also}"


def text(told: Verification, verbose: bool = False) -> str:
    """Inputs, then each claim with what is wrong with its evidence; `verbose` tells what is intact too."""
    out = [f"report {told.report}  sha256 {told.sha256}"]
    for file in told.files:
        if verbose or file.state is not State.intact:
            out.append(f"input {file.path}: {file.state.value}")
    claims: dict[str, list[Check]] = {}
    for check in told.checks:
        claims.setdefault(check.alert, []).append(check)
    for name, checks in claims.items():
        good = sum(check.state is State.intact for check in checks)
        if verbose or good < len(checks):
            out.append(f"alert {name} {checks[0].rule}: {good} of {_many(len(checks), 'record')} intact")
            out.append(f"  {checks[0].message}")
        for check in checks:
            if verbose or check.state is not State.intact:
                said = _WORDS[check.state].format(line=check.now_at)
                out.append(f"  {check.file}:{check.line}  {check.role}  {said}")
    out += [f"report: {fault}" for fault in told.faults]
    out += [f"{_named(one)}: {one.state.value}" for one in told.rules if verbose or one.state is not Standing.same]
    out += [f"note: {note}" for note in told.notes]
    if told.files and all(one.state is State.missing for one in told.files):
        out.append(
            "note: no input is where the report names it; verify where the scan was run, or name that folder with --root"
        )
    return "".join(neutralise(line) + "\n" for line in [*out, sentence(told)])


def _named(one: RulesCheck) -> str:
    return f"rules {one.path}" if one.path else "onesec's own rules"


def json(told: Verification) -> str:
    """The same as one JSON document."""
    document: dict[str, Any] = {
        "report": {"path": told.report, "sha256": told.sha256},
        "intact": told.intact,
        "sentence": sentence(told),
        "inputs": [{"path": one.path, "state": one.state.value} for one in told.files],
        "evidence": [
            {
                "alert": one.alert,
                "rule": one.rule,
                "file": one.file,
                "line": one.line,
                "offset": one.offset,
                "role": one.role,
                "state": one.state.value,
                "now_at_line": one.now_at or None,
            }
            for one in told.checks
        ],
        "faults": list(told.faults),
        "rules": [{"path": one.path or None, "state": one.state.value} for one in told.rules],
        "notes": list(told.notes),
    }
    return encode(document, indent=2) + "\n"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
