"""Remarks on rules, with the placeholders of a policy."""

from __future__ import annotations

from collections.abc import Sequence

from onesec_cli.model.policy import Policy
from onesec_cli.model.remark import Remark
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.lint.run import lint
from onesec_cli.sigma.scaffold import NAME, scaffold

__all__ = ["CODES", "NAME", "remarks_on", "scaffold"]


def remarks_on(paths: Sequence[str], policy: Policy) -> tuple[tuple[Remark, ...], int]:
    """Every remark on the rules that paths name, and how many rules were looked at."""
    return lint(paths, policy.rules.placeholders)
