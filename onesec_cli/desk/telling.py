"""One event in one sentence, whatever its kind."""

from __future__ import annotations

import json
from typing import Any, Final

from onesec_cli.model import kinds
from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Event
from onesec_cli.model.mask import mask

MOST_TEXT: Final = 160
"""Characters of a text that a sentence quotes."""
MOST_SCOPES: Final = 6

VERBS: Final[dict[str, str]] = {
    kinds.TOKEN_EXCHANGE: "exchanged a token",
    kinds.TOKEN_EXCHANGE_FAILED: "was refused a token exchange",
    kinds.TOKEN_ISSUE: "was issued a token",
    kinds.TOKEN_ISSUE_FAILED: "was refused a token",
    kinds.TOKEN_REFRESH: "refreshed a token",
    kinds.TOKEN_REFRESH_FAILED: "was refused a refresh",
    kinds.TOKEN_REUSE: "presented a rotated refresh token again",
    kinds.TOKEN_REVOKE: "lost a refresh token",
    kinds.ACCOUNT_LINK: "connected an account",
    kinds.ACCOUNT_LINK_FAILED: "failed to connect an account",
    kinds.ACCOUNT_UNLINK: "removed a connected account",
    kinds.ACCOUNT_UNLINK_FAILED: "failed to remove a connected account",
    kinds.GRANT_CONSENT: "got consent",
    kinds.GRANT_REQUEST: "asked for consent",
    kinds.GRANT_REVOKE: "lost its consent",
    kinds.DELEGATION_ISSUE: "was delegated authority",
    kinds.DELEGATION_REVOKE: "lost a delegation",
    kinds.SESSION_LOGIN: "logged in",
    kinds.SESSION_DELEGATE: "entered the session",
    kinds.SESSION_DELEGATE_FAILED: "was refused the session",
    kinds.USER_DELETE: "was deleted",
    kinds.ADMIN_CHANGE: "changed the tenant",
    kinds.ADMIN_CHANGE_FAILED: "was refused a change of the tenant",
    kinds.ADMIN_READ: "read a secret of the tenant",
    kinds.GOAL_SET: "was told by a person",
    kinds.MESSAGE: "has in its conversation",
    kinds.TOOL_CALL: "called",
    kinds.TOOL_RESULT: "got the answer of",
    kinds.TOOL_OFFER: "was offered",
    kinds.MEMORY_WRITE: "wrote to the memory",
    kinds.MEMORY_READ: "read the memory",
    kinds.AGENT_START: "began",
    kinds.AGENT_SPAWN: "started",
    kinds.AGENT_HANDOFF: "handed over to",
    kinds.AGENT_END: "ended",
    kinds.APPROVAL_REQUEST: "asked for approval",
    kinds.APPROVAL_DECISION: "was answered on approval",
}
_BY_USER: Final = frozenset({kinds.SESSION_LOGIN, kinds.USER_DELETE, kinds.ACCOUNT_LINK, kinds.ACCOUNT_UNLINK})
"""Kinds whose sentence is about the user; the agent or client comes after it."""


def tell(event: Event) -> str:
    """What happened, with the entities in it and secrets masked; e.g. `bot exchanged a token for ada on google`."""
    agent = event.agent_id or event.external_agent_id or event.client_name or event.agent or event.client
    user = event.user
    whose = event.kind in _BY_USER
    who = (user or agent or "somebody") if whose else (agent or user or "somebody")
    words = [who, VERBS.get(event.kind, f"({event.code or event.kind})")]
    name = event.tool or _name(event.fields)
    if name:
        words.append(name)
    if user and user != who:
        words.append(f"for {user}" if event.kind != kinds.SESSION_DELEGATE else f"of {user}")
    elif whose and agent and agent != who:
        words.append(f"through {agent}")
    if event.connection:
        words.append(f"on {event.connection}")
    elif event.audience:
        words.append(f"at {event.audience}")
    if event.flow:
        words.append(f"({event.flow})")
    sentence = " ".join(words)
    details = [told for told in (_scopes(event), _management(event.fields), _said(event), _expiry(event)) if told]
    return mask("; ".join([sentence, *details]))


def _name(fields: dict[str, Any]) -> str:
    for field in ("child", "memory"):
        value = fields.get(field)
        if isinstance(value, str) and value:
            return value
    return ""


def _scopes(event: Event) -> str:
    told = sorted(event.scopes)
    more = f" and {len(told) - MOST_SCOPES} more" if len(told) > MOST_SCOPES else ""
    return f"scopes {', '.join(told[:MOST_SCOPES])}{more}" if told else ""


def _management(fields: dict[str, Any]) -> str:
    method, path = fields.get("method"), fields.get("path")
    return f"{str(method).upper()} {path}" if isinstance(method, str) and isinstance(path, str) else ""


def _said(event: Event) -> str:
    """The arguments or the text of an event of a conversation, or why something was refused; cut where it is long."""
    said: Any = event.fields.get("args", event.fields.get("text"))
    if said is None:
        said = event.fields.get("decision") or event.reason
    if not said:
        return ""
    text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    text = mask(" ".join(text[: 4 * MOST_TEXT].split()))
    return text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 3] + "..."


def _expiry(event: Event) -> str:
    return f"until {show_time(event.expires)}" if event.expires is not None else ""
