"""Attestations of delegations: a keyed digest over what was delegated, chained to the parent's.

An attestation is the text `hs256.<key id>.<digest>`, where the digest is the unpadded base64url form of HMAC-SHA256 over
the statement of the delegation. The statement is JSON with sorted keys and no spaces:

    {"connection":"","delegate":"","delegation":"","delegator":"","expires":null,"not_before":null,"parent":"",
     "scopes":[],"user":""}

Times are `2026-03-01T12:00:00.000Z`, or null, or the text where it cannot be read; scopes are sorted, and `parent` is the SHA-256 (hex) of the parent's own
statement, empty for a root. An attested delegation therefore vouches for everything it hangs on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from onesec_cli.model.clock import show_time
from onesec_cli.model.event import Event
from onesec_cli.state.delegation.chains import text_of

VALID: Final = "valid"
INVALID: Final = "invalid"
UNVERIFIABLE: Final = "unverifiable"
MISSING: Final = "missing"

_SHAPE: Final = re.compile(r"hs256\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{43})\Z", re.ASCII)


def statement(event: Event, parent_digest: str) -> bytes:
    """The bytes an attestation of a `delegation.issue` speaks for."""
    starts = event.fields.get("not_before")
    known = isinstance(starts, int) and not isinstance(starts, bool)
    told: dict[str, Any] = {
        "connection": event.connection,
        "delegate": text_of(event, "delegate") or event.agent,
        "delegation": text_of(event, "delegation") or event.id,
        "delegator": text_of(event, "delegator") or event.user,
        "expires": (event.expires_text or None) if event.expires is None else show_time(event.expires),
        "not_before": show_time(starts) if isinstance(starts, int) and known else None,
        "parent": parent_digest,
        "scopes": sorted(event.scopes),
        "user": event.user,
    }
    return msgspec.json.encode(told, order="sorted")


def digest(said: bytes) -> str:
    """What a child's statement names its parent by."""
    return hashlib.sha256(said).hexdigest()


def sign(said: bytes, key_id: str, secret: str) -> str:
    """The attestation of a statement; the secret is hex."""
    mac = hmac.digest(bytes.fromhex(secret), said, "sha256")
    return f"hs256.{key_id}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def verify(attestation: str, said: bytes | None, keys: Mapping[str, str]) -> tuple[str, str]:
    """The verdict on an attestation, and why in a few words. `said` is None where the parent was never seen."""
    if not attestation:
        return MISSING, "there is none"
    shape = _SHAPE.match(attestation)
    if shape is None:
        return UNVERIFIABLE, "it is of no form that can be checked"
    if shape[1] not in keys:
        return UNVERIFIABLE, f"no key {shape[1]} is declared" if keys else "no keys are declared"
    if said is None:
        return UNVERIFIABLE, "its parent was never seen"
    try:
        mac = base64.urlsafe_b64decode(f"{shape[2]}=")
    except binascii.Error:
        return INVALID, "its digest cannot be read"
    wanted = hmac.digest(bytes.fromhex(keys[shape[1]]), said, "sha256")
    return (VALID, "") if hmac.compare_digest(mac, wanted) else (INVALID, f"it was not made with key {shape[1]} for it")
