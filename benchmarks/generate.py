"""A deterministic tenant trail: Auth0-shaped events as a log stream writes them, about 1.3 KB each."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 2, tzinfo=UTC)
MIX = {
    "s": 250,
    "seacft": 150,
    "seccft": 120,
    "sertft": 120,
    "seta": 120,
    "gd_auth_succeed": 45,
    "slo": 45,
    "ssa": 30,
    "fp": 40,
    "sapi": 30,
    "success_on_behalf_of_token_exchange": 20,
    "feta": 8,
    "connected_accounts_connection_succeeded": 5,
    "api_limit": 17,
}
"""Events per thousand."""
USERS, AGENTS = 20_000, 200
CONNECTIONS = ("google-oauth2", "github", "slack", "windowslive", "box", "notion", "jira", "salesforce")
SCOPES = {
    "google-oauth2": "https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/drive.readonly",
    "github": "repo read:user",
    "slack": "channels:read chat:write",
    "windowslive": "Mail.Read Calendars.Read",
}
SOFTWARE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


WEEK = 7 * 86_400_000
"""Milliseconds that every trail spans."""


def lines(events: int, seed: int = 1, users: int = USERS) -> Iterator[bytes]:
    """The trail, one webhook line an event, in time order; what is planted in it replaces events of the mix.

    Raises ValueError for a trail that is too short to hold what is planted.
    """
    if events < FEWEST:
        raise ValueError(f"a trail has at least {FEWEST} events")
    rng = random.Random(seed)
    kinds = rng.choices(list(MIX), weights=list(MIX.values()), k=events)
    planted = {number: (code, changes) for _, number, code, changes in _planted(events)}
    step = WEEK / events
    for number, kind in enumerate(kinds):
        moment = START + timedelta(milliseconds=int(number * step) + rng.randrange(min(400, int(step) or 1)))
        code, changes = planted.get(number, (kind, {}))
        event = _event(code, number, rng, users)
        for name, value in changes.items():
            event[name] = {**event[name], **value} if isinstance(value, dict) and name in event else value
        yield json.dumps(_wrap(number, moment, event, rng), separators=(",", ":")).encode() + b"\n"


def write(path: Path, events: int, seed: int = 1, users: int = USERS) -> Path:
    """Write a trail to a file; beside it, in the file returned, which records prove what was planted."""
    rules: dict[str, set[int]] = {}
    for rule, number, _, _ in _planted(events):
        rules.setdefault(rule, set()).add(number)
    ids: dict[int, str] = {}
    wanted = set().union(*rules.values())
    with path.open("wb") as out:
        for number, line in enumerate(lines(events, seed, users)):
            out.write(line)
            if number in wanted:
                ids[number] = json.loads(line)["log_id"]
    truth = path.with_name(path.name + ".truth.json")
    told = [{"rule": rule, "log_ids": [ids[number] for number in sorted(rules[rule])]} for rule in sorted(rules)]
    truth.write_text(json.dumps({"incidents": told}, indent=1) + "\n", encoding="ascii")
    return truth


def _wrap(number: int, moment: datetime, event: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
    digits = f"{moment + timedelta(milliseconds=20 + rng.randrange(2000)):%Y%m%d%H%M%S%f}"[:17]
    log_id = f"900{digits}{number:036d}"
    return {"log_id": log_id, "data": {"date": stamp, **event, "log_id": log_id}}


def _event(kind: str, number: int, rng: random.Random, users: int) -> dict[str, Any]:
    user = rng.randrange(users)
    agent = user % AGENTS
    event: dict[str, Any] = {
        "type": kind,
        "description": "",
        "connection_id": "con_db00000000000001",
        "client_id": f"client{agent:026d}",
        "client_name": f"Agent {agent}",
        "ip": f"198.51.{agent % 250}.{agent // 250 + 7}",
        "user_agent": SOFTWARE,
        "user_id": f"auth0|{user:024x}",
        "user_name": f"user{user}@example.com",
        "tenant_name": "bench",
        "environment_name": "prod-us-1",
        "hostname": "bench.us.auth0.com",
        "auth0_client": {"name": "auth0-python", "version": "4.7.1", "env": {"python": "3.12.3"}},
        "security_context": {"ja3": f"{agent:032x}", "ja4": f"t13d1516h2_{agent:012x}_{agent:012x}"},
        "$event_schema": {"version": "1.0.0"},
        "is_mobile": False,
    }
    _DETAILS.get(kind, _plain)(event, number, user, rng)
    return event


def _plain(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    event["details"] = {"session_id": f"{number:032x}", "stats": {"loginsCount": number % 900}, "padding": "x" * 110}


def _login(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    _plain(event, number, user, rng)
    event["session_id"] = f"{number:032x}"
    event["details"]["prompts"] = [
        {
            "name": "prompt-authenticate",
            "completedAt": 1_772_000_000_000 + number,
            "elapsedTime": 2100,
            "flow": "login",
        },
        {"name": "login", "flow": "login", "elapsedTime": 5200, "timers": {"rules": 4}, "user_id": event["user_id"]},
    ]


def _token(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    event["audience"] = "https://api.bench.example/"
    event["scope"] = "openid profile read:orders"
    event["details"] = {
        "access_token_jti": f"{number:032x}",
        "familyId": f"fam{user}",
        "tokenCounter": 1,
        "padding": "x" * 150,
    }


def _vault(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    connection = CONNECTIONS[user % len(CONNECTIONS)]
    event.update(connection=connection, connection_id=f"con_{connection}", strategy=connection, strategy_type="social")
    event["identity_user_id"] = f"{user:021d}"
    event["details"] = {
        "subject_token_type": "urn:ietf:params:oauth:token-type:refresh_token",
        "issued_token_type": "http://auth0.com/oauth/token-type/federated-connection-access-token",
        "scope": SCOPES.get(connection, "read"),
        "expires_at": "2026-03-02T01:00:00.000Z",
        "is_privileged_worker": False,
        "token_thumbprint": hashlib.sha256(f"{user}{number // 5000}".encode()).hexdigest(),
        "failure_reason": "no connected account",
    }


def _behalf(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    _token(event, number, user, rng)
    event["details"]["actor"] = {"sub": event["client_id"], "act": {"sub": f"client{(user + 1) % AGENTS:026d}"}}


def _connect(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    connection = CONNECTIONS[user % len(CONNECTIONS)]
    event.update(connection=connection, connection_id=f"con_{connection}")
    event["details"] = {"connected_account": {"id": f"cac_{user}", "idp_user_id": f"{user:021d}"}}


def _manage(event: dict[str, Any], number: int, user: int, rng: random.Random) -> None:
    event["details"] = {
        "request": {
            "method": "patch",
            "path": f"/api/v2/users/auth0%7C{user:024x}",
            "channel": "api",
            "body": {"user_metadata": {"theme": "dark", "padding": "x" * 300}},
            "auth": {"strategy": "jwt", "user": {"user_id": "auth0|admin"}, "credentials": {"jti": f"{user:032x}"}},
        },
        "response": {"statusCode": 200, "body": {"user_id": event["user_id"]}},
    }


_DETAILS = {
    "s": _login,
    "seacft": _token,
    "seccft": _token,
    "sertft": _token,
    "seta": _vault,
    "feta": _vault,
    "success_on_behalf_of_token_exchange": _behalf,
    "connected_accounts_connection_succeeded": _connect,
    "sapi": _manage,
}

_MALLORY = {"user_id": "auth0|mallory", "client_id": "rogue", "client_name": "Rogue"}
_LINKED = {**_MALLORY, "connection": "google-oauth2", "connection_id": "con_google-oauth2", "strategy": "google-oauth2"}
_ADMIN = "https://www.googleapis.com/auth/admin.directory.user"
_WIDE = " ".join(
    f"{verb}:{noun}" for verb in ("read", "write", "delete") for noun in ("mail", "files", "users", "keys")
)
_CONSENT = {"prompts": [{"name": "consent", "grantInfo": {"id": "g1", "audience": "https://api/", "scope": _WIDE}}]}
_LOOP = {"sub": "rogue", "act": {"sub": "helper", "act": {"sub": "rogue"}}}

Plant = tuple[str, int, str, dict[str, Any]]
"""The rule it is for, the number of the event it replaces, its type, and what makes it other than one of the mix."""


def _planted(events: int) -> list[Plant]:
    """What is to be found: an account that yields more and more, is unlinked and used; a phished consent; a loop; a reuse."""
    part = events // 8
    cac = {"connected_account": {"id": "cac_mallory", "idp_user_id": "42"}}
    reuse = {"familyId": "fam-mallory", "tokenCounter": 2, "latestCounter": 5}
    later = {"expires_at": "2026-03-09T00:00:00.000Z"}
    return [
        ("scope-escalation", part, "connected_accounts_connection_succeeded", {**_LINKED, "details": cac}),
        ("scope-escalation", part + 1, "seta", {**_LINKED, "details": {"scope": "openid profile", **later}}),
        ("scope-escalation", 2 * part, "seta", {**_LINKED, "details": {"scope": f"openid profile {_ADMIN}", **later}}),
        ("unlink-cascade", 3 * part, "connected_accounts_delete_succeeded", {**_LINKED, "details": cac}),
        ("use-after-unlink", 4 * part, "seta", {**_LINKED, "details": {"scope": "openid profile", **later}}),
        ("consent-phishing", 5 * part, "s", {**_MALLORY, "details": _CONSENT}),
        (
            "delegation-chain",
            6 * part,
            "success_on_behalf_of_token_exchange",
            {**_MALLORY, "details": {"actor": _LOOP}},
        ),
        ("refresh-token-reuse", 7 * part, "ferrt", {**_MALLORY, "ip": "203.0.113.66", "details": reuse}),
    ]


FEWEST = 80
"""Events of the shortest trail."""
