"""Our own rules: whole, tagged, tested, and quiet where honest work is done."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from onesec_cli.model.level import Level
from onesec_cli.model.policy import Policy
from onesec_cli.model.taxonomy import ASI, ATTACK
from onesec_cli.pipeline import Options, analyze, load_rules
from onesec_cli.sigma.rule import Correlation
from tests.run import DATA, ROOT, SAMPLES, onesec

PACK = ROOT / "rules"
BOOK = load_rules([str(PACK)], Policy())
WATCHED = {index for one in BOOK.members if isinstance(one, Correlation) for index in one.members}
TOLD = [one.card for index, one in enumerate(BOOK.members) if index not in WATCHED]
CARDS = {one.card.id: one.card for one in BOOK.members}
FILES = sorted(path for path in PACK.rglob("*.yml") if path.parts[-2] not in ("chains", "scopes", "lexicons"))
RULES = [path for path in FILES if not path.name.endswith(".test.yml")]
FOLDERS = {"agent", "login", "mfa", "signup", "tenant", "token_vault", "tokens"}


def raised(*paths: Path) -> list[str]:
    """File and level of what the pack says of some logs, informational apart."""
    report = analyze([str(path) for path in paths], Options(rules=BOOK))
    found = [alert for alert in report.alerts if alert.rule in CARDS and alert.level > Level.informational]
    return sorted(f"{Path(CARDS[alert.rule].file).name} {alert.level.name} {alert.count}" for alert in found)


def test_every_rule_is_loaded() -> None:
    assert not BOOK.skipped
    assert {Path(card.file).relative_to(PACK).parts[0] for card in TOLD} == FOLDERS
    assert len(TOLD) >= 70


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_rule_has_cases_beside_it_and_a_name_that_says_what_was_seen(path: Path) -> None:
    assert path.with_name(f"{path.stem}.test.yml").is_file()
    assert re.fullmatch(r"[a-z0-9]+(?:_[a-z0-9]+)*", path.stem)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?m)^\s*(?:on|off|yes|no|y|n):", text), "a key that YAML 1.1 takes for a boolean"


@pytest.mark.parametrize("card", TOLD, ids=lambda card: f"{Path(card.file).stem}:{card.line}")
def test_a_rule_that_raises_alerts_says_what_why_and_what_else_looks_like_it(card: object) -> None:
    one = next(told for told in TOLD if told is card)
    assert len(one.description) > 80
    assert one.falsepositives
    assert one.asi and set(one.asi) <= set(ASI)
    assert one.attack and set(one.attack) <= set(ATTACK)
    assert Level.low <= one.level <= Level.high
    assert re.fullmatch(r"[0-9a-f-]{36}", one.id)
    assert one.status == "test"


def test_every_case_of_every_rule_holds_and_none_lacks_one() -> None:
    code, out, err = onesec("rules", "test", str(PACK), "--require-cases")
    assert code == 0, out + err


def test_lint_finds_no_error_in_the_pack() -> None:
    _, out, _ = onesec("rules", "lint", str(PACK))
    assert "LINT: 0 errors, 2 warnings" in out, out  # two rules wait for placeholders


def test_rules_that_are_only_parts_of_others_say_nothing_by_themselves() -> None:
    assert all(BOOK.members[index].card.level <= Level.low for index in WATCHED)
    titles = [card.title for card in TOLD]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*/benign.jsonl")), ids=lambda path: path.parent.name)
def test_the_pack_is_silent_where_honest_work_is_done(path: Path) -> None:
    assert raised(path) == []


def test_the_pack_is_silent_on_real_runs_of_agents(tmp_path: Path) -> None:
    runs = DATA / "agent-trajectories" / "agentdojo-dev.jsonl.gz"
    if not runs.exists():
        pytest.skip(f"no public runs of agents in {DATA}")
    with gzip.open(runs, "rt", encoding="utf-8") as lines:
        honest = [run for run in map(json.loads, lines) if run["label"] in ("benign", "benign_direct")]
    for number, run in enumerate(honest):
        (tmp_path / f"{number}.json").write_text(json.dumps(run["messages"]))
    assert raised(tmp_path) == []


def test_the_pack_agrees_with_the_labels_of_others(tmp_path: Path) -> None:
    """On protections that were switched off and calls that failed to; the other labels are for what detectors tell."""
    events = DATA / "auth0-labelled" / "events.jsonl"
    if not events.exists():
        pytest.skip(f"no labelled tenant events in {DATA}")
    labels = [json.loads(line) for line in (events.parent / "labels.jsonl").read_text().splitlines()]
    told = events.read_text().splitlines()
    files = {
        "Auth0.AttackProtection.Disabled": ("throttling_off", "password_detection_off", "force_protection_off"),
        "Auth0.BotDetection.Disabled": ("bot_detection_off",),
        "Auth0.MFA.Risk.Assessment.Disabled": ("risk_assessment_off",),
        "Auth0.MFA.Policy.Disabled": ("mfa_never_required",),
    }
    judged = [label for label in labels if label["rule_id"] in files]
    assert len(judged) == 14
    for label in judged:
        log = tmp_path / f"{label['line']}.jsonl"
        log.write_text(told[label["line"] - 1])
        said = any(word in one for one in raised(log) for word in files[label["rule_id"]])
        assert said == label["expected"], label
