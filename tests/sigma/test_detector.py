"""Rules and correlations as a detector: told as stories, at every cut, and bounded."""

from __future__ import annotations

from functools import partial

import pytest

from onesec_cli.model.event import Event
from onesec_cli.model.policy import Policy
from onesec_cli.replay import Replay
from onesec_cli.sigma import detector as module
from onesec_cli.sigma.detector import SigmaRules
from onesec_cli.sigma.rule import RuleBook
from tests.sigma.rulebook import book, tenant_event
from tests.story import check

RULES = """
title: Shell as root
id: shell
name: shell
level: high
logsource: {product: agent, category: tool.call}
detection:
  selection:
    tool: Bash
    args.command|startswith: 'sudo '
  condition: selection
---
title: Root again and again
id: again
level: critical
correlation:
  type: event_count
  rules: shell
  group-by: [user]
  timespan: 10m
  condition: {gte: 3}
  generate: true
---
title: Mail leaves
id: mail
logsource: {product: onesec}
detection:
  selection: {kind: token.exchange, scopes: mail.send}
  condition: selection
---
title: Root, then mail
id: root-then-mail
correlation: {type: temporal_ordered, rules: [shell, mail], group-by: user, timespan: 1h, generate: true}
"""

STORY = """
    09:00 tool.call tool=Bash user=alice agent=bot args='{"command": "ls"}'
    09:01 tool.call tool=Bash user=alice agent=bot args='{"command": "sudo ls"}'      # shell high
    09:02 tool.call tool=bash user=alice agent=bot args='{"command": "SUDO rm x"}'    # shell high
    09:03 tool.call tool=Bash user=bob agent=bot args='{"command": "sudo id"}'        # shell high
    09:04 token.exchange user=bob agent=bot connection=google scope=calendar.read
    09:05 token.exchange user=carol agent=bot connection=google scope=mail.send       # mail medium
    09:06 token.exchange user=bob agent=bot connection=google scope=mail.send         # mail medium, root-then-mail
    09:20 tool.call tool=Bash user=alice agent=bot args='{"command": "sudo ls"}'      # shell
    09:21 tool.call tool=Bash user=alice agent=bot args='{"command": "sudo ls"}'      # shell
    09:22 tool.call tool=Bash user=alice agent=bot args='{"command": "sudo ls"}'      # shell, again critical
"""


def detector(rules: RuleBook, policy: Policy) -> SigmaRules:
    return SigmaRules(policy, rules)


def test_rules_and_correlations_obey_the_cut_law() -> None:
    rules = book(RULES)
    assert not rules.skipped, rules.skipped
    found = check(partial(detector, rules), STORY)
    by_rule = {finding.rule: finding for finding in found}
    assert by_rule["again"].subject == ("user:alice",)
    assert by_rule["again"].message == "Root again and again: 3 or more events within 10 min, all of user alice."
    assert by_rule["root-then-mail"].subject == ("user:bob",)
    assert [proof.role for proof in by_rule["root-then-mail"].evidence] == [
        "the event that completed it",
        "Shell as root",
    ]
    assert by_rule["mail"].facts["matched"] == {"kind": "token.exchange", "scopes": "mail.send"}


def test_a_rule_that_a_correlation_watches_is_silent_unless_asked() -> None:
    rules = book(RULES.replace("generate: true", "generate: false"))
    check(
        partial(detector, rules),
        """
        09:01 tool.call tool=Bash user=alice args='{"command": "sudo ls"}'
        09:02 tool.call tool=Bash user=alice args='{"command": "sudo ls"}'
        09:03 tool.call tool=Bash user=alice args='{"command": "sudo ls"}'  # again critical
        09:04 tool.call tool=Bash user=alice args='{"command": "sudo ls"}'
        09:05 token.exchange user=alice scope=mail.send                     # root-then-mail
        """,
    )


def test_a_rule_that_matches_everything_is_told_so_often_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOLD", 5)
    rules = book("title: T\nid: t\nlogsource: {product: auth0}\ndetection: {s: {type: s}, condition: s}\n")
    replay = Replay([SigmaRules(Policy(), rules, frozenset({"other.notice"}))])
    events: list[Event] = []
    for second in range(12):
        event = tenant_event({"type": "s", "user_id": "u"})
        event.time += second
        events.append(event)
    found = [*replay.feed(events), *replay.finish()]
    assert [finding.verdict for finding in found] == [""] * 5 + ["more"]
    assert found[-1].facts["more"] == 7
    assert found[-1].time == events[-1].time


def test_a_condition_in_words_can_except() -> None:
    text = """
title: Root, no ticket
id: words
correlation:
  type: temporal
  timespan: 1h
  group-by: user
  condition: shell and mail and not ticket
---
title: Ticket
id: ticket
name: ticket
logsource: {product: agent, category: tool.call}
detection: {s: {tool: ticket}, condition: s}
"""
    rules = book(RULES.replace("generate: true", "generate: false") + "---" + text)
    assert not rules.skipped, rules.skipped
    check(
        partial(detector, rules),
        """
        09:01 tool.call tool=Bash user=alice args='{"command": "sudo ls"}'
        09:02 tool.call tool=ticket user=bob
        09:03 tool.call tool=Bash user=bob args='{"command": "sudo ls"}'
        09:04 token.exchange user=bob scope=mail.send    # root-then-mail
        09:05 token.exchange user=alice scope=mail.send  # root-then-mail, words
        """,
    )
