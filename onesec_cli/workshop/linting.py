"""Remarks on rules, with the placeholders of a policy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onesec_cli.knowledge.shelf import kind_of
from onesec_cli.model.policy import Policy
from onesec_cli.model.remark import Remark
from onesec_cli.pipeline import load_rules
from onesec_cli.sigma.documents import files_of
from onesec_cli.sigma.lint.codes import CODES
from onesec_cli.sigma.lint.run import lint
from onesec_cli.sigma.scaffold import NAME, scaffold
from onesec_cli.workshop.chains import chain_remarks

__all__ = ["CODES", "NAME", "remarks_on", "scaffold"]


def remarks_on(paths: Sequence[str], policy: Policy, shipped: Sequence[str] = ()) -> tuple[tuple[Remark, ...], int]:
    """Every remark on the rules and chains that paths name, and how many rules were looked at; chains may name shipped rules."""
    found, rules = lint(paths, policy.rules.placeholders)
    if any(kind_of(Path(name)) == "chains" for name in files_of(paths)):
        known = {one.card.id for one in load_rules([*paths, *shipped], policy).members}
        found = tuple(sorted({*found, *chain_remarks(paths, known)}))
    return found, rules
