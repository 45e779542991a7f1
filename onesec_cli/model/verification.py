"""What became of the evidence that a report cites, looked at again."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    """What stands where a report says that something stands."""

    intact = "intact"
    """The very bytes, on the very line."""
    moved = "moved"
    """The same record, on another line or at another place of the same file."""
    changed = "changed"
    """Other bytes, and the record is nowhere else in the file: it was altered or taken out."""
    missing = "missing"
    """Nothing: the file is gone, cannot be read, or ends before."""
    unsealed = "unsealed"
    """The report has no digest: the file had changed when the report was made."""


class FileCheck(Struct, frozen=True, kw_only=True):
    """One input of the report, by the digest of its bytes as given."""

    path: str
    state: State


class Standing(StrEnum):
    """What became of the rules that a report was made with."""

    same = "same"
    changed = "changed"
    absent = "not here"


class RulesCheck(Struct, frozen=True, kw_only=True):
    """A file of rules or knowledge of the report, or the rules that come with onesec, held against what is here."""

    path: str
    """Empty for onesec's own, which are one."""
    state: Standing


class Check(Struct, frozen=True, kw_only=True):
    """One piece of evidence of one claim."""

    alert: str
    rule: str
    message: str
    file: str
    line: int
    offset: int
    role: str
    state: State
    now_at: int = 0
    """Where a moved record stands now: a line, from 1."""


class Verification(Struct, frozen=True, kw_only=True):
    """A report held against its evidence."""

    report: str
    sha256: str
    """Of the report's own file."""
    files: tuple[FileCheck, ...]
    checks: tuple[Check, ...]
    rules: tuple[RulesCheck, ...]
    """What does not make evidence less intact, but a run again another one."""
    faults: tuple[str, ...] = ()
    """Where the report contradicts itself: no report is written so."""
    notes: tuple[str, ...]
    """What else a reader should know, such as that other detectors made the report than this onesec has."""

    @property
    def intact(self) -> bool:
        """Whether every input and every piece of evidence is what it was, and the report of one piece."""
        return not self.faults and {one.state for one in self.files} | {one.state for one in self.checks} <= {
            State.intact
        }
