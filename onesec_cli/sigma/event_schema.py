"""The fields of canonical events, which rules of the products `agent` and `onesec` name; by kind where only some have them."""

from __future__ import annotations

import difflib
import re
from typing import Final

from onesec_cli.model import kinds
from onesec_cli.model.kinds import BEHAVIOUR, KINDS

COMMON: Final = frozenset(
    {
        *("kind", "code", "source", "id", "tenant", "user", "agent", "agent_id", "external_agent_id", "client"),
        *("client_name", "connection", "connection_id", "account", "identity", "session", "token", "ip", "user_agent"),
        *("country", "flow", "audience", "reason", "tool", "scopes", "scope", "requested", "actors", "time", "expires"),
    }
)
"""Attributes that any event may have."""
OPEN: Final = frozenset({"args", "body", "response", "query", "schema", "grants"})
"""Fields below which anything may stand."""

_MANAGED: Final = frozenset(
    {
        *("method", "path", "query", "body", "response", "status", "channel"),
        *("credential", "credential_scopes", "accessed_secrets", "description"),
    }
)
_MEMORY: Final = frozenset({"memory", "text", "call"})
_LIFE: Final = frozenset({"parent", "role", "error", "cwd", "approval"})
_STARTED: Final = frozenset({"child", "call", "text", "role", "tools", "connections"})
_REFRESHED: Final = frozenset({"family", "counter", "latest_counter", "requested_audience"})
_DELEGATED: Final = frozenset({"delegation", "delegator", "delegate", "parent", "not_before", "attestation"})
_APPROVED: Final = frozenset({"call", "decision", "by", "text"})

BY_KIND: Final[dict[str, frozenset[str]]] = {
    kinds.GOAL_SET: frozenset({"text"}),
    kinds.MESSAGE: frozenset({"text", "author"}),
    kinds.TOOL_CALL: frozenset({"call", "args", "server", "cwd"}),
    kinds.TOOL_RESULT: frozenset({"call", "text", "error", "cut", "server"}),
    kinds.TOOL_OFFER: frozenset({"server", "version", "title", "description", "schema"}),
    kinds.MEMORY_WRITE: _MEMORY,
    kinds.MEMORY_READ: _MEMORY,
    kinds.AGENT_START: _LIFE,
    kinds.AGENT_END: _LIFE,
    kinds.AGENT_SPAWN: _STARTED,
    kinds.AGENT_HANDOFF: _STARTED,
    kinds.APPROVAL_REQUEST: _APPROVED,
    kinds.APPROVAL_DECISION: _APPROVED,
    kinds.ADMIN_CHANGE: _MANAGED,
    kinds.ADMIN_CHANGE_FAILED: _MANAGED,
    kinds.ADMIN_READ: _MANAGED,
    kinds.TOKEN_REFRESH: _REFRESHED,
    kinds.TOKEN_REFRESH_FAILED: _REFRESHED,
    kinds.TOKEN_REUSE: _REFRESHED,
    kinds.GRANT_CONSENT: frozenset({"grants", "elapsed_ms"}),
    kinds.DELEGATION_ISSUE: _DELEGATED,
    kinds.DELEGATION_REVOKE: _DELEGATED,
}
"""What `fields` holds, by kind; other kinds have the common attributes and whatever a canonical record puts there."""

_SUFFIX: Final = re.compile(r"\{\d*\}|\[\d*\]")


def bare(field: str) -> str:
    """A field without the marks of arrays and without `fields.` in front."""
    return _SUFFIX.sub("", field).removeprefix("fields.")


def kinds_having(field: str, product: str) -> frozenset[str]:
    """The kinds of a product's events that have a field."""
    path = bare(field)
    first = path.partition(".")[0]
    shown = BEHAVIOUR if product == "agent" else frozenset(KINDS)
    if path in COMMON:
        return shown
    return frozenset(
        kind
        for kind, names in BY_KIND.items()
        if kind in shown and (path in names or (first in names and first in OPEN))
    )


def near(field: str) -> str:
    """A canonical field that looks like this one, or empty."""
    known = sorted(COMMON.union(*BY_KIND.values()))
    path = bare(field)
    for one in known:
        if one.lower() == path.lower():
            return one
    last = path.rpartition(".")[2]
    if last in known:
        return last
    close = difflib.get_close_matches(path, known, 1, 0.75)
    return close[0] if close else ""
