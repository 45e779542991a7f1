"""How Claude Code writes that an action was not allowed: by a field of newer versions, by its own fixed words before."""

from __future__ import annotations

from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.sources.agents.messages import Part
from onesec_cli.sources.values import text

_NOT_DENIED: Final = frozenset({"interrupted", "cancelled", "canceled"})
_PERSON: Final = ("The user doesn't want to proceed with this tool use", "The user doesn't want to take this action")
_POLICY: Final = ("Permission for this tool use was denied", "Permission to use ", "Permission to ")
_ASKED: Final = "you haven't granted it yet"


def decision(record: dict[str, Any], result: dict[str, Any]) -> list[Part]:
    """The refusal that a failed result tells, if it does; `record` is its line."""
    call, said, side = result["call"], result["text"], record.get("toolUseResult")
    kind = text(record.get("toolDenialKind"))
    if kind:
        if kind in _NOT_DENIED:
            return []
        return [_refused(call, "user" if kind.startswith("user") else kind, said)]
    if not result["error"]:
        return []
    head = said[:400]
    if head.startswith(_PERSON) or side == "User rejected tool use":
        return [_refused(call, "user", said)]
    if head.startswith(_POLICY) and "denied" in head:
        return [_refused(call, "policy", said)]
    if _ASKED in head and "requested permissions" in head:
        return [Part(kinds.APPROVAL_REQUEST, "", {"call": call, "text": said}), _refused(call, "policy", "")]
    return []


def plan(tool: str, result: dict[str, Any]) -> list[Part]:
    """The approval of a plan."""
    if tool != "ExitPlanMode" or result["error"]:
        return []
    return [Part(kinds.APPROVAL_DECISION, "", {"call": result["call"], "decision": "accept", "by": "user"})]


def _refused(call: str, by: str, said: str) -> Part:
    return Part(kinds.APPROVAL_DECISION, "", {"call": call, "decision": "reject", "by": by, "text": said})
