"""A first rule to start from: commented, valid, and with test cases that pass."""

from __future__ import annotations

import hashlib
import re
from typing import Final, Literal

Start = Literal["auth0", "agent"]

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_]{1,68}[a-z0-9]")
"""What a rule file may be named: it is the name of the rule as well."""

_HEAD: Final = """\
# Check with `onesec rules lint FILE`, run its cases with `onesec rules test FILE`, look at it with `onesec rules show ID --rules FILE`.
title: {title}                     # what was seen, in a few words
id: {id}
{name}status: experimental               # experimental, test, stable
description: |
  {about}
"""
_TAIL: Final = """\
falsepositives:                    # honest work that matches as well
  - {honest}
level: {level}                      # informational, low, medium, high, critical
tags:                              # ATT&CK and ATLAS techniques, and OWASP Agentic ASI01 to ASI10
{tags}
"""
_AUTH0_EVENT: Final = """\
logsource:
  product: auth0                   # fields are those of the tenant log event, with or without `data.` in front
  service: tenant-logs
detection:
  selection:
    data.type: seta                # name the log types: events of other types are then never decoded for this rule
    data.details.scope|contains: mail.send
  filter_known:                    # what is known and fine; leave it out if there is nothing
    data.client_id: mailing-app
  condition: selection and not filter_known
"""
_AGENT_EVENT: Final = """\
logsource:
  product: agent                   # fields are those of onesec's canonical events: tool, args, text, agent, user ...
  category: tool.call              # the kind of event
detection:
  selection:
    args.command|contains: /.aws/credentials   # an argument of the call; names differ from tool to tool
  filter_known:                    # what is known and fine; leave it out if there is nothing
    agent: backup-agent
  condition: selection and not filter_known
"""
_AUTH0_MEMBER: Final = """\
logsource:
  product: auth0                   # fields are those of the tenant log event, with or without `data.` in front
  service: tenant-logs
detection:
  selection:
    data.type: feta                # name the log types: events of other types are then never decoded for this rule
  condition: selection
"""
_AGENT_MEMBER: Final = """\
logsource:
  product: agent                   # fields are those of onesec's canonical events: tool, args, text, agent, user ...
  category: tool.result            # the kind of event
detection:
  selection:
    error: true
  condition: selection
"""
_CORRELATION: Final = """\
---
title: {title}                     # what was seen, in a few words
id: {id}
status: experimental               # experimental, test, stable
description: |
  {about}
correlation:
  type: event_count                # event_count, value_count, value_sum, value_avg, temporal, temporal_ordered ...
  rules:
    - {member}                     # the name of the rule above: its own matches raise no alert, they are counted
  group-by:
    - {group}
  timespan: 10m                    # the window slides on the time of the events
  condition:
    gte: 5
"""
_AUTH0_CASES: Final = """\
onesec-tests:
  base: {type: seta, client_id: my-agent, user_id: 'auth0|alice', connection: google-oauth2}
  cases:
    - name: a scope that sends mail is handed out
      events:
        - {details: {scope: 'calendar.readonly mail.send'}}
      expect: {exactly: 1, evidence: [1]}
    - name: the known application, and a scope that sends nothing
      events:
        - {client_id: mailing-app, details: {scope: mail.send}}
        - {details: {scope: mail.read}}
      expect: {exactly: 0}
"""
_AGENT_CASES: Final = """\
onesec-tests:
  base: {kind: tool.call, agent: my-agent, user: alice, session: s1, tool: Bash}
  cases:
    - name: the file is read
      events:
        - {fields: {args: {command: 'cat ~/.aws/credentials'}}}
      expect: {exactly: 1, evidence: [1]}
    - name: the known agent, and another file
      events:
        - {agent: backup-agent, fields: {args: {command: 'cat ~/.aws/credentials'}}}
        - {fields: {args: {command: 'cat ~/.aws/config'}}}
      expect: {exactly: 0}
"""
_AUTH0_WINDOW_CASES: Final = """\
onesec-tests:
  base: {type: feta, client_id: my-agent}
  cases:
    - name: five refusals of one client within ten minutes
      events:
        - {repeat: 5, every: 1m, event: {}}
      expect: {exactly: 1}
    - name: four refusals, and five that are spread over an hour
      events:
        - {repeat: 4, every: 1m, event: {client_id: quiet-agent}}
        - {repeat: 5, every: 12m, event: {client_id: slow-agent}}
      expect: {exactly: 0}
"""
_AGENT_WINDOW_CASES: Final = """\
onesec-tests:
  base: {kind: tool.result, agent: my-agent, session: s1, tool: Bash, fields: {error: true}}
  cases:
    - name: five errors of one agent within ten minutes
      events:
        - {repeat: 5, every: 1m, event: {}}
      expect: {exactly: 1}
    - name: four errors, and five that are spread over an hour
      events:
        - {repeat: 4, every: 1m, event: {agent: quiet-agent}}
        - {repeat: 5, every: 12m, event: {agent: slow-agent}}
      expect: {exactly: 0}
"""


def scaffold(name: str, product: Start, correlation: bool) -> str:
    """The text of a rule file. `name` must fit `NAME`."""
    title = name.replace("_", " ").capitalize()
    if correlation:
        return _correlated(name, title, product)
    if product == "auth0":
        about, honest = (
            "A token that may send mail was handed out to an application that is not known to.",
            "A mailing tool that nobody has listed yet.",
        )
        body, cases, tags = _AUTH0_EVENT, _AUTH0_CASES, ("asi03", "attack.t1528")
    else:
        about, honest = (
            "An agent used the file that holds cloud credentials.",
            "Setting up the command line tool that owns the file.",
        )
        body, cases, tags = _AGENT_EVENT, _AGENT_CASES, ("asi02", "attack.t1552.001")
    head = _HEAD.format(title=title, id=id_of(name), name="", about=about)
    return head + body + _tail(honest, tags) + cases


def _correlated(name: str, title: str, product: Start) -> str:
    member = f"{name}_event"
    tags: tuple[str, ...]
    if product == "auth0":
        one, about, group, honest = (
            "The vault refused a token exchange.",
            "One client was refused many token exchanges in a short time.",
            "data.client_id",
            "A connection that expired under a client that tries again.",
        )
        body, cases, tags = _AUTH0_MEMBER, _AUTH0_WINDOW_CASES, ("asi03", "attack.t1528")
    else:
        one, about, group, honest = (
            "A tool answered with an error.",
            "One agent met many errors in a short time.",
            "agent",
            "A test run that is expected to fail.",
        )
        body, cases, tags = _AGENT_MEMBER, _AGENT_WINDOW_CASES, ("asi08",)
    head = _HEAD.format(title=f"{title}, one event", id=id_of(member), name=f"name: {member}\n", about=one)
    told = _CORRELATION.format(title=title, id=id_of(name), about=about, member=member, group=group)
    return head + body + told + _tail(honest, tags) + cases


def _tail(honest: str, tags: tuple[str, ...]) -> str:
    return _TAIL.format(honest=honest, level="medium", tags="\n".join(f"  - {tag}" for tag in tags))


def id_of(name: str) -> str:
    """A UUID (version 8) made from a name: the same name gives the same id."""
    digits = hashlib.sha256(f"onesec rule {name}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
