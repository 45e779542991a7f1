"""What an event can be: its action, dotted. Detectors name these in `reads`.

Plain strings rather than an enum: they are dictionary keys on the hottest path.
"""

from __future__ import annotations

from typing import Final

TOKEN_EXCHANGE: Final = "token.exchange"
TOKEN_EXCHANGE_FAILED: Final = "token.exchange_failed"
TOKEN_ISSUE: Final = "token.issue"
TOKEN_ISSUE_FAILED: Final = "token.issue_failed"
TOKEN_REFRESH: Final = "token.refresh"
TOKEN_REFRESH_FAILED: Final = "token.refresh_failed"
TOKEN_REUSE: Final = "token.reuse"
TOKEN_REVOKE: Final = "token.revoke"
ACCOUNT_LINK: Final = "account.link"
ACCOUNT_LINK_FAILED: Final = "account.link_failed"
ACCOUNT_UNLINK: Final = "account.unlink"
ACCOUNT_UNLINK_FAILED: Final = "account.unlink_failed"
GRANT_CONSENT: Final = "grant.consent"
GRANT_REQUEST: Final = "grant.request"
GRANT_REVOKE: Final = "grant.revoke"
DELEGATION_ISSUE: Final = "delegation.issue"
DELEGATION_REVOKE: Final = "delegation.revoke"
SESSION_LOGIN: Final = "session.login"
SESSION_DELEGATE: Final = "session.delegate"
SESSION_DELEGATE_FAILED: Final = "session.delegate_failed"
USER_DELETE: Final = "user.delete"
ADMIN_CHANGE: Final = "admin.change"
ADMIN_CHANGE_FAILED: Final = "admin.change_failed"
ADMIN_READ: Final = "admin.read"
GOAL_SET: Final = "goal.set"
MESSAGE: Final = "message"
TOOL_CALL: Final = "tool.call"
TOOL_RESULT: Final = "tool.result"
TOOL_OFFER: Final = "tool.offer"
MEMORY_WRITE: Final = "memory.write"
MEMORY_READ: Final = "memory.read"
AGENT_START: Final = "agent.start"
AGENT_SPAWN: Final = "agent.spawn"
AGENT_HANDOFF: Final = "agent.handoff"
AGENT_END: Final = "agent.end"
APPROVAL_REQUEST: Final = "approval.request"
APPROVAL_DECISION: Final = "approval.decision"
TRAIL_ACTIVITY: Final = "trail.activity"
TRAIL_ANOMALY: Final = "trail.anomaly"

KINDS: Final[dict[str, str]] = {
    TOKEN_EXCHANGE: "a token was exchanged for another (RFC 8693); `flow` says how",
    TOKEN_EXCHANGE_FAILED: "a token exchange was refused",
    TOKEN_ISSUE: "a token was issued (code, client credentials, device, password, CIBA)",
    TOKEN_ISSUE_FAILED: "a token was not issued",
    TOKEN_REFRESH: "a refresh token was used",
    TOKEN_REFRESH_FAILED: "a refresh was refused",
    TOKEN_REUSE: "a rotated refresh token was presented again",
    TOKEN_REVOKE: "a refresh token was revoked",
    ACCOUNT_LINK: "a user connected an upstream account to the vault",
    ACCOUNT_LINK_FAILED: "connecting an upstream account failed",
    ACCOUNT_UNLINK: "a connected account was removed",
    ACCOUNT_UNLINK_FAILED: "removing a connected account failed",
    GRANT_CONSENT: "a user consented to an application",
    GRANT_REQUEST: "an application asked a user for consent (CIBA)",
    GRANT_REVOKE: "a consent was withdrawn",
    DELEGATION_ISSUE: "authority was delegated to an agent",
    DELEGATION_REVOKE: "a delegation was withdrawn",
    SESSION_LOGIN: "a user logged in",
    SESSION_DELEGATE: "someone entered the session of another user",
    SESSION_DELEGATE_FAILED: "entering another user's session was refused",
    USER_DELETE: "a user was deleted",
    ADMIN_CHANGE: "a management call changed the tenant",
    ADMIN_CHANGE_FAILED: "a management call was refused",
    ADMIN_READ: "a management call returned a secret",
    GOAL_SET: "a person told an agent what to do",
    MESSAGE: "text of a conversation that no person wrote to it: the model's, the operator's, injected context",
    TOOL_CALL: "an agent called a tool",
    TOOL_RESULT: "a tool answered",
    TOOL_OFFER: "a tool was described to an agent",
    MEMORY_WRITE: "an agent wrote to a memory that outlives the conversation",
    MEMORY_READ: "an agent read from such a memory",
    AGENT_START: "an agent began to work",
    AGENT_SPAWN: "an agent started another agent",
    AGENT_HANDOFF: "an agent passed its conversation on to another",
    AGENT_END: "an agent ended",
    APPROVAL_REQUEST: "an agent asked a person to approve an action",
    APPROVAL_DECISION: "an action was approved or refused",
    TRAIL_ACTIVITY: "derived: the first and the last event of an hour of a tenant",
    TRAIL_ANOMALY: "derived: a record whose envelope contradicts itself or another record",
}
"""Kinds a detector may read. Other tenant events have the kind `<family>.<outcome>` and are counted as coverage."""

BEHAVIOUR: Final = frozenset(
    {
        *(GOAL_SET, MESSAGE, TOOL_CALL, TOOL_RESULT, TOOL_OFFER, MEMORY_WRITE, MEMORY_READ),
        *(AGENT_START, AGENT_SPAWN, AGENT_HANDOFF, AGENT_END, APPROVAL_REQUEST, APPROVAL_DECISION),
    }
)
"""Kinds of the behaviour trail: what an agent was told, read, remembered and did."""
