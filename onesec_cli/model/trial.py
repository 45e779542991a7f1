"""What became of the test cases of rules."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Status = Literal["passed", "failed", "broken"]


class Trial(Struct, frozen=True, kw_only=True):
    """One test case."""

    file: str
    """Where the case stands: in the rule, or beside it."""
    line: int
    rule_file: str
    name: str
    """Of the case."""
    status: Status
    """`failed`: other alerts than expected. `broken`: the case or its rule cannot be used."""
    reasons: tuple[str, ...] = ()
    """Why it did not pass, a sentence each."""


class Trials(Struct, frozen=True, kw_only=True):
    """Every case of the rules that were tested, in order of file and line."""

    trials: tuple[Trial, ...]
    rules: int
    """Rules in the files that were tested."""
    untested: tuple[str, ...] = ()
    """Rules that raise alerts and have no case, as `file:line title`."""

    not_loaded: tuple[str, ...] = ()
    """What could not be loaded and has no case, as `file:line reason`."""

    def count(self, status: Status) -> int:
        """How many cases ended so."""
        return sum(trial.status == status for trial in self.trials)
