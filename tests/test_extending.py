"""What `docs/extending.md` and the other pages say is so: the examples run, and every path they name exists."""

from __future__ import annotations

import ast
import json
import re
import sys
from types import ModuleType
from typing import Any

import pytest

from onesec_cli.model import thresholds
from onesec_cli.model.detector import SECTIONS, page
from onesec_cli.model.event import Event, Origin
from onesec_cli.model.policy import (
    AgentPolicy,
    AllowedAgent,
    ApprovalRule,
    DelegationPolicy,
    Policy,
    RulePolicy,
    Severity,
    Suppression,
    ToolPin,
)
from onesec_cli.sources.agents.logs import ADAPTERS
from tests.run import ROOT
from tests.story import check

TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
DETECTOR, ADAPTER = re.findall(r"(?ms)^```python\n(.*?)^```", TEXT)
STORY = re.findall(r"(?ms)^```story\n(.*?)^```", TEXT)[0]
PAGES = ("README.md", "docs/design.md", "docs/extending.md")
AT = Origin("a", 1, 0, 9)


def made(monkeypatch: pytest.MonkeyPatch, source: str, name: str) -> Any:
    """What an example defines, as if it stood in a file of its own."""
    module = ModuleType("example")
    monkeypatch.setitem(sys.modules, "example", module)  # where msgspec looks up the types of a state
    exec(compile(source, "docs/extending.md", "exec", dont_inherit=True), module.__dict__)
    return getattr(module, name)


def test_the_example_of_a_detector_holds_its_story(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = made(monkeypatch, DETECTOR, "ApprovalFatigue")
    assert len(check(detector, STORY)) == 1
    assert all(len(page(detector)[section]) > 40 for section in SECTIONS)


def test_the_example_of_a_format_reads_its_sample_and_no_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = made(monkeypatch, ADAPTER, "RoboTrace")()
    sample = json.loads(adapter.shapes[0].sample)
    assert adapter.recognises(sample)
    assert not any(make().recognises(sample) for make in ADAPTERS)
    (event,) = adapter.read(sample, AT)
    assert isinstance(event, Event)
    assert (event.kind, event.session, event.fields) == ("goal.set", "r1", {"text": "Tidy the wiki."})


@pytest.mark.parametrize("wrong", [{"step": 3}, {"ts": "soon"}, {"ts": None}, {"step": ["do"]}])
def test_the_example_of_a_format_says_why_it_did_not_read_a_record(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    adapter = made(monkeypatch, ADAPTER, "RoboTrace")()
    (said,) = adapter.read({**json.loads(adapter.shapes[0].sample), **wrong}, AT)
    assert isinstance(said, str)


@pytest.mark.parametrize("name", PAGES)
def test_every_file_a_page_names_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z0-9_]+/)+[a-z0-9_.]*)`", text)
    missing = [
        path
        for path in named
        if not any((root / path).exists() for root in (ROOT, ROOT / "onesec_cli", ROOT / "onesec_cli" / "state"))
    ]
    assert [path for path in missing if path not in ("text/", "shell/", "agents/")] == []


def test_every_threshold_says_what_it_bounds() -> None:
    tree = ast.parse((ROOT / "onesec_cli" / "model" / "thresholds.py").read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert {node.name for node in classes} >= {type(value).__name__ for value in _settings()}
    silent = [
        f"{node.name}.{ast.unparse(field.target)}"
        for node in classes
        if node.name not in ("_Settings", "Thresholds")
        for field, after in zip(node.body, [*node.body[1:], None], strict=True)
        if isinstance(field, ast.AnnAssign)
        and not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant))
    ]
    assert silent == []


def _settings() -> list[Any]:
    every = thresholds.Thresholds()
    return [getattr(every, name) for name in every.__struct_fields__]


def test_the_policy_page_shows_every_key_of_the_file() -> None:
    text = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    sections = (
        *(Policy, AllowedAgent, DelegationPolicy, ApprovalRule, AgentPolicy, ToolPin),
        *(RulePolicy, Suppression, Severity),
    )
    missing = [key for section in sections for key in section.__struct_encode_fields__ if f"{key}:" not in text]
    assert missing == []
