"""Policy files: `onesec.yaml`, found or named."""

from __future__ import annotations

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
