"""Log text made safe for a terminal: what could move a cursor, hide or reorder text is shown as an escape."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SUSPECT = re.compile("[^ -~]")
_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0\u2800")
"""Letters and marks that show nothing."""


def neutralise(text: str) -> str:
    """One line of visible characters: controls, bidi marks, zero-width characters and lone surrogates are escaped."""
    return _SUSPECT.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    selects = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    if unicodedata.category(char) not in _CATEGORIES and char not in _BLANK and not selects:
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
