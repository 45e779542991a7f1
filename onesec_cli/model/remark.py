"""What there is to say against a rule as it is written."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Severity = Literal["error", "warning", "info"]


class Remark(Struct, frozen=True, kw_only=True, order=True):
    """One thing about one rule, at its line."""

    file: str
    line: int
    code: str
    """Which thing; `docs/rules.md` lists them."""
    rule: str
    """Id of the rule, or its title where it has none."""
    severity: Severity
    sentence: str
