"""Remarks on rules, with the placeholders of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from onesec_cli.knowledge.given import load_knowledge
from onesec_cli.knowledge.shelf import KINDS, given_files, kind_of
from onesec_cli.model.errors import KnowledgeError
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
    """Every remark on the rules and the knowledge that paths name, and how many rules were looked at; chains may name shipped rules."""
    found, rules = lint(paths, policy.rules.placeholders)
    found = tuple(sorted({*found, *_knowledge_remarks(paths)}))
    if any(kind_of(Path(name)) == "chains" for name in files_of(paths)):
        known = {one.card.id for one in load_rules([*paths, *shipped], policy).members}
        found = tuple(sorted({*found, *chain_remarks(paths, known)}))
    return found, rules


def _knowledge_remarks(paths: Sequence[str]) -> Iterator[Remark]:
    """What is wrong with files of chains, scopes and words: with each by itself, and then with all beside each other."""
    files = [file for kind in KINDS for file in given_files(paths, kind)]
    wrong = [remark for file in files for remark in _wrong_with([file])]
    yield from wrong or _wrong_with(files)


def _wrong_with(files: Sequence[str]) -> Iterator[Remark]:
    try:
        load_knowledge(files)
    except KnowledgeError as error:
        told, code = error.reason, "bad-knowledge"
        yield Remark(file=error.path, line=error.line or 1, code=code, rule="", severity=CODES[code][0], sentence=told)
