"""Rules meet every record of a trail that they could match, in whatever form it stands, and nothing else changes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from onesec_cli.model.event import Event, Origin, Record
from onesec_cli.pipeline import Options, RuleBook, analyze
from onesec_cli.sigma.match import Matcher
from tests.sigma.rulebook import book

RULES = """
title: Switched off
id: off
logsource: {product: auth0}
detection:
  selection: {data.type: sapi, data.description: 'Update x'}
  filter: {data.details.body.enabled: false}
  condition: selection or filter
---
title: Login of a guest
id: guest
logsource: {product: auth0}
detection:
  selection: {data.type: [s, ss], data.user_name|startswith: guest}
  condition: selection
---
title: Slow
id: slow
logsource: {product: auth0}
detection:
  selection: {data.details.stats.ms|gt: 900}
  condition: selection
---
title: Odd key
id: odd
logsource: {product: auth0}
detection:
  selection: {data.type: fsa, "data.details.kéy": x}
  condition: selection
---
title: Revoked
id: revoked
logsource: {product: onesec, category: token.revoke}
detection:
  selection: {user|endswith: '7'}
  condition: selection
"""
TYPES = ("s", "ss", "sapi", "slo", "fsa", "fp", "srrt", "mfar", "made_up")


def _event(chance: random.Random, number: int) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if chance.random() < 0.4:
        details["body"] = chance.choice(
            [{"enabled": False}, {"enabled": True}, [{"enabled": "false"}], {"enabled": None}]
        )
    if chance.random() < 0.2:
        details["body.enabled"] = False
    if chance.random() < 0.3:
        details["stats"] = {"ms": chance.choice([1, 901, "1000", None, 1e30])}
    if chance.random() < 0.3:
        details["kéy"] = chance.choice(["x", "X", "y"])
    return {
        "log_id": f"90020260301{number:045d}",
        "type": chance.choice(TYPES),
        "date": f"2026-03-01T09:{number // 60 % 60:02d}:{number % 60:02d}.000Z",
        "user_id": f"auth0|{chance.randrange(30)}",
        "user_name": chance.choice(["guest1", "GUEST", "bob"]),
        "description": chance.choice(["Update x", "Update y", 'quoted \\ "text"']),
        "client_id": f"client{chance.randrange(4)}",
        "agent_id": chance.choice(["", "bot1", "bot2"]),
        "tenant_name": "acme",
        **({"details": details} if details else {}),
    }


def _line(chance: random.Random, event: dict[str, Any]) -> str:
    """One of the forms a record comes in; some escape more than they must."""
    form = chance.randrange(4)
    whole: dict[str, Any] = event
    if form == 0:
        whole = {"log_id": event["log_id"], "data": event}
    elif form == 1:
        whole = {"source": "aws.partner/auth0.com/acme-1", "detail": {"log_id": event["log_id"], "data": event}}
    elif form == 2:
        whole = {"result": {"_raw": json.dumps(event)}}
    text = json.dumps(whole, ensure_ascii=chance.random() < 0.5)
    return text.replace('"enabled"', '"\\u0065nabled"') if form != 2 and chance.random() < 0.3 else text


@pytest.mark.parametrize("seed", range(6))
def test_every_record_that_a_rule_matches_raises_it(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    events = [_event(chance, number) for number in range(400)]
    (tmp_path / "log.jsonl").write_text("".join(_line(chance, event) + "\n" for event in events), encoding="utf-8")
    rules = book(RULES)
    assert not rules.skipped, rules.skipped
    matcher = Matcher(rules)
    expected = {member.card.id: 0 for member in rules.members}
    for event in events:
        told = Event(time=1, kind="other", origin=Origin("f", 1, 0, 1), source="auth0", code=event["type"])
        told.record = Record(b"", (), event)
        for index in matcher.hits(told):
            expected[rules.members[index].card.id] += 1
    expected["revoked"] = sum(event["type"] == "srrt" and event["user_id"].endswith("7") for event in events)
    report = analyze([str(tmp_path)], Options(rules=rules))
    found = dict.fromkeys(expected, 0)
    for alert in report.alerts:
        if alert.rule in found:
            found[alert.rule] += alert.count
    assert found == expected
    assert all(expected.values())
    plain = analyze([str(tmp_path)], Options(rules=RuleBook()))
    assert plain.alerts == tuple(alert for alert in report.alerts if alert.rule not in found)
    assert plain.inputs == report.inputs
    assert plain.coverage == report.coverage
