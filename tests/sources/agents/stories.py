"""What a conversation tells, in the words that every format can say: for comparing one with another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from onesec_cli.model import kinds
from onesec_cli.model.event import Event

CORE = (kinds.GOAL_SET, kinds.MESSAGE, kinds.TOOL_CALL, kinds.TOOL_RESULT)


def story(events: Iterable[Event], only: Iterable[str] = CORE) -> list[tuple[Any, ...]]:
    """Kind, tool and fields, but for the working folder, of the events of some kinds, in their order."""
    wanted = frozenset(only)
    told = [(event.kind, event.tool, event.fields) for event in events if event.kind in wanted]
    return [(kind, tool, {key: value for key, value in fields.items() if key != "cwd"}) for kind, tool, fields in told]
