"""Chain files of a user's own, from the command line to the report: steps, gaps, joins, and what is wrong with them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onesec_cli.correlation.incidents import correlate
from onesec_cli.knowledge.chains import chains_of
from tests.correlation.test_incidents import HIJACK, ROGUE, WIDER, alert
from tests.run import onesec, scan

STORY = [
    ("09:00", "account.link", {"account": "cac_1"}),
    ("09:05", "token.exchange", {"flow": "vault", "scopes": ["calendar.read"]}),
    ("09:06", "token.exchange", {"flow": "vault", "scopes": ["calendar.read"]}),
    ("09:10", "token.exchange", {"flow": "vault", "scopes": ["calendar.read", "admin.directory.user"]}),
    ("09:30", "account.unlink", {"account": "cac_1"}),
    ("09:50", "token.exchange", {"flow": "vault", "scopes": ["calendar.read"]}),
]
CHAIN = """\
kind: chains
chains:
  - id: widened-then-kept
    title: Widened, then kept
    start: {rules: {scope-escalation: ASI03}, trail: identity}
    within: 1h
    steps:
      - {rules: {use-after-unlink: ASI10}, trail: identity}
      - {rules: {unlink-cascade: ASI03}, trail: identity, optional: true, least: informational}
"""


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """A wider token, the account unlinked, and a use after that."""
    path = tmp_path / "trail.jsonl"
    who = {"onesec": 1, "tenant": "acme", "user": "ada", "client": "bot", "connection": "google"}
    lines = [{**who, "time": f"2026-03-01T{time}:00Z", "kind": kind, **more} for time, kind, more in STORY]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def told(trail: Path, chain: str) -> list[dict[str, Any]]:
    path = trail.parent / "chain.yml"
    path.write_text(chain)
    found: list[dict[str, Any]] = scan(trail, options=("--rules", str(path)))["incidents"]
    return found


def rules(incident: dict[str, Any]) -> list[str]:
    return [step["rule"] for step in incident["steps"]]


def test_an_optional_step_joins_where_it_is_and_is_not_missed_where_it_is_not(trail: Path) -> None:
    (whole,) = told(trail, CHAIN)
    assert rules(whole) == ["scope-escalation", "unlink-cascade", "use-after-unlink"]
    (bare,) = told(trail, CHAIN.replace("unlink-cascade", "rapid-exchange"))
    assert rules(bare) == ["scope-escalation", "use-after-unlink"]
    progress = [{one["component"]: one["points"] for one in each["score"]}["progress"] for each in (whole, bare)]
    assert progress[0] == 20 > progress[1]
    assert not told(trail, CHAIN.replace("unlink-cascade", "rapid-exchange").replace(", optional: true", ""))


def test_an_incident_of_a_chain_is_explained_by_the_files_it_was_found_with(trail: Path) -> None:
    (whole,) = told(trail, CHAIN)
    code, out, err = onesec("explain", whole["id"], trail, "-q", "--rules", trail.parent / "chain.yml")
    assert (code, err) == (0, "")
    assert whole["title"] in out


def test_each_step_has_a_gap_of_its_own(trail: Path) -> None:
    assert not told(trail, CHAIN.replace("{use-after-unlink: ASI10}", "{use-after-unlink: ASI10}, within: 10m"))
    (far,) = told(trail, CHAIN.replace("within: 1h", "within: 15m").replace("ASI10}", "ASI10}, within: 45m"))
    assert rules(far) == ["scope-escalation", "use-after-unlink"], "the optional step, 20 minutes on, is too late"
    (one,) = told(trail, CHAIN.replace("within: 1h", "within: 21m"))
    assert rules(one) == ["scope-escalation", "unlink-cascade", "use-after-unlink"], "from step to step"


def test_each_step_has_joins_of_its_own(trail: Path) -> None:
    (one,) = told(trail, CHAIN.replace("least: informational", "least: informational, joined-on: [account]"))
    assert rules(one) == ["scope-escalation", "use-after-unlink"]
    (two,) = told(trail, CHAIN.replace("ASI10}", "ASI10}, joined-on: [user]"))
    assert [join["on"] for join in two["joins"]][-1] == ["agent:bot", "user:ada"], "what else is shared makes it surer"
    narrow = CHAIN.replace("    within: 1h", "    within: 1h\n    joined-on: [user]")
    assert [join["on"] for join in told(trail, narrow)[0]["joins"]] == [["user:ada"]] * 2


def test_a_step_may_ask_for_a_verdict(trail: Path) -> None:
    assert told(trail, CHAIN.replace("ASI10}", "ASI10}, verdicts: [no-such-verdict]")) == []
    verdicts = {one["verdict"] for one in scan(trail)["alerts"] if one["rule"] == "use-after-unlink"}
    (one,) = told(trail, CHAIN.replace("ASI10}", f"ASI10}}, verdicts: [{', '.join(verdicts)}]"))
    assert "use-after-unlink" in rules(one)


def test_a_chain_cannot_wait_for_incidents(trail: Path) -> None:
    fed = CHAIN.replace("unlink-cascade: ASI03", "hijack-to-privilege: ASI03")
    (trail.parent / "chain.yml").write_text(fed)
    code, out, err = onesec("scan", "--rules", trail.parent / "chain.yml", trail)
    assert (code, out) == (2, "")
    assert re.search(r"chain\.yml:9:\d+: 'hijack-to-privilege' is a chain, and incidents are made of alerts alone", err)


@given(st.text(max_size=40), st.integers(0, len(CHAIN)), st.integers(0, 30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_hostile_chain_file_is_one_line_with_its_place_or_a_chain(trail: Path, text: str, at: int, gone: int) -> None:
    chain = trail.parent / "hostile.yml"
    chain.write_text(CHAIN[:at] + text + CHAIN[at + gone :], encoding="utf-8", newline="")
    code, out, err = onesec("scan", "-q", "--rules", chain, trail)
    if code == 2:
        (line,) = err.strip().splitlines()
        assert "hostile.yml" in line and out == ""
        assert all(letter.isprintable() for letter in line)
    else:
        assert code == 0


@pytest.mark.parametrize(
    "text",
    [
        CHAIN.replace("1h", "&a 1h"),
        CHAIN.replace("1h", "99999999999999h"),
        CHAIN + "    steps: []\n",
        CHAIN.replace("start:", "start: {within: 1h, rules: {x: ASI01}}\n    starts:"),
        CHAIN.replace("start: {rules", "start: {within: 1h, rules"),
        CHAIN.replace("id: widened-then-kept", "id: " + "[" * 500),
        CHAIN.replace("Widened, then kept", "\x1b[2J\u202e" * 300),
        "kind: chains\nchains: !!python/object:os.system [x]\n",
        "kind: chains\n" + "x: {" * 3000,
    ],
    ids=["anchor", "endless", "twice", "unknown key", "gap of a start", "deep", "long", "tag", "deeper"],
)
def test_what_is_wrong_is_told_in_one_line(text: str, trail: Path) -> None:
    chain = trail.parent / "hostile.yml"
    chain.write_text(text, encoding="utf-8")
    code, out, err = onesec("scan", "-q", "--rules", chain, trail)
    assert (code, out) == (2, ""), err
    (line,) = err.strip().splitlines()
    assert re.search(r"hostile\.yml(:\d+)?", line) and all(letter.isprintable() for letter in line)


NAMES = st.sampled_from(["goal-hijack", "scope-escalation", "rogue-agent", "exfiltration", "hijack-to-privilege"])
ENTITIES = st.lists(st.sampled_from(["user:alice", "agent:bot", "session:s1", "incident:x"]), max_size=3, unique=True)
ALERTS = st.lists(st.tuples(NAMES, st.integers(0, 90), ENTITIES), max_size=12, unique_by=lambda one: one[:2])


@given(ALERTS)
def test_an_incident_is_made_of_alerts_of_its_chain_and_of_nothing_that_incidents_made(
    made: list[tuple[str, int, list[str]]],
) -> None:
    alerts = [HIJACK, WIDER, ROGUE, *(alert(rule, minutes, *names) for rule, minutes, names in made)]
    alerts = list({one.id: one for one in alerts}.values())
    found = correlate(alerts)
    ids = {one.id for one in alerts}
    chains = {chain.id: chain for chain in chains_of()}
    starts = {rule for chain in chains.values() for rule in chain.start.rules}
    for one in found:
        steps = [step.alert for step in one.steps]
        assert set(steps) <= ids and len(set(steps)) == len(steps)
        assert not {step.rule for step in one.steps} & chains.keys()
        assert all(join.earlier in steps and join.later in steps and join.earlier != join.later for join in one.joins)
        linked = {join.later for join in one.joins}
        first = {step.rule for step in one.steps if step.alert not in linked}
        assert steps[0] not in linked and first <= starts, "a step that follows from none is a first act"
    fed = [*alerts, *(alert(one.chain, 95, f"incident:{one.id}", *one.entities) for one in found)]
    assert correlate(fed) == found, "an alert about an incident joins none"
    assert correlate(list(reversed(alerts))) == found


@given(ALERTS, ALERTS)
def test_what_has_nothing_in_common_changes_no_incident_and_no_id(
    made: list[tuple[str, int, list[str]]], others: list[tuple[str, int, list[str]]]
) -> None:
    mine = [HIJACK, WIDER, *(alert(rule, minutes, *names, tenant="acme") for rule, minutes, names in made)]
    mine = list({one.id: one for one in mine}.values())
    foreign = [alert(rule, 200 + minutes, "user:zoe", tenant="zeta") for rule, minutes, _ in others]
    alone, beside = correlate(mine), correlate([*mine, *foreign])
    assert alone == tuple(one for one in beside if one.tenant == "acme")
