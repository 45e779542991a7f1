"""STIX ids that are digests: the same thing has the same id in every report, and nothing is drawn by lot."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

_SCO_NAMESPACE: Final = bytes.fromhex("00abedb4aa42466c9c01fed23315a9b7")
"""The namespace that STIX 2.1 (section 2.9) gives for ids of cyber-observable objects."""
_OURS: Final = hashlib.sha256(b"onesec STIX domain objects").digest()[:16]
"""Ids of domain and relationship objects may not be made in that namespace; this one is ours."""


def observable_id(kind: str, contributing: dict[str, Any]) -> str:
    """Version 5 over the canonical JSON of the properties that STIX names for this type."""
    text = json.dumps(contributing, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"{kind}--{_version5(_SCO_NAMESPACE, text)}"


def object_id(kind: str, *parts: str) -> str:
    """Version 5 over what makes the object the same one in another report."""
    return f"{kind}--{_version5(_OURS, json.dumps([kind, *parts]))}"


def _version5(namespace: bytes, name: str) -> str:
    """RFC 9562, version 5."""
    digest = bytearray(
        hashlib.sha1(namespace + name.encode("utf-8", "backslashreplace"), usedforsecurity=False).digest()[:16]
    )
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
