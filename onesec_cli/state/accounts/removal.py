"""What an event takes away: every way an account, a user, a client or a consent ends, read as one value.

Unlinks and deletions have events of their own; administrators remove the same things through management calls. Both are
read here without any memory; `state.accounts.removals` carries them out.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from msgspec import Struct

from onesec_cli.model import kinds
from onesec_cli.model.event import EMPTY, Event
from onesec_cli.state.accounts.links import names_of

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
UNBLOCKED: Final = "unblocked"
"""No removal: the user may sign in again."""

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
_PATHS: Final = {
    "delete": ("/api/v2/",),
    "patch": ("/api/v2/connections/", "/api/v2/users/"),
    "post": ("/api/v2/refresh-tokens/", "/api/v2/users/"),
}
"""Beginnings of the management paths that are read, by method."""


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
    restored: frozenset[str] | None = EMPTY
    """Clients that have it again, or for the first time; None is all of them."""
    name: str = ""
    """Id of the grant, credential or delegation itself."""
    every: bool = False
    """For a sign-in: all that there were, not one credential among several."""


def read_removal(event: Event) -> Removal | None:
    """What an event takes away; None if nothing."""
    kind, user, fields = event.kind, event.user, event.fields
    if kind == kinds.ADMIN_CHANGE:
        return _called(event)
    if kind == kinds.ACCOUNT_UNLINK:
        connection = event.connection or event.connection_id
        how = "the account was unlinked"
        return Removal(what=ACCOUNT, how=how, user=user, connection=connection, account=event.account)
    if kind == kinds.USER_DELETE:
        return Removal(what=USER, how="the user was deleted", user=user) if user else None
    if kind == kinds.DELEGATION_REVOKE:
        name, how = str(fields.get("delegation") or ""), "the delegation was revoked"
        names = names_of(event)
        return Removal(what=DELEGATION, how=how, user=user, connection=event.connection, names=names, name=name)
    if kind == kinds.GRANT_REVOKE:
        name, how = str(fields.get("grant") or ""), "the consent was withdrawn"
        return Removal(what=CONSENT, how=how, user=user, names=names_of(event), name=name)
    if kind == kinds.TOKEN_REVOKE:
        name, how = str(fields.get("credential") or ""), "the refresh token was revoked"
        return Removal(what=SIGN_IN, how=how, user=user, names=names_of(event), name=name)
    return None


def _called(event: Event) -> Removal | None:
    method, path = event.fields.get("method"), event.fields.get("path")
    if method not in ("delete", "patch", "post") or not isinstance(path, str) or not path.startswith(_PATHS[method]):
        return None
    body = event.fields.get("body")
    if method == "patch" and path.startswith("/api/v2/users/"):
        return _blocked(_parts(path), body) if isinstance(body, dict) and "blocked" in body else None
    parts = _parts(path)
    if method == "delete":
        query = event.fields.get("query")
        return _deleted(parts, query if isinstance(query, dict) else {})
    if method == "post":
        return _revoked(parts, body) if isinstance(body, dict) else None
    return _narrowed(parts, body) if len(parts) >= 2 else None


def _parts(path: str) -> list[str]:
    """The decoded parts of a path behind `/api/v2`."""
    return [unquote(part) for part in path.split("/")[3:] if part]


def _revoked(parts: list[str], body: dict[str, Any]) -> Removal | None:
    """A call that revokes refresh tokens, of a user, of a client, or of a user for a client."""
    user, client = str(body.get("user_id") or ""), str(body.get("client_id") or "")
    if parts == ["refresh-tokens", "revoke"] and (user or client):
        names = frozenset({client}) if client else EMPTY
        how = "an administrator revoked the refresh tokens"
        return Removal(what=SIGN_IN, how=how, user=user, names=names, every=not body.get("audience"))
    if parts[0] == "users" and parts[2:] == ["revoke-access"]:
        if body.get("session_id") or body.get("preserve_refresh_tokens") is True:
            return None
        return Removal(what=SIGN_IN, how="an administrator revoked the user's access", user=parts[1], every=True)
    return None


def _blocked(parts: list[str], body: dict[str, Any]) -> Removal | None:
    if len(parts) != 2 or body.get("blocked") not in (True, "true", False, "false"):
        return None
    if body["blocked"] in (False, "false"):
        return Removal(what=UNBLOCKED, how="an administrator let the user in again", user=parts[1])
    return Removal(what=SIGN_IN, how="an administrator blocked the user", user=parts[1], every=True)


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
        return Removal(what=SIGN_IN, how="an administrator revoked the user's refresh tokens", user=user, every=True)
    if len(rest) == 2 and rest[0] in ("connected-accounts", "federated-connections-tokensets"):
        account = rest[1] if rest[0] == "connected-accounts" else ""
        return Removal(what=ACCOUNT, how="an administrator removed the account", user=user, account=account)
    return None


def _narrowed(parts: list[str], body: Any) -> Removal | None:
    """A connection that is switched off, or on, for some clients."""
    if parts[0] != "connections":
        return None
    how = "an administrator took the connection from the client"
    vault = body.get("connected_accounts") if len(parts) == 2 and isinstance(body, dict) else None
    active = vault.get("active") if isinstance(vault, dict) else None
    if active in (True, "true"):
        return Removal(what=ENABLEMENT, how=how, connection=parts[1], restored=None)
    if active in (False, "false"):
        how = "an administrator switched connected accounts off for the connection"
        return Removal(what=ENABLEMENT, how=how, connection=parts[1], kept=EMPTY)
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
