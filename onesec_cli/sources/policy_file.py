"""Policy files: `onesec.yaml`, found or named."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import Final

from onesec_cli.model.errors import PolicyError
from onesec_cli.model.policy import Policy
from onesec_cli.yaml_file import load_strict

NAME: Final = "onesec.yaml"


def find_policy(start: Path) -> Path | None:
    """The nearest `onesec.yaml` in a folder or above it."""
    return next((folder / NAME for folder in (start, *start.parents) if (folder / NAME).is_file()), None)


def load_policy(path: str) -> Policy:
    """The policy a file declares. Raises PolicyError naming file, line and column."""
    return load_strict(path, Policy, PolicyError, empty=Policy())


def check_rules(path: str, policy: Policy, known: Collection[str]) -> None:
    """Raise PolicyError, with file and line, where a suppression or a severity names a rule that there is not."""
    if _unknown(policy, known):
        load_strict(path, Policy, PolicyError, check=lambda found: _unknown(found, known))


def _unknown(policy: Policy, known: Collection[str]) -> tuple[str, tuple[str, ...]] | None:
    for section, lines in (("suppressions", policy.suppressions), ("severities", policy.severities)):
        for number, line in enumerate(lines):
            if line.rule not in known:
                close = difflib.get_close_matches(line.rule, known, 1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                return f"no rule of this run has the id {line.rule!r}{hint}", (section, str(number), "rule")
    return None
