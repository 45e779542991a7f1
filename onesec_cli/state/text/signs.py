"""Which kinds of things may stand in a text: one scan for all patterns, so that each is searched for only where it can be found.

A sign is weaker than the pattern it stands for: it may be seen where the pattern finds nothing, never the other way round. Signs are
RE2 patterns, scanned together in one pass whose cost does not depend on what the text says.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

from onesec_cli.state.text.domains import ENDINGS

REMEMBERED: Final = 512
"""Texts whose signs are remembered."""
_LONG: Final = 32_768
_MEMORY: Final = 64 << 20
"""Bytes for the states of the scan; where they are full it begins them anew."""

EMAIL, IBAN, PHONE, IP, HOST, WALLET, HEX, GLUED, CAPITALS, SHOUTED, LEET, SHAPED, NAMED, CARD, SSN, LONG, ANY = range(
    17
)

_DIGIT: Final = r"\pN"
_SPACE: Final = r"[\s\pZ\x0b\x1c-\x1f\x85]"
_PATTERNS: Final = {
    EMAIL: r"[^\s]@[^\s]+\.[^\s]",
    IBAN: r"[A-Z][A-Z]\pN\pN ?[A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9] ?[A-Z0-9]",
    PHONE: r"(?:\+\pN|\pN\)|\pN\pN\pN)" + r"[\pN \t().-]" * 6,
    IP: r"\pN\.\pN\pN?\pN?\.\pN\pN?\pN?\.\pN",
    HOST: rf"(?i)[^\s]\.(?:{ENDINGS})",
    WALLET: r"0x[0-9a-fA-F]{8}|bc1[a-z0-9]{6}|[13][1-9A-HJ-NP-Za-km-z]{6}",
    HEX: r"(?:[0-9a-fA-F][0-9a-fA-F][ :]){3}",
    GLUED: r"[._!?*|~#:;}\]-][A-Z][a-z]+ [a-z]|[}\]][A-Za-z][a-z][a-z]+ [a-z]",
    CAPITALS: r"[A-Z][A-Z][A-Z][a-z][a-z][a-z]+ [a-z]",
    SHOUTED: r"IMPORTANT|URGENT|ATTENTION|CRITICAL|WARNING|NOTICE|ALERT|MANDATORY|ACTION REQ|WICHTIG|ACHTUNG|MUST READ|!!!|"
    r"Important|Urgent|Attention|Action req",
    LEET: r"(?i)[a-z][013457@$][a-z]",
    SHAPED: r"eyJ|gh[opusr]_|github_pat_|gl(?:pat|dt|rt)-|xox[abeprs]-|ya29\.|AIza|GOCSPX-|AKIA|ASIA|[srp]k_(?:live|test)_|whsec_|"
    r"sk-|npm_|pypi-|hf_|dckr_pat_|SG\.|key-[0-9a-f]|\pN{8}\pN?\pN?:|dop_v1_|shpat_|v1\.M",
    NAMED: r"(?i)(?:pass|phrase|pwd|contraseña|secret|token|key|credential|auth|bearer|recovery|otp|pin|code)"
    rf"[^\s]*{_SPACE}*[\"'`*]*{_SPACE}*(?:[:=]|is|es)",
    CARD: _DIGIT + r"[ -]?\pN" * 11,
    SSN: r"\pN-\pN\pN-\pN",
    LONG: r"[^\s]{24}",
    ANY: r"",
}
_ALL: Final = tuple(_PATTERNS)


@cache
def _scanner() -> Any:
    import re2  # type: ignore[import-untyped]  # needed only where there is text to read; ships no types

    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    scanner = re2.Set.SearchSet(options)
    for pattern in _PATTERNS.values():
        scanner.Add(pattern)
    scanner.Compile()
    return scanner


def signs_in(text: str) -> tuple[int, ...]:
    """The signs that stand in a text; all of them where they cannot be looked for."""
    return _remembered(text) if len(text) <= _LONG else _scan(text)


def _scan(text: str) -> tuple[int, ...]:
    try:
        found = _scanner().Match(text)
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding knows
        return _ALL
    return tuple(found) if found and ANY in found else _ALL


_remembered = lru_cache(maxsize=REMEMBERED)(_scan)
