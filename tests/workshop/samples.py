"""Rules and events that several tests of the commands use."""

from __future__ import annotations

import json
from typing import Any

RULES = """\
title: Wide vault scope
id: 5f0c8a3e-1111-4222-8333-944445555601
logsource: {product: auth0}
detection:
  selection:
    data.type: seta
    data.details.scope|contains: mail.send
    data.details.is_privileged_worker: true
  filter: {data.client_id: known}
  condition: selection and not filter
level: high
---
title: One reuse
name: one
id: 5f0c8a3e-1111-4222-8333-944445555602
logsource: {product: auth0}
detection:
  a: {data.type: ferrt}
  condition: a
---
title: Many reuses
id: 5f0c8a3e-1111-4222-8333-944445555603
correlation:
  type: event_count
  rules: [one]
  group-by: [data.user_id]
  timespan: 1h
  condition: {gte: 3}
level: high
---
title: Agent reads keys
id: 5f0c8a3e-1111-4222-8333-944445555604
logsource: {product: agent, category: tool.call}
detection:
  a: {args.command|contains: id_rsa}
  condition: a
level: high
"""


def event(minute: int, code: str, user: str = "auth0|alice", **more: Any) -> str:
    return json.dumps(
        {"type": code, "date": f"2026-03-01T09:{minute:02d}:00.000Z", "log_id": f"id-{minute}", "user_id": user, **more}
    )
