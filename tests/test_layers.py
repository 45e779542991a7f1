"""Data flows one way: who may import whom, and what no part may do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.run import ROOT

PACKAGE = ROOT / "onesec_cli"
MAY: dict[str, set[str]] = {
    "model": set(),
    "knowledge": {"model", "plain_file", "yaml_file"},
    "state": {"model", "knowledge"},
    "sources": {"model", "plain_file", "yaml_file"},
    "detectors": {"model", "state"},
    "replay": {"model"},
    "manifest": set(),
    "sigma": {"model", "knowledge", "plain_file"},
    "yaml_file": {"model", "plain_file"},
    "plain_file": set(),
    "correlation": {"model", "knowledge"},
    "reports": {"model", "version"},
    "case": {"model", "state", "sources", "replay"},
    "assessment": {"model", "knowledge", "state", "correlation", "case"},
    "carry": {"model", "plain_file", "replay", "state"},
    "nights": {
        "carry",
        "case",
        "correlation",
        "manifest",
        "model",
        "pipeline",
        "replay",
        "sources",
        "state",
    },
    "desk": {"model", "state", "replay", "case", "pipeline", "assessment"},
    "pipeline": {
        "case",
        "knowledge",
        "model",
        "state",
        "sources",
        "detectors",
        "replay",
        "sigma",
        "correlation",
        "manifest",
        "assessment",
    },
    "workshop": {"case", "knowledge", "pipeline", "model", "sigma", "sources", "detectors"},
    "cli": {"nights", "pipeline", "verification", "desk", "workshop", "reports", "model", "version"},
    "verification": {"model", "sources", "manifest"},
    "version": set(),
    "__main__": {"cli"},
    "__init__": set(),
}
FILES = sorted(PACKAGE.rglob("*.py"))


def wing(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
        found |= {name.split(".")[1] for name in names if name.startswith("onesec_cli.")}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_part_imports_only_what_its_floor_may_see(path: Path) -> None:
    own = wing(path)
    assert imports(path) <= MAY[own] | {own}


def test_every_import_that_is_allowed_is_needed() -> None:
    used: dict[str, set[str]] = {part: set() for part in MAY}
    for path in FILES:
        used[wing(path)] |= imports(path) - {wing(path)}
    assert used == MAY


def test_the_table_of_parts_in_the_design_is_this_one() -> None:
    told = {}
    for row in (ROOT / "docs" / "design.md").read_text(encoding="utf-8").splitlines():
        part = re.match(r"\| `(\w+)(?:/|\.py)` \|.*\| ([\w, ]+) \|$", row)
        if part:
            told[part[1]] = set() if part[2] == "nothing of ours" else set(part[2].split(", "))
    assert told == {part: may for part, may in MAY.items() if not part.startswith("__")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_part_reads_a_clock_draws_lots_or_hides_bugs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"datetime\.now|time\.time\(|utcnow|import random|import uuid|except Exception|except:", text)
    assert len(text.splitlines()) <= 400


def test_a_detector_keeps_nothing_outside_its_state() -> None:
    """What it reads from the policy when it is made is no memory; anything set later would be."""
    for path in (PACKAGE / "detectors").glob("*.py"):
        for made in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(made, ast.FunctionDef) and made.name != "__init__":
                for node in ast.walk(made):
                    for target in node.targets if isinstance(node, ast.Assign) else []:
                        text = ast.unparse(target)
                        assert not text.startswith("self."), f"{path.name}:{node.lineno} keeps something on self"
