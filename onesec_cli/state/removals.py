"""What an event takes away: every way an account, a user, a client or a consent ends, read as one value.

Unlinks and deletions have events of their own; administrators remove the same things through management calls. Both
are read here without any memory: `state.links` knows what hung on the thing that went.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.event import EMPTY, Event

ACCOUNT: Final = "account"
USER: Final = "user"
IDENTITY: Final = "identity"
CONNECTION: Final = "connection"
CLIENT: Final = "client"
ENABLEMENT: Final = "enablement"
CONSENT: Final = "consent"
SIGN_IN: Final = "sign-in"
CLIENT_GRANT: Final = "client-grant"
DELEGATION: Final = "delegation"

REMOVES: Final = frozenset(
    {
        kinds.ACCOUNT_UNLINK,
        kinds.USER_DELETE,
        kinds.TOKEN_REVOKE,
        kinds.GRANT_REVOKE,
        kinds.DELEGATION_REVOKE,
        kinds.ADMIN_CHANGE,
    }
)
"""Kinds that can take something away."""


class Removal(Struct, frozen=True, kw_only=True):
    """One thing that was taken away. Empty means the event does not say, or that it holds for all."""

    what: str
    how: str
    """In plain words, for a sentence: `the account was unlinked`."""
    user: str = ""
    connection: str = ""
    """Name or id, as written."""
    account: str = ""
    identity: str = ""
    """The user's id at the upstream provider."""
    names: frozenset[str] = EMPTY
    """Clients or agents it takes the thing from."""
    kept: frozenset[str] | None = None
    """The only clients that still have it, where the call lists those instead."""
    restored: frozenset[str] = EMPTY
    """Clients that have it again, or for the first time."""
    name: str = ""
    """Id of the grant, credential or delegation itself."""


def read_removal(event: Event) -> Removal | None:
    """What an event takes away; None if nothing."""
    kind = event.kind
    if kind == kinds.ADMIN_CHANGE:
        return _called(event)
    if kind == kinds.ACCOUNT_UNLINK:
        return Removal(
            what=ACCOUNT,
            how="the account was unlinked",
            user=event.user,
            connection=event.connection or event.connection_id,
            account=event.account,
        )
    if kind == kinds.USER_DELETE:
        return Removal(what=USER, how="the user was deleted", user=event.user) if event.user else None
    names = frozenset({event.agent, event.agent_id, event.external_agent_id, event.client} - {""})
    if kind == kinds.DELEGATION_REVOKE:
        name = str(event.fields.get("delegation") or "")
        return Removal(
            what=DELEGATION,
            how="the delegation was revoked",
            user=event.user,
            connection=event.connection,
            names=names,
            name=name,
        )
    if kind == kinds.GRANT_REVOKE:
        name = str(event.fields.get("grant") or "")
        return Removal(what=CONSENT, how="the consent was withdrawn", user=event.user, names=names, name=name)
    if kind == kinds.TOKEN_REVOKE:
        name = str(event.fields.get("credential") or "")
        return Removal(what=SIGN_IN, how="the refresh token was revoked", user=event.user, names=names, name=name)
    return None


def _called(event: Event) -> Removal | None:
    method, path = event.fields.get("method"), event.fields.get("path")
    if method not in ("delete", "patch") or not isinstance(path, str) or not path.startswith("/api/v2/"):
        return None
    parts = [unquote(part) for part in path.split("/")[3:] if part]
    if method == "patch":
        return _narrowed(parts, event.fields.get("body")) if len(parts) >= 2 else None
    query = event.fields.get("query")
    return _deleted(parts, query if isinstance(query, dict) else {})


def _deleted(parts: list[str], query: dict[str, Any]) -> Removal | None:
    """A management deletion, by the decoded parts of its path behind `/api/v2`."""
    what, name = parts[0] if parts else "", parts[1] if len(parts) > 1 else ""
    if what == "grants":
        user = "" if name else str(query.get("user_id") or "")
        how = "an administrator removed the consent"
        return Removal(what=CONSENT, how=how, user=user, name=name) if name or user else None
    if not name:
        return None
    if what == "users":
        return _of_user(name, parts[2:])
    if len(parts) > 2:
        return None
    if what == "connections":
        return Removal(what=CONNECTION, how="an administrator deleted the connection", connection=name)
    if what in ("clients", "agents"):
        return Removal(what=CLIENT, how=f"an administrator deleted the {what[:-1]}", names=frozenset({name}))
    if what == "client-grants":
        return Removal(what=CLIENT_GRANT, how="an administrator removed the client's API grant", name=name)
    if what == "refresh-tokens":
        return Removal(what=SIGN_IN, how="an administrator revoked the refresh token", name=name)
    return None


def _of_user(user: str, rest: list[str]) -> Removal | None:
    if not rest:
        return Removal(what=USER, how="an administrator deleted the user", user=user)
    if rest[0] == "identities" and len(rest) >= 3:
        how = "an administrator removed the identity"
        return Removal(what=IDENTITY, how=how, user=user, connection=rest[1], identity=rest[2])
    if rest == ["refresh-tokens"]:
        return Removal(what=SIGN_IN, how="an administrator revoked the user's refresh tokens", user=user)
    return None


def _narrowed(parts: list[str], body: Any) -> Removal | None:
    """A connection that is switched off, or on, for some clients."""
    if parts[0] != "connections":
        return None
    how = "an administrator took the connection from the client"
    if len(parts) == 2 and isinstance(body, dict) and isinstance(body.get("enabled_clients"), list):
        kept = frozenset(item for item in body["enabled_clients"] if isinstance(item, str))
        return Removal(what=ENABLEMENT, how=how, connection=parts[1], kept=kept, restored=kept)
    if parts[2:] != ["clients"]:
        return None
    rows = body if isinstance(body, list) else [body]
    told = {str(row.get("client_id") or ""): row.get("status") for row in rows if isinstance(row, dict)}
    off = frozenset(client for client, status in told.items() if client and status in (False, "false"))
    on = frozenset(client for client, status in told.items() if client and status in (True, "true"))
    return Removal(what=ENABLEMENT, how=how, connection=parts[1], names=off, restored=on) if off or on else None


def same_identity(one: str, other: str) -> bool:
    """Whether two upstream ids are one; a provider prefix (`google-oauth2|1`) may be written or not."""
    return bool(one) and bool(other) and (one == other or one.rpartition("|")[2] == other.rpartition("|")[2])
