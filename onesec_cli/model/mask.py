"""Secrets in quoted evidence are masked by the shape of their value, never by the name of their key."""

from __future__ import annotations

import re
from typing import Final

_SHAPES: Final = (
    r"eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?",  # JWT, JWS
    r"gh[opusr]_[A-Za-z0-9]{20,255}",
    r"github_pat_[A-Za-z0-9_]{20,255}",
    r"xox[abeprs]-[A-Za-z0-9-]{10,250}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"1//[A-Za-z0-9_-]{20,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"sk-[A-Za-z0-9_-]{20,}",
    r"v1\.M[A-Za-z0-9_-]{20,}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\\rn\s]*(?:-----END [A-Z ]*PRIVATE KEY-----)?",
    r"(?i:bearer|basic) [A-Za-z0-9._~+/-]{12,}=*",
)
_SECRET = re.compile("|".join(f"(?:{shape})" for shape in _SHAPES))
_LONG = re.compile(r"[A-Za-z0-9_+/-]{40,}={0,2}")
_KEEP: Final = 4


def mask(text: str) -> str:
    """The text with every secret cut to its first characters and its length. Ids that alerts need stay."""
    return _LONG.sub(_mask_long, _SECRET.sub(lambda found: _cut(found[0], _KEEP), text))


def _cut(secret: str, keep: int) -> str:
    return f"{secret[:keep]}…[{len(secret)} characters masked]"


def _mask_long(found: re.Match[str]) -> str:
    run = found[0]
    if run.isdigit() or not (any(c.isdigit() for c in run) and any(c.isalpha() for c in run)):
        return run  # log ids, and words
    if "/" in run and not re.search(r"[A-Za-z0-9_+-]{40,}", run):
        return run  # a path
    return _cut(run, 8)
